import { createHash, X509Certificate } from 'node:crypto'

const certificateForm = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The thumbprint of an OIDC provider: SHA-1 of the last certificate that the issuer's server presents, which is the top intermediate
 * authority's, in lower-case hexadecimal.
 * @param chain  the certificates in the order of the TLS handshake, the server's own first: PEM, or a list of DER
 * @throws       Error when the chain is empty or no certificate
 * @see          IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider"
 */
export function thumbprintOf(chain: string | readonly Uint8Array[]): string {
  const last = (typeof chain === 'string' ? (chain.match(certificateForm) ?? []) : chain).at(-1)
  if (last === undefined) throw new Error('the chain has no certificate')
  return createHash('sha1').update(new X509Certificate(last).raw).digest('hex')
}
