import { laidOut } from './policy-document.ts'

/** A statement as the visual editor has it; what it does not show is kept in `rest`. */
export interface VisualStatement {
  readonly effect: 'Allow' | 'Deny'
  readonly sid: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions: readonly VisualCondition[]
  readonly rest: { readonly [element: string]: unknown }
}

export interface VisualCondition {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** @returns undefined for text that is no policy of the kind that the visual editor shows */
export function statementsOf(document: string): VisualStatement[] | undefined {
  try {
    const { Statement } = JSON.parse(document) as { readonly Statement?: unknown }
    return (Array.isArray(Statement) ? Statement : [Statement]).map(statement =>
      visualStatement(statement as { readonly [element: string]: unknown }),
    )
  } catch {
    return undefined
  }
}

function visualStatement({ Sid, Effect, Action, Resource, Condition, ...rest }: { readonly [element: string]: unknown }): VisualStatement {
  return {
    effect: Effect === 'Deny' ? 'Deny' : 'Allow',
    sid: typeof Sid === 'string' ? Sid : '',
    actions: listOf(Action),
    resources: listOf(Resource),
    conditions: Object.entries((Condition ?? {}) as { readonly [operator: string]: object }).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key, values: listOf(values) })),
    ),
    rest,
  }
}

const listOf = (value: unknown): string[] => (value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)])

/** The policy's text with these statements; its other elements stay. */
export function withStatements(document: string, statements: readonly VisualStatement[]): string {
  const { Statement: _, ...others } = JSON.parse(document) as { readonly [element: string]: unknown }
  return laidOut(JSON.stringify({ ...others, Statement: statements.map(statementJson) }))
}

function statementJson({ effect, sid, actions, resources, conditions, rest }: VisualStatement) {
  const condition: { [operator: string]: { [key: string]: readonly string[] } } = {}
  for (const { operator, key, values } of conditions) (condition[operator] ??= {})[key] = values
  return {
    ...(sid && { Sid: sid }),
    Effect: effect,
    ...(!('NotAction' in rest) && { Action: actions }),
    ...(!('NotResource' in rest) && { Resource: resources }),
    ...(conditions.length > 0 && { Condition: condition }),
    ...rest,
  }
}

export const emptyStatement: VisualStatement = { effect: 'Allow', sid: '', actions: [], resources: ['*'], conditions: [], rest: {} }
