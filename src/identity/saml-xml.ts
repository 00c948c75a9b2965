import { DOMParser, type Document, type Element } from '@xmldom/xmldom'

/** The namespaces of SAML 2.0 and of XML signatures. */
export const namespaces = {
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
  encryption11: 'http://www.w3.org/2009/xmlenc11#',
} as const
type Namespace = keyof typeof namespaces

/** XML that is not what it should be. */
export class SamlXmlError extends Error {
  override readonly name = 'SamlXmlError'
}

const mostElements = 5_000

/**
 * Parses XML strictly: no document type, hence no entities but XML's own, and no error that is passed over.
 * @throws SamlXmlError
 */
export function parseXml(text: string): Element {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new SamlXmlError('document types are not allowed')
  let document: Document
  try {
    document = new DOMParser({
      onError: (_level, message) => {
        throw new SamlXmlError(message)
      },
    }).parseFromString(text, 'text/xml')
  } catch (problem) {
    throw problem instanceof SamlXmlError ? problem : new SamlXmlError((problem as Error).message)
  }
  const root = document.documentElement
  if (!root || document.doctype) throw new SamlXmlError('not an XML document')
  const elements = document.getElementsByTagName('*')
  if (elements.length > mostElements) throw new SamlXmlError('too many elements')
  for (const element of elements) checkNames(element)
  return root
}

/** Names of SAML, XML signatures and encryption are of these characters; of others, the parser that checks signatures knows fewer than this one. */
const plainName = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/

function checkNames({ tagName, attributes }: Element): void {
  if (!plainName.test(tagName)) throw new SamlXmlError('a strange name')
  for (const { name } of attributes) if (!plainName.test(name)) throw new SamlXmlError('a strange name')
}

export const isNamed = (element: Element, namespace: Namespace, name: string): boolean =>
  element.namespaceURI === namespaces[namespace] && element.localName === name

/** Children of a name, in order. */
export function childrenOf(element: Element, namespace: Namespace, name: string): Element[] {
  const found: Element[] = []
  for (let node = element.firstChild; node; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && isNamed(node as Element, namespace, name)) found.push(node as Element)
  }
  return found
}

export const childOf = (element: Element | undefined, namespace: Namespace, name: string): Element | undefined =>
  element && childrenOf(element, namespace, name)[0]

/** Elements of a name, at any depth, the element itself left out. */
export const allBelow = (element: Element, namespace: Namespace, name: string): Element[] => [
  ...element.getElementsByTagNameNS(namespaces[namespace], name),
]

export const textOf = (element: Element | undefined): string => element?.textContent?.trim() ?? ''
/** An attribute's value; undefined when it is not there. */
export const attributeOf = (element: Element | undefined, name: string): string | undefined => element?.getAttribute(name) ?? undefined
