/** A Kubernetes request that a way to more rights takes. */
export interface ClusterNeed {
  readonly verb: string
  readonly apiGroup: string
  readonly resource: string
  readonly subresource?: string
  /** Where: in the target's namespace, in one that is given, or for the cluster as a whole. */
  readonly namespace: 'target' | 'cluster' | { readonly name: string }
  /** Whether the request names the target; or the name that it has. */
  readonly name?: 'target' | { readonly name: string }
}

/** What a rule is tried on, and what it gives. */
export type ClusterOver =
  | 'service accounts of a namespace'
  | 'service account'
  | 'role of a service account'
  | 'pod'
  | 'nodes from a namespace'
  | 'nodes'
  | 'cluster'
  | 'IAM principal in cluster'
  | 'user'
  | 'group'

/** A way in which somebody with some rights in a cluster gets more of them. */
export interface ClusterEscalation {
  readonly id: string
  readonly title: string
  readonly over: ClusterOver
  readonly needs: readonly ClusterNeed[]
  readonly assuming?: string
  /** The test does it against an embedded cluster; where that does not serve the operation, it replays the decisions alone. */
  readonly performed: boolean
}

const need = (verb: string, resource: string, namespace: ClusterNeed['namespace'], more: Partial<ClusterNeed> = {}): ClusterNeed => {
  const [type = '', subresource] = resource.split('/')
  const dot = type.indexOf('.')
  return {
    verb,
    apiGroup: dot === -1 ? '' : type.slice(dot + 1),
    resource: dot === -1 ? type : type.slice(0, dot),
    ...(subresource !== undefined && { subresource }),
    namespace,
    ...more,
  }
}
const named = { name: 'target' } as const
const rbac = 'rbac.authorization.k8s.io'

/** Objects that make pods of a template: who may write them chooses the pods' service account. */
const workloads = [
  'deployments.apps',
  'daemonsets.apps',
  'statefulsets.apps',
  'replicasets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'replicationcontrollers',
]

const workloadRules: readonly ClusterEscalation[] = workloads.flatMap(resource => {
  const [plural = ''] = resource.split('.')
  const served = resource === 'deployments.apps'
  const rule = (verb: string, title: string): ClusterEscalation => ({
    id: `kubernetes-${verb}-${plural}`,
    title: `${title} ${plural} whose pods have a service account of its choice`,
    over: 'service accounts of a namespace',
    needs: [need(verb, resource, 'target')],
    performed: served,
  })
  const changed = plural === 'jobs' ? [] : [rule('patch', 'patches'), rule('update', 'updates')]
  return [rule('create', 'creates'), ...changed]
})

/**
 * Every rule of Kubernetes'. Kubernetes documentation, "Role Based Access Control Good Practices", "Kubernetes RBAC - privilege escalation risks", and
 * "Using RBAC Authorization", "Privilege escalation prevention and bootstrapping"; EKS Best Practices Guide, "Identity and Access Management".
 */
export const clusterEscalations: readonly ClusterEscalation[] = [
  {
    id: 'kubernetes-create-pods',
    title: 'creates a pod with a service account of its choice',
    over: 'service accounts of a namespace',
    needs: [need('create', 'pods', 'target')],
    performed: true,
  },
  ...workloadRules,
  {
    id: 'kubernetes-request-token',
    title: 'requests a token of the service account',
    over: 'service account',
    needs: [need('create', 'serviceaccounts/token', 'target', named)],
    performed: true,
  },
  {
    id: 'kubernetes-impersonate-service-account',
    title: 'impersonates the service account',
    over: 'service account',
    needs: [need('impersonate', 'serviceaccounts', 'target', named)],
    performed: true,
  },
  {
    id: 'kubernetes-list-secrets',
    title: 'reads the tokens among the secrets of the namespace',
    over: 'service accounts of a namespace',
    needs: [need('list', 'secrets', 'target')],
    assuming: 'the service account has a token in a secret',
    performed: true,
  },
  {
    id: 'kubernetes-create-token-secret',
    title: 'creates a secret for a token of the service account and reads it',
    over: 'service accounts of a namespace',
    needs: [need('create', 'secrets', 'target'), need('list', 'secrets', 'target')],
    performed: false,
  },
  {
    id: 'kubernetes-exec',
    title: 'executes commands in a pod',
    over: 'pod',
    needs: [need('create', 'pods/exec', 'target', named)],
    performed: false,
  },
  {
    id: 'kubernetes-exec-websocket',
    title: 'executes commands in a pod over a WebSocket, which is a get',
    over: 'pod',
    needs: [need('get', 'pods/exec', 'target', named)],
    performed: false,
  },
  {
    id: 'kubernetes-attach',
    title: 'attaches to a process of a pod',
    over: 'pod',
    needs: [need('create', 'pods/attach', 'target', named)],
    performed: false,
  },
  {
    id: 'kubernetes-ephemeral-containers',
    title: 'adds a container of its own to a running pod',
    over: 'pod',
    needs: [need('patch', 'pods/ephemeralcontainers', 'target', named)],
    performed: false,
  },
  {
    id: 'kubernetes-patch-pods',
    title: 'replaces the image of a running pod',
    over: 'pod',
    needs: [need('patch', 'pods', 'target', named)],
    performed: true,
  },
  {
    id: 'kubernetes-bind-cluster-role',
    title: 'binds a cluster role with all rights to itself',
    over: 'cluster',
    needs: [
      need('create', `clusterrolebindings.${rbac}`, 'cluster'),
      need('bind', `clusterroles.${rbac}`, 'cluster', { name: { name: 'cluster-admin' } }),
    ],
    performed: true,
  },
  {
    id: 'kubernetes-bind-role',
    title: 'binds a role with all rights in a namespace to itself',
    over: 'service accounts of a namespace',
    needs: [
      need('create', `rolebindings.${rbac}`, 'target'),
      need('bind', `clusterroles.${rbac}`, 'target', { name: { name: 'cluster-admin' } }),
    ],
    performed: true,
  },
  {
    id: 'kubernetes-escalate-cluster-role',
    title: 'gives a cluster role that it is bound to all rights',
    over: 'cluster',
    needs: [need('update', `clusterroles.${rbac}`, 'cluster'), need('escalate', `clusterroles.${rbac}`, 'cluster')],
    assuming: 'a cluster role is bound to it in the whole cluster',
    performed: true,
  },
  {
    id: 'kubernetes-escalate-role',
    title: 'gives a role that it is bound to all rights in a namespace',
    over: 'service accounts of a namespace',
    needs: [need('update', `roles.${rbac}`, 'target'), need('escalate', `roles.${rbac}`, 'target')],
    assuming: 'a role of the namespace is bound to it',
    performed: true,
  },
  {
    id: 'kubernetes-impersonate-masters',
    title: 'impersonates a member of system:masters',
    over: 'cluster',
    needs: [need('impersonate', 'users', 'cluster'), need('impersonate', 'groups', 'cluster', { name: { name: 'system:masters' } })],
    performed: true,
  },
  {
    id: 'kubernetes-impersonate-user',
    title: 'impersonates the user',
    over: 'user',
    needs: [need('impersonate', 'users', 'cluster', named)],
    performed: true,
  },
  {
    id: 'kubernetes-impersonate-group',
    title: 'impersonates a member of the group',
    over: 'group',
    needs: [need('impersonate', 'users', 'cluster'), need('impersonate', 'groups', 'cluster', named)],
    performed: true,
  },
  {
    id: 'kubernetes-update-aws-auth',
    title: 'maps its IAM principal to system:masters in aws-auth',
    over: 'IAM principal in cluster',
    needs: [need('update', 'configmaps', { name: 'kube-system' }, { name: { name: 'aws-auth' } })],
    performed: true,
  },
  {
    id: 'kubernetes-patch-aws-auth',
    title: 'maps its IAM principal to system:masters by a patch of aws-auth',
    over: 'IAM principal in cluster',
    needs: [need('patch', 'configmaps', { name: 'kube-system' }, { name: { name: 'aws-auth' } })],
    performed: true,
  },
  {
    id: 'kubernetes-create-aws-auth',
    title: 'creates aws-auth where there is none, and maps its IAM principal to system:masters',
    over: 'IAM principal in cluster',
    needs: [need('create', 'configmaps', { name: 'kube-system' })],
    assuming: 'there is no aws-auth',
    performed: true,
  },
  {
    id: 'kubernetes-node-proxy',
    title: "executes commands in any pod by the node's API",
    over: 'nodes',
    needs: [need('create', 'nodes/proxy', 'cluster')],
    performed: false,
  },
  {
    id: 'kubernetes-node-proxy-websocket',
    title: "executes commands in any pod by the node's API over a WebSocket, which is a get",
    over: 'nodes',
    needs: [need('get', 'nodes/proxy', 'cluster')],
    performed: false,
  },
  {
    id: 'kubernetes-create-privileged-pods',
    title: 'creates a privileged pod, or one with the paths, processes or network of its node',
    over: 'nodes from a namespace',
    needs: [need('create', 'pods', 'target')],
    performed: true,
  },
  {
    id: 'kubernetes-create-persistent-volumes',
    title: "creates a volume of its node's paths and mounts it",
    over: 'nodes',
    needs: [need('create', 'persistentvolumes', 'cluster')],
    assuming: 'it can make a pod that claims the volume',
    performed: false,
  },
  {
    id: 'kubernetes-mutating-webhook',
    title: 'changes every pod by a webhook of its own',
    over: 'cluster',
    needs: [need('create', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'cluster')],
    performed: false,
  },
  {
    id: 'kubernetes-patch-mutating-webhook',
    title: 'points a webhook that changes objects at itself',
    over: 'cluster',
    needs: [need('patch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'cluster')],
    assuming: 'there is such a webhook for pods',
    performed: false,
  },
  {
    id: 'kubernetes-validating-webhook',
    title: 'sees every secret that is written, by a webhook of its own',
    over: 'cluster',
    needs: [need('create', 'validatingwebhookconfigurations.admissionregistration.k8s.io', 'cluster')],
    assuming: "an administrator's secret is written meanwhile",
    performed: false,
  },
  {
    id: 'kubernetes-approve-certificate',
    title: 'requests a client certificate of an administrator and approves it',
    over: 'cluster',
    needs: [
      need('create', 'certificatesigningrequests.certificates.k8s.io', 'cluster'),
      need('update', 'certificatesigningrequests.certificates.k8s.io/approval', 'cluster'),
      need('approve', 'signers.certificates.k8s.io', 'cluster', { name: { name: 'kubernetes.io/kube-apiserver-client' } }),
    ],
    assuming: 'the cluster signs client certificates; EKS does not',
    performed: false,
  },
  {
    id: 'kubernetes-register-api-service',
    title: "takes the place of an API, and so gets its callers' requests",
    over: 'cluster',
    needs: [need('create', 'apiservices.apiregistration.k8s.io', 'cluster')],
    performed: false,
  },
  {
    id: 'kubernetes-annotate-service-account',
    title: 'annotates a service account with a role that trusts it, and creates a pod with it',
    over: 'role of a service account',
    needs: [need('patch', 'serviceaccounts', 'target', named), need('create', 'pods', 'target')],
    performed: true,
  },
]
