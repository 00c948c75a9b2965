import type { WireRequest } from '../message.ts'

/**
 * The canonical request that a signature covers.
 * @param request        path and query undecoded, as sent
 * @param signedHeaders  lower-case names in the order that the signer gives them
 * @param payloadHash    hexadecimal, or `UNSIGNED-PAYLOAD` for S3
 * @param s3             true for S3, which encodes paths once and keeps dot segments
 * @see   IAM User Guide, "Create a signed AWS API request", step 1
 */
export function canonicalRequest(
  request: Pick<WireRequest, 'method' | 'path' | 'query' | 'headers'>,
  signedHeaders: readonly string[],
  payloadHash: string,
  s3: boolean,
): string {
  let headers = ''
  for (const name of signedHeaders)
    headers += `${name}:${foldSpaces((Object.hasOwn(request.headers, name) && request.headers[name]) || '')}\n`
  return `${request.method}\n${canonicalPath(request.path, s3)}\n${canonicalQuery(request.query)}\n${headers}\n${signedHeaders.join(';')}\n${payloadHash}`
}

const foldSpaces = (value: string) => (value.includes('  ') ? value.trim().replace(/ +/g, ' ') : value.trim())

function canonicalPath(path: string, s3: boolean): string {
  if (path === '' || path === '/') return '/'
  if (s3) return path.split('/').map(recode).join('/')
  return normalised(path).split('/').map(encodeRfc3986).join('/')
}

/** Removes dot segments and doubled slashes. RFC 3986, section 5.2.4. */
function normalised(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') kept.pop()
    else kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

/** Names and values encoded anew and sorted by code point; the signature itself left out. */
export function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs: [string, string][] = []
  for (const part of query.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = recode(equals === -1 ? part : part.slice(0, equals))
    if (name === 'X-Amz-Signature') continue
    pairs.push([name, equals === -1 ? '' : recode(part.slice(equals + 1))])
  }
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Percent-encodes all but the unreserved characters. RFC 3986, section 2.3. */
export const encodeRfc3986 = (text: string): string =>
  /^[A-Za-z0-9._~-]*$/.test(text)
    ? text
    : encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const unreserved = /^[A-Za-z0-9._~-]$/

/**
 * Percent-encodes text that may be encoded already: escapes become those of RFC 3986, byte by byte, so that bytes
 * which are no UTF-8 stay what they are.
 */
const recode = (text: string): string =>
  text.includes('%')
    ? text.replace(/%([0-9A-Fa-f]{2})|[^]/gu, (character, hex: string | undefined) => {
        if (hex === undefined) return encodeRfc3986(character)
        const plain = String.fromCharCode(Number.parseInt(hex, 16))
        return unreserved.test(plain) ? plain : `%${hex.toUpperCase()}`
      })
    : encodeRfc3986(text)
