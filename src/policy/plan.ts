import { type ActionName, actionName } from './action.ts'
import { Candidates } from './candidates.ts'
import type { CompiledPolicy, CompiledStatement } from './compile.ts'

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
  readonly groups: readonly GroupCandidates[]
  /** The groups with Deny statements, in the order in which a denial names its policy type. */
  readonly denies: readonly GroupCandidates[]
  readonly identity: GroupCandidates
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

/**
 * The applicable policies of a principal, joined. Make one for a principal and set of policy versions, keep it, and decide with it as often as needed.
 */
export class Plan {
  readonly policies: ApplicablePolicies
  readonly groups: readonly PolicyGroup[]
  #actions = new Map<ActionName, ActionPlan>()

  constructor(policies: ApplicablePolicies) {
    this.policies = policies
    this.groups = groupsOf(policies)
  }

  /** What there is to know about an action, in any case. */
  forAction(raw: string): ActionPlan {
    const action = actionName(raw)
    return this.#actions.get(action) ?? this.#prepare(action)
  }

  #prepare(action: ActionName): ActionPlan {
    const groups = this.groups.map(group => candidatesOf(group, action))
    const of = (type: PolicyType) => groups.find(group => group.type === type)
    const plan: ActionPlan = {
      groups,
      denies: groups.filter(group => group.deny !== undefined),
      identity: of('identity') ?? { type: 'identity', allow: undefined, deny: undefined },
      resource: of('resource'),
      boundary: of('boundary'),
      session: of('session'),
      scps: groups.filter(group => group.type === 'scp'),
      rcps: groups.filter(group => group.type === 'rcp'),
      vpce: of('vpce'),
    }
    if (this.#actions.size >= maximumActions) this.#actions = new Map()
    this.#actions.set(action, plan)
    return plan
  }
}

function candidatesOf({ type, policies }: PolicyGroup, action: ActionName): GroupCandidates {
  const allows: CompiledStatement[] = []
  const denies: CompiledStatement[] = []
  for (const policy of policies) policy.index.collect(action, allows, denies)
  return { type, allow: allows.length ? new Candidates(allows) : undefined, deny: denies.length ? new Candidates(denies) : undefined }
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
