import { X509Certificate } from 'node:crypto'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { iam } from './service.ts'

/** What IAM needs of an identity provider's metadata. */
export interface SamlMetadata {
  readonly entityId: string
  /** Signing certificates, base64 of DER. */
  readonly certificates: readonly string[]
  /** Epoch milliseconds; undefined when the metadata does not say. */
  readonly validUntil: number | undefined
  /** Whether every descriptor says where to sign on. */
  readonly signsOn: boolean
}

// External entities are never read, and prefixes mean nothing: names are compared without.
const parser = new XMLParser({
  ignoreAttributes: false,
  removeNSPrefix: true,
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
})

interface Node {
  readonly [name: string]: unknown
}
const listOf = (value: unknown): Node[] => (Array.isArray(value) ? (value as Node[]) : value === undefined ? [] : [value as Node])

/**
 * Reads a SAML metadata document: an issuer and the keys to verify its assertions. SAML 2.0 Metadata, sections 2.3.2 and 2.4.3.
 * @throws InvalidInput
 */
export function readSamlMetadata(text: string): SamlMetadata {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) throw unreadable()
  const entity = listOf((parser.parse(text) as Node)['EntityDescriptor'])[0]
  const entityId = entity?.['@_entityID']
  const descriptors = listOf(entity?.['IDPSSODescriptor'])
  if (typeof entityId !== 'string' || descriptors.length === 0) throw unreadable()
  const keys = descriptors.flatMap(descriptor => listOf(descriptor['KeyDescriptor'])).filter(key => key['@_use'] !== 'encryption')
  const certificates = keys
    .flatMap(key => listOf(key['KeyInfo']))
    .flatMap(info => listOf(info['X509Data']))
    .flatMap(data => listOf(data['X509Certificate']))
    .map(certificate => String(certificate).replace(/\s/g, ''))
  if (certificates.length === 0 || !certificates.every(isCertificate)) throw unreadable()
  const until = Date.parse(String(entity?.['@_validUntil'] ?? ''))
  const signsOn = descriptors.every(descriptor => descriptor['SingleSignOnService'] !== undefined)
  return { entityId, certificates, validUntil: Number.isNaN(until) ? undefined : until, signsOn }
}

/**
 * Reads metadata that is given for a provider: it must name the issuer, and where to sign on. What was taken before is still read without.
 * SAML 2.0 Metadata, section 2.4.3: SingleSignOnService is one or more.
 * @throws InvalidInput
 */
export function readGivenSamlMetadata(text: string): SamlMetadata {
  const metadata = readSamlMetadata(text)
  if (metadata.entityId === '' || !metadata.signsOn) throw unreadable()
  return metadata
}

const unreadable = () => new iam.InvalidInput('Could not parse metadata')

function isCertificate(base64: string): boolean {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).raw.length > 0
  } catch {
    return false
  }
}
