import { denialMessage, principalNameOf } from './denial.ts'
import type { ConditionExplanation, Explanation, GroupExplanation, StatementExplanation } from './explain.ts'
import type { ContextValue } from './request.ts'

const titles: Readonly<Record<GroupExplanation['type'], string>> = {
  scp: 'Service control policies',
  rcp: 'Resource control policies',
  vpce: 'VPC endpoint policy',
  resource: 'Resource-based policy',
  identity: 'Identity-based policies',
  boundary: 'Permissions boundary',
  session: 'Session policies',
}

const verdicts = { allowed: 'ALLOWED', implicitDeny: 'DENIED (nothing allows it)', explicitDeny: 'DENIED (explicitly)' } as const
const sayings = { allows: 'allows', denies: 'denies', nothing: 'says nothing' } as const

/**
 * Draws an explanation for people: the verdict, then what each policy type said, statement by statement, with what kept each statement from applying.
 * @returns lines of plain text without colour, joined by newlines
 */
export function renderExplanation(explanation: Explanation): string {
  const { request, decision, groups, missingContextKeys } = explanation
  const lines = [
    `${verdicts[decision.effect]}: ${principalNameOf(request.principal)}`,
    `  ${request.action} on ${request.resource}${decision.crossAccount ? ' (of another account)' : ''}`,
  ]
  if (decision.effect !== 'allowed') lines.push(`  ${denialMessage(request, decision)}`)
  else if (decision.decidedBy === 'none') lines.push('  The root user of an account needs no policy.')
  for (const group of groups) {
    const level = group.level === undefined ? '' : `, level ${group.level}`
    const said = group.considered ? sayings[group.says] : 'do not restrict this principal'
    lines.push('', `${titles[group.type]}${level}: ${said}${decision.decidedBy === group.type ? '   <- decides' : ''}`)
    if (group.considered) for (const statement of group.statements) lines.push(...statementLines(statement))
  }
  if (missingContextKeys.length > 0) lines.push('', `Keys that policies ask for and the request lacks: ${missingContextKeys.join(', ')}`)
  return lines.join('\n')
}

function statementLines(statement: StatementExplanation): string[] {
  const { policy, index, sid, effect, start, applies, principal, resource, conditions } = statement
  const name = sid ? `"${sid}"` : `#${index + 1}`
  const lines = [`  ${applies ? '+' : '-'} ${effect} ${name} in ${policy.id}, line ${start.line} column ${start.column}`]
  if (principal === 'not') lines.push('      its Principal is another')
  if (principal === 'account') lines.push('      names the account: its own policies must allow as well')
  if (!resource) lines.push('      its Resource is another')
  for (const condition of conditions) if (!condition.holds) lines.push(`      ${conditionLine(condition)}`)
  return lines
}

function conditionLine({ operator, key, values, actual }: ConditionExplanation): string {
  const wanted = values.length === 1 ? values[0] : `one of ${values.join(', ')}`
  return `${operator} ${key}: wants ${wanted}, the request has ${actual === undefined ? 'no such key' : textOf(actual)}`
}

const textOf = (value: ContextValue): string =>
  Array.isArray(value) ? `[${value.join(', ')}]` : value instanceof Date ? value.toISOString() : String(value)
