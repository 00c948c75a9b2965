import { createPrivateKey, X509Certificate } from 'node:crypto'
import { iam } from './service.ts'

/**
 * Reads a certificate in PEM.
 * @throws MalformedCertificate
 */
export function readCertificate(pem: string): X509Certificate {
  try {
    if (pem.trimStart().startsWith('-----BEGIN CERTIFICATE-----')) return new X509Certificate(pem)
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

/** Checks a chain of certificates, if there is one. @throws MalformedCertificate */
export function checkChain(pem: string | undefined): void {
  if (pem === undefined) return
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (!parts) throw new iam.MalformedCertificate('Unable to parse certificate chain. Please ensure the chain is in PEM format.')
  for (const part of parts) readCertificate(part)
}
