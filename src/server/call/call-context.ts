import type { CallContext, EnrichingStore } from '../../audit/enriched-events.ts'
import type { AuthorizationQuestion, Authorizer } from '../../identity/authorizer.ts'
import type { Principal } from '../../identity/principal.ts'
import type { ContextValue } from '../../policy/index.ts'
import type { Json } from '../../types/json.ts'

const resourceTag = 'aws:ResourceTag/'
const requestTag = 'aws:RequestTag/'
const principalTag = 'aws:PrincipalTag/'

/** What a call is decided by, as far as event data stores want to know. */
export async function callContextOf(
  authorizer: Authorizer,
  principal: Principal,
  questions: readonly AuthorizationQuestion[],
  stores: readonly EnrichingStore[],
): Promise<CallContext> {
  const [first] = questions
  const conditionKeys = [...new Set(stores.flatMap(store => store.conditionKeys))]
  const tagKeys = [...new Set(stores.flatMap(store => store.principalTags))]
  const names = [...conditionKeys, ...tagKeys.map(key => principalTag + key)]
  const values = first && names.length > 0 ? await authorizer.valuesOf(principal, first, names) : new Map<string, ContextValue>()
  return {
    conditionKeys: new Map([...values].map(([name, value]) => [name, shown(name, value)])),
    principalTags: new Map(
      tagKeys.flatMap(key => {
        const value = values.get(principalTag + key)
        return typeof value === 'string' ? [[key, value] as const] : []
      }),
    ),
    resources: questions.flatMap(({ resource, context }) =>
      resource.startsWith('arn:') ? [{ arn: resource, tags: tagsOf(context) }] : [],
    ),
  }
}

/** Tags that the resource has, over which those go that the call gives it: "tags applied at resource creation time are always present". */
function tagsOf(context: AuthorizationQuestion['context']): ReadonlyMap<string, string> {
  const withPrefix = (prefix: string) =>
    Object.entries(context).flatMap(([key, value]) =>
      key.startsWith(prefix) && typeof value === 'string' ? [[key.slice(prefix.length), value] as const] : [],
    )
  return new Map([...withPrefix(resourceTag), ...withPrefix(requestTag)])
}

/** A value as the guide's table shows it: texts, `2025-04-30 15:30:00`, seconds since 1970; lists stay lists. */
function shown(name: string, value: ContextValue): Json {
  if (value instanceof Date)
    return name === 'aws:TokenIssueTime' ? String(Math.floor(value.getTime() / 1000)) : value.toISOString().slice(0, 19).replace('T', ' ')
  return typeof value === 'object' ? [...value] : String(value)
}
