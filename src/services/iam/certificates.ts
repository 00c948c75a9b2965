import { createPrivateKey, X509Certificate } from 'node:crypto'
import { iam } from './service.ts'

const beginning = '-----BEGIN CERTIFICATE-----'

/**
 * Reads a certificate in PEM, which must be the only one.
 * @throws MalformedCertificate
 */
export function readCertificate(pem: string): X509Certificate {
  try {
    if (pem.trimStart().startsWith(beginning) && pem.split(beginning).length === 2) return new X509Certificate(pem)
  } catch {
    // Refused below.
  }
  throw new iam.MalformedCertificate('Unable to parse certificate. Please ensure the certificate is in PEM format.')
}

/**
 * Checks that a private key is the one of a certificate.
 * @throws MalformedCertificate, KeyPairMismatch
 */
export function checkKeyPair(certificate: X509Certificate, privateKeyPem: string): void {
  const key = readPrivateKey(privateKeyPem)
  if (!certificate.checkPrivateKey(key)) throw new iam.KeyPairMismatch('The public key certificate and the private key do not match.')
}

function readPrivateKey(pem: string) {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new iam.MalformedCertificate('Unable to parse key. Please ensure the private key is in PEM format and not encrypted.')
  }
}

/**
 * A certificate is uploaded within its time only. IAM User Guide, "Manage server certificates in IAM".
 * @throws MalformedCertificate, which is for what "was malformed or expired"
 */
export function checkTimes(certificate: X509Certificate, now: number): void {
  if (certificate.validToDate.getTime() < now) throw new iam.MalformedCertificate('The certificate is expired.')
  if (certificate.validFromDate.getTime() > now) throw new iam.MalformedCertificate('The certificate is not valid yet.')
}

/**
 * Checks a chain of certificates, if there is one: the one that signed the certificate, then the one that signed it, and so on. IAM's words are as the AWS CLI
 * shows them.
 * @throws MalformedCertificate
 */
export function checkChain(certificate: X509Certificate, pem: string | undefined): void {
  if (pem === undefined) return
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (!parts) throw new iam.MalformedCertificate('Unable to parse certificate chain. Please ensure the chain is in PEM format.')
  let signed = certificate
  parts.map(readCertificate).forEach((signer, index) => {
    if (!isSignedBy(signed, signer))
      throw new iam.MalformedCertificate(
        `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`,
      )
    signed = signer
  })
}

const isSignedBy = (certificate: X509Certificate, signer: X509Certificate): boolean =>
  certificate.checkIssued(signer) && certificate.verify(signer.publicKey)
