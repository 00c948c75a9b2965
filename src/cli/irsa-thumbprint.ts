import { createHash } from 'node:crypto'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'

const timeoutMilliseconds = 10_000

/**
 * The thumbprint of an issuer's server, as IAM computes it: SHA-1 of the last certificate that the server sends.
 * @param authorityPem  trusted besides the system's authorities
 * @throws              Error when the server cannot be reached or is not to be trusted
 * @see                 IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider"
 */
export function thumbprintOfServer(issuer: string, authorityPem: string | undefined): Promise<string> {
  const { hostname, port } = new URL(issuer)
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host: hostname, port: Number(port || 443), servername: hostname, ...(authorityPem !== undefined && { ca: authorityPem }) },
      () => {
        const last = lastOf(socket.getPeerCertificate(true))
        socket.end()
        resolve(createHash('sha1').update(last.raw).digest('hex'))
      },
    )
    socket.setTimeout(timeoutMilliseconds, () => socket.destroy(new Error(`${hostname} did not answer in time`)))
    socket.on('error', reject)
  })
}

/** A root signs itself, and is where the chain ends. */
function lastOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  const { issuerCertificate } = certificate
  return !issuerCertificate || issuerCertificate.fingerprint256 === certificate.fingerprint256 ? certificate : lastOf(issuerCertificate)
}
