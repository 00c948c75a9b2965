import { createHmac, randomBytes } from 'node:crypto'
import { sameSecret } from '../types/same-secret.ts'

/** Session tokens of the instance metadata service, version 2. They hold their own end, sealed by a key of this server. */
export interface MetadataSessions {
  /** @param ttlSeconds 1 to 21600 */
  issue(ttlSeconds: number): string
  isValid(token: string): boolean
}

/** "a minimum of one second and a maximum of six hours". EC2 User Guide, "How Instance Metadata Service Version 2 works". */
export const longestSessionSeconds = 21_600
const longestToken = 200

export function metadataSessions(now: () => number): MetadataSessions {
  const key = randomBytes(32)
  const seal = (content: string) => createHmac('sha256', key).update(content).digest('base64url')
  return {
    issue(ttlSeconds) {
      const content = `${randomBytes(12).toString('base64url')}.${(now() + ttlSeconds * 1000).toString(36)}`
      return `${content}.${seal(content)}`
    },
    isValid(token) {
      if (token.length > longestToken) return false
      const end = token.lastIndexOf('.')
      const content = token.slice(0, Math.max(end, 0))
      if (!sameSecret(token.slice(end + 1), seal(content))) return false
      return Number.parseInt(content.slice(content.indexOf('.') + 1), 36) > now()
    },
  }
}
