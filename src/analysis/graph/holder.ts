import { type Plan, preparePlan } from '../../policy/index.ts'
import { type CompiledStatement } from '../../policy/compile.ts'
import { type Reach, reachOf } from './action-sets.ts'
import { policiesOf } from './administrators.ts'
import { isPossible, type Justification, justificationOf } from './answers.ts'
import { ask, type Question } from './ask.ts'
import type { Need } from './aws-escalations.ts'
import type { Estate, Member } from './estate.ts'
import { listOf, type NodeList } from './links.ts'
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

  constructor(estate: Estate, member: Member) {
    this.#estate = estate
    this.member = member
    this.plan = preparePlan(policiesOf(estate, member))
  }

  reach(action: string): Reach {
    const known = this.#reach.get(action)
    if (known) return known
    const made = reachOf(this.plan, action)
    this.#reach.set(action, made)
    return made
  }

  ask = (question: Question): Verdict => ask(this.#estate, this.member, question, this.plan)

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
    const reach = this.reach(action)
    if (reach.kind === 'none') return listOf([])
    if (reach.kind === 'all') return resources
    return listOf(
      covered(resources, reach.allows).filter(resource => isPossible(this.ask({ action, resource, ...(context && { context }) }))),
    )
  }

  /** A decision on some resource that the member may do something on. */
  somewhere({ action, context }: Need): Verdict | undefined {
    const key = `${action} ${JSON.stringify(context ?? {})}`
    const known = this.#somewhere.get(key)
    if (known !== undefined) return known ?? undefined
    const reach = this.reach(action)
    let found: Verdict | null = null
    for (const resource of reach.kind === 'none' ? [] : exampleResources(action, reach.allows, this.member)) {
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

/** Resources that some of the statements may be about. */
export function covered(resources: NodeList, statements: readonly CompiledStatement[]): readonly string[] {
  if (
    statements.some(
      ({ anyResource, statement, resources: patterns }) =>
        anyResource || statement.resource?.negated || patterns?.some(each => each.hasVariables),
    )
  )
    return resources.ids
  const patterns = [...new Set(statements.flatMap(({ resources: own }) => own ?? []))]
  const exact = new Set(patterns.filter(({ shape }) => shape === 'exact').map(({ prefix }) => prefix))
  const others = patterns.filter(({ shape }) => shape !== 'exact')
  return resources.ids.filter(id => exact.has(id) || others.some(pattern => pattern.matches(id, nobody) === true))
}

const nobody = { principal: { type: 'anonymous' }, action: 'x:x', resource: '*', context: {} } as const
