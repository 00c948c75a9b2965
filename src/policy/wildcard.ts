const asterisk = 0x2a
const questionMark = 0x3f
const colon = 0x3a

/**
 * Matching with `*` (any characters) and `?` (one character) in time proportional to text times pattern at worst: only the
 * last `*` is ever retried, which is enough because an earlier one gains nothing by taking more.
 * @param pattern  with wildcards
 * @param text     taken literally
 * @param from     how much of both is known to be equal and free of wildcards
 */
export function matchesWildcard(pattern: string, text: string, from = 0): boolean {
  let p = from
  let t = from
  let starAt = -1
  let retryFrom = 0
  while (t < text.length) {
    const code = pattern.charCodeAt(p)
    if (code === asterisk) {
      starAt = p++
      retryFrom = t
    } else if (code === questionMark || code === text.charCodeAt(t)) {
      p++
      t++
    } else if (starAt !== -1) {
      p = starAt + 1
      t = ++retryFrom
    } else return false
  }
  while (pattern.charCodeAt(p) === asterisk) p++
  return p === pattern.length
}

/** The offset of the first wildcard, or -1. */
export function firstWildcard(pattern: string): number {
  for (let i = 0; i < pattern.length; i++) {
    const code = pattern.charCodeAt(i)
    if (code === asterisk || code === questionMark) return i
  }
  return -1
}

/**
 * A pattern as numbers: UTF-16 units, and the four wildcards below. It can hold a literal asterisk, which a value of a policy variable may
 * bring in, and wildcards that stop at a colon.
 */
export type PatternCodes = readonly number[]
export const anyText = 0x10000
export const anyUnit = 0x10001
/** Any text without a colon. */
export const segmentText = 0x10002
/** One unit that is not a colon. */
export const segmentUnit = 0x10003

/** Appends text of a policy to a pattern: its wildcards are wildcards. */
export function appendPattern(codes: number[], text: string) {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    codes.push(code === asterisk ? anyText : code === questionMark ? anyUnit : code)
  }
}

/** Appends text that matches only itself. */
export function appendLiteral(codes: number[], text: string) {
  for (let i = 0; i < text.length; i++) codes.push(text.charCodeAt(i))
}

/** As `matchesWildcard`, on a range of the text and without the wildcards that stop at a colon. */
export function matchesCodes(pattern: PatternCodes, text: string, from = 0, to = text.length): boolean {
  let p = 0
  let t = from
  let starAt = -1
  let retryFrom = 0
  while (t < to) {
    const code = pattern[p]
    if (code === anyText) {
      starAt = p++
      retryFrom = t
    } else if (code === anyUnit || code === text.charCodeAt(t)) {
      p++
      t++
    } else if (starAt !== -1) {
      p = starAt + 1
      t = ++retryFrom
    } else return false
  }
  while (pattern[p] === anyText) p++
  return p === pattern.length
}

/** Matching with all four wildcards, in time proportional to text times pattern always: a row of reachable places for every unit of text. */
export function matchesSegments(pattern: PatternCodes, text: string): boolean {
  let reachable = new Uint8Array(pattern.length + 1)
  let next = new Uint8Array(pattern.length + 1)
  reachable[0] = 1
  passStars(pattern, reachable)
  for (let t = 0; t < text.length; t++) {
    const unit = text.charCodeAt(t)
    next.fill(0)
    let alive = false
    for (let p = 0; p < pattern.length; p++) {
      if (reachable[p] === 0) continue
      const code = pattern[p]
      if (code === anyText || (code === segmentText && unit !== colon)) next[p] = 1
      else if (code === unit || code === anyUnit || (code === segmentUnit && unit !== colon)) next[p + 1] = 1
      else continue
      alive = true
    }
    if (!alive) return false
    passStars(pattern, next)
    ;[reachable, next] = [next, reachable]
  }
  return reachable[pattern.length] === 1
}

function passStars(pattern: PatternCodes, reachable: Uint8Array) {
  for (let p = 0; p < pattern.length; p++) {
    if (reachable[p] === 1 && (pattern[p] === anyText || pattern[p] === segmentText)) reachable[p + 1] = 1
  }
}
