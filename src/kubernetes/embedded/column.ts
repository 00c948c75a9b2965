import type { Json, JsonObject } from '../../types/json.ts'
import { ageOf } from './ages.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'

export interface Column {
  readonly name: string
  readonly value: (object: KubernetesObject, now: number) => Json
  /** Shown with `-o wide` only. */
  readonly wide?: true
}

export const none = '<none>'
export const nameColumn: Column = { name: 'Name', value: object => object.metadata.name ?? '' }
export const ageColumn: Column = { name: 'Age', value: (object, now) => ageOf(object.metadata.creationTimestamp, now) }
export const specOf = (object: KubernetesObject) => objectOf(object['spec'])
export const statusOf = (object: KubernetesObject) => objectOf(object['status'])
export const numberOf = (value: Json | undefined) => (typeof value === 'number' ? value : 0)
/** `<none>` where there is nothing to show. */
export const orNone = (text: string) => (text === '' ? none : text)

/** Labels as kubectl writes them: `app=web,tier=front`. */
export const labelsText = (labels: Json | undefined) =>
  orNone(
    Object.entries(objectOf(labels))
      .map(([key, value]) => `${key}=${textOf(value)}`)
      .sort()
      .join(','),
  )

/** A label selector as kubectl writes it. Kubernetes API, meta/v1 LabelSelector. */
export function selectorText(selector: JsonObject): string {
  const equal = Object.entries(objectOf(selector['matchLabels'])).map(([key, value]) => `${key}=${textOf(value)}`)
  const expressions = listOf(selector['matchExpressions'])
    .map(objectOf)
    .map(({ key, operator, values }) => {
      const list = `(${listOf(values).map(textOf).sort().join(',')})`
      if (operator === 'Exists') return textOf(key)
      if (operator === 'DoesNotExist') return `!${textOf(key)}`
      return `${textOf(key)} ${operator === 'In' ? 'in' : 'notin'} ${list}`
    })
  return orNone([...equal, ...expressions].sort().join(','))
}
