import type { Binding, Subject } from '../../cluster-access/evaluate.ts'
import { mayBeBefore } from '../../catalogue/kubernetes-versions.ts'
import { type PolicyRule, ruleAllows } from '../../cluster-access/rules.ts'
import { attributesOf } from '../graph/kubernetes-resources.ts'
import type { SnapshotCluster } from '../graph/snapshot.ts'
import { type Check, type Found, ofClusters } from './check.ts'
import { cis, eksGuide } from './references.ts'

const leastPrivilege = `${eksGuide}, "Employ least privileged access when creating RoleBindings and ClusterRoleBindings"`
const kubernetes = 'Kubernetes documentation, "Role Based Access Control Good Practices"'

/** What Kubernetes and EKS bring themselves. */
const isTheirs = (name: string) => /^(system|eks):/.test(name)
const builtIn = new Set(['cluster-admin', 'admin', 'edit', 'view'])

const bindingsOf = ({ clusterRoleBindings, roleBindings }: SnapshotCluster): Binding[] => [...clusterRoleBindings, ...roleBindings]

function rulesOf({ clusterRoles, roles }: SnapshotCluster, { roleRef, namespace }: Binding): readonly PolicyRule[] {
  return (roleRef.kind === 'ClusterRole' ? clusterRoles[roleRef.name] : roles[`${namespace}/${roleRef.name}`]) ?? []
}

const kindOf = ({ namespace }: Binding) => (namespace === undefined ? 'clusterrolebinding' : 'rolebinding')
const placeOf = ({ namespace, name }: Binding) => (namespace === undefined ? name : `${namespace}/${name}`)
const nameOf = ({ kind, namespace, name }: Subject) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const found = (binding: Binding, subjects: readonly Subject[] = binding.subjects): Found[] =>
  subjects.length === 0
    ? []
    : [
        {
          subject: `${kindOf(binding)} ${placeOf(binding)}`,
          evidence: `binds ${binding.roleRef.kind} ${binding.roleRef.name} to ${subjects.map(nameOf).join(', ')}`,
          values: {
            kind: kindOf(binding),
            name: binding.name,
            inNamespace: binding.namespace === undefined ? [] : ['-n', binding.namespace],
          },
        },
      ]

const unbind = 'kubectl delete {kind} {name} {inNamespace}'

/** A request, and the version of Kubernetes since which it does no harm. */
type Question = readonly [verb: string, resource: string, before?: string]

/** Bindings, other than those that a cluster has of itself, whose role allows one of some verbs on one of some resources. */
const holdersOf = (questions: readonly Question[]) =>
  ofClusters(cluster => {
    const asked = questions
      .filter(([, , before]) => before === undefined || mayBeBefore(cluster.version, before))
      .flatMap(([verb, resource]) => attributesOf(verb, resource, {}) ?? [])
    return bindingsOf(cluster)
      .filter(binding => !isTheirs(binding.name) && !isStandard(binding))
      .filter(binding => rulesOf(cluster, binding).some(rule => asked.some(attributes => ruleAllows(rule, attributes))))
      .flatMap(binding => found(binding))
  })

/** The binding of cluster-admin to system:masters, which every cluster has. */
const isStandard = ({ name, roleRef, subjects }: Binding): boolean =>
  name === 'cluster-admin' && roleRef.name === 'cluster-admin' && subjects.every(subject => subject.name === 'system:masters')

const boundTo = (groups: readonly string[]) =>
  ofClusters(cluster =>
    bindingsOf(cluster)
      .filter(({ name }) => !isTheirs(name))
      .flatMap(binding =>
        found(
          binding,
          binding.subjects.filter(({ kind, name }) => kind !== 'ServiceAccount' && groups.includes(name)),
        ),
      ),
  )

/** Roles of the cluster's own people with a rule of some kind. */
const rolesWith = (isWanted: (rule: PolicyRule) => boolean) =>
  ofClusters(({ clusterRoles, roles }) => [
    ...Object.entries(clusterRoles)
      .filter(([name, rules]) => !isTheirs(name) && !builtIn.has(name) && rules.some(isWanted))
      .map(([name]) => ({
        subject: `clusterrole ${name}`,
        evidence: 'has such a rule',
        values: { kind: 'clusterrole', name, inNamespace: [] },
      })),
    ...Object.entries(roles)
      .filter(([place, rules]) => !isTheirs(place.slice(place.indexOf('/') + 1)) && rules.some(isWanted))
      .map(([place]) => {
        const [namespace = '', name = ''] = place.split('/')
        return { subject: `role ${place}`, evidence: 'has such a rule', values: { kind: 'role', name, inNamespace: ['-n', namespace] } }
      }),
  ])

/** Checks of RBAC and service accounts. */
export const rbacChecks: readonly Check[] = [
  {
    id: 'rbac-wildcard-verbs',
    title: 'A role has rules with every verb',
    severity: 'medium',
    reference: `${leastPrivilege}; ${cis('4.1.3')}`,
    mend: 'kubectl edit {kind} {name} {inNamespace}',
    find: rolesWith(({ verbs, nonResourceURLs }) => nonResourceURLs === undefined && verbs.includes('*')),
  },
  {
    id: 'rbac-wildcard-resources',
    title: 'A role has rules for every resource',
    severity: 'medium',
    reference: `${leastPrivilege}; ${cis('4.1.3')}`,
    mend: 'kubectl edit {kind} {name} {inNamespace}',
    find: rolesWith(({ resources }) => resources?.includes('*') === true),
  },
  {
    id: 'rbac-anonymous',
    title: 'A binding is to requests without credentials',
    severity: 'critical',
    reference: `${eksGuide}, "Review and revoke unnecessary anonymous access to your EKS cluster"`,
    mend: unbind,
    find: boundTo(['system:anonymous', 'system:unauthenticated']),
  },
  {
    id: 'rbac-authenticated',
    title: 'A binding is to everybody with credentials, or to every service account',
    severity: 'high',
    reference: `${kubernetes}, "Least privilege"`,
    mend: unbind,
    find: boundTo(['system:authenticated', 'system:serviceaccounts']),
  },
  {
    id: 'rbac-cluster-admin',
    title: 'cluster-admin is bound',
    severity: 'high',
    reference: cis('4.1.1'),
    mend: unbind,
    find: ofClusters(cluster =>
      bindingsOf(cluster)
        .filter(binding => binding.roleRef.name === 'cluster-admin' && !isTheirs(binding.name) && !isStandard(binding))
        .flatMap(binding => found(binding)),
    ),
  },
  {
    id: 'rbac-secrets',
    title: 'A binding lets secrets be read',
    severity: 'medium',
    reference: `${kubernetes}, "Listing secrets"; ${cis('4.1.2')}`,
    mend: unbind,
    find: holdersOf([
      ['get', 'secrets'],
      ['list', 'secrets'],
      ['watch', 'secrets'],
    ]),
  },
  {
    id: 'rbac-escalate',
    title: 'A binding lets rights be given that the giver lacks (escalate, bind, impersonate)',
    severity: 'high',
    reference: `${kubernetes}, "Escalate verb", "Bind verb" and "Impersonate verb"; ${cis('4.1.8')}`,
    mend: unbind,
    find: holdersOf([
      ['escalate', 'roles'],
      ['escalate', 'clusterroles'],
      ['bind', 'roles'],
      ['bind', 'clusterroles'],
      ['impersonate', 'users'],
      ['impersonate', 'groups'],
      ['impersonate', 'serviceaccounts'],
    ]),
  },
  {
    id: 'rbac-create-pods',
    title: 'A binding lets pods be created',
    severity: 'medium',
    reference: `${kubernetes}, "Workload creation"; ${cis('4.1.4')}`,
    mend: unbind,
    find: holdersOf([['create', 'pods']]),
  },
  {
    id: 'rbac-exec',
    title: 'A binding lets commands run in pods',
    severity: 'medium',
    reference: 'Kubernetes API Reference, "Pod", "connect POST requests to exec of Pod"; EKS Best Practices Guide, "Pod Security"',
    mend: unbind,
    find: holdersOf([
      ['create', 'pods/exec'],
      ['create', 'pods/attach'],
      // Over a WebSocket.
      ['get', 'pods/exec', '1.35'],
      ['get', 'pods/attach', '1.35'],
    ]),
  },
  {
    id: 'rbac-token-request',
    title: "A binding lets service accounts' tokens be made",
    severity: 'high',
    reference: `${kubernetes}, "Token request"`,
    mend: unbind,
    find: holdersOf([['create', 'serviceaccounts/token']]),
  },
  {
    id: 'rbac-node-proxy',
    title: "A binding lets the kubelet's API be used, past admission and the audit log",
    severity: 'high',
    reference: `${kubernetes}, "Access to proxy subresource of Nodes"`,
    mend: unbind,
    find: holdersOf([
      ['get', 'nodes/proxy'],
      ['create', 'nodes/proxy'],
    ]),
  },
  {
    id: 'default-service-account-used',
    title: 'A pod uses the default service account of its namespace',
    severity: 'low',
    reference: `${eksGuide}, "Use dedicated service accounts for each application"; ${cis('4.1.5')}`,
    mend: 'kubectl create serviceaccount NAME -n {namespace} && kubectl set serviceaccount KIND WORKLOAD NAME -n {namespace}',
    find: ofClusters(({ pods }) =>
      pods
        .filter(({ serviceAccount }) => serviceAccount === 'default')
        .map(({ namespace, name }) => ({
          subject: `${namespace}/${name}`,
          evidence: 'serviceAccountName is default',
          values: { namespace },
        })),
    ),
  },
  {
    id: 'default-service-account-bound',
    title: 'A default service account has rights',
    severity: 'high',
    reference: cis('4.1.5'),
    mend: unbind,
    find: ofClusters(cluster =>
      bindingsOf(cluster)
        .filter(({ name }) => !isTheirs(name))
        .flatMap(binding =>
          found(
            binding,
            binding.subjects.filter(({ kind, name }) => kind === 'ServiceAccount' && name === 'default'),
          ),
        ),
    ),
  },
  {
    id: 'token-mounted-without-use',
    title: 'A pod has the token of a service account that no binding names',
    severity: 'low',
    reference: `${eksGuide}, "Disable auto-mounting of service account tokens"; ${cis('4.1.6')}`,
    mend: `kubectl patch serviceaccount {name} -n {namespace} --patch '{"automountServiceAccountToken":false}'`,
    find: ofClusters(cluster => {
      const bound = new Set(
        bindingsOf(cluster).flatMap(({ subjects, namespace: own }) =>
          subjects.filter(({ kind }) => kind === 'ServiceAccount').map(({ namespace = own, name }) => `${namespace}/${name}`),
        ),
      )
      const accounts = new Map(cluster.serviceAccounts.map(account => [`${account.namespace}/${account.name}`, account]))
      return cluster.pods
        .filter(({ namespace, serviceAccount, mountsToken }) => {
          const place = `${namespace}/${serviceAccount}`
          return (mountsToken ?? accounts.get(place)?.mountsToken ?? true) && !bound.has(place)
        })
        .map(({ namespace, name, serviceAccount }) => ({
          subject: `${namespace}/${name}`,
          evidence: `mounts the token of ${serviceAccount}, which has no rights of its own`,
          values: { namespace, name: serviceAccount },
        }))
    }),
  },
]
