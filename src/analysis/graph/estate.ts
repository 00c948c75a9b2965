import { managedPolicy, managedPolicyDocument } from '../../catalogue/managed-policies.ts'
import {
  type ApplicablePolicies,
  type CompiledPolicy,
  compilePolicy,
  MalformedPolicyDocument,
  parsePolicy,
  type Plan,
  type PolicyDocument,
  type PolicyKind,
  type PolicyPrincipal,
  type PolicySource,
  preparePlan,
  type RequestContext,
} from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { rcpServices } from '../../catalogue/facts/authorization-facts.ts'
import type { NodeList } from './links.ts'
import type { Gap, InlinePolicy, Snapshot, SnapshotGroup, SnapshotRole, SnapshotUser } from './snapshot.ts'

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

const everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
const nothing = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'

/** A snapshot that questions can be asked of: policies compiled once, when they are first needed, and kept. */
export class Estate {
  readonly snapshot: Snapshot
  /** By ARN: users, roles and root users. */
  readonly members: ReadonlyMap<string, Member>
  readonly groups: ReadonlyMap<string, Group>
  readonly accounts: ReadonlySet<string>
  readonly #documents = new Map<string, PolicyDocument | null>()
  readonly #managed = new Map<string, CompiledPolicy | undefined>()
  readonly #managedTexts: ReadonlyMap<string, string>
  readonly #limits = new Map<string, Pick<ApplicablePolicies, 'scps' | 'rcps'>>()
  readonly #plans = new Map<Member, Plan>()
  readonly #tellingFacts = new WeakMap<NodeList, ReadonlyMap<string, string>>()
  readonly #gaps: Gap[]
  readonly #gapsOf: ReadonlyMap<string, readonly Gap[]>
  readonly #resourcePolicies: ReadonlyMap<string, string>
  readonly #compiledResourcePolicies = new Map<string, CompiledPolicy>()
  readonly #rcpServices = new Set(rcpServices())

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot
    this.#gaps = [...snapshot.gaps]
    this.#gapsOf = gapsByName(snapshot.gaps)
    this.#managedTexts = new Map(
      snapshot.managedPolicies.flatMap(({ arn, defaultVersion, versions }) => {
        const text = versions[defaultVersion]
        return text ? [[arn, text] as const] : []
      }),
    )
    this.#resourcePolicies = new Map(snapshot.resourcePolicies.map(({ resource, document }) => [resource, document]))
    const groups = snapshot.groups.map(source => new EstateGroup(this, source))
    this.groups = new Map(groups.map(group => [group.arn, group]))
    const byName = new Map(groups.map(group => [`${group.account}/${group.name}`, group]))
    const members: Member[] = [
      ...snapshot.users.map(source => new EstateMember(this, source, 'user', byName)),
      ...snapshot.roles.map(source => new EstateMember(this, source, 'role', byName)),
    ]
    this.accounts = new Set([...members.map(({ account }) => account), ...Object.keys(snapshot.organization?.parents ?? {})])
    for (const account of this.accounts) members.push(rootOf(account, this.placeOf(account)))
    this.members = new Map(members.map(member => [member.arn, member]))
  }

  /** A policy of a holder; one that cannot be read denies everything, and its answers say that it is missing. */
  compile(text: string, kind: PolicyKind, source: PolicySource, holder: string): CompiledPolicy {
    const document = this.#parse(text, kind)
    if (document) return compilePolicy(document, source)
    this.#gaps.push({ what: `a policy that can be read: ${source.id} of ${holder} cannot`, about: [holder] })
    return compilePolicy(this.#parse(nothing, kind) as PolicyDocument, source)
  }

  #parse(text: string, kind: PolicyKind): PolicyDocument | null {
    const key = `${kind}\n${text}`
    const known = this.#documents.get(key)
    if (known !== undefined) return known
    let document: PolicyDocument | null = null
    try {
      document = parsePolicy(text, kind)
    } catch (problem) {
      if (!(problem instanceof MalformedPolicyDocument)) throw problem
    }
    this.#documents.set(key, document)
    return document
  }

  /** The default version of a managed policy; undefined when its text was not read. */
  managed(arn: string, kind: 'identity' | 'boundary'): CompiledPolicy | undefined {
    const key = `${kind} ${arn}`
    if (this.#managed.has(key)) return this.#managed.get(key)
    const fromAws = managedPolicy(arn)
    const text = this.#managedTexts.get(arn) ?? (fromAws ? managedPolicyDocument(fromAws) : undefined)
    const type = arn.includes(':iam::aws:') ? 'AWS managed' : 'user managed'
    const policy = text === undefined ? undefined : this.compile(text, kind, { id: arn, arn, type }, arn)
    this.#managed.set(key, policy)
    return policy
  }

  /** The policies that a holder holds itself. */
  held(inline: readonly InlinePolicy[], attached: readonly string[], type: 'user' | 'group' | 'role', holder: string): CompiledPolicy[] {
    const own = inline.map(({ name, document }) => this.compile(document, 'identity', { id: name, type }, holder))
    return [...own, ...attached.map(arn => this.managed(arn, 'identity')).filter(policy => policy !== undefined)]
  }

  /** A boundary whose policy was not read allows nothing: to leave it out would widen what it limits. */
  boundary(arn: string, holder: string): CompiledPolicy {
    return this.managed(arn, 'boundary') ?? this.compile(nothing, 'boundary', { id: arn, arn, type: 'boundary' }, holder)
  }

  /** What a member's policies decide: of services with RCPs, those of its own account with them. */
  planOf(member: Member): Plan {
    const known = this.#plans.get(member)
    if (known) return known
    const { scps } = this.limitsOf(member.account)
    const plan = preparePlan({ identity: member.identity, ...(member.boundary && { boundary: member.boundary }), ...(scps && { scps }) })
    this.#plans.set(member, plan)
    return plan
  }

  /** The organization's policies that limit an account. Organizations User Guide, "SCP evaluation" and "RCP evaluation". */
  limitsOf(account: string): Pick<ApplicablePolicies, 'scps' | 'rcps'> {
    const known = this.#limits.get(account)
    if (known) return known
    const limits = this.#readLimits(account)
    this.#limits.set(account, limits)
    return limits
  }

  #readLimits(account: string): Pick<ApplicablePolicies, 'scps' | 'rcps'> {
    const { organization } = this.snapshot
    if (!organization || account === organization.managementAccount) return {}
    const targets = [...(organization.parents[account] ?? []), account]
    const levels = (type: 'scp' | 'rcp') =>
      targets.map(target => {
        const ids = organization.attachments.filter(({ targetId }) => targetId === target).map(({ policyId }) => policyId)
        const own = organization.policies.filter(policy => policy.type === type && ids.includes(policy.id))
        const aws = ids.filter(
          id => id === (type === 'scp' ? 'p-FullAWSAccess' : 'p-RCPFullAWSAccess') && !own.some(policy => policy.id === id),
        )
        return [
          ...own.map(({ arn, document }) => this.compile(document, type, { id: arn, arn, type }, account)),
          ...aws.map(id => this.compile(type === 'scp' ? everything : everyone, type, { id, type }, account)),
        ]
      })
    // A type without any attachment is not enabled.
    const [scps, rcps] = [levels('scp'), levels('rcp')]
    return {
      ...(scps.some(level => level.length > 0) && { scps }),
      ...(rcps.some(level => level.length > 0) && { rcps }),
    }
  }

  /** The RCPs that limit an action on a resource of an account. */
  rcpsFor(action: string, account: string): ApplicablePolicies['rcps'] {
    const service = action.slice(0, action.indexOf(':')).toLowerCase()
    return this.#rcpServices.has(service) ? this.limitsOf(account).rcps : undefined
  }

  /** `aws:PrincipalOrgID` and the like. IAM User Guide, "AWS global condition context keys". */
  placeOf(account: string): RequestContext {
    const { organization } = this.snapshot
    const chain = organization?.parents[account]
    if (!organization || !chain) return {}
    return { 'aws:PrincipalOrgID': organization.id, 'aws:PrincipalOrgPaths': [`${[organization.id, ...chain].join('/')}/`] }
  }

  /** A resource's own policy: an object's is its bucket's. */
  resourcePolicyOf(resource: string): CompiledPolicy | undefined {
    const owner = holderOf(resource)
    const known = this.#compiledResourcePolicies.get(owner)
    const text = this.#resourcePolicies.get(owner)
    if (known || text === undefined) return known
    const made = this.compile(text, 'resource', { id: `policy of ${owner}`, type: 'resource' }, owner)
    this.#compiledResourcePolicies.set(owner, made)
    return made
  }

  /** Of some resources those with facts that policies can ask for, as text: users and roles with tags or a boundary. */
  tellingFacts(resources: NodeList): ReadonlyMap<string, string> {
    const known = this.#tellingFacts.get(resources)
    if (known) return known
    const made = new Map<string, string>()
    for (const id of resources.ids) {
      const source = this.members.get(id)?.source
      if (source && 'tags' in source && (source.boundary !== undefined || Object.keys(source.tags).length > 0))
        made.set(id, JSON.stringify([source.tags, source.boundary]))
    }
    this.#tellingFacts.set(resources, made)
    return made
  }

  /** What is missing that answers about some names depend on; names are ARNs and account ids. */
  gapsOf(...names: readonly string[]): Gap[] {
    const found = new Set(['*', ...names].flatMap(name => this.#gapsOf.get(name) ?? []))
    const later = this.#gaps.slice(this.snapshot.gaps.length).filter(({ about }) => about.some(name => names.includes(name)))
    return [...found, ...later]
  }

  get gaps(): readonly Gap[] {
    return this.#gaps
  }
}

/** The ARN of what has the policy that counts for a resource: the bucket of an object, else the resource itself. */
export function holderOf(resource: string): string {
  const arn = parseArn(resource)
  return arn?.service === 's3' ? `arn:${arn.partition}:s3:::${arn.resource.split('/')[0]}` : resource
}

const everyone = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}'

function gapsByName(gaps: readonly Gap[]): Map<string, Gap[]> {
  const byName = new Map<string, Gap[]>()
  for (const gap of gaps) {
    for (const name of gap.about) {
      const list = byName.get(name) ?? []
      byName.set(name, list)
      list.push(gap)
    }
  }
  return byName
}

class EstateGroup implements Group {
  readonly arn: string
  readonly name: string
  readonly account: string
  readonly source: SnapshotGroup
  readonly #estate: Estate
  #policies: readonly CompiledPolicy[] | undefined

  constructor(estate: Estate, source: SnapshotGroup) {
    this.#estate = estate
    this.source = source
    this.arn = source.arn
    this.name = source.name
    this.account = parseArn(source.arn)?.account ?? ''
  }

  get policies(): readonly CompiledPolicy[] {
    const { inline, attached } = this.source
    this.#policies ??= this.#estate.held(inline, attached, 'group', this.arn)
    return this.#policies
  }
}

class EstateMember implements Member {
  readonly arn: string
  readonly kind: 'user' | 'role'
  readonly account: string
  readonly name: string
  readonly principal: PolicyPrincipal
  readonly facts: RequestContext
  readonly groups: readonly Group[]
  readonly source: SnapshotUser | SnapshotRole
  readonly #estate: Estate
  #identity: readonly CompiledPolicy[] | undefined
  #boundary: CompiledPolicy | undefined
  #trust: CompiledPolicy | undefined

  constructor(estate: Estate, source: SnapshotUser | SnapshotRole, kind: 'user' | 'role', groups: ReadonlyMap<string, Group>) {
    this.#estate = estate
    this.source = source
    this.arn = source.arn
    this.kind = kind
    this.name = source.name
    this.account = parseArn(source.arn)?.account ?? ''
    this.principal = principalOf(source, kind, this.account)
    const tags = Object.entries(source.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value] as const)
    this.facts = { ...Object.fromEntries(tags), ...estate.placeOf(this.account) }
    this.groups = 'groups' in source ? source.groups.flatMap(name => groups.get(`${this.account}/${name}`) ?? []) : []
  }

  get identity(): readonly CompiledPolicy[] {
    const { inline, attached } = this.source
    this.#identity ??= [...this.#estate.held(inline, attached, this.kind, this.arn), ...this.groups.flatMap(group => group.policies)]
    return this.#identity
  }

  get boundary(): CompiledPolicy | undefined {
    if (this.source.boundary !== undefined) this.#boundary ??= this.#estate.boundary(this.source.boundary, this.arn)
    return this.#boundary
  }

  get trust(): CompiledPolicy | undefined {
    if (!('trust' in this.source) || this.source.trust === '') return undefined
    this.#trust ??= this.#estate.compile(this.source.trust, 'trust', { id: `trust policy of ${this.name}`, type: 'trust' }, this.arn)
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

function rootOf(account: string, facts: RequestContext): Member {
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
