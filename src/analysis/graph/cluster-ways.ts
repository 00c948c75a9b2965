import { preparePlan, type PolicyPrincipal, type RequestContext } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { isPossible, justificationOf } from './answers.ts'
import { ClusterContents, groupNode, machineNode, mappedNode, type Placed, serviceAccountNode, userNode } from './cluster-nodes.ts'
import { clusterLinks, type Seeker } from './cluster-rules.ts'
import { type ClusterView, type Identity, serviceAccountIdentity } from './cluster-view.ts'
import type { Estate } from './estate.ts'
import type { Member } from './members.ts'
import { clusterAdmin, type Link, listOf } from './links.ts'
import { metadataAddresses } from './metadata-addresses.ts'
import { podsService } from '../../types/pods-service.ts'
import { settle, type Verdict } from './settle.ts'
import type { SnapshotPod } from './snapshot.ts'
import type { TrustIndex } from './trust-index.ts'

/** The ways into, within and out of one cluster. */
export class ClusterWays {
  readonly contents: ClusterContents
  readonly #view: ClusterView
  readonly #estate: Estate
  readonly #trust: TrustIndex
  readonly #roles = new Map<string, readonly RoleOfAccount[]>()
  #withRoles: Seeker['accountsWithRoles'] | undefined

  constructor(estate: Estate, trust: TrustIndex, view: ClusterView) {
    this.#estate = estate
    this.#trust = trust
    this.#view = view
    this.contents = new ClusterContents(view, estate.snapshot.instances)
  }

  /** The way of an IAM principal into the cluster. */
  intoCluster(member: Member): Link[] {
    const { label } = this.#view
    const arn = member.source && 'id' in member.source ? member.source.arn : member.arn
    const [identity] = this.#view.identitiesOf(arn, member.account)
    if (!identity) return []
    const { username, groups } = identity.user
    const fact = { fact: `${identity.by}: user ${username}, groups ${groups.join(', ')}` }
    const links: Link[] = [
      {
        how: 'cluster-mapping',
        title: `is user ${username} of cluster ${label}`,
        to: listOf([mappedNode(label, arn)]),
        because: () => [fact],
      },
    ]
    if (this.#view.entryOf(arn)?.type.startsWith('EC2') === true)
      links.push({
        how: 'node-identity',
        title: 'is a node of the cluster, by the name of an instance as session name',
        to: this.contents.machines,
        because: () => [fact],
      })
    return links
  }

  /** Ways from a node that is a part of this cluster; undefined when it is none. */
  linksOf(id: string): Link[] | undefined {
    const { label } = this.#view
    if (id === clusterAdmin(label)) return this.#ofAdministrator()
    if (!id.startsWith(`${label}:`)) return undefined
    const [kind = '', ...rest] = id.slice(label.length + 1).split(':')
    const name = rest.join(':')
    const [namespace = '', inner = ''] = name.split('/')
    switch (kind) {
      case 'serviceaccount':
        return this.#ofServiceAccount({ namespace, name: inner })
      case 'pod':
        return this.#ofPod({ namespace, name: inner })
      case 'node':
        return this.#ofMachine(name)
      case 'iam':
        return clusterLinks(this.#seeker(this.#view.identitiesOf(name, parseArn(name)?.account ?? ''), name))
      case 'user':
      case 'group':
        return clusterLinks(this.#seeker([this.#view.subjectBy(`${kind} ${name}`)].filter(identity => identity !== undefined)))
      default:
        return undefined
    }
  }

  /** Every node of this cluster from which ways are looked for of themselves. */
  get sources(): readonly string[] {
    const { label } = this.#view
    const subjects = this.#view.subjects.flatMap(({ by }) =>
      by.startsWith('user ')
        ? [userNode(label, by.slice('user '.length))]
        : by.startsWith('group ')
          ? [groupNode(label, by.slice('group '.length))]
          : [],
    )
    const accounts = this.contents.serviceAccounts.map(({ namespace, name }) => serviceAccountNode(label, namespace, name))
    return [...subjects, ...accounts, ...this.contents.podsOf(undefined).ids, ...this.contents.machines.ids]
  }

  #seeker = (identities: readonly Identity[], arn?: string): Seeker => ({
    contents: this.contents,
    identities,
    arn,
    accountsWithRoles: this.#accountsWithRoles(),
  })

  #accountsWithRoles(): Seeker['accountsWithRoles'] {
    this.#withRoles ??= this.contents.serviceAccounts.flatMap(place => {
      const roles = this.#rolesOf(place).map(({ role }) => role)
      return roles.length > 0 ? [{ place, roles }] : []
    })
    return this.#withRoles
  }

  /** Whoever may do everything may make pods of every service account, on every node. */
  #ofAdministrator(): Link[] {
    const fact = [{ fact: 'an administrator of a cluster may make any pod' }]
    return [this.contents.serviceAccountsOf(undefined), this.contents.machines]
      .filter(({ ids }) => ids.length > 0)
      .map(to => ({ how: 'cluster-administrator', title: 'makes a pod of its choice', to, because: () => fact }))
  }

  #ofServiceAccount(account: Placed): Link[] {
    const own = clusterLinks(this.#seeker([serviceAccountIdentity(account.namespace, account.name)]))
    const roles = this.#rolesOf(account).map(
      ({ role, how, title, verdicts, fact }): Link => ({
        how,
        title,
        to: listOf([role]),
        because: () => [{ fact }, ...verdicts.map(justificationOf)],
      }),
    )
    return [...own, ...roles]
  }

  #rolesOf(account: Placed): readonly RoleOfAccount[] {
    const key = `${account.namespace}/${account.name}`
    const known = this.#roles.get(key)
    if (known) return known
    const made = [...this.#byToken(account), ...this.#byAssociation(account)]
    this.#roles.set(key, made)
    return made
  }

  /** IRSA: roles whose trust policies take the service account's token. EKS User Guide, "IAM roles for service accounts". */
  #byToken({ namespace, name }: Placed): RoleOfAccount[] {
    const issuer = this.#view.cluster.issuer?.replace(/^https:\/\//, '')
    if (issuer === undefined) return []
    const annotated = this.#view.cluster.serviceAccounts.find(each => each.namespace === namespace && each.name === name)?.roleArn
    return [...this.#estate.accounts].flatMap(account => {
      const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`
      return this.#trust.rolesOfProvider(provider).flatMap(role => {
        const context = { [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${name}`, [`${issuer}:aud`]: 'sts.amazonaws.com' }
        const verdict = this.#trusts(role, { type: 'webIdentity', provider }, 'sts:AssumeRoleWithWebIdentity', context)
        if (!isPossible(verdict)) return []
        const fact =
          annotated === role.arn
            ? `service account ${namespace}/${name} of cluster ${this.#view.label} has the annotation eks.amazonaws.com/role-arn: ${role.arn}`
            : `service account ${namespace}/${name} of cluster ${this.#view.label} has no annotation for the role, but a token for sts.amazonaws.com suffices`
        return [{ role: role.arn, how: 'irsa', title: 'assumes the role by its token (IRSA)', verdicts: [verdict], fact }]
      })
    })
  }

  /** EKS Pod Identity. EKS User Guide, "EKS Pod Identity", "Grant Pods access to AWS resources based on tags". */
  #byAssociation({ namespace, name }: Placed): RoleOfAccount[] {
    const { cluster, label } = this.#view
    return cluster.associations
      .filter(association => association.namespace === namespace && association.serviceAccount === name)
      .flatMap(({ roleArn }) => {
        const role = this.#estate.members.get(roleArn)
        if (!role) return []
        const context = {
          'aws:SourceArn': cluster.arn,
          'aws:SourceAccount': parseArn(cluster.arn)?.account ?? '',
          'aws:RequestTag/eks-cluster-arn': cluster.arn,
          'aws:RequestTag/eks-cluster-name': cluster.name,
          'aws:RequestTag/kubernetes-namespace': namespace,
          'aws:RequestTag/kubernetes-service-account': name,
        }
        const verdicts = ['sts:AssumeRole', 'sts:TagSession'].map(action =>
          this.#trusts(role, { type: 'service', service: podsService }, action, context),
        )
        if (!verdicts.every(isPossible)) return []
        const fact = `cluster ${label} associates service account ${namespace}/${name} with ${roleArn}`
        return [{ role: roleArn, how: 'pod-identity', title: 'gets the role by EKS Pod Identity', verdicts, fact }]
      })
  }

  #trusts(role: Member, principal: PolicyPrincipal, action: string, context: RequestContext): Verdict {
    const rcps = this.#estate.organization.rcpsFor(action, role.account)
    const plan = preparePlan({ identity: [], ...(role.trust && { resource: role.trust }), resourceMustAllow: true, ...(rcps && { rcps }) })
    return settle({ principal, action, resource: role.arn, context, resourceAccount: role.account }, plan)
  }

  #ofPod({ namespace, name }: Placed): Link[] {
    const pod = this.contents.podAt({ namespace, name })
    if (!pod) return []
    const { label } = this.#view
    const account = serviceAccountNode(label, namespace, pod.serviceAccount)
    const fact = { fact: `pod ${namespace}/${name} of cluster ${label} runs as service account ${pod.serviceAccount}` }
    return [
      { how: 'pod-service-account', title: "uses the pod's service account", to: listOf([account]), because: () => [fact] },
      ...(pod.node === undefined ? [] : this.#byMetadata(pod, pod.node)),
    ]
  }

  /** The node's role by the instance's metadata. EKS Best Practices Guide, "Restrict access to the instance profile assigned to the worker node". */
  #byMetadata({ hostNetwork, keptFrom = [] }: SnapshotPod, machine: string): Link[] {
    const instance = this.contents.instanceOf(machine)
    const roles = this.#rolesOfMachine(machine)
    const addresses = instance?.ipv6Endpoint ? metadataAddresses : metadataAddresses.slice(0, 1)
    // "Pods with hostNetwork are not affected by NetworkPolicies": Kubernetes documentation, "Network Policies".
    const outOfReach =
      !hostNetwork &&
      ((instance?.tokensRequired === true && (instance.hopLimit ?? 2) < 2) || addresses.every(address => keptFrom.includes(address)))
    if (roles.length === 0 || outOfReach || instance?.endpointDisabled) return []
    const fact = hostNetwork
      ? 'the pod has the network of its node'
      : `the metadata of ${instance?.arn ?? `node ${machine}`} is within reach of pods${instance?.hopLimit === undefined ? '' : ` (hop limit ${instance.hopLimit})`}`
    const unknown = !hostNetwork && instance?.hopLimit === undefined
    return [
      {
        how: 'imds',
        title: "gets the node's role by the instance's metadata",
        to: listOf(roles),
        ...(unknown && { assuming: "the instance's metadata is within reach of pods: its options are not known" }),
        because: () => [{ fact }],
      },
    ]
  }

  #rolesOfMachine(machine: string): readonly string[] {
    const profile = this.contents.instanceOf(machine)?.profile
    const roles = this.#estate.snapshot.roles.filter(({ instanceProfiles }) => profile !== undefined && instanceProfiles.includes(profile))
    return roles.length > 0 ? roles.map(({ arn }) => arn) : this.#view.cluster.nodeRoles
  }

  /** Whoever is root on a node has its role, and the tokens of its pods. */
  #ofMachine(machine: string): Link[] {
    const { label, cluster } = this.#view
    const pods = cluster.pods.filter(({ node }) => node === machine || machine === 'some node')
    const accounts = [...new Set(pods.map(({ namespace, serviceAccount }) => serviceAccountNode(label, namespace, serviceAccount)))]
    const roles = this.#rolesOfMachine(machine)
    const fact = [{ fact: `node ${machineNode(label, machine)} has its instance's role and the tokens of its pods` }]
    return [
      ...(roles.length > 0 ? [{ how: 'node-role', title: "uses the node's role", to: listOf(roles), because: () => fact }] : []),
      ...(accounts.length > 0
        ? [{ how: 'node-pods', title: "uses the service accounts of the node's pods", to: listOf(accounts), because: () => fact }]
        : []),
    ]
  }
}

interface RoleOfAccount {
  readonly role: string
  readonly how: string
  readonly title: string
  readonly verdicts: readonly Verdict[]
  readonly fact: string
}
