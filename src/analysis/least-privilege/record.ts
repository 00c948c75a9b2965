import type { Json, JsonObject } from '../../types/json.ts'

/** A CloudTrail record, as far as least privilege reads it. CloudTrail User Guide, "CloudTrail record contents". */
export type CallRecord = JsonObject

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text at a path of a record. */
export function textAt(record: CallRecord, ...path: readonly string[]): string | undefined {
  const value = path.reduce<Json | undefined>((at, name) => (isObject(at) ? at[name] : undefined), record)
  return typeof value === 'string' ? value : undefined
}

/** What a call was given. */
export const parametersOf = (record: CallRecord): JsonObject => {
  const parameters = record['requestParameters']
  return isObject(parameters) ? parameters : {}
}

/** Answers of EC2 have lists in lists. */
const deepest = 8

/** All texts in a value, with the name of the member that each stands in. */
export function* textsIn(value: Json | undefined, name = '', depth = 0): Generator<{ readonly name: string; readonly text: string }> {
  if (typeof value === 'string') yield { name, text: value }
  else if (depth < deepest && Array.isArray(value)) for (const item of value) yield* textsIn(item, name, depth + 1)
  else if (depth < deepest && isObject(value)) for (const [key, item] of Object.entries(value)) yield* textsIn(item, key, depth + 1)
}
