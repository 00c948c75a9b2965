/** A text that is no JSON, and where. */
export class NotJson extends Error {
  readonly line: number
  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/**
 * The JSON documents of a text, one after the other: what a shell loop appends to one file.
 * @throws NotJson with the line at which a document does not begin or end
 */
export function jsonDocuments(text: string): unknown[] {
  const whole = parsed(text)
  if (whole) return [whole.value]
  const documents: unknown[] = []
  for (let at = afterSpace(text, 0); at < text.length; at = afterSpace(text, at)) {
    const end = endOf(text, at)
    const document = parsed(text.slice(at, end))
    if (!document) throw new NotJson(end === text.length ? 'a document is cut off' : 'this is no JSON', lineAt(text, at))
    documents.push(document.value)
    at = end
  }
  return documents
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function afterSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && /[\s\uFEFF]/.test(text.charAt(at))) at++
  return at
}

/** The offset after the object or array that begins at an offset; the text's end when it does not end. */
function endOf(text: string, from: number): number {
  let depth = 0
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at)
    if (quoted) {
      if (character === '\\') at++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{' || character === '[') depth++
    else if ((character === '}' || character === ']') && --depth <= 0) return at + 1
  }
  return text.length
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
