/** One element of a parsed document. Prefixes of names are dropped. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Text directly inside, entities resolved. */
  readonly text: string
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[]
  readonly tag: string
  text: string
}

/** Why text is no document that a service takes. */
export class XmlError extends Error {}

const deepest = 64
const mostElements = 100_000
const entities: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Comment, CDATA section, processing instruction, end tag, start tag with its attributes, or text. */
const tokens =
  /<!--(?:(?!--)[^])*-->|<!\[CDATA\[((?:(?!\]\]>)[^])*)\]\]>|<\?(?:(?!\?>)[^])*\?>|<\/([^\s<>/&"']+)\s*>|<([^\s<>/!?&"']+)((?:\s+[^\s<>/=&"']+\s*=\s*(?:"[^<"]*"|'[^<']*'))*)\s*(\/?)>|([^<]+)/gy

/**
 * Parses a request's XML. No document type declarations: they would bring entities of the sender's making.
 * @throws XmlError when it is not well formed, declares a document type, or nests deeper than any input
 * @see    XML 1.0, section 2
 */
export function parseXml(source: string): XmlElement {
  const top: OpenElement = { name: '', tag: '', attributes: new Map(), children: [], text: '' }
  const open: OpenElement[] = [top]
  let count = 0
  let at = 0
  tokens.lastIndex = 0
  const text = source.replace(/^\ufeff/, '')
  while (at < text.length) {
    tokens.lastIndex = at
    const match = tokens.exec(text)
    if (!match) throw new XmlError(`not well formed at character ${at}`)
    at = tokens.lastIndex
    const [, section, endTag, startTag, attributes = '', empty, plain] = match
    const inner = open[open.length - 1] as OpenElement
    if (section !== undefined) inner.text += section
    else if (plain !== undefined) inner.text += resolved(plain)
    else if (endTag !== undefined) {
      if (open.length === 1 || inner.tag !== endTag) throw new XmlError(`unexpected end tag at character ${at}`)
      open.pop()
    } else if (startTag !== undefined) {
      if (++count > mostElements || open.length > deepest) throw new XmlError('too many elements')
      const element: OpenElement = {
        name: localName(startTag),
        tag: startTag,
        attributes: attributesOf(attributes),
        children: [],
        text: '',
      }
      inner.children.push(element)
      if (empty !== '/') open.push(element)
    }
  }
  if (open.length !== 1 || top.children.length !== 1 || top.text.trim() !== '') throw new XmlError('not one whole document')
  return top.children[0] as XmlElement
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, double, single] of text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (attributes.has(name as string)) throw new XmlError('an attribute is given twice')
    attributes.set(name as string, resolved((double ?? single) as string))
  }
  return attributes
}

function resolved(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9A-Fa-f]{1,6});|#([0-9]{1,7});|([a-z]{2,4});)?/g, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined && Object.hasOwn(entities, name)) return entities[name] as string
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? Number.NaN)
    if (!Number.isInteger(point) || point === 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      throw new XmlError('an unknown entity')
    return String.fromCodePoint(point)
  })
}
