import type { CompiledPolicy, Statement } from '../../policy/index.ts'
import { actionName, compileAction, coversAction } from '../../policy/action.ts'
import { serviceFacts, servicePrefixes } from '../../catalogue/facts/authorization-facts.ts'
import { isPossible } from './answers.ts'
import type { Member } from './members.ts'
import type { Graph } from './graph.ts'
import { Holder } from './holder.ts'
import { exampleResources } from './resource-examples.ts'
import { nameOf } from './settle.ts'

/** What one statement lets somebody do, each action decided on a resource that the statement names. */
export interface Granted {
  /** The policy and statement. */
  readonly by: string
  /** As the statement has them. */
  readonly resources: readonly string[]
  /** Names that are allowed, those of a whole service as `service:*`. */
  readonly actions: readonly string[]
  /** Names that are allowed under conditions. */
  readonly conditional: readonly string[]
  readonly conditions: readonly string[]
  /** How many of the statement's actions something else denies. */
  readonly denied: number
}

export interface WhatCan {
  readonly principal: string
  readonly granted: readonly Granted[]
  /** Whom the principal is in clusters, and what binds it there. */
  readonly clusters: readonly {
    readonly cluster: string
    readonly user: string
    readonly groups: readonly string[]
    readonly accessPolicies: readonly string[]
  }[]
  /** The ways to other principals, by rule. */
  readonly ways: readonly { readonly how: string; readonly title: string; readonly to: readonly string[]; readonly assuming?: string }[]
  readonly dependsOn: readonly string[]
}

/** What a principal may do, by statement, and whom it can become. */
export function whatCan(graph: Graph, member: Member): WhatCan {
  const { estate } = graph
  const holder = new Holder(estate, member)
  const links = graph.linksOf(member.arn)
  return {
    principal: member.arn,
    granted: member.identity.flatMap(policy =>
      policy.statements.filter(({ allow }) => allow).map(({ statement }) => grantedBy(policy, statement, holder)),
    ),
    clusters: graph.views.flatMap(view =>
      view.identitiesOf(member.arn, member.account).map(({ user, grants }) => ({
        cluster: view.label,
        user: user.username,
        groups: user.groups,
        accessPolicies: grants.map(
          ({ policyArn, scope, namespaces }) => `${policyArn} (${scope === 'cluster' ? 'cluster' : namespaces.join(', ')})`,
        ),
      })),
    ),
    ways: links.map(({ how, title, to, assuming }) => ({ how, title, to: to.ids, ...(assuming !== undefined && { assuming }) })),
    dependsOn: [...new Set(estate.gapsOf(member.arn, member.account).map(({ what }) => what))],
  }
}

function grantedBy(policy: CompiledPolicy, statement: Statement, holder: Holder): Granted {
  const compiled = policy.statements[statement.index]
  const allowed = new Set<string>()
  const conditional = new Set<string>()
  const conditions = new Set<string>()
  let denied = 0
  for (const action of actionsOf(statement)) {
    const verdicts = exampleResources(action, compiled ? [compiled] : [], holder.member).map(resource => holder.ask({ action, resource }))
    const found = verdicts.find(({ outcome }) => outcome === 'allowed') ?? verdicts.find(isPossible)
    if (!found) denied++
    else if (found.outcome === 'allowed') allowed.add(action)
    else {
      conditional.add(action)
      for (const condition of found.conditions) conditions.add(condition)
    }
  }
  return {
    by: compiled ? nameOf(compiled.matched) : policy.source.id,
    resources: statement.resource ? [`${statement.resource.negated ? 'all but ' : ''}${statement.resource.values.join(', ')}`] : ['*'],
    actions: byService(allowed),
    conditional: byService(conditional),
    conditions: [...conditions],
    denied,
  }
}

/** The actions of the catalogue that a statement covers, and those that it names and the catalogue does not. */
function actionsOf({ action }: Statement): string[] {
  const patterns = action.values.map(compileAction)
  const services =
    action.negated || patterns.some(({ shape, service }) => shape === 'any' || /[*?]/.test(service))
      ? servicePrefixes()
      : [...new Set(patterns.map(({ service }) => service))]
  const known = services.flatMap(service => [...(serviceFacts(service)?.actions.values() ?? [])].map(({ name }) => `${service}:${name}`))
  const covered = known.filter(name => patterns.some(pattern => coversAction(pattern, actionName(name))) !== action.negated)
  const unknown = action.negated
    ? []
    : action.values.filter(value => !/[*?]/.test(value) && !covered.some(name => name.toLowerCase() === value.toLowerCase()))
  return [...covered, ...unknown]
}

/** `service:*` where every action of a service is there. */
function byService(actions: ReadonlySet<string>): string[] {
  const services = Map.groupBy(actions, action => action.slice(0, action.indexOf(':')))
  return [...services].flatMap(([service, names]) =>
    names.length > 1 && names.length === serviceFacts(service)?.actions.size ? [`${service}:*`] : names,
  )
}
