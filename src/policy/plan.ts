import { type ActionName, actionName } from './action.ts'
import { type Candidates, candidatesOf, IndexedCandidates } from './candidates.ts'
import type { CompiledPolicy } from './compile.ts'
import type { CompiledStatement } from './compiled-statement.ts'
import { StatementIndex } from './statement-index.ts'

/** Every policy that applies to a request, by type. An absent list means that no policy of the type is there, an empty one that it allows nothing. */
export interface ApplicablePolicies {
  /** Attached to the user, its groups, or the role. */
  readonly identity: readonly CompiledPolicy[]
  readonly boundary?: CompiledPolicy | undefined
  /** Inline and managed session policies, together one limit. */
  readonly session?: readonly CompiledPolicy[] | undefined
  readonly resource?: CompiledPolicy | undefined
  /** The resource policy must allow even in the same account: KMS keys, and roles, whose trust policy is their resource policy. */
  readonly resourceMustAllow?: boolean | undefined
  /** One list a level, from the root to the account; every level must allow. */
  readonly scps?: readonly (readonly CompiledPolicy[])[] | undefined
  readonly rcps?: readonly (readonly CompiledPolicy[])[] | undefined
  readonly vpce?: readonly CompiledPolicy[] | undefined
}

export type PolicyType = 'identity' | 'resource' | 'boundary' | 'session' | 'scp' | 'rcp' | 'vpce'

/** The policies of one type and level. */
export interface PolicyGroup {
  readonly type: PolicyType
  readonly policies: readonly CompiledPolicy[]
}

/** What a plan knows about one action: for each group the statements that may apply. */
export interface ActionPlan {
  /** The groups with Deny statements, in the order in which a denial names its policy type. */
  readonly denies: readonly GroupCandidates[]
  readonly identity: GroupCandidates | undefined
  readonly resource: GroupCandidates | undefined
  readonly boundary: GroupCandidates | undefined
  readonly session: GroupCandidates | undefined
  readonly scps: readonly GroupCandidates[]
  readonly rcps: readonly GroupCandidates[]
  readonly vpce: GroupCandidates | undefined
}

export interface GroupCandidates {
  readonly type: PolicyType
  readonly allow: Candidates | undefined
  readonly deny: Candidates | undefined
}

/** Actions that a plan remembers; then it starts anew. */
const maximumActions = 512

/** More policies than this are joined into one index; fewer are asked one by one, each by its own index, which they share with other plans. */
const maximumSeparate = 24

/**
 * The applicable policies of a principal, joined. Make one for a principal and set of policy versions, keep it, and decide with it as often as needed.
 */
export class Plan {
  readonly resourceMustAllow: boolean
  #policies: ApplicablePolicies
  #groups: readonly PlannedGroup[]
  #actions = new Map<ActionName, ActionPlan>()

  constructor(policies: ApplicablePolicies) {
    this.#policies = policies
    this.#groups = groupsOf(policies).map(group => new PlannedGroup(group))
    this.resourceMustAllow = policies.resourceMustAllow === true
  }

  get groups(): readonly PolicyGroup[] {
    return this.#groups
  }

  /**
   * Replaces an identity policy by a new version of it. With many policies this is much cheaper than a new plan: only the statements of the two are touched.
   * @param before  one of the plan's identity policies
   */
  replaceIdentity(before: CompiledPolicy, after: CompiledPolicy) {
    if (this.#groups.find(({ type }) => type === 'identity')?.replace(before, after)) return
    const identity = this.#policies.identity.map(policy => (policy === before ? after : policy))
    this.#policies = { ...this.#policies, identity }
    this.#groups = groupsOf(this.#policies).map(group => new PlannedGroup(group))
    this.#actions = new Map()
  }

  /** What there is to know about an action, in any case. */
  forAction(raw: string): ActionPlan {
    const action = actionName(raw)
    return this.#actions.get(action) ?? this.#prepare(action)
  }

  #prepare(action: ActionName): ActionPlan {
    const plan = new PlannedAction(this.#groups, action)
    if (this.#actions.size >= maximumActions) this.#actions = new Map()
    this.#actions.set(action, plan)
    return plan
  }
}

class PlannedAction implements ActionPlan {
  readonly denies: readonly GroupCandidates[]
  readonly scps: readonly GroupCandidates[]
  readonly rcps: readonly GroupCandidates[]
  identity: GroupCandidates | undefined
  resource: GroupCandidates | undefined
  boundary: GroupCandidates | undefined
  session: GroupCandidates | undefined
  vpce: GroupCandidates | undefined

  constructor(groups: readonly PlannedGroup[], action: ActionName) {
    const denies: GroupCandidates[] = []
    const scps: GroupCandidates[] = []
    const rcps: GroupCandidates[] = []
    for (const group of groups) {
      const candidates = group.candidates(action)
      if (candidates.deny !== undefined) denies.push(candidates)
      if (group.type === 'scp') scps.push(candidates)
      else if (group.type === 'rcp') rcps.push(candidates)
      else this[group.type] = candidates
    }
    this.denies = denies
    this.scps = scps
    this.rcps = rcps
  }
}

class PlannedGroup implements PolicyGroup {
  readonly type: PolicyType
  readonly #separate: readonly CompiledPolicy[]
  #joined: JoinedPolicies | undefined

  constructor({ type, policies }: PolicyGroup) {
    this.type = type
    this.#separate = policies
  }

  get policies(): readonly CompiledPolicy[] {
    return this.#joined ? [...this.#joined.policies] : this.#separate
  }

  candidates(action: ActionName): GroupCandidates {
    const { type } = this
    if (this.#separate.length > maximumSeparate) {
      this.#joined ??= new JoinedPolicies(this.#separate)
      // Both sides stay, even when empty now: a replaced policy may fill them.
      const { allow, deny } = this.#joined
      return { type, allow: new IndexedCandidates(allow, action), deny: new IndexedCandidates(deny, action) }
    }
    const allows: CompiledStatement[] = []
    const denies: CompiledStatement[] = []
    for (const policy of this.#separate) policy.index.collect(action, allows, denies)
    return { type, allow: candidatesOf(allows, action), deny: candidatesOf(denies, action) }
  }

  /** @returns false when the group is not joined, so that nothing can be replaced in it */
  replace(before: CompiledPolicy, after: CompiledPolicy): boolean {
    this.#joined?.replace(before, after)
    return this.#joined !== undefined
  }
}

class JoinedPolicies {
  readonly policies: Set<CompiledPolicy>
  readonly allow = new StatementIndex()
  readonly deny = new StatementIndex()

  constructor(policies: readonly CompiledPolicy[]) {
    this.policies = new Set(policies)
    for (const policy of this.policies) this.#add(policy)
  }

  replace(before: CompiledPolicy, after: CompiledPolicy) {
    if (!this.policies.delete(before)) return
    for (const compiled of before.statements) (compiled.allow ? this.allow : this.deny).remove(compiled)
    if (this.policies.has(after)) return
    this.policies.add(after)
    this.#add(after)
  }

  #add({ statements }: CompiledPolicy) {
    for (const compiled of statements) (compiled.allow ? this.allow : this.deny).add(compiled)
  }
}

function groupsOf(policies: ApplicablePolicies): PolicyGroup[] {
  const { identity, boundary, session, resource, scps = [], rcps = [], vpce } = policies
  const groups: PolicyGroup[] = []
  for (const level of scps) groups.push({ type: 'scp', policies: level })
  for (const level of rcps) groups.push({ type: 'rcp', policies: level })
  if (vpce) groups.push({ type: 'vpce', policies: vpce })
  if (resource) groups.push({ type: 'resource', policies: [resource] })
  groups.push({ type: 'identity', policies: identity })
  if (boundary) groups.push({ type: 'boundary', policies: [boundary] })
  if (session) groups.push({ type: 'session', policies: session })
  return groups
}

/** Joins the policies that apply to a principal. Cheap: indexes are made when an action is first asked about. */
export const preparePlan = (policies: ApplicablePolicies): Plan => new Plan(policies)
