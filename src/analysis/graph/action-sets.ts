import { actionName } from '../../policy/action.ts'
import type { CompiledStatement } from '../../policy/compiled-statement.ts'
import type { CompiledPolicy, Plan } from '../../policy/index.ts'

/** Sets of actions as bits: which of a fixed list a policy may allow is found once, however many hold the policy. */
export class ActionSets {
  readonly #actions: readonly string[]
  readonly #places: ReadonlyMap<string, number>
  readonly #ofPolicies = new WeakMap<CompiledPolicy['document'], Uint32Array>()

  constructor(actions: Iterable<string>) {
    this.#actions = [...new Set(actions)]
    this.#places = new Map(this.#actions.map((action, place) => [action, place]))
  }

  setOf(actions: readonly string[]): Uint32Array {
    const set = this.#empty()
    for (const action of actions) add(set, this.#places.get(action) as number)
    return set
  }

  /** The actions that some statement of some of the policies allows on something. */
  allowedBy(policies: readonly CompiledPolicy[]): Uint32Array {
    const set = this.#empty()
    for (const policy of policies) {
      const own = this.#ofPolicy(policy)
      for (let i = 0; i < set.length; i++) set[i] = (set[i] as number) | (own[i] as number)
    }
    return set
  }

  #ofPolicy(policy: CompiledPolicy): Uint32Array {
    const known = this.#ofPolicies.get(policy.document)
    if (known) return known
    const set = this.#empty()
    this.#actions.forEach((action, place) => {
      const allows: CompiledStatement[] = []
      policy.index.collect(actionName(action), allows, [])
      if (allows.length > 0) add(set, place)
    })
    this.#ofPolicies.set(policy.document, set)
    return set
  }

  #empty = (): Uint32Array => new Uint32Array((this.#actions.length + 31) >>> 5)
}

function add(set: Uint32Array, place: number): void {
  set[place >>> 5] = (set[place >>> 5] as number) | (1 << (place & 31))
}

export function includes(set: Uint32Array, part: Uint32Array): boolean {
  for (let i = 0; i < part.length; i++) if (((set[i] as number) & (part[i] as number)) >>> 0 !== part[i]) return false
  return true
}

/** On what a plan may allow an action, and what can make a difference between two resources of one account. */
export interface Reach {
  /** Statements of the identity's policies that may allow; none when some policy type allows nothing. */
  readonly allows: readonly CompiledStatement[]
  /** Statements of all policies that tell resources apart by their ARNs. */
  readonly telling: readonly CompiledStatement[]
  /** Some statement tells resources apart by their tags, or principals by their boundary. */
  readonly byTags: boolean
}

const nothing: Reach = { allows: [], telling: [], byTags: false }

/** Keys that say something of the resource that another of the same account may not have. */
const ofResource = /(aws|iam):resourcetag\/|iam:permissionsboundary/i

export function reachOf(plan: Plan, action: string): Reach {
  const name = actionName(action)
  const all: CompiledStatement[] = []
  let identity: readonly CompiledStatement[] = []
  for (const { type, policies } of plan.groups) {
    const allows: CompiledStatement[] = []
    const denies: CompiledStatement[] = []
    for (const policy of policies) policy.index.collect(name, allows, denies)
    if (allows.length === 0) return nothing
    all.push(...allows, ...denies)
    if (type === 'identity') identity = allows
  }
  return {
    allows: identity,
    telling: all.filter(({ anyResource }) => !anyResource),
    byTags: all.some(({ statement }) =>
      statement.conditions.some(
        ({ key, values }) => ofResource.test(key) || values.some(value => value.includes('${') && ofResource.test(value)),
      ),
    ),
  }
}
