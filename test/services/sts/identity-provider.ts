import { constants, createCipheriv, generateKeyPairSync, type KeyObject, publicEncrypt, randomBytes, sign } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import {
  bitString,
  element,
  objectIdentifier,
  positiveInteger,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from '../../../src/identity/der.ts'
import { account } from '../call.ts'

/** What a test changes of a response; all else is as AWS wants it. */
export interface ResponseOptions {
  readonly sign?: readonly ('assertion' | 'response')[]
  readonly issuer?: string
  readonly audience?: string | null
  readonly recipient?: string
  /** Milliseconds from now. */
  readonly issuedIn?: number
  readonly expiresIn?: number
  readonly startsIn?: number
  readonly confirmedFor?: number
  readonly sessionEndsIn?: number
  readonly status?: string
  readonly nameIdFormat?: string
  readonly subject?: string
  /** By name; those of AWS without their prefix. Null leaves one out. */
  readonly attributes?: { readonly [name: string]: readonly string[] | null }
  readonly key?: KeyObject
  readonly digest?: string
  readonly signature?: string
  /** Encrypts the assertion for a key. */
  readonly encrypt?: { readonly key: KeyObject; readonly cipher?: 'gcm' | 'cbc'; readonly padding?: 'oaep' | 'oaep256' | 'pkcs1' }
}

export const providerArn = `arn:aws:iam::${account}:saml-provider/Example`
export const entityId = 'https://idp.example.com/saml'

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const keys = rsa()
/** A key that the metadata does not hold. */
export const strangerKey = rsa().privateKey

function selfSigned(): string {
  const algorithm = sequence(objectIdentifier('1.2.840.113549.1.1.11'), element(0x05))
  const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String('idp'))))
  const content = sequence(
    tagged(0, positiveInteger(Buffer.from([2]))),
    positiveInteger(randomBytes(8)),
    algorithm,
    name,
    sequence(time(Date.UTC(2020, 0, 1)), time(Date.UTC(2040, 0, 1))),
    name,
    keys.publicKey.export({ format: 'der', type: 'spki' }),
  )
  return sequence(content, algorithm, bitString(sign('sha256', content, keys.privateKey))).toString('base64')
}

/** The metadata document of the test's identity provider. */
export const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${selfSigned()}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')

/** A response as the identity provider sends it, XML. @param now  epoch milliseconds */
export function response(now: number, options: ResponseOptions = {}): string {
  const {
    issuer = entityId,
    audience = 'https://signin.aws.amazon.com/saml',
    recipient = 'https://signin.aws.amazon.com/saml',
    status = 'urn:oasis:names:tc:SAML:2.0:status:Success',
    nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    subject = 'alice',
  } = options
  const at = (offset: number) => new Date(now + offset).toISOString()
  const attributes = {
    Role: [`arn:aws:iam::${account}:role/Federated,${providerArn}`],
    RoleSessionName: ['alice@example.com'],
    ...options.attributes,
  }
  const attribute = (name: string, values: readonly string[]) => {
    const full = name.startsWith('urn:') ? name : `https://aws.amazon.com/SAML/Attributes/${name}`
    return `<saml:Attribute Name="${escaped(full)}">${values.map(value => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`).join('')}</saml:Attribute>`
  }
  const statements = Object.entries(attributes).flatMap(([name, values]) => (values === null ? [] : [attribute(name, values)]))
  const restriction =
    audience === null ? '' : `<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction>`
  const ends = options.sessionEndsIn === undefined ? '' : ` SessionNotOnOrAfter="${at(options.sessionEndsIn)}"`
  const unsigned =
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="${at(0)}">` +
    `<saml:Issuer>${issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>` +
    `<saml:Assertion ID="_assertion" Version="2.0" IssueInstant="${at(options.issuedIn ?? 0)}"><saml:Issuer>${issuer}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${nameIdFormat}">${escaped(subject)}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(options.confirmedFor ?? 300_000)}" Recipient="${recipient}"/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${at(options.startsIn ?? -60_000)}" NotOnOrAfter="${at(options.expiresIn ?? 300_000)}">${restriction}</saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${at(0)}"${ends}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${statements.join('')}</saml:AttributeStatement></saml:Assertion></samlp:Response>`
  const sign = options.sign ?? ['assertion']
  const inner = sign.includes('assertion') ? signed(unsigned, 'assertion', options) : unsigned
  const sealed = options.encrypt ? inner.replace(/<saml:Assertion[\s\S]*<\/saml:Assertion>/, found => encrypted(found, options)) : inner
  return sign.includes('response') ? signed(sealed, 'response', options) : sealed
}

function encrypted(assertion: string, { encrypt }: ResponseOptions): string {
  const { key, cipher = 'gcm', padding = 'oaep' } = encrypt ?? { key: keys.publicKey }
  // What stands alone must say itself what its prefixes mean.
  const text = Buffer.from(
    assertion
      .replace('<saml:Assertion', '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"')
      .replace(/(xmlns:saml="[^"]*")([^>]*) xmlns:saml="[^"]*"/, '$1$2'),
  )
  const secret = randomBytes(32)
  const nonce = randomBytes(cipher === 'gcm' ? 12 : 16)
  const gcm = createCipheriv('aes-256-gcm', secret, nonce.subarray(0, 12))
  const cbc = createCipheriv('aes-256-cbc', secret, Buffer.concat([nonce, nonce]).subarray(0, 16))
  const value =
    cipher === 'gcm'
      ? Buffer.concat([nonce, gcm.update(text), gcm.final(), gcm.getAuthTag()])
      : Buffer.concat([nonce, cbc.update(text), cbc.final()])
  const wrapped = publicEncrypt(
    padding === 'pkcs1'
      ? { key, padding: constants.RSA_PKCS1_PADDING }
      : { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: padding === 'oaep' ? 'sha1' : 'sha256' },
    secret,
  )
  const method = {
    oaep: '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>',
    oaep256:
      '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/></xenc:EncryptionMethod>',
    pkcs1: '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"/>',
  }[padding]
  const algorithm = cipher === 'gcm' ? 'http://www.w3.org/2009/xmlenc11#aes256-gcm' : 'http://www.w3.org/2001/04/xmlenc#aes256-cbc'
  const data = (bytes: Buffer) => `<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`
  return (
    '<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">' +
    `<xenc:EncryptionMethod Algorithm="${algorithm}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>${method}${data(wrapped)}</xenc:EncryptedKey></ds:KeyInfo>` +
    `${data(value)}</xenc:EncryptedData></saml:EncryptedAssertion>`
  )
}

function signed(xml: string, what: 'assertion' | 'response', options: ResponseOptions): string {
  const signer = new SignedXml({
    privateKey: (options.key ?? keys.privateKey).export({ format: 'pem', type: 'pkcs8' }),
    signatureAlgorithm: options.signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  const path = what === 'assertion' ? "//*[local-name(.)='Assertion']" : "/*[local-name(.)='Response']"
  signer.addReference({
    xpath: path,
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    digestAlgorithm: options.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  const issuer = `${path}/*[local-name(.)='Issuer']`
  signer.computeSignature(xml, { location: { reference: issuer, action: 'after' } })
  return signer.getSignedXml()
}

export const base64 = (xml: string): string => Buffer.from(xml).toString('base64')
