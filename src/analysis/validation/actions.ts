import type { JsonStringNode } from '../../policy/index.ts'
import { matchesWildcard } from '../../policy/wildcard.ts'
import { rcpServices, serviceFacts, servicePrefixes } from '../../catalogue/facts/authorization-facts.ts'
import { hasWildcard, patternCovers, patternsMeet } from '../patterns.ts'
import type { CheckId, Findings, Place } from './finding.ts'
import { type ElementView, isOn, type StatementView, type Subject } from './statement.ts'

/** What holds of Action and NotAction. */
export function checkActions(statement: StatementView, subject: Subject, findings: Findings) {
  const { action } = statement
  if (!action) return
  for (const [index, value] of action.values.entries()) checkAction(value, subject, findings, index < mostSuggestions)
  checkRedundancy(action, findings)
  if (subject.kind === 'rcp' && action.negated) findings.add('RCP_SYNTAX_ERROR_NOTACTION', action.place)
  checkBroadGrant(statement, 'iam:passrole', 'PASS_ROLE', findings)
  checkBroadGrant(statement, 'iam:createservicelinkedrole', 'CREATE_SLR', findings)
}

/** Actions of an element for which a name that was meant is looked for. */
const mostSuggestions = 200

function checkAction(place: Place<JsonStringNode>, { kind }: Subject, findings: Findings, suggest: boolean) {
  const action = place.node.value
  if (kind === 'scp' && action !== '*' && /[*?]/.test(action.slice(0, -1)))
    findings.add('SCP_SYNTAX_ERROR_ACTION_WILDCARD', place, { action })
  if (kind === 'rcp' && !rcpSupports(action)) findings.add('RCP_SYNTAX_ERROR_ACTION', place)
  if (action === '*' || action === '*:*' || action.includes('${')) return
  const colon = action.indexOf(':')
  if (colon <= 0) {
    findings.add('INVALID_ACTION', place, { action, suggestion: '' })
    return
  }
  const prefix = action.slice(0, colon).toLowerCase()
  if (hasWildcard(prefix)) {
    findings.add('WILDCARD_IN_SERVICE_NAME', place)
    return
  }
  const service = serviceFacts(prefix)
  const name = action.slice(colon + 1).toLowerCase()
  if (!service)
    // The reference writes {{service}}; answers of AWS that are public have the whole action there, as it is written.
    findings.add('INVALID_SERVICE_IN_ACTION', place, { service: action, suggestion: suggest ? didYouMean(prefix, servicePrefixes()) : '' })
  else if (hasWildcard(name) ? ![...service.actions.keys()].some(known => matchesWildcard(name, known)) : !service.actions.has(name)) {
    const known = [...service.actions.values()].map(facts => `${prefix}:${facts.name}`)
    findings.add('INVALID_ACTION', place, { action, suggestion: hasWildcard(name) || !suggest ? '' : didYouMean(action, known) })
  }
}

const rcpSupports = (action: string): boolean =>
  action === '*' || rcpServices().includes(action.slice(0, action.indexOf(':')).toLowerCase())

/** The nearest name, when it is near: one edit for every five characters. */
function didYouMean(given: string, known: readonly string[]): string {
  // No name of a service or an action is longer.
  if (given.length > 100) return ''
  const lower = given.toLowerCase()
  let best = ''
  let bestDistance = Math.max(1, Math.floor(lower.length / 5)) + 1
  for (const name of known) {
    if (Math.abs(name.length - lower.length) >= bestDistance) continue
    const distance = editDistance(lower, name.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best === '' ? '' : ` Did you mean ${best}?`
}

function editDistance(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, j) => j)
  for (let i = 1; i <= first.length; i++) {
    const next = [i]
    for (let j = 1; j <= second.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (first[i - 1] === second[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[second.length] ?? 0
}

function checkRedundancy({ values, place }: ElementView, findings: Findings) {
  const redundant = redundantValues(
    values.map(({ node }) => node.value.toLowerCase()),
    patternCovers,
  ).map(index => values[index] as Place<JsonStringNode>)
  const [first] = redundant
  if (first)
    findings.add('REDUNDANT_ACTION', redundant.length === 0 ? place : redundant, {
      count: String(redundant.length),
      action: first.node.value,
    })
}

/** Comparisons that one element may cost: more values than policies of AWS can hold are not all compared with each other. */
const mostComparisons = 100_000

/** The places of values that another value covers; of equal ones the later. */
export function redundantValues(values: readonly string[], covers: (wide: string, narrow: string) => boolean): number[] {
  const first = new Map<string, number>()
  for (const [index, value] of values.entries()) if (!first.has(value)) first.set(value, index)
  const wide = [...first.keys()].filter(hasWildcard).slice(0, Math.ceil(mostComparisons / Math.max(1, values.length)))
  return values.flatMap((value, index) =>
    first.get(value) !== index || wide.some(other => other !== value && covers(other, value)) ? [index] : [],
  )
}

const grants = {
  NOT_RESOURCE: 'NOT_RESOURCE',
  STAR: 'STAR_IN_RESOURCE',
} as const

/** PassRole and CreateServiceLinkedRole on more roles than one. */
function checkBroadGrant(statement: StatementView, wanted: string, check: 'PASS_ROLE' | 'CREATE_SLR', findings: Findings) {
  const { effect, action, resource, conditions } = statement
  if (effect !== 'Allow' || !action || !resource) return
  const how = howGranted(action, wanted)
  if (!how) return
  const breadth = resource.negated
    ? grants.NOT_RESOURCE
    : resource.values.some(({ node }) => namesEveryRole(node.value))
      ? grants.STAR
      : undefined
  if (!breadth) return
  // The reference offers iam:PassedToService as the other way out where the resource is a wildcard.
  const limiting = check === 'PASS_ROLE' ? 'iam:PassedToService' : 'iam:AWSServiceName'
  if (breadth === grants.STAR && conditions.some(condition => isOn(condition, limiting))) return
  const names = {
    exact: { NOT_RESOURCE: 'NOT_RESOURCE', STAR_IN_RESOURCE: 'STAR_IN_RESOURCE' },
    wildcard: { NOT_RESOURCE: 'STAR_IN_ACTION_AND_NOT_RESOURCE', STAR_IN_RESOURCE: 'STAR_IN_ACTION_AND_RESOURCE' },
    negated: { NOT_RESOURCE: 'NOT_ACTION_AND_NOT_RESOURCE', STAR_IN_RESOURCE: 'STAR_IN_RESOURCE_AND_NOT_ACTION' },
  } as const
  findings.add(`${check}_WITH_${names[how.way][breadth]}` as CheckId, [how.place, resource.place])
}

function howGranted(
  { negated, values, place }: ElementView,
  wanted: string,
): { way: 'exact' | 'wildcard' | 'negated'; place: Place } | undefined {
  const covering = values.filter(({ node }) => matchesWildcard(node.value.toLowerCase(), wanted))
  if (negated) return covering.length === 0 ? { way: 'negated', place } : undefined
  const exact = covering.find(({ node }) => node.value.toLowerCase() === wanted)
  if (exact) return { way: 'exact', place: exact }
  const [wildcard] = covering
  return wildcard && { way: 'wildcard', place: wildcard }
}

/** A service's naming convention, such as `role/Service*`, is no wildcard of the kind the reference means. */
function namesEveryRole(resource: string): boolean {
  if (resource === '*') return true
  const [, , service = '', , , ...rest] = resource.split(':')
  return patternsMeet(service, 'iam') && /^(\*|role\*|role\/\*)$/.test(rest.join(':'))
}
