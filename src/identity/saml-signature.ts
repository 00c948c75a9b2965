import type { KeyObject } from 'node:crypto'
import { type Element, XMLSerializer } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import { allBelow, childOf, childrenOf, isNamed, parseXml, SamlXmlError } from './saml-xml.ts'

/** RSA with SHA-2 alone. XML Signature 1.1, section 6; SHA-1 is left out. */
const signatureAlgorithms = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
])
const digestAlgorithms = new Set(['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'])
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const inclusive = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const canonicalizations = new Set([exclusive, inclusive])
const transforms = new Set([enveloped, exclusive, inclusive])

/** Decrypts an assertion; `signed` tells whether a signature covers what is encrypted. */
export type Decrypt = (encrypted: Element, signed: boolean) => string | undefined

/**
 * The assertion of a response, as far as it is signed. What is returned was parsed from the very bytes whose digest the signature proves, so that
 * nothing that was moved, wrapped or added around them can be taken for it.
 * @param text  the response
 * @param keys  the issuer's RSA keys
 * @returns     undefined when no signature of the issuer covers the assertion
 * @throws      SamlXmlError for what is no response with one assertion
 * @see         SAML 2.0 Core, section 5.4; "On Breaking SAML: Be Whoever You Want to Be"
 */
export function signedAssertion(text: string, keys: readonly KeyObject[], decrypt: Decrypt): Element | undefined {
  const response = parseXml(text)
  if (!isNamed(response, 'protocol', 'Response')) throw new SamlXmlError('not a response')
  const readable = allBelow(response, 'assertion', 'Assertion')
  const encrypted = allBelow(response, 'assertion', 'EncryptedAssertion')
  const assertion = childOf(response, 'assertion', 'Assertion') ?? childOf(response, 'assertion', 'EncryptedAssertion')
  if (!assertion || readable.length + encrypted.length !== 1) throw new SamlXmlError('not exactly one assertion')
  checkIds(response)
  if (encrypted.length === 1) return encryptedAssertion(text, response, assertion, keys, decrypt)
  const proved = provedContent(text, response, [assertion, response], keys)
  if (proved === undefined) return undefined
  const root = parseXml(proved)
  return isNamed(root, 'assertion', 'Assertion') ? root : childOf(root, 'assertion', 'Assertion')
}

/** Whether a response's assertion is encrypted. */
export const isEncrypted = (text: string): boolean => allBelow(parseXml(text), 'assertion', 'EncryptedAssertion').length > 0

/** Signed around the encryption, inside of it, or both. */
function encryptedAssertion(
  text: string,
  response: Element,
  encrypted: Element,
  keys: readonly KeyObject[],
  decrypt: Decrypt,
): Element | undefined {
  const isSigned = allBelow(response, 'signature', 'Signature').length > 0
  const proved = isSigned ? provedContent(text, response, [response], keys) : undefined
  if (isSigned && proved === undefined) return undefined
  const source = proved === undefined ? encrypted : childOf(parseXml(proved), 'assertion', 'EncryptedAssertion')
  const inner = source && decrypt(source, isSigned)
  if (inner === undefined) return undefined
  const assertion = parseXml(inner)
  if (!isNamed(assertion, 'assertion', 'Assertion') || allBelow(assertion, 'assertion', 'Assertion').length > 0) return undefined
  checkIds(assertion)
  if (allBelow(assertion, 'signature', 'Signature').length === 0) return isSigned ? assertion : undefined
  const content = provedContent(inner, assertion, [assertion], keys)
  return content === undefined ? undefined : parseXml(content)
}

/**
 * What the signatures of elements prove, the first one's. Each that is there must hold, and there may be none elsewhere: a signature of something that
 * nobody reads is there for attacks only.
 */
function provedContent(text: string, root: Element, elements: readonly Element[], keys: readonly KeyObject[]): string | undefined {
  const own = elements.flatMap(signed => childrenOf(signed, 'signature', 'Signature').map(signature => ({ signed, signature })))
  if (own.length === 0 || own.length > elements.length || own.length !== allBelow(root, 'signature', 'Signature').length) return undefined
  const contents = own.map(({ signed, signature }) => signedContent(text, signed, signature, keys))
  return contents.includes(undefined) ? undefined : contents[0]
}

/** References are by id: each must mean one element. */
function checkIds(root: Element): void {
  const seen = new Set<string>()
  for (const element of [root, ...root.getElementsByTagName('*')]) {
    for (const name of ['ID', 'Id', 'id']) {
      const id = element.getAttribute(name)
      if (id === null) continue
      if (seen.has(id)) throw new SamlXmlError('an id is there twice')
      seen.add(id)
    }
  }
}

/** What an element's signature proves, in canonical form; undefined unless it is the element itself. */
function signedContent(text: string, signed: Element, signature: Element, keys: readonly KeyObject[]): string | undefined {
  if (!isAcceptable(signed, signature)) return undefined
  for (const key of keys) {
    // Keys come from the metadata alone: what the signature says of its key proves nothing.
    const verifier = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null })
    try {
      verifier.loadSignature(new XMLSerializer().serializeToString(signature))
      if (!verifier.checkSignature(text)) continue
    } catch {
      continue
    }
    const references = verifier.getSignedReferences()
    return references.length === 1 ? references[0] : undefined
  }
  return undefined
}

/** One reference, to the element that the signature stands in, by allowed algorithms. SAML 2.0 Core, sections 5.4.2 to 5.4.4. */
function isAcceptable(signed: Element, signature: Element): boolean {
  const id = signed.getAttribute('ID')
  const info = childOf(signature, 'signature', 'SignedInfo')
  const references = info ? childrenOf(info, 'signature', 'Reference') : []
  const [reference] = references
  if (!id || !info || !reference || references.length !== 1 || reference.getAttribute('URI') !== `#${id}`) return false
  // Nothing else stands in a signature: no objects, and no second element that could be taken for one of these.
  if (!/^SignedInfo SignatureValue( KeyInfo)?$/.test(elementNames(signature))) return false
  const list = childOf(reference, 'signature', 'Transforms')
  const used = list ? childrenOf(list, 'signature', 'Transform').map(algorithmOf) : []
  return (
    signatureAlgorithms.has(algorithmOf(childOf(info, 'signature', 'SignatureMethod'))) &&
    canonicalizations.has(algorithmOf(childOf(info, 'signature', 'CanonicalizationMethod'))) &&
    digestAlgorithms.has(algorithmOf(childOf(reference, 'signature', 'DigestMethod'))) &&
    used.length >= 1 &&
    used.length <= 2 &&
    used.includes(enveloped) &&
    used.every(algorithm => transforms.has(algorithm))
  )
}

const elementNames = (element: Element): string =>
  [...element.childNodes]
    .filter(node => node.nodeType === node.ELEMENT_NODE)
    .map(node => (node as Element).localName)
    .join(' ')

const algorithmOf = (element: Element | undefined): string => element?.getAttribute('Algorithm') ?? ''
