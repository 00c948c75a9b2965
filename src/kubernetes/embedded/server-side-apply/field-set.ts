import type { Json, JsonObject } from '../../../types/json.ts'
import { objectOf } from '../objects.ts'

/**
 * A set of fields of an object. A step of a path is written as FieldsV1 writes it: `f:image`, `k:{"name":"web"}`, `v:"a"`.
 * Kubernetes API, meta/v1 FieldsV1.
 */
export interface FieldSet {
  /** Steps that lead to fields of the set. */
  readonly members: ReadonlySet<string>
  /** Steps that lead on. */
  readonly children: ReadonlyMap<string, FieldSet>
}

export const noFields: FieldSet = { members: new Set(), children: new Map() }

/** Levels that a set may have; what clients send as managed fields is bounded by it. */
const deepest = 64

export const isEmptySet = ({ members, children }: FieldSet) => members.size === 0 && children.size === 0

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(left)) return right
  if (isEmptySet(right)) return left
  const children = new Map(left.children)
  for (const [step, child] of right.children) children.set(step, union(children.get(step) ?? noFields, child))
  return { members: new Set([...left.members, ...right.members]), children }
}

export const intersection = (left: FieldSet, right: FieldSet): FieldSet => ({
  members: new Set([...left.members].filter(step => right.members.has(step))),
  children: compact(left.children, (step, child) => intersection(child, right.children.get(step) ?? noFields)),
})

/** What is in the first and not in the second, field by field: what is below a field of the second stays. */
export const difference = (left: FieldSet, right: FieldSet): FieldSet => ({
  members: new Set([...left.members].filter(step => !right.members.has(step))),
  children: compact(left.children, (step, child) => difference(child, right.children.get(step) ?? noFields)),
})

function compact(children: FieldSet['children'], change: (step: string, child: FieldSet) => FieldSet): FieldSet['children'] {
  const result = new Map<string, FieldSet>()
  for (const [step, child] of children) {
    const changed = change(step, child)
    if (!isEmptySet(changed)) result.set(step, changed)
  }
  return result
}

export const sameFields = (left: FieldSet, right: FieldSet): boolean =>
  isEmptySet(difference(left, right)) && isEmptySet(difference(right, left))

/** Builds a set path by path. */
export function createFieldCollector() {
  const root = mutableSet()
  return {
    add(path: readonly string[]): void {
      let at = root
      for (const step of path.slice(0, -1)) {
        let child = at.children.get(step)
        if (!child) at.children.set(step, (child = mutableSet()))
        at = child
      }
      at.members.add(path.at(-1) as string)
    },
    fields: (): FieldSet => root,
  }
}

interface MutableFieldSet extends FieldSet {
  readonly members: Set<string>
  readonly children: Map<string, MutableFieldSet>
}

const mutableSet = (): MutableFieldSet => ({ members: new Set(), children: new Map() })

/** Every field of a set, as the steps that lead to it, in the order in which Kubernetes tells them. */
export const pathsOf = ({ members, children }: FieldSet, before: readonly string[] = []): string[][] => [
  ...[...members].sort().map(step => [...before, step]),
  ...[...children].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([step, child]) => pathsOf(child, [...before, step])),
]

/** As `managedFields` holds a set. */
export function toFieldsV1({ members, children }: FieldSet): JsonObject {
  const steps = [...new Set([...members, ...children.keys()])].sort()
  return Object.fromEntries(
    steps.map(step => {
      const child = children.get(step)
      return [step, child ? { ...(members.has(step) && { '.': {} }), ...toFieldsV1(child) } : {}]
    }),
  )
}

/** @throws RangeError for sets that are no sets of fields */
export function fromFieldsV1(given: Json | undefined, depth = 0): FieldSet {
  if (depth > deepest) throw new RangeError('the set nests too deeply')
  const members = new Set<string>()
  const children = new Map<string, FieldSet>()
  for (const [step, value] of Object.entries(objectOf(given))) {
    if (step === '.') continue
    if (!/^[fkvi]:/.test(step)) throw new RangeError(`"${step.slice(0, 50)}" is no step of a path`)
    const below = objectOf(value)
    if (Object.keys(below).length === 0 || '.' in below) members.add(step)
    const child = fromFieldsV1(below, depth + 1)
    if (!isEmptySet(child)) children.set(step, child)
  }
  return { members, children }
}

/** A path as messages write it: `.spec.containers[name="web"].image`. */
export const pathText = (path: readonly string[]): string =>
  path
    .map(step => {
      const rest = step.slice(2)
      if (step.startsWith('f:')) return `.${rest}`
      if (step.startsWith('v:')) return `[=${rest}]`
      const keys = Object.entries(objectOf(JSON.parse(rest) as Json)).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      return `[${keys.join(',')}]`
    })
    .join('')
