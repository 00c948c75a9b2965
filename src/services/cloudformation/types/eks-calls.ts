import type { Json, JsonObject } from '../../../types/json.ts'
import { isObject } from '../template/template.ts'
import { requiredText, tagChanges, tagMap, tagsOf } from './properties.ts'
import type { ResourceContext } from './resource-type.ts'

// What the types of EKS have in common: how properties become members of its calls, tags, and waiting.

export const call = <Output = object>(context: ResourceContext, operation: string, input: object) =>
  context.call<Output>('eks', operation, input)

/** Maps whose keys are people's own. */
const free = new Set(['Labels', 'RequiredClaims', 'Tags'])

/** EKS's API names members as templates do, but for the first letter's case. */
export function camelCase(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map(each => camelCase(each) ?? null)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name.charAt(0).toLowerCase() + name.slice(1), free.has(name) ? each : camelCase(each)]),
  )
}

/** Some properties as EKS's API has them. */
export const members = (properties: JsonObject, ...names: string[]): JsonObject =>
  camelCase(Object.fromEntries(names.flatMap(name => (properties[name] === undefined ? [] : [[name, properties[name]]])))) as JsonObject

/** EKS refuses a map without tags. */
export function tags(properties: JsonObject, { tags: stackTags }: ResourceContext) {
  const all = tagsOf(properties, stackTags)
  return all.length > 0 ? { tags: tagMap(all) } : {}
}

export async function retag(resourceArn: string, properties: JsonObject, previous: JsonObject, context: ResourceContext): Promise<void> {
  const { set, remove } = tagChanges(tagsOf(properties, context.tags), tagsOf(previous, context.previousTags))
  if (remove.length > 0) await call(context, 'UntagResource', { resourceArn, tagKeys: remove })
  if (set.length > 0) await call(context, 'TagResource', { resourceArn, tags: tagMap(set) })
}

/** Waits until what is being made or deleted has one of the states, or is gone. */
export async function settled(
  context: ResourceContext,
  operation: string,
  input: object,
  states: readonly string[],
  gone = false,
): Promise<void> {
  await context.until(async () => {
    try {
      const [described] = Object.values(await call<{ [name: string]: { status?: string } }>(context, operation, input))
      const status = described?.status ?? ''
      if (status.endsWith('FAILED')) throw new Error(`Resource is in ${status} state`)
      return !gone && states.includes(status)
    } catch (problem) {
      if (gone && problem instanceof Error && problem.name === 'ResourceNotFoundException') return true
      throw problem
    }
  })
}

/** What a cluster has and EKS's API names by the cluster and a name of its own. */
export const named = (properties: JsonObject, member: string, property: string) => ({
  clusterName: requiredText(properties, 'ClusterName'),
  [member]: requiredText(properties, property),
})

/** The id of what a cluster has: its parts with a bar between them. */
export const barred = (...parts: string[]) => parts.join('|')
