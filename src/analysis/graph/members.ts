import type { CompiledPolicy, PolicyPrincipal, RequestContext } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { HeldPolicies } from './held-policies.ts'
import type { SnapshotGroup, SnapshotRole, SnapshotUser } from './snapshot.ts'

/** A user, a role or an account's root user, with all that decides for it; a group as whoever is in it. */
export interface Member {
  readonly arn: string
  readonly kind: 'user' | 'role' | 'root' | 'group'
  readonly account: string
  readonly name: string
  /** Who it is to policies; a role as a session of it. */
  readonly principal: PolicyPrincipal
  /** Its own tags and its organization, as condition keys. */
  readonly facts: RequestContext
  readonly groups: readonly Group[]
  readonly boundary: CompiledPolicy | undefined
  /** Its own policies and its groups'. */
  readonly identity: readonly CompiledPolicy[]
  readonly source: SnapshotUser | SnapshotRole | undefined
  /** A role's trust policy. */
  readonly trust: CompiledPolicy | undefined
}

export interface Group {
  readonly arn: string
  readonly name: string
  readonly account: string
  readonly policies: readonly CompiledPolicy[]
  readonly source: SnapshotGroup
}

/** A group of a snapshot; its policies are compiled when they are first needed. */
export class EstateGroup implements Group {
  readonly arn: string
  readonly name: string
  readonly account: string
  readonly source: SnapshotGroup
  readonly #held: HeldPolicies
  #policies: readonly CompiledPolicy[] | undefined

  constructor(held: HeldPolicies, source: SnapshotGroup) {
    this.#held = held
    this.source = source
    this.arn = source.arn
    this.name = source.name
    this.account = parseArn(source.arn)?.account ?? ''
  }

  get policies(): readonly CompiledPolicy[] {
    const { inline, attached } = this.source
    this.#policies ??= this.#held.held(inline, attached, 'group', this.arn)
    return this.#policies
  }
}

/** A user or role of a snapshot; its policies are compiled when they are first needed. */
export class EstateMember implements Member {
  readonly arn: string
  readonly kind: 'user' | 'role'
  readonly account: string
  readonly name: string
  readonly principal: PolicyPrincipal
  readonly facts: RequestContext
  readonly groups: readonly Group[]
  readonly source: SnapshotUser | SnapshotRole
  readonly #held: HeldPolicies
  #identity: readonly CompiledPolicy[] | undefined
  #boundary: CompiledPolicy | undefined
  #trust: CompiledPolicy | undefined

  /**
   * @param place   where an account is in its organization, as condition keys
   * @param groups  by account and name
   */
  constructor(
    held: HeldPolicies,
    place: (account: string) => RequestContext,
    source: SnapshotUser | SnapshotRole,
    kind: 'user' | 'role',
    groups: ReadonlyMap<string, Group>,
  ) {
    this.#held = held
    this.source = source
    this.arn = source.arn
    this.kind = kind
    this.name = source.name
    this.account = parseArn(source.arn)?.account ?? ''
    this.principal = principalOf(source, kind, this.account)
    const tags = Object.entries(source.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value] as const)
    this.facts = { ...Object.fromEntries(tags), ...place(this.account) }
    this.groups = 'groups' in source ? source.groups.flatMap(name => groups.get(`${this.account}/${name}`) ?? []) : []
  }

  get identity(): readonly CompiledPolicy[] {
    const { inline, attached } = this.source
    this.#identity ??= [...this.#held.held(inline, attached, this.kind, this.arn), ...this.groups.flatMap(group => group.policies)]
    return this.#identity
  }

  get boundary(): CompiledPolicy | undefined {
    if (this.source.boundary !== undefined) this.#boundary ??= this.#held.boundary(this.source.boundary, this.arn)
    return this.#boundary
  }

  get trust(): CompiledPolicy | undefined {
    if (!('trust' in this.source) || this.source.trust === '') return undefined
    this.#trust ??= this.#held.compile(this.source.trust, 'trust', { id: `trust policy of ${this.name}`, type: 'trust' }, this.arn)
    return this.#trust
  }
}

function principalOf({ arn, id, name }: SnapshotUser | SnapshotRole, kind: 'user' | 'role', account: string): PolicyPrincipal {
  if (kind === 'user') return { type: 'user', account, arn, userId: id, userName: name }
  return {
    type: 'roleSession',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/session`,
    roleArn: arn,
    roleId: id,
    sessionName: 'session',
    serviceLinked: arn.includes(':role/aws-service-role/'),
  }
}

/** The root user of an account. */
export function rootOf(account: string, facts: RequestContext): Member {
  const arn = `arn:aws:iam::${account}:root`
  return {
    arn,
    kind: 'root',
    account,
    name: 'root',
    principal: { type: 'root', account, arn },
    facts,
    groups: [],
    boundary: undefined,
    identity: [],
    source: undefined,
    trust: undefined,
  }
}
