import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import type { Element } from '@xmldom/xmldom'
import type { RequestContext } from '../policy/index.ts'
import { samlAttributeKeys } from './saml-attributes.ts'
import { decryptAssertion } from './saml-encryption.ts'
import { isEncrypted, signedAssertion } from './saml-signature.ts'
import { allBelow, attributeOf, childOf, childrenOf, isNamed, parseXml, SamlXmlError, textOf } from './saml-xml.ts'

/** Why a SAML response is refused, as AssumeRoleWithSAML distinguishes it. */
export class SamlError extends Error {
  readonly kind: 'invalid' | 'expired' | 'rejected'
  constructor(kind: SamlError['kind'], message: string) {
    super(message)
    this.name = 'SamlError'
    this.kind = kind
  }
}

export interface SamlProvider {
  readonly arn: string
  readonly account: string
  readonly name: string
  readonly metadata: string
  /** Epoch milliseconds. */
  readonly validUntil: number
  /** To decrypt assertions with, PEM. */
  readonly decryptionKeys: readonly string[]
  /** Assertions that are not encrypted are refused. */
  readonly encryptionRequired: boolean
}

/** A response whose signature, issuer, audience, recipient and times hold. */
export interface VerifiedSaml {
  /** The assertion's own ID. */
  readonly assertionId: string
  readonly issuer: string
  readonly subject: string
  readonly subjectType: string
  readonly audience: string
  readonly nameQualifier: string
  /** Pairs of role and provider ARNs that the user may choose from. */
  readonly roles: readonly { readonly role: string; readonly provider: string }[]
  readonly sessionName: string
  readonly sourceIdentity?: string
  readonly tags: { readonly [key: string]: string }
  readonly transitiveTagKeys: readonly string[]
  /** When the session must end at the latest, epoch milliseconds. */
  readonly endsAt?: number
  /** `saml:` keys that trust policies can test. */
  readonly conditionKeys: RequestContext
}

const attributePrefix = 'https://aws.amazon.com/SAML/Attributes/'
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'
const nameFormats = 'urn:oasis:names:tc:SAML:2.0:nameid-format:'
const redeemWithin = 300_000
/** An assertion that was taken once cannot be good after so long: it may be issued by a clock that is ahead. */
export const longestAssertionMilliseconds = 2 * redeemWithin
const sessionNameForm = /^[\w+=,.@-]{2,64}$/
const signIn = /^https:\/\/(?:[a-z0-9-]+\.)?signin\.aws\.amazon\.com\/saml(?:\/acs\/[\w-]+)?$/

const invalid = (message: string) => new SamlError('invalid', message)
const tooLate = () => new SamlError('expired', 'Token must be redeemed within 5 minutes of issuance')

/**
 * Verifies a SAML response against its registered provider.
 * @param assertion  base64 of the response
 * @param ownSignIn  where Gatehouse's own users would be sent: taken as audience and recipient beside AWS's sign-in addresses
 * @param now        epoch milliseconds
 * @throws           SamlError
 * @see              STS API Reference, "AssumeRoleWithSAML"; IAM User Guide, "Configure SAML assertions for the authentication response"; SAML 2.0
 *                   Profiles, section 4.1.4.3
 */
export function verifySaml(assertion: string, provider: SamlProvider, ownSignIn: string, now: number): VerifiedSaml {
  const text = decoded(assertion)
  const { entityId, keys } = readMetadata(provider.metadata)
  if (provider.validUntil <= now) throw invalid('The metadata of the specified provider has expired.')
  const proved = asInvalid(() => {
    checkResponse(parseXml(text), entityId)
    if (provider.encryptionRequired && !isEncrypted(text)) throw invalid('The SAML assertion must be encrypted.')
    return signedAssertion(text, keys, (encrypted, signed) => decryptAssertion(encrypted, provider.decryptionKeys, signed))
  })
  if (!proved) throw invalid('Response signature invalid')
  const issuer = textOf(childOf(proved, 'assertion', 'Issuer'))
  if (issuer !== entityId) throw invalid('Issuer not present in specified provider')
  const isOurs = (url: string | undefined) => url !== undefined && (url === ownSignIn || signIn.test(url))
  checkTimes(proved, now)
  checkAudience(proved, isOurs)
  const subject = childOf(proved, 'assertion', 'Subject')
  const audience = recipientOf(subject, isOurs, now)
  const assertionId = attributeOf(proved, 'ID') ?? ''
  return {
    assertionId,
    issuer,
    audience,
    ...subjectOf(subject),
    ...contentOf(proved),
    ...identify(proved, subject, { issuer, audience, provider }),
  }
}

function decoded(assertion: string): string {
  const bytes = Buffer.from(assertion, 'base64')
  const compact = assertion.replace(/\s/g, '')
  if (bytes.length === 0 || bytes.toString('base64') !== compact) throw invalid('Invalid base64 SAMLResponse')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid('Invalid base64 SAMLResponse')
  }
}

function asInvalid<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (problem) {
    if (problem instanceof SamlXmlError) throw invalid('Your request included an invalid SAML response.')
    throw problem
  }
}

/** Entity id and signing keys. IAM checked the document when it was registered. */
function readMetadata(metadata: string): { readonly entityId: string; readonly keys: readonly KeyObject[] } {
  const root = asInvalid(() => parseXml(metadata))
  const entity = isNamed(root, 'metadata', 'EntityDescriptor') ? root : allBelow(root, 'metadata', 'EntityDescriptor')[0]
  const described = entity ? allBelow(entity, 'metadata', 'KeyDescriptor').filter(key => key.getAttribute('use') !== 'encryption') : []
  const certificates = described.flatMap(key => allBelow(key, 'signature', 'X509Certificate').map(textOf))
  const keys = certificates.map(base64 => new X509Certificate(Buffer.from(base64, 'base64')).publicKey)
  return { entityId: attributeOf(entity, 'entityID') ?? '', keys: keys.filter(key => key.asymmetricKeyType === 'rsa') }
}

function checkResponse(response: Element, entityId: string): void {
  if (!isNamed(response, 'protocol', 'Response')) throw new SamlXmlError('not a response')
  const issuer = childOf(response, 'assertion', 'Issuer')
  if (issuer && textOf(issuer) !== entityId) throw invalid('Issuer not present in specified provider')
  const status = childOf(childOf(response, 'protocol', 'Status'), 'protocol', 'StatusCode')
  if (attributeOf(status, 'Value') !== success)
    throw new SamlError('rejected', 'The identity provider reported that authentication failed.')
}

function timeOf(element: Element | undefined, name: string): number | undefined {
  const text = attributeOf(element, name)
  if (text === undefined) return undefined
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw invalid('Your request included an invalid SAML response.')
  return time
}

function checkTimes(assertion: Element, now: number): void {
  const issued = timeOf(assertion, 'IssueInstant')
  const conditions = childOf(assertion, 'assertion', 'Conditions')
  const from = timeOf(conditions, 'NotBefore')
  const until = timeOf(conditions, 'NotOnOrAfter')
  if (issued === undefined || attributeOf(assertion, 'Version') !== '2.0') throw invalid('Your request included an invalid SAML response.')
  if (now >= issued + redeemWithin || (until !== undefined && now >= until)) throw tooLate()
  // Clocks differ a little; an assertion of the far future is none of now.
  if (issued > now + redeemWithin || (from !== undefined && now < from)) throw invalid('The SAML assertion is not yet valid.')
}

/** Every restriction must name us. SAML 2.0 Core, section 2.5.1.4. */
function checkAudience(assertion: Element, isOurs: (url: string | undefined) => boolean): void {
  const conditions = childOf(assertion, 'assertion', 'Conditions')
  const restrictions = conditions ? childrenOf(conditions, 'assertion', 'AudienceRestriction') : []
  const named = (restriction: Element) => childrenOf(restriction, 'assertion', 'Audience').map(textOf)
  const holds = restrictions.every(restriction => named(restriction).some(url => isOurs(url) || url === 'urn:amazon:webservices'))
  if (restrictions.length === 0 || !holds) throw invalid('Response does not contain the required audience.')
}

/** The recipient of a bearer confirmation that holds now. SAML 2.0 Profiles, section 4.1.4.2. */
function recipientOf(subject: Element | undefined, isOurs: (url: string | undefined) => boolean, now: number): string {
  const confirmations = subject ? childrenOf(subject, 'assertion', 'SubjectConfirmation') : []
  const data = confirmations
    .filter(confirmation => confirmation.getAttribute('Method') === bearer)
    .flatMap(confirmation => childrenOf(confirmation, 'assertion', 'SubjectConfirmationData'))
    .filter(element => isOurs(attributeOf(element, 'Recipient')))
  if (data.length === 0) throw invalid('The recipient of the SAML response is not valid.')
  const inTime = data.find(element => {
    const until = timeOf(element, 'NotOnOrAfter')
    return until !== undefined && now < until
  })
  if (!inTime) throw tooLate()
  return attributeOf(inTime, 'Recipient') ?? ''
}

function subjectOf(subject: Element | undefined): Pick<VerifiedSaml, 'subject' | 'subjectType'> {
  const nameId = childOf(subject, 'assertion', 'NameID')
  const name = textOf(nameId)
  if (name === '') throw invalid('The SAML response does not name a subject.')
  const format = attributeOf(nameId, 'Format') ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'
  return { subject: name, subjectType: format.startsWith(nameFormats) ? format.slice(nameFormats.length) : format }
}

/** Values of attributes by name; attributes of the same name add up. */
function attributesOf(assertion: Element): Map<string, string[]> {
  const attributes = new Map<string, string[]>()
  for (const statement of childrenOf(assertion, 'assertion', 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, 'assertion', 'Attribute')) {
      const name = attribute.getAttribute('Name') ?? ''
      const values = childrenOf(attribute, 'assertion', 'AttributeValue').map(textOf)
      attributes.set(name, [...(attributes.get(name) ?? []), ...values])
    }
  }
  return attributes
}

type Content = Pick<VerifiedSaml, 'roles' | 'sessionName' | 'sourceIdentity' | 'tags' | 'transitiveTagKeys' | 'endsAt'>

function contentOf(assertion: Element): Content {
  const attributes = attributesOf(assertion)
  const valuesOf = (name: string) => attributes.get(attributePrefix + name) ?? []
  const sessionName = valuesOf('RoleSessionName')[0]
  if (sessionName === undefined) throw invalid('RoleSessionName is required in AuthnResponse')
  if (!sessionNameForm.test(sessionName)) throw invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}')
  const sourceIdentity = valuesOf('SourceIdentity')[0]
  if (sourceIdentity !== undefined && (!sessionNameForm.test(sourceIdentity) || sourceIdentity.startsWith('aws:')))
    throw invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
  const ends = childrenOf(assertion, 'assertion', 'AuthnStatement').flatMap(statement => timeOf(statement, 'SessionNotOnOrAfter') ?? [])
  return {
    roles: valuesOf('Role').flatMap(pairOf),
    sessionName,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    tags: tagsOf(attributes),
    transitiveTagKeys: valuesOf('TransitiveTagKeys'),
    ...(ends.length > 0 && { endsAt: Math.min(...ends) }),
  }
}

/** `role ARN,provider ARN`, in either order. */
function pairOf(value: string) {
  const parts = value.split(',').map(part => part.trim())
  const role = parts.find(part => /:role\//.test(part))
  const provider = parts.find(part => /:saml-provider\//.test(part))
  return role !== undefined && provider !== undefined && parts.length === 2 ? [{ role, provider }] : []
}

function tagsOf(attributes: ReadonlyMap<string, readonly string[]>): { [key: string]: string } {
  const prefix = `${attributePrefix}PrincipalTag:`
  const tags: { [key: string]: string } = {}
  for (const [name, values] of attributes) {
    if (!name.startsWith(prefix)) continue
    if (values.length !== 1) throw invalid('A session tag of the SAML response does not have one value.')
    tags[name.slice(prefix.length)] = values[0] ?? ''
  }
  return tags
}

interface Parties {
  readonly issuer: string
  readonly audience: string
  readonly provider: SamlProvider
}

/** Name qualifier and condition keys. IAM User Guide, "Available keys for SAML-based AWS STS federation". */
function identify(assertion: Element, subject: Element | undefined, { issuer, audience, provider }: Parties) {
  const { subject: name, subjectType } = subjectOf(subject)
  const { account, name: providerName } = provider
  const nameQualifier = createHash('sha1').update(`${issuer}${account}/${providerName}`).digest('base64')
  const conditionKeys: RequestContext = {
    ...samlAttributeKeys(attributesOf(assertion)),
    'saml:aud': audience,
    'saml:iss': issuer,
    'saml:sub': name,
    'saml:sub_type': subjectType,
    'saml:namequalifier': nameQualifier,
    'saml:doc': `${account}/${providerName}`,
  }
  return { nameQualifier, conditionKeys }
}
