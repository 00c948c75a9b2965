import { createHash, type X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Network, pinnedAddressOf } from './public-address.ts'

/** What may be fetched, from where, and how much of it. */
export interface GuardedGet {
  /** Networks beside the public one. */
  readonly networks: readonly Network[]
  /** SHA-1 thumbprints, hexadecimal, of the last certificate that a server without a publicly trusted one may show. */
  readonly thumbprints: readonly string[]
  readonly largestBytes: number
  readonly milliseconds: number
}

/**
 * Fetches JSON from an address that somebody else named: https only, the name resolved once and pinned, no redirects, no proxies, no credentials,
 * bounded in time and size.
 * @throws Error that says why not, for the log; never to be shown to whoever named the address
 */
export async function guardedGet(url: string, options: GuardedGet): Promise<unknown> {
  const { protocol, hostname, username, password } = new URL(url)
  if (protocol !== 'https:' || username !== '' || password !== '') throw new Error(`${url} is not a plain https URL`)
  const pinned = await pinnedAddressOf(hostname, options.networks)
  if (!pinned) throw new Error(`${hostname} is not an address to connect to`)
  const body = await new Promise<Buffer>((resolve, reject) => {
    const sent = request(url, {
      agent: false,
      signal: AbortSignal.timeout(options.milliseconds),
      headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'gatehouse' },
      lookup: (_name, wanted, answer) => (wanted.all ? answer(null, [pinned]) : answer(null, pinned.address, pinned.family)),
      // Decided below: servers whose certificates nobody trusts publicly are known by thumbprint.
      rejectUnauthorized: false,
    })
    const refuse = (why: string) => {
      reject(new Error(why))
      sent.destroy()
    }
    sent.on('error', reject)
    sent.on('socket', socket =>
      socket.once('secureConnect', () => {
        if (!isTrusted(socket as TLSSocket, hostname, options.thumbprints)) refuse(`${hostname} shows no trusted certificate`)
      }),
    )
    sent.on('response', response => {
      if (response.statusCode !== 200) return refuse(`${url} answered ${response.statusCode}`)
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > options.largestBytes) refuse(`${url} answered more than ${options.largestBytes} bytes`)
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => resolve(Buffer.concat(chunks)))
    })
    sent.end()
  })
  return JSON.parse(body.toString('utf8')) as unknown
}

/**
 * Publicly trusted, or, only when not, a chain for the host that ends in a certificate with a registered thumbprint.
 * IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider".
 */
function isTrusted(socket: TLSSocket, hostname: string, thumbprints: readonly string[]): boolean {
  if (socket.authorized) return true
  const leaf = socket.getPeerX509Certificate()
  if (!leaf || !isFor(leaf, hostname)) return false
  const chain = chainOf(leaf)
  const last = chain.at(-1)
  return last !== undefined && chain.every(isInForce) && thumbprints.includes(createHash('sha1').update(last.raw).digest('hex'))
}

const isFor = (leaf: X509Certificate, host: string): boolean => {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  return (isIP(address) ? leaf.checkIP(address) : leaf.checkHost(host)) !== undefined
}

/** The certificates of a chain as far as each is signed by the next: what a server merely sends along proves nothing. */
export function chainOf(leaf: X509Certificate): X509Certificate[] {
  const chain = [leaf]
  for (let current = leaf; chain.length < 10; ) {
    const issuer = current.issuerCertificate
    if (!issuer || issuer.fingerprint256 === current.fingerprint256 || !current.checkIssued(issuer) || !current.verify(issuer.publicKey))
      break
    chain.push(issuer)
    current = issuer
  }
  return chain
}

const isInForce = ({ validFromDate, validToDate }: X509Certificate): boolean => {
  const now = Date.now()
  return validFromDate.getTime() <= now && now < validToDate.getTime()
}
