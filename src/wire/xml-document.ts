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

const tagStart = /<(\/?)([^\s<>/=!?&"']+)/y
const attribute = /\s+([^\s<>/=&"']+)\s*=\s*(?:"([^<"]*)"|'([^<']*)')/y
const tagEnd = /\s*(\/?)>/y

/**
 * Parses a request's XML. No document type declarations: they would bring entities of the sender's making.
 * @throws XmlError when it is not well formed, declares a document type, or nests deeper than any input
 * @see    XML 1.0, section 2
 */
export function parseXml(source: string): XmlElement {
  return new XmlReader(source.replace(/^\ufeff/, '')).document()
}

/** Goes through a text once. Long spans are found by indexOf: an expression that repeats a group would exhaust the stack. */
class XmlReader {
  readonly #text: string
  readonly #top: OpenElement = { name: '', tag: '', attributes: new Map(), children: [], text: '' }
  readonly #open: OpenElement[] = [this.#top]
  #at = 0
  #count = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlElement {
    while (this.#at < this.#text.length) this.#next()
    const [root, other] = this.#top.children
    if (this.#open.length !== 1 || !root || other || this.#top.text.trim() !== '') throw new XmlError('not one whole document')
    return root
  }

  #next(): void {
    const inner = this.#open[this.#open.length - 1] as OpenElement
    if (this.#text.startsWith('<!--', this.#at)) {
      if (this.#span('<!--', '-->').includes('--')) throw new XmlError('a comment holds two hyphens')
    } else if (this.#text.startsWith('<![CDATA[', this.#at)) inner.text += this.#span('<![CDATA[', ']]>')
    else if (this.#text.startsWith('<?', this.#at)) this.#span('<?', '?>')
    else if (this.#text[this.#at] === '<') this.#tag(inner)
    else {
      const end = this.#text.indexOf('<', this.#at)
      inner.text += resolved(this.#text.slice(this.#at, end === -1 ? undefined : end))
      this.#at = end === -1 ? this.#text.length : end
    }
  }

  /** What is between two marks. */
  #span(start: string, end: string): string {
    const from = this.#at + start.length
    const to = this.#text.indexOf(end, from)
    if (to === -1) throw this.#malformed()
    this.#at = to + end.length
    return this.#text.slice(from, to)
  }

  #tag(inner: OpenElement): void {
    const [, closing, tag] = this.#match(tagStart) ?? this.#refuse()
    if (closing === '/') {
      const [, empty] = this.#match(tagEnd) ?? this.#refuse()
      if (empty === '/' || this.#open.length === 1 || inner.tag !== tag) throw this.#malformed()
      this.#open.pop()
      return
    }
    if (++this.#count > mostElements || this.#open.length > deepest) throw new XmlError('too many elements')
    const name = tag as string
    const element: OpenElement = { name: localName(name), tag: name, attributes: this.#attributes(), children: [], text: '' }
    inner.children.push(element)
    const [, empty] = this.#match(tagEnd) ?? this.#refuse()
    if (empty !== '/') this.#open.push(element)
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>()
    for (let match = this.#match(attribute); match; match = this.#match(attribute)) {
      const [, name, double, single] = match
      if (attributes.has(name as string)) throw new XmlError('an attribute is given twice')
      attributes.set(name as string, resolved((double ?? single) as string))
    }
    return attributes
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#text)
    if (match) this.#at = expression.lastIndex
    return match
  }

  #refuse(): never {
    throw this.#malformed()
  }

  #malformed(): XmlError {
    return new XmlError(`not well formed at character ${this.#at}`)
  }
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

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
