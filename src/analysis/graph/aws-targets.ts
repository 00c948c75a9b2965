import { parseArn } from '../../types/arn.ts'
import type { CompiledPolicy } from '../../policy/index.ts'
import { changed } from './administrators.ts'
import type { AwsEscalation, Over } from './escalations/aws-escalation.ts'
import type { Member } from './members.ts'
import type { Estate } from './estate.ts'
import { accountAdmin, clusterAdmin, listOf, type NodeList } from './links.ts'
import type { TrustIndex } from './trust-index.ts'

/** What a rule is tried on, and what each gives. */
export interface Targets {
  /** Resources of the calls. */
  readonly resources: NodeList
  /** The nodes that a resource leads to; the resource itself when absent. */
  gains?(resource: string): readonly string[]
}

/** A cluster as AWS's rules see it. */
export interface ClusterFacts {
  readonly arn: string
  readonly label: string
  /** ARNs of principals with an access entry. */
  readonly entries: ReadonlySet<string>
}

/** What is around a member, and what it would be with other rights. */
export interface Surroundings {
  readonly estate: Estate
  readonly trust: TrustIndex
  isChanged(member: Member): boolean
  /** The node of a member with other policies. */
  nodeOf(member: Member): string
  /** What a member gets that can give itself any policy: the account, unless a boundary or the organization is in the way. */
  withAnyPolicy(member: Member): string
  /** What whoever makes a user or role with any policy gets. */
  newPrincipal(account: string): readonly string[]
  assumable(member: Member): NodeList
  examplesOf(member: Member, action: string): readonly string[]
  /** Versions of a customer's policy other than the default one. */
  otherVersions(arn: string): readonly CompiledPolicy[]
  usersOf(account: string): NodeList
  rolesOf(account: string): NodeList
  groupsOf(account: string): NodeList
  instancesOf(account: string): NodeList
  rolesOfInstance(instanceArn: string): readonly string[]
  memberAccounts(account: string): readonly string[]
  clustersOf(account: string): readonly ClusterFacts[]
}

type TargetsOf = (ways: Surroundings, member: Member, rule: AwsEscalation) => Targets

const none: Targets = { resources: listOf([]) }

const itself =
  (kind: Member['kind']): TargetsOf =>
  (ways, member) =>
    member.kind === kind && member.source ? { resources: listOf([member.source.arn]), gains: () => [ways.withAnyPolicy(member)] } : none

/** Policies that a member, or a group of it, holds, with those that deny something. */
const denying =
  (kind: 'user' | 'role'): TargetsOf =>
  (ways, member, { needs }) => {
    if (member.kind !== kind || !member.source || ways.isChanged(member)) return none
    const own = ownPolicies(member, needs[0]?.action.includes(':Detach') === true).filter(denies)
    if (own.length === 0) return none
    const without = changed(member, { name: 'without what denies', identity: member.identity.filter(policy => !own.includes(policy)) })
    return { resources: listOf([member.arn]), gains: () => [ways.nodeOf(without)] }
  }

const denies = ({ document }: CompiledPolicy) => document.statements.some(({ effect }) => effect === 'Deny')

/** Managed policies when they would be detached, else inline ones; not those of groups. */
const ownPolicies = (member: Member, managed: boolean): readonly CompiledPolicy[] => {
  const ofGroups = new Set(member.groups.flatMap(({ policies }) => policies))
  return member.identity.filter(policy => !ofGroups.has(policy) && (policy.source.arn !== undefined) === managed)
}

const boundaryOf =
  (kind: 'user' | 'role'): TargetsOf =>
  (ways, member) => {
    if (member.kind !== kind || !member.boundary) return none
    const unlimited = changed(member, { name: 'without its permissions boundary', boundary: null })
    return { resources: listOf([member.arn]), gains: () => [ways.nodeOf(unlimited)] }
  }

const providerOf =
  (kind: 'oidc-provider' | 'saml-provider'): TargetsOf =>
  (ways, { account }) => ({
    resources: listOf(ways.trust.providersOf(account, kind)),
    gains: provider =>
      ways.trust
        .rolesOfProvider(provider)
        .filter(role => role.account === account)
        .map(({ arn }) => arn),
  })

const customerPolicies = ({ source, groups }: Member): string[] => {
  const attached = [...(source && 'attached' in source ? source.attached : []), ...groups.flatMap(group => group.source.attached)]
  return attached.filter(arn => !arn.includes(':iam::aws:'))
}

/** A name that nobody has. */
const madeUp = (kind: 'user' | 'role', { account }: Member) => `arn:aws:iam::${account}:${kind}/x`

const made =
  (kind: 'user' | 'role'): TargetsOf =>
  (ways, member, { needs }) => {
    const [first] = needs
    const resources = first ? ways.examplesOf(member, first.action) : []
    return {
      resources: listOf([...new Set([...resources, madeUp(kind, member)])]),
      gains: () => ways.newPrincipal(member.account),
    }
  }

/** What each rule is tried on. */
export const targetsOf: Readonly<Record<Over, TargetsOf>> = {
  'itself as user': itself('user'),
  'itself as role': itself('role'),
  'own group': (ways, member) =>
    member.groups.length === 0
      ? none
      : { resources: listOf(member.groups.map(({ arn }) => arn)), gains: () => [ways.withAnyPolicy(member)] },
  'other group': (ways, member) => (member.kind === 'user' ? { resources: ways.groupsOf(member.account) } : none),
  'own policy': (ways, member) => ({ resources: listOf(customerPolicies(member)), gains: () => [ways.withAnyPolicy(member)] }),
  'older version of own policy': (ways, member) =>
    ways.isChanged(member)
      ? none
      : {
          resources: listOf(customerPolicies(member)),
          gains: arn => ways.otherVersions(arn).map(policy => ways.nodeOf(withVersion(member, arn, policy))),
        },
  'denying policy of user': denying('user'),
  'denying policy of role': denying('role'),
  'denying policy of own group': (ways, member) => {
    const groups = ways.isChanged(member) ? [] : member.groups.filter(({ policies }) => policies.some(denies))
    const without = (arn: string) => {
      const policies = groups.find(group => group.arn === arn)?.policies ?? []
      return changed(member, { name: `without group ${arn}`, identity: member.identity.filter(policy => !policies.includes(policy)) })
    }
    return groups.length === 0 ? none : { resources: listOf(groups.map(({ arn }) => arn)), gains: arn => [ways.nodeOf(without(arn))] }
  },
  'own boundary of user': boundaryOf('user'),
  'own boundary of role': boundaryOf('role'),
  'other user': (ways, { account }) => ({ resources: ways.usersOf(account) }),
  'other role': (ways, { account }) => ({ resources: ways.rolesOf(account) }),
  'assumable role': (ways, member) => {
    const resources = ways.assumable(member)
    return { resources, gains: arn => [ways.withAnyPolicy(ways.estate.members.get(arn) as Member)] }
  },
  'new user': made('user'),
  'new user in group': (ways, { account }) => ({ resources: ways.groupsOf(account) }),
  'new role': made('role'),
  'passed role': (ways, { account }, { service = '' }) => ({ resources: ways.trust.trustingService(service, account) }),
  'role of a service': (ways, { account }, { service = '' }) => ({ resources: ways.trust.trustingService(service, account) }),
  'role of an OpenID Connect provider': providerOf('oidc-provider'),
  'role of a SAML provider': providerOf('saml-provider'),
  instance: (ways, { account }) => ({ resources: ways.instancesOf(account), gains: instance => ways.rolesOfInstance(instance) }),
  'identity center': (_, { account }) => ({ resources: listOf([accountAdmin(account)]) }),
  'member account': (ways, { account }) => ({
    resources: listOf(ways.memberAccounts(account).map(id => `arn:aws:iam::${id}:root`)),
    gains: arn => [accountAdmin(parseArn(arn)?.account ?? '')],
  }),
  cluster: (ways, { account }) => {
    const clusters = ways.clustersOf(account)
    return {
      resources: listOf(clusters.map(({ arn }) => arn)),
      gains: arn => clusters.filter(cluster => cluster.arn === arn).map(({ label }) => clusterAdmin(label)),
    }
  },
  'own access entry': (ways, member) => {
    const entries = ways.clustersOf(member.account).filter(({ entries }) => entries.has(member.arn))
    const arnOf = new Map(entries.map(({ arn, label }) => [entryArn(arn, member), label]))
    return { resources: listOf([...arnOf.keys()]), gains: arn => [clusterAdmin(arnOf.get(arn) ?? '')] }
  },
}

const withVersion = (member: Member, arn: string, policy: CompiledPolicy): Member =>
  changed(member, {
    name: `with ${policy.source.id}`,
    identity: member.identity.map(held => (held.source.arn === arn ? policy : held)),
  })

/** Service Authorization Reference, "Resource types defined by Amazon Elastic Kubernetes Service", access-entry; the last part is known to EKS alone. */
function entryArn(clusterArn: string, { kind, account, name }: Member): string {
  const { region = '', account: owner = '', resource = '' } = parseArn(clusterArn) ?? {}
  return `arn:aws:eks:${region}:${owner}:access-entry/${resource.slice('cluster/'.length)}/${kind}/${account}/${name}/x`
}
