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

/**
 * The assertion of a response, as far as it is signed. What is returned was parsed from the very bytes whose digest the signature proves, so that
 * nothing that was moved, wrapped or added around them can be taken for it.
 * @param text  the response
 * @param keys  the issuer's RSA keys
 * @returns     undefined when no signature of the issuer covers the assertion
 * @throws      SamlXmlError for what is no response with one assertion
 * @see         SAML 2.0 Core, section 5.4; "On Breaking SAML: Be Whoever You Want to Be"
 */
export function signedAssertion(text: string, keys: readonly KeyObject[]): Element | undefined {
  const response = parseXml(text)
  if (!isNamed(response, 'protocol', 'Response')) throw new SamlXmlError('not a response')
  const [assertion, ...others] = childrenOf(response, 'assertion', 'Assertion')
  if (!assertion || others.length > 0 || allBelow(response, 'assertion', 'Assertion').length !== 1)
    throw new SamlXmlError('not exactly one assertion')
  checkIds(response)
  const signatures = allBelow(response, 'signature', 'Signature')
  const own = [assertion, response].flatMap(signed =>
    childrenOf(signed, 'signature', 'Signature').map(signature => ({ signed, signature })),
  )
  // A signature anywhere else is of something that nobody reads: only attacks have one. Each that is there must hold.
  if (own.length === 0 || own.length > 2 || own.length !== signatures.length) return undefined
  const contents = own.map(({ signed, signature }) => signedContent(text, signed, signature, keys))
  if (contents.some(content => content === undefined)) return undefined
  const [content] = contents as [string]
  const root = parseXml(content)
  return isNamed(root, 'assertion', 'Assertion') ? root : childOf(root, 'assertion', 'Assertion')
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
