import type { PolicyDocument } from './document.ts'
import { keysOfStatement } from './explain.ts'

/**
 * The condition keys that a policy mentions, in conditions and in policy variables, in the order and spelling of their first mention. IAM API Reference,
 * "GetContextKeysForCustomPolicy".
 */
export function contextKeysOf(document: PolicyDocument): string[] {
  const keys = new Map<string, string>()
  for (const statement of document.statements) {
    for (const key of keysOfStatement(statement, document.version === '2012-10-17')) {
      if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key)
    }
  }
  return [...keys.values()]
}
