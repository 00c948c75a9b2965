import { laidOut } from './policy-document.ts'

type Json = { readonly [element: string]: unknown }

/** A statement as the visual editor has it. What it does not show, and how what was not changed was written, is in `written`. */
export interface VisualStatement {
  /** While it is edited; of no meaning to the policy. */
  readonly id: number
  readonly effect: 'Allow' | 'Deny'
  /** Whether its actions are those that are meant, or all others. */
  readonly actionElement: 'Action' | 'NotAction'
  readonly actions: readonly string[]
  readonly resourceElement: 'Resource' | 'NotResource'
  readonly resources: readonly string[]
  readonly conditions: readonly VisualCondition[]
  readonly written: Json
}

export interface VisualCondition {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

let nextId = 1

/** @returns undefined for text that is no policy of the kind that the visual editor shows whole */
export function statementsOf(document: string): readonly VisualStatement[] | undefined {
  const policy = jsonOf(document)
  if (!isObject(policy)) return undefined
  const statements = [policy['Statement']].flat()
  return statements.every(isShown) ? statements.map(visualStatement) : undefined
}

/** Known elements, in the forms that IAM reads; anything else would be lost, or shown as what it is not. */
const isShown = (statement: unknown): statement is Json =>
  isObject(statement) &&
  ['Allow', 'Deny'].includes(String(statement['Effect'])) &&
  ['Action', 'NotAction', 'Resource', 'NotResource'].every(element => [statement[element] ?? []].flat().every(isText)) &&
  !('Action' in statement && 'NotAction' in statement) &&
  !('Resource' in statement && 'NotResource' in statement) &&
  Object.values(isObject(statement['Condition'] ?? {}) ? ((statement['Condition'] ?? {}) as object) : [undefined]).every(
    keys => isObject(keys) && Object.values(keys).every(values => [values].flat().every(isScalar)),
  )

function visualStatement(written: Json): VisualStatement {
  const actionElement = 'NotAction' in written ? 'NotAction' : 'Action'
  const resourceElement = 'NotResource' in written ? 'NotResource' : 'Resource'
  return {
    id: nextId++,
    effect: written['Effect'] as 'Allow' | 'Deny',
    actionElement,
    actions: textsOf(written[actionElement]),
    resourceElement,
    resources: textsOf(written[resourceElement]),
    conditions: Object.entries((written['Condition'] ?? {}) as { readonly [operator: string]: object }).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key, values: textsOf(values) })),
    ),
    written,
  }
}

/** The policy's text with these statements; its other elements stay, and what was not changed is written as it was. */
export function withStatements(document: string, statements: readonly VisualStatement[]): string {
  const policy = jsonOf(document) as Json
  const written = statements.map(statementJson)
  // IAM reads one statement without its list too.
  const wasAlone = !Array.isArray(policy['Statement']) && written.length === 1
  return laidOut(JSON.stringify({ ...policy, Statement: wasAlone ? written[0] : written }))
}

function statementJson({ effect, actionElement, actions, resourceElement, resources, conditions, written }: VisualStatement): Json {
  const { Effect: _, Action, NotAction, Resource, NotResource, Condition, ...others } = written
  const listed = { Action, NotAction, Resource, NotResource }
  const condition = conditionJson(conditions, Condition)
  const changed: Json = {
    ...others,
    Effect: effect,
    [actionElement]: asWritten(actions, listed[actionElement]),
    [resourceElement]: asWritten(resources, listed[resourceElement]),
    ...(condition && { Condition: condition }),
  }
  const order = [...Object.keys(written).filter(element => element in changed), ...Object.keys(changed)]
  const isAdded = (element: string) => !(element in written) && 'Effect' in written && Array.isArray(changed[element])
  const isNothing = (element: string) => isAdded(element) && (changed[element] as readonly unknown[]).length === 0
  return Object.fromEntries([...new Set(order)].flatMap(element => (isNothing(element) ? [] : [[element, changed[element]]])))
}

/** Conditions with the same operator and key are one to IAM: their values are alternatives. */
function conditionJson(conditions: readonly VisualCondition[], written: unknown): object | undefined {
  if (conditions.length === 0) return isObject(written) && Object.keys(written).length === 0 ? written : undefined
  const condition: { [operator: string]: { [key: string]: readonly string[] } } = {}
  for (const { operator, key, values } of conditions) {
    const keys = (condition[operator] ??= {})
    keys[key] = [...(keys[key] ?? []), ...values]
  }
  const before = (written ?? {}) as { readonly [operator: string]: { readonly [key: string]: unknown } | undefined }
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, asWritten(values, before[operator]?.[key])])),
    ]),
  )
}

/** A list of texts as it was written, when it says the same; one text stays without its list where it had none. */
function asWritten(texts: readonly string[], written: unknown): unknown {
  const before = textsOf(written)
  if (written !== undefined && before.length === texts.length && before.every((text, index) => text === texts[index])) return written
  return texts.length === 1 && written !== undefined && !Array.isArray(written) ? texts[0] : texts
}

export const newStatement = (): VisualStatement => ({
  id: nextId++,
  effect: 'Allow',
  actionElement: 'Action',
  actions: [],
  resourceElement: 'Resource',
  resources: ['*'],
  conditions: [],
  written: {},
})

const textsOf = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String))
const isText = (value: unknown) => typeof value === 'string'
const isScalar = (value: unknown) => ['string', 'boolean', 'number'].includes(typeof value)
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
