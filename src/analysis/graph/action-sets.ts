import { actionName } from '../../policy/action.ts'
import type { CompiledStatement } from '../../policy/compile.ts'
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

/**
 * On what a plan may allow an action. `all`: whatever the resource and the circumstances, because the statements that allow ask nothing and nothing denies.
 * `some`: to be asked of each; the statements that may allow say of which.
 */
export interface Reach {
  readonly kind: 'none' | 'all' | 'some'
  readonly allows: readonly CompiledStatement[]
}

export function reachOf(plan: Plan, action: string): Reach {
  const name = actionName(action)
  let all = true
  let identity: readonly CompiledStatement[] = []
  for (const { type, policies } of plan.groups) {
    const allows: CompiledStatement[] = []
    const denies: CompiledStatement[] = []
    for (const policy of policies) policy.index.collect(name, allows, denies)
    if (allows.length === 0) return { kind: 'none', allows }
    all &&=
      denies.length === 0 && allows.some(({ anyResource, conditions, principal }) => anyResource && conditions.length === 0 && !principal)
    if (type === 'identity') identity = allows
  }
  return { kind: all ? 'all' : 'some', allows: identity }
}
