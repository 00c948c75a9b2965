import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '../../../types/json.ts'
import type { FieldSchema, ListSchema, MapSchema } from '../field-schema.ts'
import { listOf, objectOf } from '../objects.ts'
import { badRequest } from '../status.ts'
import { createFieldCollector, type FieldSet, noFields, pathText } from './field-set.ts'

/** A list's item and the step that leads to it. */
interface Item {
  readonly step: string
  readonly value: Json
}

const fieldStep = (name: string) => `f:${name}`

/**
 * Items by what tells them apart.
 * @throws StatusError BadRequest when an item lacks its key or, where `strict`, two have the same
 */
function itemsOf(schema: ListSchema, list: readonly Json[], path: readonly string[], strict: boolean): Item[] {
  const seen = new Set<string>()
  return list.map(value => {
    const step = schema.type === 'set' ? `v:${JSON.stringify(value)}` : keyStep(schema, objectOf(value), path)
    if (strict && seen.has(step)) throw badRequest(`${pathText(path)}: duplicate entries for key ${step.slice(2)}`)
    seen.add(step)
    return { step, value }
  })
}

function keyStep({ keys }: ListSchema, item: JsonObject, path: readonly string[]): string {
  const named = keys
    .map(({ name, fallback }) => [name, item[name] ?? (fallback as Json | undefined)] as const)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  if (named.length === 0)
    throw badRequest(`${pathText(path)}: associative list with keys has an element that omits key field ${JSON.stringify(keys[0]?.name)}`)
  return `k:${JSON.stringify(Object.fromEntries(named))}`
}

const isEmptyMap = (value: Json | undefined) => Object.keys(objectOf(value)).length === 0

/** Every field that a configuration speaks of. */
export function fieldsOf(schema: FieldSchema, value: Json): FieldSet {
  const collector = createFieldCollector()
  const visit = (at: FieldSchema, given: Json, path: readonly string[]): void => {
    if (at.shape === 'scalar' || (at.shape === 'map' ? at.atomic : at.type === 'atomic')) {
      if (path.length > 0) collector.add(path)
    } else if (at.shape === 'list') {
      for (const { step, value: item } of itemsOf(at, listOf(given), path, true)) {
        visit(at.items, item, [...path, step])
        collector.add([...path, step])
      }
    } else visitFields(at, objectOf(given), path)
  }
  const visitFields = (at: MapSchema, given: JsonObject, path: readonly string[]) => {
    for (const [name, child] of Object.entries(given)) {
      const field = at.field(name)
      const below = [...path, fieldStep(name)]
      if (!field || child === undefined) continue
      visit(field, child, below)
      if (child === null || !at.struct || (field.shape === 'map' && isEmptyMap(child))) collector.add(below)
    }
  }
  visit(schema, value, [])
  return collector.fields()
}

/** What became of an object's fields. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** Compares two states of an object, as the API server writes them. */
export function compare(schema: FieldSchema, before: Json, after: Json): Comparison {
  const [added, modified, removed] = [createFieldCollector(), createFieldCollector(), createFieldCollector()]
  const leaf = (left: Json | undefined, right: Json | undefined, path: readonly string[]) => {
    if (left === undefined) added.add(path)
    else if (right === undefined) removed.add(path)
    else if (!isDeepStrictEqual(left, right)) modified.add(path)
  }
  const visit = (at: FieldSchema, left: Json | undefined, right: Json | undefined, path: readonly string[]): void => {
    if (left === undefined && right === undefined) return
    const children = childrenOf(at, left, right, path)
    if (!children) return leaf(left, right, path)
    for (const [step, child, one, other] of children) visit(child, one, other, [...path, step])
    if (path.length === 0) return
    if (left === undefined) added.add(path)
    else if (right === undefined) removed.add(path)
  }
  visit(schema, before, after, [])
  return { added: added.fields(), modified: modified.fields(), removed: removed.fields() }
}

type Child = readonly [step: string, schema: FieldSchema, left: Json | undefined, right: Json | undefined]

/** What is compared below a field; undefined when it is compared as a whole, as empty ones are. */
function childrenOf(at: FieldSchema, left: Json | undefined, right: Json | undefined, path: readonly string[]): Child[] | undefined {
  if (at.shape === 'scalar') return undefined
  if (at.shape === 'list') {
    const [one, other] = [listOf(left), listOf(right)]
    if (at.type === 'atomic' || (one.length === 0 && other.length === 0)) return undefined
    const [before, after] = [byStep(itemsOf(at, one, path, false)), byStep(itemsOf(at, other, path, false))]
    return [...new Set([...before.keys(), ...after.keys()])].map(step => [step, at.items, before.get(step), after.get(step)])
  }
  if (at.atomic || (isEmptyMap(left) && isEmptyMap(right))) return undefined
  const [one, other] = [objectOf(left), objectOf(right)]
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap(name => {
    const field = at.field(name)
    return field ? [[fieldStep(name), field, one[name], other[name]] as const] : []
  })
}

const byStep = (items: readonly Item[]) => new Map(items.map(({ step, value }) => [step, value]))

/** A live object with a configuration laid over it. */
export function merge(schema: FieldSchema, live: Json | undefined, config: Json): Json {
  if (live === undefined || live === null || config === null || schema.shape === 'scalar') return config
  if (schema.shape === 'list') return schema.type === 'atomic' ? config : mergeLists(schema, listOf(live), listOf(config))
  if (schema.atomic) return config
  const merged = new Map(Object.entries(objectOf(live)))
  for (const [name, value] of Object.entries(objectOf(config))) {
    const field = schema.field(name)
    if (!field || value === undefined) continue
    const result = merge(field, merged.get(name), value)
    if (result === null) merged.delete(name)
    else merged.set(name, result)
  }
  return Object.fromEntries(merged)
}

/** Items of both in the configuration's order; those of the live list alone keep their place among them. */
function mergeLists(schema: ListSchema, live: readonly Json[], config: readonly Json[]): Json[] {
  const [left, right] = [itemsOf(schema, live, [], false), itemsOf(schema, config, [], true)]
  const [before, wanted] = [byStep(left), byStep(right)]
  const shared = right.filter(({ step }) => before.has(step)).map(({ step }) => step)
  const result: Json[] = []
  let [atLeft, atRight, atShared] = [0, 0, 0]
  const takeRight = ({ step, value }: Item) => {
    result.push(merge(schema.items, before.get(step), value))
    if (shared[atShared] === step) atShared++
  }
  while (atLeft < left.length || atRight < right.length) {
    const [one, other] = [left[atLeft], right[atRight]]
    if (one && other && one.step === other.step) {
      takeRight(other)
      atLeft++
      atRight++
    } else if (one && !wanted.has(one.step)) {
      result.push(one.value)
      atLeft++
    } else if (one && (!other || shared[atShared] !== one.step)) atLeft++
    else if (other) {
      takeRight(other)
      atRight++
    }
  }
  return result
}

/**
 * Takes away what a manager had applied and nobody wants any more.
 * @param applied  what it applied before
 * @param owned    what any manager owns now
 */
export function prune(schema: FieldSchema, value: Json, applied: FieldSet, owned: FieldSet): Json {
  const isGone = (step: string) => applied.members.has(step) && !owned.members.has(step) && !owned.children.has(step)
  const below = (at: FieldSchema, step: string, child: Json): Json => {
    const appliedBelow = applied.children.get(step)
    return appliedBelow ? prune(at, child, appliedBelow, owned.children.get(step) ?? noFields) : child
  }
  if (schema.shape === 'list' && schema.type !== 'atomic')
    return itemsOf(schema, listOf(value), [], false)
      .filter(({ step }) => !isGone(step))
      .map(({ step, value: item }) => below(schema.items, step, item))
  if (schema.shape !== 'map' || schema.atomic) return value
  const kept: [string, Json][] = []
  for (const [name, child] of Object.entries(objectOf(value))) {
    const field = schema.field(name)
    const step = fieldStep(name)
    if (child === undefined || isGone(step)) continue
    const rest = field ? below(field, step, child) : child
    if (!(isEmptyContainer(rest) && !isEmptyContainer(child))) kept.push([name, rest])
  }
  return Object.fromEntries(kept)
}

const isEmptyContainer = (value: Json) =>
  Array.isArray(value) ? value.length === 0 : value !== null && typeof value === 'object' && isEmptyMap(value)

/** An object as the API server's own types write it: structs that nobody gave are empty, and what is required and absent is null. */
export function asWritten(schema: FieldSchema, value: Json): Json {
  if (schema.shape === 'list') return Array.isArray(value) ? value.map(item => asWritten(schema.items, item)) : value
  if (schema.shape !== 'map' || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const written = new Map<string, Json>()
  for (const { name, struct, schema: field } of schema.alwaysWritten) written.set(name, struct ? asWritten(field, {}) : null)
  for (const [name, child] of Object.entries(value)) {
    const field = schema.field(name)
    if (child !== undefined) written.set(name, field ? asWritten(field, child) : child)
  }
  return Object.fromEntries(written)
}
