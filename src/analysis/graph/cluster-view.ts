import { type AccessGrant, allowingPolicy } from '../../cluster-access/access-policy-grants.ts'
import { type AwsAuth, awsAuthMapping, parseAwsAuth, withoutPath } from '../../cluster-access/aws-auth.ts'
import { type Binding, evaluateRbac, type RbacObjects, type Subject } from '../../cluster-access/evaluate.ts'
import { type PolicyRule, type RequestAttributes, ruleAllows, type UserInfo } from '../../cluster-access/rules.ts'
import type { SnapshotCluster } from './snapshot.ts'

/** Somebody as a cluster knows them. */
export interface Identity {
  readonly user: UserInfo
  /** Access policies of the access entry that let them in. */
  readonly grants: readonly AccessGrant[]
  /** What made them known: in words. */
  readonly by: string
}

export interface ClusterDecision {
  readonly allowed: boolean
  /** In Kubernetes' or EKS's words. */
  readonly reason: string
}

const authenticated = 'system:authenticated'

/** A cluster that can be asked: RBAC, then access policies, as EKS asks them. */
export class ClusterView {
  readonly cluster: SnapshotCluster
  /** How people call it: its name, or its ARN where another has the same name. */
  readonly label: string
  readonly awsAuth: AwsAuth | undefined
  readonly #bySubject = new Map<string, Binding[]>()
  #subjects: readonly Identity[] | undefined
  /** One object for one subject, or one principal: what can be about it is kept by the object. */
  readonly #identities = new Map<string, Identity>()
  readonly #mapped = new Map<string, readonly Identity[]>()
  #byDescription: ReadonlyMap<string, Identity> | undefined
  /** What can be about a user, by the object that stands for it: one is asked many times. */
  readonly #objects = new WeakMap<UserInfo, RbacObjects>()
  readonly #bindings = new WeakMap<UserInfo, ReadonlySet<Binding>>()
  readonly #clusterRoles: ReadonlyMap<string, readonly PolicyRule[]>
  readonly #roles: ReadonlyMap<string, readonly PolicyRule[]>
  readonly #roleBindings: ReadonlyMap<string, readonly Binding[]>
  readonly #entries: ReadonlyMap<string, SnapshotCluster['accessEntries'][number]>

  constructor(cluster: SnapshotCluster, label: string) {
    this.cluster = cluster
    this.label = label
    this.awsAuth = cluster.authenticationMode !== 'API' && cluster.awsAuth ? parseAwsAuth(cluster.awsAuth) : undefined
    const entries = cluster.authenticationMode === 'CONFIG_MAP' ? [] : cluster.accessEntries
    this.#entries = new Map(entries.map(entry => [entry.principalArn, entry]))
    this.#clusterRoles = new Map(Object.entries(cluster.clusterRoles))
    this.#roles = new Map(Object.entries(cluster.roles))
    this.#roleBindings = Map.groupBy(cluster.roleBindings, ({ namespace }) => namespace ?? '')
    for (const binding of [...cluster.clusterRoleBindings, ...cluster.roleBindings]) {
      for (const key of new Set(binding.subjects.map(subject => keyOfSubject(subject, binding.namespace ?? '')))) {
        const list = this.#bySubject.get(key)
        if (list) list.push(binding)
        else this.#bySubject.set(key, [binding])
      }
    }
  }

  /** Whether somebody may do something: by RBAC or by an access policy. Nothing denies. */
  decide({ user, grants }: Identity, attributes: RequestAttributes): ClusterDecision {
    const byRbac = evaluateRbac(this.#objectsFor(user), user, attributes)
    if (byRbac.allowed) return { allowed: true, reason: byRbac.reason || 'system:masters may do everything' }
    const policy = grants.map(grant => allowingPolicy(grant, attributes)).find(name => name !== undefined)
    return policy === undefined ? { allowed: false, reason: '' } : { allowed: true, reason: `EKS Access Policy: allowed by ${policy}` }
  }

  #bindingsFor(user: UserInfo): ReadonlySet<Binding> {
    const known = this.#bindings.get(user)
    if (known) return known
    const made = this.#findBindings(user)
    this.#bindings.set(user, made)
    return made
  }

  #findBindings(user: UserInfo): Set<Binding> {
    const account = /^system:serviceaccount:([^:]+):(.+)$/.exec(user.username)
    const keys = [
      `User ${user.username}`,
      ...user.groups.map(group => `Group ${group}`),
      ...(account ? [`ServiceAccount ${account[1]}/${account[2]}`] : []),
    ]
    return new Set(keys.flatMap(key => this.#bySubject.get(key) ?? []))
  }

  /** The bindings that can be about a user: the evaluator would find the same among all. */
  #objectsFor(user: UserInfo): RbacObjects {
    const known = this.#objects.get(user)
    if (known) return known
    const bindings = this.#bindingsFor(user)
    const byNamespace = Map.groupBy(bindings, ({ namespace }) => namespace ?? '')
    const made: RbacObjects = {
      clusterRole: name => this.#clusterRoles.get(name),
      role: (namespace, name) => this.#roles.get(`${namespace}/${name}`),
      clusterRoleBindings: byNamespace.get('') ?? [],
      roleBindings: namespace => byNamespace.get(namespace) ?? [],
    }
    this.#objects.set(user, made)
    return made
  }

  #rulesOf = ({ roleRef, namespace }: Binding): readonly PolicyRule[] | undefined =>
    roleRef.kind === 'ClusterRole' ? this.#clusterRoles.get(roleRef.name) : this.#roles.get(`${namespace}/${roleRef.name}`)

  /** All sets of rules that bindings give somebody, wherever they hold. */
  ruleSetsOf = ({ user }: Identity): (readonly PolicyRule[])[] =>
    [...this.#bindingsFor(user)].flatMap(binding => {
      const rules = this.#rulesOf(binding)
      return rules ? [rules] : []
    })

  /** Namespaces in which somebody may have more rights than everywhere: those of their role bindings, and of access policies. */
  namespacesOf(identities: readonly Identity[], all: readonly string[]): string[] {
    const found = new Set<string>()
    for (const { user, grants } of identities) {
      for (const binding of this.#bindingsFor(user)) if (binding.namespace !== undefined) found.add(binding.namespace)
      if (grants.some(({ scope }) => scope === 'namespace')) for (const namespace of all) found.add(namespace)
    }
    return [...found]
  }

  /** Whether some rule that applies to somebody is for resources of some names only. */
  namesResources(identities: readonly Identity[]): boolean {
    return identities.some(({ user }) =>
      [...this.#bindingsFor(user)].some(binding => this.#rulesOf(binding)?.some(({ resourceNames = [] }) => resourceNames.length > 0)),
    )
  }

  /** Subjects of bindings whose role allows a request. Each is to be decided again as somebody. */
  subjectsAllowed(attributes: RequestAttributes): Identity[] {
    const { clusterRoleBindings } = this.cluster
    const outcomes = new Map<string, boolean>()
    const allows = (binding: Binding) => {
      const { roleRef, namespace } = binding
      const key = `${roleRef.kind} ${roleRef.kind === 'Role' ? namespace : ''} ${roleRef.name}`
      const known = outcomes.get(key)
      if (known !== undefined) return known
      const allowed = this.#rulesOf(binding)?.some(rule => ruleAllows(rule, attributes)) === true
      outcomes.set(key, allowed)
      return allowed
    }
    const namespace = attributes.kind === 'resource' ? attributes.namespace : undefined
    const found = new Map<string, Identity>()
    for (const binding of clusterRoleBindings) if (allows(binding)) this.#addSubjects(binding, '', found)
    if (namespace)
      for (const binding of this.#roleBindings.get(namespace) ?? []) if (allows(binding)) this.#addSubjects(binding, namespace, found)
    return [...found.values()]
  }

  #addSubjects({ subjects }: Binding, namespace: string, found: Map<string, Identity>): void {
    for (const subject of subjects) {
      const key = keyOfSubject(subject, namespace)
      let identity = this.#identities.get(key)
      if (!identity) this.#identities.set(key, (identity = identityOf(subject, namespace)))
      found.set(key, identity)
    }
  }

  /** Every subject that some binding names. */
  get subjects(): readonly Identity[] {
    this.#subjects ??= this.#allSubjects()
    return this.#subjects
  }

  /** The subject of a description such as `user jane`. */
  subjectBy(by: string): Identity | undefined {
    this.#byDescription ??= new Map(this.subjects.map(identity => [identity.by, identity]))
    return this.#byDescription.get(by)
  }

  #allSubjects(): Identity[] {
    const found = new Map<string, Identity>()
    for (const binding of this.cluster.clusterRoleBindings) this.#addSubjects(binding, '', found)
    for (const binding of this.cluster.roleBindings) this.#addSubjects(binding, binding.namespace ?? '', found)
    return [...found.values()]
  }

  /** IAM principals that the cluster maps, by ARN; those whose account is mapped are not among them. */
  get mapped(): readonly string[] {
    return [...this.#entries.keys()]
  }

  /** The access entry of a principal, where entries count. */
  entryOf = (arn: string): SnapshotCluster['accessEntries'][number] | undefined => this.#entries.get(arn)

  get entries(): ReadonlySet<string> {
    return new Set(this.#entries.keys())
  }

  /**
   * Whom an IAM principal is in the cluster: by access entry, else by aws-auth, as the authentication mode has it. Where the user name holds the name of the
   * session, which the caller chooses, also the users of that form that bindings name. EKS User Guide, "Create access entries".
   * @param arn  of a user or role, path included
   */
  identitiesOf(arn: string, account: string): readonly Identity[] {
    const known = this.#mapped.get(arn)
    if (known) return known
    const made = this.#findIdentities(arn, account)
    this.#mapped.set(arn, made)
    return made
  }

  #findIdentities(arn: string, account: string): Identity[] {
    const entry = this.#entries.get(arn)
    const mapping = entry ?? (this.awsAuth && awsAuthMapping(this.awsAuth, { canonicalArn: withoutPath(arn), account }))
    if (!mapping) return []
    const by = entry ? `access entry of ${arn} in cluster ${this.label}` : `aws-auth of cluster ${this.label} for ${withoutPath(arn)}`
    const groups = [...mapping.groups, authenticated]
    const names = mapping.username.includes('{{') ? [mapping.username, ...this.#usersLike(mapping.username)] : [mapping.username]
    return names.map(username => ({ user: { username, groups, extra: {} }, grants: entry?.policies ?? [], by }))
  }

  #usersLike(template: string): string[] {
    const parts = template.split(/\{\{\s*[A-Za-z0-9]+\s*\}\}/).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    const form = new RegExp(`^${parts.join('.+')}$`)
    return [...this.#bySubject.keys()]
      .filter(key => key.startsWith('User '))
      .map(key => key.slice('User '.length))
      .filter(name => form.test(name))
  }
}

const keyOfSubject = ({ kind, name, namespace }: Subject, bindingNamespace: string): string =>
  kind === 'ServiceAccount' ? `ServiceAccount ${namespace || bindingNamespace}/${name}` : `${kind} ${name}`

/** Whom a subject of a binding stands for. */
export function identityOf({ kind, name, namespace }: Subject, bindingNamespace: string): Identity {
  if (kind === 'ServiceAccount') return serviceAccountIdentity(namespace || bindingNamespace, name)
  if (kind === 'Group')
    return {
      user: { username: '', groups: [...new Set([name, ...(name === 'system:unauthenticated' ? [] : [authenticated])])], extra: {} },
      grants: [],
      by: `group ${name}`,
    }
  return { user: { username: name, groups: [authenticated], extra: {} }, grants: [], by: `user ${name}` }
}

/** Kubernetes documentation, "Authenticating", "Service account tokens". */
export const serviceAccountIdentity = (namespace: string, name: string): Identity => ({
  user: {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, authenticated],
    extra: {},
  },
  grants: [],
  by: `service account ${namespace}/${name}`,
})

/** Views of clusters, each with a label of its own. */
export function viewsOf(clusters: readonly SnapshotCluster[]): ClusterView[] {
  const names = Map.groupBy(clusters, ({ name }) => name)
  return clusters.map(cluster => new ClusterView(cluster, names.get(cluster.name)?.length === 1 ? cluster.name : cluster.arn))
}
