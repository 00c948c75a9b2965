import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Random } from '../types/random.ts'
import {
  bitString,
  objectIdentifier,
  octetString,
  positiveInteger,
  sequence,
  set,
  tagged,
  taggedPrimitive,
  time,
  trueValue,
  utf8String,
} from './der.ts'

/** A distinguished name, as far as Kubernetes reads it: user name and groups of a client certificate. */
export interface Subject {
  readonly commonName: string
  readonly organizations?: readonly string[]
}

/** A certificate with its private key. */
export interface KeyedCertificate {
  readonly certificatePem: string
  /** PKCS #8. */
  readonly keyPem: string
}

interface CertificateRequest {
  readonly subject: Subject
  readonly notBefore: number
  readonly notAfter: number
}

/** Makes a P-256 authority that signs end certificates, not other authorities. RFC 5280, 4.2. */
export function makeAuthority(request: CertificateRequest, random: Random): KeyedCertificate {
  const keys = newKeys()
  const extensions = [
    extension(oid.basicConstraints, sequence(trueValue, positiveInteger(Buffer.from([0]))), true),
    // keyCertSign and cRLSign: the sixth and seventh bits.
    extension(oid.keyUsage, bitString(Buffer.from([0b0000_0110]), 1), true),
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(keys.publicKey))),
  ]
  return certificate({ ...request, issuer: request.subject, keys, signingKey: keys.privateKey, extensions }, random)
}

/** Makes a P-256 certificate for servers of the given names and addresses, or for a client when there are none. */
export function makeEndCertificate(
  request: CertificateRequest & { readonly hosts: readonly string[]; readonly usage: 'server' | 'client' },
  authority: { readonly subject: Subject; readonly key: KeyObject },
  random: Random,
): KeyedCertificate {
  const keys = newKeys()
  const extensions = [
    extension(oid.basicConstraints, sequence(), true),
    // digitalSignature: the first bit.
    extension(oid.keyUsage, bitString(Buffer.from([0b1000_0000]), 7), true),
    extension(oid.extendedKeyUsage, sequence(objectIdentifier(request.usage === 'server' ? oid.serverAuth : oid.clientAuth))),
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(keys.publicKey))),
    extension(oid.authorityKeyIdentifier, sequence(taggedPrimitive(0, keyIdentifier(createPublicKey(authority.key))))),
    ...(request.hosts.length > 0 ? [extension(oid.subjectAltName, sequence(...request.hosts.map(generalName)))] : []),
  ]
  return certificate({ ...request, issuer: authority.subject, keys, signingKey: authority.key, extensions }, random)
}

const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const newKeys = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })

interface Contents extends CertificateRequest {
  readonly issuer: Subject
  readonly keys: KeyPair
  readonly signingKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** RFC 5280, 4.1. */
function certificate({ subject, issuer, notBefore, notAfter, keys, signingKey, extensions }: Contents, random: Random): KeyedCertificate {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256))
  const version3 = tagged(0, positiveInteger(Buffer.from([2])))
  const content = sequence(
    version3,
    positiveInteger(random.bytes(16)),
    algorithm,
    distinguishedName(issuer),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject),
    subjectPublicKeyInfo(keys.publicKey),
    tagged(3, sequence(...extensions)),
  )
  const signed = sequence(content, algorithm, bitString(sign('sha256', content, signingKey)))
  return { certificatePem: pem('CERTIFICATE', signed), keyPem: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string }
}

const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(objectIdentifier(id), ...(critical ? [trueValue] : []), octetString(value))

const distinguishedName = ({ commonName, organizations = [] }: Subject): Buffer =>
  sequence(...organizations.map(name => nameAttribute(oid.organization, name)), nameAttribute(oid.commonName, commonName))

const nameAttribute = (id: string, value: string): Buffer => set(sequence(objectIdentifier(id), utf8String(value)))

/** An IP address by its bytes, anything else as a DNS name. RFC 5280, 4.2.1.6. */
const generalName = (host: string): Buffer =>
  isIP(host) ? taggedPrimitive(7, Buffer.from(ipaddr.parse(host).toByteArray())) : taggedPrimitive(2, Buffer.from(host, 'ascii'))

const subjectPublicKeyInfo = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' })

/** SHA-1 of the key's point, as most authorities do; not a matter of security. RFC 5280, 4.2.1.2. */
const keyIdentifier = (key: KeyObject): Buffer => createHash('sha1').update(subjectPublicKeyInfo(key).subarray(-65)).digest()

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${(der.toString('base64').match(/.{1,64}/g) as string[]).join('\n')}\n-----END ${label}-----\n`
