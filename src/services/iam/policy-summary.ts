import { type Condition, parsePolicy, type Statement, type ValueList } from '../../policy/index.ts'

/** IAM API Reference, "GetHumanReadableSummary": SummaryContent. */
const longestSummary = 10_000

/**
 * A policy in English sentences, one a statement, in the policy's order. AWS has a language model write its summaries; these say what the policy says
 * and are the same each time.
 */
export function summaryOf(policy: string): string {
  const sentences = parsePolicy(policy, 'identity').statements.map(sentenceOf)
  const text = sentences.join('\n')
  return text.length <= longestSummary ? text : `${text.slice(0, longestSummary - 1)}…`
}

function sentenceOf({ effect, action, resource, conditions }: Statement): string {
  const verb = effect === 'Allow' ? 'Allows' : 'Denies'
  const onWhat = resource === undefined ? '' : ` on ${resourcesOf(resource)}`
  const when = conditions.length === 0 ? '' : `, when ${conditions.map(conditionOf).join(' and ')}`
  return `${verb} ${actionsOf(action)}${onWhat}${when}.`
}

const listed = (values: readonly string[]): string =>
  values.length < 2 ? (values[0] ?? '') : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`

function actionsOf({ negated, values }: ValueList): string {
  if (!negated && values.includes('*')) return 'all actions of all services'
  const named = values.map(value => (value.endsWith(':*') ? `all actions of ${value.slice(0, -2)}` : value))
  return negated ? `all actions except ${listed(named)}` : listed(named)
}

function resourcesOf({ negated, values }: ValueList): string {
  if (!negated && values.includes('*')) return 'all resources'
  return negated ? `all resources except ${listed(values)}` : listed(values)
}

/** How a condition reads, by the operator's base name. */
const phrases: { readonly [base: string]: string } = {
  StringEquals: 'is',
  StringNotEquals: 'is not',
  StringEqualsIgnoreCase: 'is, in any case,',
  StringNotEqualsIgnoreCase: 'is not, in any case,',
  StringLike: 'is like',
  StringNotLike: 'is not like',
  NumericEquals: 'is',
  NumericNotEquals: 'is not',
  NumericLessThan: 'is less than',
  NumericLessThanEquals: 'is at most',
  NumericGreaterThan: 'is more than',
  NumericGreaterThanEquals: 'is at least',
  DateEquals: 'is',
  DateNotEquals: 'is not',
  DateLessThan: 'is before',
  DateLessThanEquals: 'is not after',
  DateGreaterThan: 'is after',
  DateGreaterThanEquals: 'is not before',
  Bool: 'is',
  BinaryEquals: 'is',
  IpAddress: 'is in',
  NotIpAddress: 'is not in',
  ArnEquals: 'is',
  ArnLike: 'is like',
  ArnNotEquals: 'is not',
  ArnNotLike: 'is not like',
}

function conditionOf({ base, qualifier, ifExists, key, values }: Condition): string {
  if (base === 'Null') return values.includes('true') ? `${key} is absent` : `${key} is present`
  const which = qualifier === undefined ? key : `${qualifier === 'ForAllValues' ? 'every value' : 'some value'} of ${key}`
  const alternatives = values.length < 2 ? (values[0] ?? 'nothing') : `one of ${values.join(', ')}`
  return `${which} ${phrases[base] ?? base} ${alternatives}${ifExists ? ' or is absent' : ''}`
}
