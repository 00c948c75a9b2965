import { actionName, coversAction, compileAction } from '../policy/action.ts'
import { type PolicyDocument, printPolicy, type ValueList } from '../policy/index.ts'
import { serviceFacts } from '../catalogue/facts/authorization-facts.ts'

/** When permissions were last used, epoch milliseconds, by their names in lower case. */
export type LastUsed = ReadonlyMap<string, number>

/** What of a service was granted and not used. Access Analyzer API Reference, "UnusedPermissionDetails". */
export interface UnusedService {
  readonly service: string
  /** Absent when nothing of the service was ever used. */
  readonly lastAccessedAt?: number
  /** Actions, when others of the service are used; empty when the whole service is unused. */
  readonly actions: readonly { readonly action: string; readonly lastAccessedAt?: number }[]
}

/** Permissions that no call has the name of: whether they are used cannot be told. IAM User Guide, "Things to know about last accessed information". */
const untracked = new Set(['iam:passrole', 'sts:tagsession', 'sts:setsourceidentity', 'sts:setcontext'])

const isTracked = (action: string): boolean => {
  const [prefix = '', name = ''] = action.split(':')
  return !untracked.has(action) && serviceFacts(prefix)?.actions.get(name)?.level !== 'T'
}

/**
 * The services and actions that policies grant and that were not used since a time. Denies and conditions are left out of account, as in last accessed
 * information.
 * @param known  services that `*` stands for
 */
export function unusedPermissions(
  policies: readonly PolicyDocument[],
  lastUsed: LastUsed,
  since: number,
  known: readonly string[],
): UnusedService[] {
  return servicesOf(policies, known).flatMap((service): UnusedService[] => {
    const last = lastOf(service, lastUsed)
    if (last === undefined || last < since) return [{ service, ...(last !== undefined && { lastAccessedAt: last }), actions: [] }]
    const actions = grantedActions(policies, service).filter(action => isTracked(action) && (lastUsed.get(action) ?? 0) < since)
    if (actions.length === 0) return []
    return [{ service, lastAccessedAt: last, actions: actions.map(action => withTime(service, action, lastUsed.get(action))) }]
  })
}

function withTime(service: string, action: string, at: number | undefined) {
  const name = serviceFacts(service)?.actions.get(action.slice(service.length + 1))?.name ?? ''
  return { action: name, ...(at !== undefined && { lastAccessedAt: at }) }
}

function lastOf(service: string, lastUsed: LastUsed): number | undefined {
  const times = [...lastUsed].filter(([action]) => action.startsWith(`${service}:`)).map(([, at]) => at)
  return times.length > 0 ? Math.max(...times) : undefined
}

/** Services that policies name and that there are, and for wildcards those that are known. */
function servicesOf(policies: readonly PolicyDocument[], known: readonly string[]): string[] {
  const named = allowed(policies).flatMap(({ values, negated }) =>
    negated ? known : values.flatMap(value => (value.startsWith('*') ? known : [value.toLowerCase().split(':')[0] ?? ''])),
  )
  return [...new Set(named)].filter(service => serviceFacts(service) && grantedActions(policies, service).length > 0).toSorted()
}

const allowed = (policies: readonly PolicyDocument[]): ValueList[] =>
  policies.flatMap(({ statements }) => statements.filter(({ effect }) => effect === 'Allow').map(({ action }) => action))

/** Actions of a service that policies allow, in lower case. */
function grantedActions(policies: readonly PolicyDocument[], service: string): string[] {
  // Of long policies most patterns are of other services.
  const lists = allowed(policies).map(({ values, negated }) => {
    const own = values.filter(value => value.startsWith('*') || value.toLowerCase().startsWith(`${service}:`))
    return { covers: coverage(own), negated }
  })
  const actions = [...(serviceFacts(service)?.actions.keys() ?? [])].map(name => `${service}:${name}`)
  return actions.filter(action => lists.some(({ covers, negated }) => covers(action) !== negated))
}

/** Tests whether one of some patterns covers an action. */
function coverage(values: readonly string[]): (action: string) => boolean {
  const patterns = values.map(compileAction)
  return action => patterns.some(pattern => coversAction(pattern, actionName(action)))
}

interface StatementJson {
  readonly Effect: string
}

/**
 * A policy without what was not used since a time. Whether an untracked permission is used cannot be told: it stays where something beside it is used, or where
 * it is written out.
 * @returns undefined when nothing of the policy was used
 */
export function withoutUnused(document: PolicyDocument, lastUsed: LastUsed, since: number): string | undefined {
  const printed = JSON.parse(printPolicy(document)) as { Statement: StatementJson[] }
  const used = [...lastUsed].filter(([, at]) => at >= since).map(([action]) => action)
  const kept = document.statements.flatMap((statement, index) => {
    const whole = printed.Statement[index] as StatementJson
    if (statement.effect === 'Deny') return [whole]
    const actions = keptActions(statement.action, used)
    const members = Object.entries(whole).map(([key, value]) => (key.endsWith('Action') ? ['Action', actions] : [key, value]))
    return actions.length > 0 ? [Object.fromEntries(members) as StatementJson] : []
  })
  if (!kept.some(({ Effect }) => Effect === 'Allow')) return undefined
  return JSON.stringify({ ...printed, Statement: kept })
}

function keptActions({ values, negated }: ValueList, used: readonly string[]): string[] {
  const covers = coverage(values)
  const covered = (action: string) => covers(action) !== negated
  const inUse = used.filter(covered)
  const written = negated
    ? []
    : values.filter(value => !/[*?]/.test(value) && !isTracked(value.toLowerCase())).map(value => value.toLowerCase())
  const beside = inUse.length > 0 ? [...untracked].filter(covered) : []
  return [...new Set([...inUse, ...written, ...beside])].toSorted().map(shownName)
}

function shownName(action: string): string {
  const [prefix = '', name = ''] = action.split(':')
  return `${prefix}:${serviceFacts(prefix)?.actions.get(name)?.name ?? name}`
}
