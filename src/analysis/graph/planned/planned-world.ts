import type { AccessGrant } from '../../../cluster-access/access-policy-grants.ts'
import { parseArn } from '../../../types/arn.ts'
import type {
  Gap,
  Snapshot,
  SnapshotAccessEntry,
  SnapshotCluster,
  SnapshotGroup,
  SnapshotOrganization,
  SnapshotPolicy,
  SnapshotRole,
  SnapshotUser,
} from '../snapshot.ts'

export type HolderKind = 'user' | 'group' | 'role'

/** A user, group or role by its name. */
export interface Holder {
  readonly kind: HolderKind
  readonly name: string
}

/** What a plan says of a user, a group or a role itself. */
export interface PlannedPrincipal extends Holder {
  readonly path: string
  readonly trust?: string
  readonly boundary?: string | undefined
  readonly tags?: { readonly [key: string]: string }
}

type AnyHolder = SnapshotUser | SnapshotGroup | SnapshotRole

/** Something that a plan builds on is not there. */
export class NotThere extends Error {
  override readonly name = 'NotThere'
  /** Whose answers differ with it. */
  readonly about: readonly string[]
  constructor(what: string, about: readonly string[]) {
    super(what)
    this.about = about
  }
}

/** A snapshot while a plan is carried out on it: one account's part of it changes, by the names that plans know. */
export class PlannedWorld {
  readonly account: string
  readonly #before: Snapshot
  readonly #holders = new Map<string, AnyHolder>()
  readonly #policies: Map<string, SnapshotPolicy>
  readonly #resourcePolicies: Map<string, string>
  readonly #clusters: Map<string, SnapshotCluster>
  readonly #gaps: Gap[]
  #organization: SnapshotOrganization | undefined

  /** @param account  whose names the plan means */
  constructor(snapshot: Snapshot, account: string) {
    this.account = account
    this.#before = snapshot
    const { users, groups, roles } = snapshot
    for (const [kind, list] of [['user', users] as const, ['group', groups] as const, ['role', roles] as const])
      for (const each of list) if (this.#isOurs(each.arn)) this.#holders.set(keyOf({ kind, name: each.name }), each)
    this.#policies = new Map(snapshot.managedPolicies.map(policy => [policy.arn, policy]))
    this.#resourcePolicies = new Map(snapshot.resourcePolicies.map(({ resource, document }) => [resource, document]))
    this.#clusters = new Map(snapshot.clusters.filter(({ arn }) => this.#isOurs(arn)).map(cluster => [cluster.name, cluster]))
    this.#organization = snapshot.organization
    this.#gaps = [...snapshot.gaps]
  }

  readonly #isOurs = (arn: string): boolean => parseArn(arn)?.account === this.account

  iamArn(kind: string, path: string, name: string): string {
    return `arn:aws:iam::${this.account}:${kind}${path}${name}`
  }

  gap(what: string, about: readonly string[]): void {
    this.#gaps.push({ what, about: about.length > 0 ? about : ['*'] })
  }

  arnOf(holder: Holder): string {
    return this.#holders.get(keyOf(holder))?.arn ?? this.iamArn(holder.kind, '/', holder.name)
  }

  /** Makes a principal, or changes what a plan says of it: what hangs on it stays. */
  principal({ kind, name, path, trust = '', boundary, tags = {} }: PlannedPrincipal): void {
    const key = keyOf({ kind, name })
    const known = this.#holders.get(key)
    const arn = this.iamArn(kind, path, name)
    const base = { inline: [], attached: [], ...known, arn, name }
    if (kind === 'group') return void this.#holders.set(key, base)
    const id = known && 'id' in known ? known.id : `${kind === 'user' ? 'AIDA' : 'AROA'}PLANNED${name}`
    const { boundary: _, ...rest } = base as SnapshotUser
    const principal = { ...rest, id, tags, ...(boundary !== undefined && { boundary }) }
    this.#holders.set(
      key,
      kind === 'user'
        ? { ...principal, groups: known && 'groups' in known ? known.groups : [] }
        : { ...principal, trust, instanceProfiles: known && 'instanceProfiles' in known ? known.instanceProfiles : [] },
    )
  }

  /** ARNs of those that a managed policy is attached to. */
  holdersOf(policyArn: string): string[] {
    return [...this.#holders.values()].filter(({ attached }) => attached.includes(policyArn)).map(({ arn }) => arn)
  }

  removePrincipal(holder: Holder): void {
    this.#holders.delete(keyOf(holder))
  }

  #change(holder: Holder, change: <T extends AnyHolder>(known: T) => T): void {
    const known = this.#holders.get(keyOf(holder))
    if (!known) throw new NotThere(`the ${holder.kind} ${holder.name}, which is not there`, [this.arnOf(holder)])
    this.#holders.set(keyOf(holder), change(known))
  }

  /** Writes an inline policy; without a document it deletes it. */
  inline(holder: Holder, name: string, document: string | undefined): void {
    this.#change(holder, known => ({
      ...known,
      inline: [...known.inline.filter(each => each.name !== name), ...(document === undefined ? [] : [{ name, document }])],
    }))
  }

  attach(holder: Holder, arn: string): void {
    this.#change(holder, known => ({ ...known, attached: [...known.attached.filter(each => each !== arn), arn] }))
  }

  detach(holder: Holder, arn: string): void {
    if (this.#holders.has(keyOf(holder)))
      this.#change(holder, known => ({ ...known, attached: known.attached.filter(each => each !== arn) }))
  }

  /** Attaches these and no others. */
  attachOnly(holder: Holder, arns: readonly string[]): void {
    this.#change(holder, known => ({ ...known, attached: [...arns] }))
  }

  /** Keeps the inline policies of these names alone. */
  keepInline(holder: Holder, names: readonly string[]): void {
    this.#change(holder, known => ({ ...known, inline: known.inline.filter(({ name }) => names.includes(name)) }))
  }

  /** Attaches a policy to these principals and to no others. */
  attachedOnlyTo(arn: string, holders: readonly Holder[]): void {
    for (const [key, known] of this.#holders)
      if (known.attached.includes(arn)) this.#holders.set(key, { ...known, attached: known.attached.filter(each => each !== arn) })
    for (const holder of holders) this.attach(holder, arn)
  }

  member(group: string, user: string, isMember: boolean): void {
    this.#change({ kind: 'user', name: user }, known =>
      'groups' in known ? { ...known, groups: [...known.groups.filter(each => each !== group), ...(isMember ? [group] : [])] } : known,
    )
  }

  /** These users are in a group, and no others. */
  onlyMembers(group: string, users: readonly string[]): void {
    for (const known of this.#holders.values()) if ('groups' in known && known.groups.includes(group)) this.member(group, known.name, false)
    for (const user of users) this.member(group, user, true)
  }

  instanceProfile(arn: string, role: string, holds: boolean): void {
    this.#change({ kind: 'role', name: role }, known =>
      'instanceProfiles' in known
        ? { ...known, instanceProfiles: [...known.instanceProfiles.filter(each => each !== arn), ...(holds ? [arn] : [])] }
        : known,
    )
  }

  /** Writes the default version of a managed policy; without a document it deletes the policy. */
  managedPolicy(arn: string, document: string | undefined): void {
    const defaultVersion = this.#policies.get(arn)?.defaultVersion ?? 'v1'
    if (document === undefined) this.#policies.delete(arn)
    else this.#policies.set(arn, { arn, defaultVersion, versions: { ...this.#policies.get(arn)?.versions, [defaultVersion]: document } })
  }

  resourcePolicy(resource: string, document: string | undefined): void {
    if (document === undefined) this.#resourcePolicies.delete(resource)
    else this.#resourcePolicies.set(resource, document)
  }

  #changeOrganization(change: (organization: SnapshotOrganization) => Partial<SnapshotOrganization>): void {
    if (!this.#organization) throw new NotThere('the organization, which is not there', ['*'])
    this.#organization = { ...this.#organization, ...change(this.#organization) }
  }

  organizationPolicy(policy: SnapshotOrganization['policies'][number]): void {
    this.#changeOrganization(({ policies }) => ({ policies: [...policies.filter(({ id }) => id !== policy.id), policy] }))
  }

  removeOrganizationPolicy(policyId: string): void {
    this.#changeOrganization(({ policies, attachments }) => ({
      policies: policies.filter(({ id }) => id !== policyId),
      attachments: attachments.filter(each => each.policyId !== policyId),
    }))
  }

  organizationAttachment(policyId: string, targetId: string, isAttached: boolean): void {
    this.#changeOrganization(({ attachments }) => ({
      attachments: [
        ...attachments.filter(each => each.policyId !== policyId || each.targetId !== targetId),
        ...(isAttached ? [{ policyId, targetId }] : []),
      ],
    }))
  }

  cluster(name: string, change: (cluster: SnapshotCluster) => SnapshotCluster): void {
    const known = this.#clusters.get(name)
    if (!known) throw new NotThere(`the cluster ${name}, which is not there`, [name])
    this.#clusters.set(name, change(known))
  }

  /** Makes a cluster, or changes its authentication mode. */
  addCluster(cluster: SnapshotCluster): void {
    const known = this.#clusters.get(cluster.name)
    if (!known) this.gap(`what is in the cluster ${cluster.name}, and who its creator is: it is not made yet`, [cluster.name])
    this.#clusters.set(cluster.name, { ...cluster, ...known, authenticationMode: cluster.authenticationMode })
  }

  nodeRole(cluster: string, arn: string): void {
    this.cluster(cluster, known => ({ ...known, nodeRoles: [...new Set([...known.nodeRoles, arn])] }))
  }

  removeCluster(name: string): void {
    this.#clusters.delete(name)
  }

  /** Makes an access entry, or changes it: its access policies stay. */
  accessEntry(cluster: string, entry: Omit<SnapshotAccessEntry, 'policies'>): void {
    this.cluster(cluster, known => {
      const { policies = [] } = known.accessEntries.find(each => each.principalArn === entry.principalArn) ?? {}
      return { ...known, accessEntries: [...withoutEntry(known, entry.principalArn), { ...entry, policies }] }
    })
  }

  removeAccessEntry(cluster: string, principalArn: string): void {
    if (this.#clusters.has(cluster)) this.cluster(cluster, known => ({ ...known, accessEntries: withoutEntry(known, principalArn) }))
  }

  /** Associates an access policy with an entry; without a grant it takes the policy away. */
  accessPolicy(cluster: string, principalArn: string, policyArn: string, grant: AccessGrant | undefined): void {
    this.cluster(cluster, known => {
      const entry = known.accessEntries.find(each => each.principalArn === principalArn)
      if (!entry)
        throw new NotThere(`the access entry of ${principalArn} in cluster ${cluster}, which is not there`, [cluster, principalArn])
      const policies = [...entry.policies.filter(each => each.policyArn !== policyArn), ...(grant ? [grant] : [])]
      return { ...known, accessEntries: [...withoutEntry(known, principalArn), { ...entry, policies }] }
    })
  }

  /** Gives a service account a role by EKS Pod Identity; without a role it takes the role away. */
  podIdentity(cluster: string, namespace: string, serviceAccount: string, roleArn: string | undefined): void {
    this.cluster(cluster, known => ({
      ...known,
      associations: [
        ...known.associations.filter(each => each.namespace !== namespace || each.serviceAccount !== serviceAccount),
        ...(roleArn === undefined ? [] : [{ namespace, serviceAccount, roleArn }]),
      ],
    }))
  }

  /** The world as the plan leaves it. */
  result(): Snapshot {
    const others = <T extends { readonly arn: string }>(list: readonly T[]): T[] => list.filter(({ arn }) => !this.#isOurs(arn))
    const ours = <T extends AnyHolder>(kind: HolderKind): T[] =>
      [...this.#holders].flatMap(([key, holder]) => (key.startsWith(`${kind}/`) ? [holder as T] : []))
    return {
      ...this.#before,
      users: [...others(this.#before.users), ...ours<SnapshotUser>('user')],
      groups: [...others(this.#before.groups), ...ours<SnapshotGroup>('group')],
      roles: [...others(this.#before.roles), ...ours<SnapshotRole>('role')],
      managedPolicies: [...this.#policies.values()],
      resourcePolicies: [...this.#resourcePolicies].map(([resource, document]) => ({ resource, document })),
      clusters: [...others(this.#before.clusters), ...this.#clusters.values()],
      ...(this.#organization && { organization: this.#organization }),
      gaps: this.#gaps,
    }
  }
}

/** Names of IAM differ by more than case. IAM User Guide, "IAM identifiers". */
const keyOf = ({ kind, name }: Holder): string => `${kind}/${name.toLowerCase()}`

const withoutEntry = ({ accessEntries }: SnapshotCluster, arn: string): readonly SnapshotAccessEntry[] =>
  accessEntries.filter(({ principalArn }) => principalArn !== arn)
