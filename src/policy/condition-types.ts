import type { SetQualifier } from './document.ts'

/** What an operator compares. */
export type OperandType = 'string' | 'numeric' | 'date' | 'boolean' | 'binary' | 'ip' | 'arn' | 'null'

export interface OperatorForm {
  readonly type: OperandType
  /** True when no wanted value matches. */
  readonly negated?: true
  /** Wanted values may hold `*` and `?`. */
  readonly wildcards?: true
  readonly ignoreCase?: true
  /** Whether an order between the actual and the wanted value satisfies the operator; -1, 0 or 1. Absent: equality. */
  readonly ordered?: (order: number) => boolean
}

const less = (order: number) => order < 0
const lessOrEqual = (order: number) => order <= 0
const greater = (order: number) => order > 0
const greaterOrEqual = (order: number) => order >= 0

/** Condition operators by name. IAM User Guide, "IAM JSON policy elements: Condition operators". */
export const conditionOperators: Readonly<Record<string, OperatorForm>> = {
  StringEquals: { type: 'string' },
  StringNotEquals: { type: 'string', negated: true },
  StringEqualsIgnoreCase: { type: 'string', ignoreCase: true },
  StringNotEqualsIgnoreCase: { type: 'string', ignoreCase: true, negated: true },
  StringLike: { type: 'string', wildcards: true },
  StringNotLike: { type: 'string', wildcards: true, negated: true },
  NumericEquals: { type: 'numeric' },
  NumericNotEquals: { type: 'numeric', negated: true },
  NumericLessThan: { type: 'numeric', ordered: less },
  NumericLessThanEquals: { type: 'numeric', ordered: lessOrEqual },
  NumericGreaterThan: { type: 'numeric', ordered: greater },
  NumericGreaterThanEquals: { type: 'numeric', ordered: greaterOrEqual },
  DateEquals: { type: 'date' },
  DateNotEquals: { type: 'date', negated: true },
  DateLessThan: { type: 'date', ordered: less },
  DateLessThanEquals: { type: 'date', ordered: lessOrEqual },
  DateGreaterThan: { type: 'date', ordered: greater },
  DateGreaterThanEquals: { type: 'date', ordered: greaterOrEqual },
  Bool: { type: 'boolean' },
  BinaryEquals: { type: 'binary' },
  IpAddress: { type: 'ip' },
  NotIpAddress: { type: 'ip', negated: true },
  ArnEquals: { type: 'arn', wildcards: true },
  ArnLike: { type: 'arn', wildcards: true },
  ArnNotEquals: { type: 'arn', wildcards: true, negated: true },
  ArnNotLike: { type: 'arn', wildcards: true, negated: true },
  Null: { type: 'null' },
}

export interface OperatorName {
  readonly base: string
  readonly qualifier?: SetQualifier | undefined
  readonly ifExists: boolean
}

const names = new Map(Object.keys(conditionOperators).map(name => [name.toLowerCase(), name]))
const operatorForm = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/

/**
 * Takes an operator's name apart. Its case does not matter: policies in use write `bool` as well as `Bool`.
 * @param text  as written, for example `ForAnyValue:StringLikeIfExists`
 * @returns     undefined when there is no such operator; Null takes no `IfExists`
 */
export function parseOperator(text: string): OperatorName | undefined {
  const parts = operatorForm.exec(text.toLowerCase())
  if (!parts) return undefined
  const [, set, name = '', suffix] = parts
  const base = names.get(name)
  const ifExists = suffix !== undefined
  if (!base || (base === 'Null' && ifExists)) return undefined
  const qualifier = set === undefined ? undefined : set === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue'
  return { base, qualifier, ifExists }
}
