/** Longer pairs than this, by the product of their lengths, are not walked: no ARN or action is as long. */
const longestWalk = 1_000_000

/** Whether some text matches both patterns, whose wildcards are `*` and `?`; true where it would take too long to find out. */
export function patternsMeet(first: string, second: string): boolean {
  if (first.length * second.length > longestWalk) return true
  const reached = new Set<number>()
  const width = second.length + 1
  const open = [0]
  while (open.length > 0) {
    const at = open.pop() as number
    if (reached.has(at)) continue
    reached.add(at)
    const i = Math.floor(at / width)
    const j = at % width
    if (i === first.length && j === second.length) return true
    const a = first[i]
    const b = second[j]
    if (a === '*') open.push(at + width)
    if (b === '*') open.push(at + 1)
    if (a === undefined || b === undefined) continue
    if (a === '*' && b !== '*') open.push(at + 1)
    else if (b === '*' && a !== '*') open.push(at + width)
    else if (a === b || a === '?' || b === '?') open.push(at + width + 1)
  }
  return false
}

/**
 * Whether every text that matches the second pattern matches the first. True answers are certain; a false one may be wrong where only several
 * wildcards together make up for one.
 */
export function patternCovers(wide: string, narrow: string): boolean {
  if (wide.length * narrow.length > longestWalk) return false
  const width = narrow.length + 1
  const reached = new Set<number>()
  const open = [0]
  while (open.length > 0) {
    const at = open.pop() as number
    if (reached.has(at)) continue
    reached.add(at)
    const i = Math.floor(at / width)
    const j = at % width
    if (i === wide.length && j === narrow.length) return true
    const a = wide[i]
    const b = narrow[j]
    if (a === '*') {
      open.push(at + width)
      if (b !== undefined) open.push(at + 1)
    } else if (a !== undefined && b !== undefined && b !== '*' && (a === b || a === '?')) open.push(at + width + 1)
  }
  return false
}

/** Whether text has a wildcard. */
export const hasWildcard = (text: string): boolean => /[*?]/.test(text)
