import { type AuthorizationRequest, type Plan, preparePlan } from '../../policy/index.ts'
import type { CompiledStatement } from '../../policy/compiled-statement.ts'
import { type Reach, reachOf } from './action-sets.ts'
import { policiesOf } from './administrators.ts'
import { isPossible, type Justification, justificationOf } from './answers.ts'
import { ask, type Question } from './ask.ts'
import type { Need } from './escalations/aws-escalation.ts'
import type { Estate } from './estate.ts'
import type { Member } from './members.ts'
import { listBut, listOf, type NodeList } from './links.ts'
import { exampleResources } from './resource-examples.ts'
import type { Verdict } from './settle.ts'

/** What one member may do, asked many times while its ways are looked for, and then forgotten. */
export class Holder {
  readonly member: Member
  readonly plan: Plan
  readonly #estate: Estate
  readonly #reach = new Map<string, Reach>()
  readonly #lists = new Map<string, Map<NodeList, NodeList>>()
  readonly #somewhere = new Map<string, Verdict | null>()
  /** For policy variables in resources. */
  readonly #someRequest: AuthorizationRequest

  constructor(estate: Estate, member: Member) {
    this.#estate = estate
    this.member = member
    this.plan = preparePlan(policiesOf(estate, member))
    this.#someRequest = { principal: member.principal, action: 'x:x', resource: '*', context: member.facts }
  }

  reach(action: string): Reach {
    const known = this.#reach.get(action)
    if (known) return known
    const made = reachOf(this.plan, action)
    this.#reach.set(action, made)
    return made
  }

  /** What a way makes has no boundary but the one that the way gives it. */
  ask = (question: Question): Verdict => ask(this.#estate, this.member, { ...question, without: ['iam:permissionsboundary'] }, this.plan)

  /** Those of some resources that the member may do something on; the list itself when it is all of them. */
  allowedOn(need: Need, resources: NodeList): NodeList {
    const key = `${need.action} ${JSON.stringify(need.context ?? {})}`
    const byList = this.#lists.get(key) ?? new Map<NodeList, NodeList>()
    this.#lists.set(key, byList)
    const known = byList.get(resources)
    if (known) return known
    const made = this.#allowedOn(need, resources)
    byList.set(resources, made)
    return made
  }

  #allowedOn({ action, context }: Need, resources: NodeList): NodeList {
    const { allows, telling, byTags } = this.reach(action)
    if (allows.length === 0 || resources.ids.length === 0) return listOf([])
    const isAllowed = (resource: string) => isPossible(this.ask({ action, resource, ...(context && { context }) }))
    // Limits of the resource's account are not in the plan.
    if (this.#estate.organization.rcpsFor(action, this.member.account)) return listOf(resources.ids.filter(isAllowed))
    const partial = telling.flatMap(statement => coveredBy(statement, resources, this.#someRequest) ?? [])
    const tagged = byTags ? this.#estate.tellingFacts(resources) : noFacts
    return byKind(resources, partial, tagged, isAllowed)
  }

  /** A decision on some resource that the member may do something on. */
  somewhere({ action, context }: Need): Verdict | undefined {
    const key = `${action} ${JSON.stringify(context ?? {})}`
    const known = this.#somewhere.get(key)
    if (known !== undefined) return known ?? undefined
    const reach = this.reach(action)
    let found: Verdict | null = null
    for (const resource of reach.allows.length === 0 ? [] : exampleResources(action, reach.allows, this.member)) {
      const verdict = this.ask({ action, resource, ...(context && { context }) })
      if (isPossible(verdict)) {
        found = verdict
        break
      }
    }
    this.#somewhere.set(key, found)
    return found ?? undefined
  }

  /** Why the member may do what a way needs, on a target. */
  reasons(needs: readonly Need[], target: string): Justification[] {
    return needs.flatMap(need => {
      const { action, context, on } = need
      const verdict =
        on === 'any'
          ? this.somewhere(need)
          : this.ask({ action, resource: on === 'itself' ? this.member.arn : target, ...(context && { context }) })
      return verdict ? [justificationOf(verdict)] : []
    })
  }
}

const noFacts: ReadonlyMap<string, string> = new Map()

/** What the same statements cover, and has the same tags, is decided the same: one of each kind is asked, and one of all others. */
function byKind(
  resources: NodeList,
  partial: readonly ReadonlySet<string>[],
  facts: ReadonlyMap<string, string>,
  isAllowed: (resource: string) => boolean,
): NodeList {
  const kinds = new Map<string, string[]>()
  for (const id of new Set([...partial.flatMap(part => [...part]), ...facts.keys()])) {
    const kind = `${partial.map(part => (part.has(id) ? 1 : 0)).join('')} ${facts.get(id) ?? ''}`
    const list = kinds.get(kind)
    if (list) list.push(id)
    else kinds.set(kind, [id])
  }
  const allowed: string[] = []
  const not = new Set<string>()
  for (const ids of kinds.values()) {
    if (isAllowed(ids[0] as string)) allowed.push(...ids)
    else for (const id of ids) not.add(id)
  }
  const other = resources.ids.find(id => !not.has(id) && !facts.has(id) && !partial.some(part => part.has(id)))
  return other !== undefined && isAllowed(other) ? listBut(resources, not) : listOf(allowed)
}

const coverage = new WeakMap<CompiledStatement, WeakMap<NodeList, ReadonlySet<string> | null>>()

/** The resources that a statement covers; null for all or none, which tells none apart. Many principals hold the same statements, so it is kept. */
function coveredBy(statement: CompiledStatement, resources: NodeList, request: AuthorizationRequest): ReadonlySet<string> | null {
  // What a variable stands for depends on who asks.
  if (statement.resources?.some(({ hasVariables }) => hasVariables)) return findCovered(statement, resources, request)
  const byList = coverage.get(statement) ?? new WeakMap<NodeList, ReadonlySet<string> | null>()
  coverage.set(statement, byList)
  const known = byList.get(resources)
  if (known !== undefined) return known
  const made = findCovered(statement, resources, request)
  byList.set(resources, made)
  return made
}

function findCovered(
  { resources: patterns = [] }: CompiledStatement,
  resources: NodeList,
  request: AuthorizationRequest,
): ReadonlySet<string> | null {
  const exact = new Set(patterns.filter(({ shape }) => shape === 'exact').map(({ prefix }) => prefix))
  const others = patterns.filter(({ shape }) => shape !== 'exact')
  const ids = resources.ids.filter(id => exact.has(id) || others.some(pattern => pattern.matches(id, request)))
  return ids.length === 0 || ids.length === resources.ids.length ? null : new Set(ids)
}
