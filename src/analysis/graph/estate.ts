import { type CompiledPolicy, type Plan, preparePlan } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { HeldPolicies } from './held-policies.ts'
import type { NodeList } from './links.ts'
import { EstateGroup, EstateMember, type Group, type Member, rootOf } from './members.ts'
import { OrganizationLimits } from './organization-limits.ts'
import type { Gap, Snapshot } from './snapshot.ts'

/** A snapshot that questions can be asked of. */
export class Estate {
  readonly snapshot: Snapshot
  /** By ARN: users, roles and root users. */
  readonly members: ReadonlyMap<string, Member>
  readonly groups: ReadonlyMap<string, Group>
  readonly accounts: ReadonlySet<string>
  readonly policies: HeldPolicies
  readonly organization: OrganizationLimits
  readonly #plans = new Map<Member, Plan>()
  readonly #tellingFacts = new WeakMap<NodeList, ReadonlyMap<string, string>>()
  readonly #gapsOf: ReadonlyMap<string, readonly Gap[]>
  readonly #resourcePolicies: ReadonlyMap<string, string>
  readonly #compiledResourcePolicies = new Map<string, CompiledPolicy>()

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot
    this.#gapsOf = gapsByName(snapshot.gaps)
    this.policies = new HeldPolicies(snapshot.managedPolicies)
    this.organization = new OrganizationLimits(snapshot.organization, this.policies)
    this.#resourcePolicies = new Map(snapshot.resourcePolicies.map(({ resource, document }) => [resource, document]))
    const groups = snapshot.groups.map(source => new EstateGroup(this.policies, source))
    this.groups = new Map(groups.map(group => [group.arn, group]))
    const byName = new Map(groups.map(group => [`${group.account}/${group.name}`, group]))
    const member = (source: EstateMember['source'], kind: 'user' | 'role') =>
      new EstateMember(this.policies, this.organization.placeOf, source, kind, byName)
    const members: Member[] = [
      ...snapshot.users.map(source => member(source, 'user')),
      ...snapshot.roles.map(source => member(source, 'role')),
    ]
    this.accounts = new Set([...members.map(({ account }) => account), ...Object.keys(snapshot.organization?.parents ?? {})])
    for (const account of this.accounts) members.push(rootOf(account, this.organization.placeOf(account)))
    this.members = new Map(members.map(member => [member.arn, member]))
  }

  /** What a member's policies decide: of services with RCPs, those of its own account with them. */
  planOf(member: Member): Plan {
    const known = this.#plans.get(member)
    if (known) return known
    const { scps } = this.organization.limitsOf(member.account)
    const plan = preparePlan({ identity: member.identity, ...(member.boundary && { boundary: member.boundary }), ...(scps && { scps }) })
    this.#plans.set(member, plan)
    return plan
  }

  /** A resource's own policy: an object's is its bucket's. */
  resourcePolicyOf(resource: string): CompiledPolicy | undefined {
    const owner = holderOf(resource)
    const known = this.#compiledResourcePolicies.get(owner)
    const text = this.#resourcePolicies.get(owner)
    if (known || text === undefined) return known
    const made = this.policies.compile(text, 'resource', { id: `policy of ${owner}`, type: 'resource' }, owner)
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
    const later = this.policies.gaps.filter(({ about }) => about.some(name => names.includes(name)))
    return [...found, ...later, ...[...new Set(names.map(holderOf))].flatMap(name => this.#missingPolicy(name))]
  }

  /** The policy of a resource that may have one, when nobody read what those of its service have. */
  #missingPolicy(resource: string): Gap[] {
    const { service = '' } = parseArn(resource) ?? {}
    const command = policyCommands[service]
    const { chosenResourcePolicies, resourcePoliciesReadOf } = this.snapshot
    const isRead = !chosenResourcePolicies && (resourcePoliciesReadOf?.includes(service) ?? true)
    if (isRead || command === undefined || this.#resourcePolicies.has(resource)) return []
    return [{ what: `the policy of ${resource}, if it has one (${command})`, about: [resource] }]
  }

  get gaps(): readonly Gap[] {
    return [...this.snapshot.gaps, ...this.policies.gaps]
  }
}

/** The commands that read the policies of a service's resources. */
const policyCommands: Readonly<Record<string, string>> = {
  ecr: 'aws ecr get-repository-policy',
  elasticfilesystem: 'aws efs describe-file-system-policy',
  kms: 'aws kms get-key-policy',
  lambda: 'aws lambda get-policy',
  s3: 'aws s3api get-bucket-policy',
  secretsmanager: 'aws secretsmanager get-resource-policy',
  sns: 'aws sns get-topic-attributes',
  sqs: 'aws sqs get-queue-attributes',
}

/** The ARN of what has the policy that counts for a resource: the bucket of an object, else the resource itself. */
export function holderOf(resource: string): string {
  const arn = parseArn(resource)
  return arn?.service === 's3' ? `arn:${arn.partition}:s3:::${arn.resource.split('/')[0]}` : resource
}

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
