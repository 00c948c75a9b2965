import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are the same, in time that tells nothing of either. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
