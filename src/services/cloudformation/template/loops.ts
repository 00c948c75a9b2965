import type { Json, JsonObject } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'

const prefix = 'Fn::ForEach::'
/** The sections that may loop. CloudFormation Template Reference, "Fn::ForEach". */
const looping = ['Conditions', 'Resources', 'Outputs'] as const
/** More copies than a template within its quotas has: nested loops multiply. */
const mostCopies = 10_000

/** What a template writes in a place: values by identifier, and how many copies it may still make. */
interface Loops {
  readonly values: ReadonlyMap<string, string>
  readonly budget: { left: number }
}

/**
 * Writes out the loops of a template. CloudFormation Template Reference, "Fn::ForEach".
 * @throws ValidationError for a loop that is malformed, whose collection is not written out, or that makes too much
 */
export function expandLoops(content: JsonObject): JsonObject {
  const budget = { left: mostCopies }
  const expanded = looping.flatMap(name =>
    content[name] === undefined ? [] : [[name, written(content[name], { values: new Map(), budget })]],
  )
  return { ...content, ...(Object.fromEntries(expanded) as JsonObject) }
}

/** Whether a template loops anywhere that it may. */
export const hasLoops = (content: JsonObject): boolean => looping.some(name => content[name] !== undefined && loops(content[name]))

const loops = (value: Json): boolean =>
  Array.isArray(value)
    ? value.some(loops)
    : typeof value === 'object' &&
      value !== null &&
      Object.entries(value).some(([key, each]) => key.startsWith(prefix) || loops(each ?? null))

function written(value: Json, at: Loops): Json {
  if (typeof value === 'string') return replaced(value, at)
  if (Array.isArray(value)) return value.map(each => written(each, at))
  if (typeof value !== 'object' || value === null) return value
  const reference = value['Ref']
  if (typeof reference === 'string' && at.values.has(reference) && Object.keys(value).length === 1)
    return at.values.get(reference) as string
  const result: { [key: string]: Json } = {}
  const put = (key: string, each: Json) => {
    if (Object.hasOwn(result, key)) throw malformed(`the key ${key} is made more than once`)
    result[key] = each
  }
  for (const [key, each] of Object.entries(value))
    if (key.startsWith(prefix)) for (const [made, copy] of copies(key, each ?? null, at)) put(made, copy)
    else put(replaced(key, at), written(each ?? null, at))
  return result
}

/** The entries that a loop stands for. */
function copies(loop: string, value: Json, at: Loops): (readonly [string, Json])[] {
  const [identifier, collection, fragment] = Array.isArray(value) ? value : []
  if (typeof identifier !== 'string' || typeof fragment !== 'object' || fragment === null || Array.isArray(fragment))
    throw malformed(`${loop} wants an identifier, a collection and a fragment`)
  const items = collection === undefined ? undefined : written(collection, at)
  if (!Array.isArray(items) || !items.every(item => typeof item === 'string'))
    throw malformed(`${loop} has a collection that is not a list of texts written out in the template: Gatehouse takes no other`)
  return items.flatMap(item => {
    at.budget.left -= 1
    if (at.budget.left < 0) throw malformed('the loops of the template make too much')
    return Object.entries(written(fragment, { ...at, values: new Map([...at.values, [identifier, item]]) }) as JsonObject).map(
      ([key, each]) => [key, each ?? null] as const,
    )
  })
}

/** `${Identifier}` is the item, `&{Identifier}` what of it may stand in a logical id. */
const replaced = (text: string, { values }: Loops): string =>
  text.replaceAll(/([$&])\{([A-Za-z0-9]+)\}/g, (whole, sign: string, name: string) => {
    const item = values.get(name)
    if (item === undefined) return whole
    return sign === '$' ? item : item.replaceAll(/[^A-Za-z0-9]/g, '')
  })

const malformed = (problem: string) => new cloudformation.ValidationError(`Template error: Fn::ForEach layout is incorrect: ${problem}`)
