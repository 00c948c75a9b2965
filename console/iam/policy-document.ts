/** A policy as IAM gives it: JSON in a URL's encoding (RFC 3986), laid out to be read. */
export function readableDocument(encoded: string | undefined): string {
  if (!encoded) return ''
  const text = encoded.startsWith('%7B') || encoded.startsWith('%') ? decodeURIComponent(encoded) : encoded
  return laidOut(text)
}

/** JSON with the indentation of AWS's examples; other text as it is. */
export function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 4)
  } catch {
    return text
  }
}

export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What a new policy begins with. */
export const emptyPolicy = laidOut('{"Version":"2012-10-17","Statement":[{"Sid":"Statement1","Effect":"Allow","Action":[],"Resource":[]}]}')
