import { connect, type TLSSocket } from 'node:tls'
import { isIP } from 'node:net'
import { thumbprintOf } from '../kubernetes/issuer/thumbprint.ts'
import type { Endpoints, IssuerProbe } from '../services/world.ts'
import { ServiceError } from '../wire/errors.ts'
import { chainOf, guardedGet } from './guarded-get.ts'
import { type Network, pinnedAddressOf } from './public-address.ts'

interface ProbeOptions {
  readonly own: Pick<Endpoints, 'https'>
  readonly certificatePem: string
  /** Networks beside the public one where issuers are. */
  readonly networks: readonly Network[]
}

const milliseconds = 5_000
const largestBytes = 1_000_000
/** Issuers that are asked at once: each holds a connection. */
const mostAtOnce = 20

/**
 * Our own certificates are at hand. Others are asked as key sets are fetched: public addresses, and those of the networks that issuers may be in. As AWS does, the
 * server of the key set is looked at, which the discovery document names. IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider".
 */
export function issuerProbe({ own, certificatePem, networks }: ProbeOptions): IssuerProbe {
  let asking = 0
  return {
    async thumbprintOf(url) {
      if (url === own.https || url.startsWith(`${own.https}/`)) return thumbprintOf(certificatePem)
      if (asking >= mostAtOnce) throw unreachable()
      asking++
      try {
        return await askIssuer(url, networks)
      } catch {
        // Why not is nothing to tell: it would say what is in our network.
        throw unreachable()
      } finally {
        asking--
      }
    },
  }
}

async function askIssuer(url: string, networks: readonly Network[]): Promise<string> {
  const shown = await lastCertificateOf(url, networks)
  const discovery = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = await guardedGet(discovery, { networks, thumbprints: [shown], largestBytes, milliseconds })
  const { jwks_uri: keys } = document as { readonly jwks_uri?: unknown }
  if (typeof keys !== 'string' || !keys.startsWith('https://')) throw new Error(`${url} names no key set`)
  return new URL(keys).host === new URL(url).host ? shown : lastCertificateOf(keys, networks)
}

/** The thumbprint of the last certificate that a server shows, trusted or not: whoever adds the provider decides. */
async function lastCertificateOf(url: string, networks: readonly Network[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const pinned = await pinnedAddressOf(hostname, networks)
  if (!pinned) throw new Error(`${hostname} is not an address to connect to`)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const socket = connect({
    host: pinned.address,
    port: Number(port || 443),
    rejectUnauthorized: false,
    ...(isIP(host) === 0 && { servername: host }),
  })
  try {
    await secured(socket)
    const leaf = socket.getPeerX509Certificate()
    if (!leaf) throw new Error(`${hostname} shows no certificate`)
    return thumbprintOf(chainOf(leaf).map(({ raw }) => raw))
  } finally {
    socket.destroy()
  }
}

const secured = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.setTimeout(milliseconds, () => reject(new Error('the server does not answer')))
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })

const unreachable = () =>
  new ServiceError(
    'OpenIdIdpCommunicationError',
    400,
    'Please make sure the OpenID Connect Provider is reachable over HTTPS and its certificate chain can be retrieved',
  )
