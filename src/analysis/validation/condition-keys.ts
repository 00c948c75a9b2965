import { globalConditionKey, globalConditionKeys } from '../../policy/index.ts'
import { sameConditionKey, type ServiceFacts, serviceFacts } from '../../catalogue/facts/authorization-facts.ts'

/** What is known of a condition key. */
export interface KeyFacts {
  /** Type of the Service Authorization Reference, such as `ArrayOfString`. */
  readonly type: string
  readonly multivalued: boolean
}

const globalTypes: Readonly<Record<string, string>> = {
  IPAddress: 'IPAddress',
  Bool: 'Bool',
  Numeric: 'Numeric',
  Date: 'Date',
  ARN: 'ARN',
  String: 'String',
}

/** @returns undefined for keys that do not exist, or that no table has */
export function keyFacts(key: string): KeyFacts | undefined {
  const known = globalConditionKey(key)
  if (known) return { type: globalTypes[known.type] ?? 'String', multivalued: known.multivalued === true }
  const service = serviceOfKey(key)
  for (const [name, type] of service?.conditionKeys ?? []) {
    if (sameConditionKey(name, key)) return { type: type.replace(/^ArrayOf/, ''), multivalued: type.startsWith('ArrayOf') }
  }
  return undefined
}

export const serviceOfKey = (key: string): ServiceFacts | undefined => serviceFacts(prefixOf(key))

export const prefixOf = (key: string): string => key.slice(0, Math.max(0, key.indexOf(':'))).toLowerCase()

/** Keys that end with a tag's key, up to it. */
export const tagKeys: readonly string[] = globalConditionKeys
  .filter(({ name }) => name.endsWith('<tag-key>'))
  .map(({ name }) => name.replace('<tag-key>', ''))

/** Whether a key is a claim of an OpenID Connect provider, whose URL may have a port, or of SAML. */
export const isClaim = (key: string): boolean => {
  const prefix = prefixOf(key)
  return prefix.includes('.') || prefix === 'saml' || providerWithPort.test(key)
}
const providerWithPort = /^[a-z0-9-]+:\d{1,5}(\/[^:]*)?:[^:]+$/i

/** Claims that say whom a token is for. */
export const isAudience = (key: string): boolean => isClaim(key) && /:aud$/i.test(key)

/** Whether an action's requests may have a service's key. */
export function actionHasKey(action: string, key: string): boolean | undefined {
  const service = serviceFacts(prefixOf(action))
  const facts = service?.actions.get(action.slice(action.indexOf(':') + 1).toLowerCase())
  if (!service || !facts) return undefined
  const names = facts.resourceTypes.map(name => name.replace(/\*$/, ''))
  const ofResources = service.resourceTypes.filter(type => names.includes(type.key)).flatMap(type => type.conditionKeys)
  return [...facts.conditionKeys, ...ofResources].some(known => sameConditionKey(known, key))
}
