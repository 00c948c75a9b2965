const expressions = new Map<string, RegExp>()

/** A regular expression, with `(?i)` for any case. Patterns are the same for every row. @param all  to go through all matches */
export function expression(pattern: string, all = false): RegExp {
  const key = `${all ? 'g' : ''} ${pattern}`
  const known = expressions.get(key)
  if (known) return known
  if (expressions.size >= 100) expressions.clear()
  const [, ignoreCase, body = ''] = /^(\(\?i\))?([\s\S]*)$/.exec(pattern) ?? []
  const made = new RegExp(body, `${all ? 'g' : ''}${ignoreCase === undefined ? '' : 'i'}u`)
  expressions.set(key, made)
  return made
}

/**
 * Replaces every match. `$1` and `${name}` are its groups, `\$` a dollar sign.
 * Trino documentation, "Regular expression functions", regexp_replace.
 */
export const regexpReplace = (text: string, pattern: string, replacement: string): string =>
  text.replace(expression(pattern, true), replacement.replaceAll('\\$', '$$$$').replaceAll(/\$\{(\w+)\}/g, '$<$1>'))

/** All matches, or one of their groups, as a JSON array. */
export const regexpExtractAll = (text: string, pattern: string, group: number): string =>
  JSON.stringify([...text.matchAll(expression(pattern, true))].map(match => match[group] ?? null))

/** Pads or cuts to a size. Trino documentation, "String functions", lpad and rpad. */
export function pad(side: string, text: string, size: number, padding: string): string {
  if (size < 0 || size > 65_536) throw new Error('Target length must be in the range [0..65536]')
  if (padding === '') throw new Error('Padding string must not be empty')
  const missing = size - text.length
  if (missing <= 0) return text.slice(0, size)
  return side === 'left' ? text.padStart(size, padding) : text.padEnd(size, padding)
}

/** Replaces characters by those at the same place. Trino documentation, "String functions", translate. */
export function translate(text: string, from: string, to: string): string {
  const [wanted, given] = [[...from], [...to]]
  return [...text].map(character => (wanted.includes(character) ? (given[wanted.indexOf(character)] ?? '') : character)).join('')
}

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)

const parts: { readonly [part: string]: (url: URL) => string } = {
  protocol: url => url.protocol.slice(0, -1),
  host: url => url.hostname,
  path: url => url.pathname,
  query: url => url.search.slice(1),
  fragment: url => url.hash.slice(1),
}

/** Trino documentation, "URL functions". */
export function urlPart(part: string, text: string): string | null {
  const url = urlOf(text)
  return (url && parts[part]?.(url)) ?? null
}

export const urlParameter = (text: string, name: string): string | null => urlOf(text)?.searchParams.get(name) ?? null
