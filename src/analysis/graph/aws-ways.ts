import { type CompiledPolicy } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { everything } from '../witness.ts'
import { ActionSets, includes } from './action-sets.ts'
import { administers, probes, withAnyPolicy } from './administrators.ts'
import { justificationOf } from './answers.ts'
import { AssumeLinks } from './assume-links.ts'
import { awsEscalations } from './escalations/aws-escalations.ts'
import type { AwsEscalation } from './escalations/aws-escalation.ts'
import { type ClusterFacts, type Surroundings, targetsOf } from './aws-targets.ts'
import type { Estate } from './estate.ts'
import type { Member } from './members.ts'
import { Holder } from './holder.ts'
import { accountAdmin, type Link, listOf, type NodeList, type Reason } from './links.ts'
import { exampleResources } from './resource-examples.ts'
import { TrustIndex } from './trust-index.ts'

/** The ways from principals of AWS to more rights. */
export class AwsWays implements Surroundings {
  readonly estate: Estate
  readonly trust: TrustIndex
  readonly #clusters: readonly ClusterFacts[]
  readonly #assume: AssumeLinks
  readonly #sets: ActionSets
  readonly #needs: ReadonlyMap<AwsEscalation, Uint32Array>
  readonly #assumeSet: Uint32Array
  readonly #probeSet: Uint32Array
  /** Principals as they would be with other policies, and groups, by the names of their nodes. */
  readonly #others = new Map<string, Member>()
  readonly #withAnyPolicy = new Map<string, string>()
  readonly #newPrincipals = new Map<string, readonly string[]>()
  readonly #lists = new Map<string, NodeList>()
  #last: Holder | undefined

  constructor(estate: Estate, clusters: readonly ClusterFacts[]) {
    this.estate = estate
    this.trust = new TrustIndex(estate)
    this.#clusters = clusters
    this.#assume = new AssumeLinks(estate, this.trust)
    this.#sets = new ActionSets([...awsEscalations.flatMap(({ needs }) => needs.map(({ action }) => action)), 'sts:AssumeRole', ...probes])
    this.#probeSet = this.#sets.setOf(probes)
    this.#needs = new Map(awsEscalations.map(rule => [rule, this.#sets.setOf(rule.needs.map(({ action }) => action))]))
    this.#assumeSet = this.#sets.setOf(['sts:AssumeRole'])
    for (const group of estate.groups.values())
      this.#others.set(group.arn, memberOfGroup(group.arn, group.account, group.name, group.policies))
  }

  /** The member behind a node: a principal, a group, or a principal as it would be. */
  memberOf = (id: string): Member | undefined => this.estate.members.get(id) ?? this.#others.get(id)

  isChanged = ({ arn }: Member): boolean => this.#others.has(arn)

  nodeOf(member: Member): string {
    if (!this.#others.has(member.arn)) this.#others.set(member.arn, member)
    return member.arn
  }

  withAnyPolicy(member: Member): string {
    const known = this.#withAnyPolicy.get(member.arn)
    if (known !== undefined) return known
    // Who has every policy already gets no more by another.
    if (member.identity.includes(everything)) return member.arn
    const more = withAnyPolicy(member)
    const node = administers(this.estate, more) ? accountAdmin(member.account) : this.nodeOf(more)
    this.#withAnyPolicy.set(member.arn, node)
    return node
  }

  newPrincipal(account: string): readonly string[] {
    const known = this.#newPrincipals.get(account)
    if (known) return known
    const someone = memberOfGroup(`arn:aws:iam::${account}:user/x`, account, 'x', [everything])
    const made = administers(this.estate, someone) ? [accountAdmin(account)] : []
    this.#newPrincipals.set(account, made)
    return made
  }

  /** Every way from a member. */
  linksOf(member: Member): Link[] {
    const may = this.#sets.allowedBy(member.identity)
    const administrator = member.kind === 'root' || includes(may, this.#probeSet) ? administers(this.estate, member) : undefined
    // Who may do anything needs no ways of its own: those of the account's administrator are its.
    if (administrator) return [administratorLink(member, administrator)]
    if (member.kind === 'root') return []
    const holder = this.#holderOf(member)
    const links = this.#assume.linksOf(holder, includes(may, this.#assumeSet))
    for (const rule of awsEscalations) {
      if (!includes(may, this.#needs.get(rule) as Uint32Array)) continue
      const link = this.#linkOf(rule, holder)
      if (link) links.push(link)
    }
    return links
  }

  #holderOf(member: Member): Holder {
    if (this.#last?.member !== member) this.#last = new Holder(this.estate, member)
    return this.#last
  }

  #linkOf(rule: AwsEscalation, holder: Holder): Link | undefined {
    const { member } = holder
    const targets = targetsOf[rule.over](this, member, rule)
    let allowed = targets.resources
    for (const need of rule.needs) {
      if (allowed.ids.length === 0) return undefined
      if (need.on === 'any') {
        if (!holder.somewhere(need)) return undefined
      } else allowed = holder.allowedOn(need, allowed)
    }
    if (allowed.ids.length === 0) return undefined
    const { gains } = targets
    const to = gains ? listOf([...new Set(allowed.ids.flatMap(gains))]) : allowed
    if (to.ids.length === 0) return undefined
    const resourceOf = (target: string) => (gains ? allowed.ids.find(resource => gains(resource).includes(target)) : target) ?? target
    return {
      how: rule.id,
      title: rule.title,
      to,
      assuming: rule.assuming,
      because: target => this.#because(rule, member, resourceOf(target)),
    }
  }

  #because({ needs, service }: AwsEscalation, member: Member, resource: string): Reason[] {
    const role = service === undefined ? undefined : this.estate.members.get(resource)
    return [
      ...this.#holderOf(member).reasons(needs, resource),
      ...(role && service !== undefined ? [justificationOf(this.trust.serviceVerdict(service, role))] : []),
    ]
  }

  assumable(member: Member): NodeList {
    const holder = this.#holderOf(member)
    const links = this.#assume.linksOf(holder, includes(this.#sets.allowedBy(member.identity), this.#assumeSet))
    const [only, ...others] = links
    return others.length === 0 ? (only?.to ?? listOf([])) : listOf([...new Set(links.flatMap(({ to }) => to.ids))])
  }

  examplesOf = (member: Member, action: string): readonly string[] =>
    exampleResources(action, this.#holderOf(member).reach(action).allows, member)

  otherVersions(arn: string): CompiledPolicy[] {
    const policy = this.estate.snapshot.managedPolicies.find(each => each.arn === arn)
    return Object.entries(policy?.versions ?? {})
      .filter(([version]) => version !== policy?.defaultVersion)
      .map(([version, text]) =>
        this.estate.policies.compile(text, 'identity', { id: `version ${version} of ${arn}`, arn, type: 'user managed' }, arn),
      )
  }

  usersOf = (account: string): NodeList => this.#listOf(`user ${account}`, ({ kind, account: own }) => kind === 'user' && own === account)

  rolesOf = (account: string): NodeList =>
    this.#listOf(
      `role ${account}`,
      ({ kind, account: own, arn }) => kind === 'role' && own === account && !arn.includes(':role/aws-service-role/'),
    )

  #listOf(key: string, test: (member: Member) => boolean): NodeList {
    const known = this.#lists.get(key)
    if (known) return known
    const made = listOf([...this.estate.members.values()].filter(test).map(({ arn }) => arn))
    this.#lists.set(key, made)
    return made
  }

  groupsOf(account: string): NodeList {
    const known = this.#lists.get(`group ${account}`)
    if (known) return known
    const made = listOf([...this.estate.groups.values()].filter(group => group.account === account).map(({ arn }) => arn))
    this.#lists.set(`group ${account}`, made)
    return made
  }

  instancesOf = (account: string): NodeList =>
    listOf(
      this.estate.snapshot.instances
        .filter(({ arn, profile }) => profile !== undefined && parseArn(arn)?.account === account)
        .map(({ arn }) => arn),
    )

  rolesOfInstance(instanceArn: string): string[] {
    const profile = this.estate.snapshot.instances.find(({ arn }) => arn === instanceArn)?.profile
    return this.estate.snapshot.roles
      .filter(({ instanceProfiles }) => profile !== undefined && instanceProfiles.includes(profile))
      .map(({ arn }) => arn)
  }

  memberAccounts(account: string): string[] {
    const { organization } = this.estate.snapshot
    return organization?.managementAccount === account ? Object.keys(organization.parents).filter(id => id !== account) : []
  }

  clustersOf = (account: string): readonly ClusterFacts[] => this.#clusters.filter(({ arn }) => parseArn(arn)?.account === account)
}

const administratorLink = (member: Member, reasons: readonly Reason[]): Link => ({
  how: 'administrator',
  title: 'may do everything already',
  to: listOf([accountAdmin(member.account)]),
  because: () => reasons,
})

/** Whoever holds the policies of a group. */
const memberOfGroup = (arn: string, account: string, name: string, identity: readonly CompiledPolicy[]): Member => ({
  arn,
  kind: 'group',
  account,
  name,
  principal: { type: 'user', account, arn: `arn:aws:iam::${account}:user/someone`, userId: 'AIDAXXXXXXXXXXXXXXXXX', userName: 'someone' },
  facts: {},
  groups: [],
  boundary: undefined,
  identity,
  source: undefined,
  trust: undefined,
})
