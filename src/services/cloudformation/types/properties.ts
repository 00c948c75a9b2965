import type { Json, JsonObject } from '../../../types/json.ts'
import { isSystemTag } from '../../../types/tags.ts'
import { ServiceError } from '../../../wire/errors.ts'
import { asText, isObject } from '../template/template.ts'

/** A text property; undefined when it is not there. */
export const text = (properties: JsonObject, name: string): string | undefined =>
  properties[name] === undefined ? undefined : asText(properties[name])

export const requiredText = (properties: JsonObject, name: string): string => asText(properties[name])

export const number = (properties: JsonObject, name: string): number | undefined =>
  properties[name] === undefined ? undefined : Number(asText(properties[name]))

export const flag = (properties: JsonObject, name: string): boolean | undefined =>
  properties[name] === undefined ? undefined : asText(properties[name]) === 'true'

export const texts = (properties: JsonObject, name: string): string[] => list(properties, name).map(asText)

export function list(properties: JsonObject, name: string): Json[] {
  const value = properties[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

export const objects = (properties: JsonObject, name: string): JsonObject[] => list(properties, name).filter(isObject)

/** A policy document may be written as an object or as its text. */
export function document(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {})
}

export interface Tag {
  readonly Key: string
  readonly Value: string
}

const ownTags = (properties: JsonObject): Tag[] =>
  isObject(properties['Tags'])
    ? Object.entries(properties['Tags']).map(([Key, Value]) => ({ Key, Value: asText(Value) }))
    : objects(properties, 'Tags').map(tag => ({ Key: asText(tag['Key']), Value: asText(tag['Value']) }))

/** Where a template gives tags of AWS's own making: services, which take such from CloudFormation, would take them from it. */
export const systemTagPlaces = (properties: JsonObject): string[] =>
  ownTags(properties).flatMap(({ Key }, index) => (isSystemTag(Key) ? [`#/Tags/${index}/Key`] : []))

/** A resource's own tags over its stack's. */
export function tagsOf(properties: JsonObject, stackTags: readonly Tag[]): Tag[] {
  const own = ownTags(properties)
  return [...stackTags.filter(({ Key }) => !own.some(tag => tag.Key === Key)), ...own]
}

export const tagMap = (tags: readonly Tag[]): { [key: string]: string } => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))

/** Services refuse empty lists of tags. */
export const tagged = (tags: readonly Tag[]): { readonly Tags?: readonly Tag[] } => (tags.length > 0 ? { Tags: tags } : {})

/** Whether a property is another than it was. */
export const changed = (next: JsonObject, previous: JsonObject, name: string): boolean =>
  JSON.stringify(next[name]) !== JSON.stringify(previous[name])

/** What is in one list and not in the other. */
export const difference = <T>(next: readonly T[], previous: readonly T[]): { added: T[]; removed: T[] } => ({
  added: next.filter(each => !previous.includes(each)),
  removed: previous.filter(each => !next.includes(each)),
})

/** Tags to set, and keys to take away, to get from one set to another. */
export function tagChanges(next: readonly Tag[], previous: readonly Tag[]): { set: Tag[]; remove: string[] } {
  return {
    set: next.filter(tag => !previous.some(({ Key, Value }) => Key === tag.Key && Value === tag.Value)),
    remove: previous.map(({ Key }) => Key).filter(key => !next.some(({ Key }) => Key === key)),
  }
}

/** For deletions: what is gone already is as good as deleted. */
export async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (problem) {
    if (!(problem instanceof ServiceError) || !gone.has(problem.code)) throw problem
  }
}

const gone = new Set([
  'NoSuchEntity',
  'ResourceNotFoundException',
  'NoSuchBucket',
  'NoSuchBucketPolicy',
  'TrailNotFoundException',
  'NotFoundException',
])
