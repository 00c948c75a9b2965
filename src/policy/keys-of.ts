import type { PolicyDocument } from './document.ts'
import { parseTemplate } from './variables.ts'

/**
 * The condition keys that a policy mentions, in conditions and in policy variables, in the order and spelling of their first mention. IAM API Reference,
 * "GetContextKeysForCustomPolicy".
 */
export function contextKeysOf(document: PolicyDocument): string[] {
  const keys = new Map<string, string>()
  const add = (key: string) => {
    const lower = key.toLowerCase()
    if (!keys.has(lower)) keys.set(lower, key)
  }
  const addVariables = (text: string) => {
    if (document.version !== '2012-10-17') return
    for (const part of parseTemplate(text)?.parts ?? []) if (part.type === 'variable') add(part.name)
  }
  for (const statement of document.statements) {
    statement.resource?.values.forEach(addVariables)
    for (const { key, values } of statement.conditions) {
      add(key)
      values.forEach(addVariables)
    }
  }
  return [...keys.values()]
}
