import { callUnsigned } from '../../../src/cli/client.ts'
import { type WorkloadScene, workloadPerformances } from './workload-performances.ts'
import { type ClusterAddress, clientOf, iam, type Kubernetes, kubernetesAs, kubernetesOf, makeRole, makeUser } from './stage.ts'
import type { Client } from '../../../src/cli/client.ts'
import { administratorAccess, iamArn, policyOf, allow, roleArn, trusts, userArn } from './world.ts'

/** Who acts in the cluster, in a namespace of its own. */
export interface Cast {
  readonly admin: Client
  readonly cluster: ClusterAddress
  readonly operator: Kubernetes
  readonly namespace: string
  /** The attacker's IAM user, and its group in the cluster. */
  readonly name: string
  readonly group: string
  readonly client: Client
}

/** How a rule is performed. */
export interface ClusterPerformance {
  /** What the rule's needs name. */
  readonly target?: string
  goal(cast: Cast): string
  prepare?(cast: Cast): Promise<unknown>
  /** As attacker, to its end: whoever does not get what the rule says is refused somewhere on the way. */
  act(me: Kubernetes, cast: Cast): Promise<unknown>
  /** Takes away what would be in the way of others. */
  restore?(cast: Cast): Promise<unknown>
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const group = 'rbac.authorization.k8s.io'
export const inNamespace = ({ namespace }: Cast) => `/api/v1/namespaces/${namespace}`
const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
export const podSpec = (more: object = {}) => ({ serviceAccountName: 'strong', containers: [{ name: 'main', image: 'busybox' }], ...more })
export const podOf = (name: string, more: object = {}) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpec(more) })

export const makeBinding = (as: Kubernetes, cast: Pick<Cast, 'namespace'>, name: string, subject: object, roleName = 'cluster-admin') =>
  as('POST', `${rbac}/clusterrolebindings`, {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${cast.namespace}-${name}` },
    subjects: [{ apiGroup: group, ...subject }],
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: roleName },
  })

/** A service account that may do everything, and a pod of it on a node. */
export async function strong(cast: Cast): Promise<void> {
  const { operator, namespace } = cast
  await operator('POST', `${inNamespace(cast)}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'strong' } })
  await operator('POST', `${rbac}/clusterrolebindings`, {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${namespace}-strong` },
    subjects: [{ kind: 'ServiceAccount', name: 'strong', namespace }],
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
  })
  await operator('POST', `${inNamespace(cast)}/pods`, podOf('strong-pod', { nodeName: 'node-1' }))
}

export const strongAccount = ({ namespace }: Cast) => `demo:serviceaccount:${namespace}/strong`
export const everySecret = (as: Kubernetes) => as('GET', '/api/v1/secrets')
export const clusterAdmin = () => 'administrator of cluster demo'

/** What a pod of the service account finds as its token. */
export async function tokenOf({ operator, ...cast }: Cast, account = 'strong', audience?: string): Promise<string> {
  const answer = await operator('POST', `${inNamespace({ operator, ...cast })}/serviceaccounts/${account}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: audience === undefined ? [] : [audience], expirationSeconds: 3600 },
  })
  return (answer['status'] as { token: string }).token
}

/** The pod that was made runs as the service account: what its process holds reads every secret. */
const asItsPod = async (cast: Cast, account = 'strong'): Promise<unknown> =>
  everySecret(kubernetesAs(cast.cluster, await tokenOf(cast, account)))

/** What workloads are performed with. */
export const workloadScene: WorkloadScene = { prepare: strong, goal: strongAccount, asPod: asItsPod }

const ownBinding = async (cast: Cast, kind: 'ClusterRole' | 'Role'): Promise<void> => {
  const { operator, namespace } = cast
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'] }]
  const place = kind === 'ClusterRole' ? rbac : `${rbac}/namespaces/${namespace}`
  const plural = kind === 'ClusterRole' ? 'clusterrole' : 'role'
  const name = `${namespace}-own`
  await operator('POST', `${place}/${plural}s`, { apiVersion: `${group}/v1`, kind, metadata: { name }, rules })
  await operator('POST', `${place}/${plural}bindings`, {
    apiVersion: `${group}/v1`,
    kind: `${kind}Binding`,
    metadata: { name },
    subjects: [{ apiGroup: group, kind: 'Group', name: cast.group }],
    roleRef: { apiGroup: group, kind, name },
  })
}

const awsAuth = ({ name }: Cast) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'aws-auth', namespace: 'kube-system' },
  data: { mapUsers: `- userarn: ${userArn(`${name}-two`)}\n  username: two\n  groups: [system:masters]\n` },
})

/** The attacker has a second identity without access entry: aws-auth maps only those. */
const secondIdentity = async ({ admin, name, cluster }: Cast): Promise<Kubernetes> =>
  kubernetesOf(cluster, await makeUser(admin, `${name}-two`, policyOf(allow('sts:GetCallerIdentity'))))

const removeAwsAuth = async ({ operator }: Cast): Promise<void> => {
  await operator('DELETE', '/api/v1/namespaces/kube-system/configmaps/aws-auth').catch(() => undefined)
}
const emptyAwsAuth = async (cast: Cast): Promise<void> => {
  await removeAwsAuth(cast)
  await cast.operator('POST', '/api/v1/namespaces/kube-system/configmaps', { ...awsAuth(cast), data: {} })
}
const writeAwsAuth = (method: string): ClusterPerformance => ({
  goal: clusterAdmin,
  prepare: method === 'POST' ? removeAwsAuth : emptyAwsAuth,
  async act(me, cast) {
    const path = '/api/v1/namespaces/kube-system/configmaps'
    await me(method, method === 'POST' ? path : `${path}/aws-auth`, awsAuth(cast))
    await everySecret(await secondIdentity(cast))
  },
})

/** How each rule of clusters is performed. */
export const clusterPerformances: Readonly<Record<string, ClusterPerformance>> = {
  'kubernetes-create-pods': {
    goal: strongAccount,
    prepare: strong,
    async act(me, cast) {
      await me('POST', `${inNamespace(cast)}/pods`, podOf('mine'))
      await asItsPod(cast)
    },
  },
  ...workloadPerformances(['deployments', 'daemonsets', 'statefulsets', 'replicasets', 'jobs', 'cronjobs'], workloadScene),
  'kubernetes-request-token': {
    target: 'strong',
    goal: strongAccount,
    prepare: strong,
    act: async (me, cast) => everySecret(kubernetesAs(cast.cluster, await tokenOf({ ...cast, operator: me }))),
  },
  'kubernetes-impersonate-service-account': {
    target: 'strong',
    goal: strongAccount,
    prepare: strong,
    act: (me, { namespace }) =>
      me('GET', '/api/v1/secrets', undefined, { 'impersonate-user': `system:serviceaccount:${namespace}:strong` }),
  },
  'kubernetes-list-secrets': {
    goal: strongAccount,
    async prepare(cast) {
      await strong(cast)
      const token = Buffer.from(await tokenOf(cast)).toString('base64')
      await cast.operator('POST', `${inNamespace(cast)}/secrets`, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'old-token' },
        data: { token },
      })
    },
    async act(me, cast) {
      const { items } = (await me('GET', `${inNamespace(cast)}/secrets`)) as { items?: { data: { token: string } }[] }
      const token = Buffer.from(items?.[0]?.data.token ?? '', 'base64').toString()
      await everySecret(kubernetesAs(cast.cluster, token))
    },
  },
  'kubernetes-patch-pods': {
    target: 'strong-pod',
    goal: ({ namespace }) => `demo:pod:${namespace}/strong-pod`,
    prepare: strong,
    act: (me, cast) =>
      me('PATCH', `${inNamespace(cast)}/pods/strong-pod`, { spec: { containers: [{ name: 'main', image: 'attacker/image' }] } }),
  },
  'kubernetes-bind-cluster-role': {
    goal: clusterAdmin,
    async act(me, cast) {
      await makeBinding(me, cast, 'mine', { kind: 'Group', name: cast.group })
      await everySecret(me)
    },
  },
  'kubernetes-bind-role': {
    goal: strongAccount,
    prepare: strong,
    async act(me, cast) {
      await me('POST', `${rbac}/namespaces/${cast.namespace}/rolebindings`, {
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'mine' },
        subjects: [{ apiGroup: group, kind: 'Group', name: cast.group }],
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
      })
      await everySecret(kubernetesAs(cast.cluster, await tokenOf({ ...cast, operator: me })))
    },
  },
  'kubernetes-escalate-cluster-role': {
    goal: clusterAdmin,
    prepare: cast => ownBinding(cast, 'ClusterRole'),
    async act(me, { namespace }) {
      const name = `${namespace}-own`
      await me('PUT', `${rbac}/clusterroles/${name}`, {
        apiVersion: `${group}/v1`,
        kind: 'ClusterRole',
        metadata: { name },
        rules: everything,
      })
      await everySecret(me)
    },
  },
  'kubernetes-escalate-role': {
    goal: strongAccount,
    async prepare(cast) {
      await strong(cast)
      await ownBinding(cast, 'Role')
    },
    async act(me, cast) {
      const name = `${cast.namespace}-own`
      const path = `${rbac}/namespaces/${cast.namespace}/roles/${name}`
      await me('PUT', path, { apiVersion: `${group}/v1`, kind: 'Role', metadata: { name }, rules: everything })
      await everySecret(kubernetesAs(cast.cluster, await tokenOf({ ...cast, operator: me })))
    },
  },
  'kubernetes-impersonate-masters': {
    goal: clusterAdmin,
    act: me => me('GET', '/api/v1/secrets', undefined, { 'impersonate-user': 'anybody', 'impersonate-group': 'system:masters' }),
  },
  'kubernetes-impersonate-user': {
    target: 'jane',
    goal: () => 'demo:user:jane',
    prepare: cast => makeBinding(cast.operator, cast, 'jane', { kind: 'User', name: 'jane' }),
    act: me => me('GET', '/api/v1/secrets', undefined, { 'impersonate-user': 'jane' }),
  },
  'kubernetes-impersonate-group': {
    target: 'wheel',
    goal: () => 'demo:group:wheel',
    prepare: cast => makeBinding(cast.operator, cast, 'wheel', { kind: 'Group', name: 'wheel' }),
    act: me => me('GET', '/api/v1/secrets', undefined, { 'impersonate-user': 'anybody', 'impersonate-group': 'wheel' }),
  },
  'kubernetes-update-aws-auth': writeAwsAuth('PUT'),
  'kubernetes-patch-aws-auth': writeAwsAuth('PATCH'),
  'kubernetes-create-aws-auth': writeAwsAuth('POST'),
  'kubernetes-create-privileged-pods': {
    goal: () => 'demo:node:node-1',
    prepare: strong,
    act: (me, cast) =>
      me('POST', `${inNamespace(cast)}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'root' },
        spec: {
          hostPID: true,
          hostNetwork: true,
          containers: [
            { name: 'main', image: 'busybox', securityContext: { privileged: true }, volumeMounts: [{ name: 'host', mountPath: '/host' }] },
          ],
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
        },
      }),
  },
  'kubernetes-annotate-service-account': {
    target: 'strong',
    goal: ({ namespace }) => roleArn(namespace),
    async prepare(cast) {
      await strong(cast)
      const { admin, namespace } = cast
      const issuer = issuers.get(cast.cluster.name) as string
      const trust = trusts(
        { Federated: iamArn(`oidc-provider/${issuer}`) },
        { StringEquals: { [`${issuer}:sub`]: `system:serviceaccount:${namespace}:strong` } },
        'sts:AssumeRoleWithWebIdentity',
      )
      await makeRole(admin, namespace, trust)
      await iam(admin, 'AttachRolePolicy', { RoleName: namespace, PolicyArn: administratorAccess })
    },
    async act(me, cast) {
      const { namespace } = cast
      await me('PATCH', `${inNamespace(cast)}/serviceaccounts/strong`, {
        metadata: { annotations: { 'eks.amazonaws.com/role-arn': roleArn(namespace) } },
      })
      const pod = await me('POST', `${inNamespace(cast)}/pods`, podOf('mine'))
      if (!JSON.stringify(pod).includes('AWS_ROLE_ARN')) throw new Error('the pod got no role')
      const WebIdentityToken = await tokenOf(cast, 'strong', 'sts.amazonaws.com')
      const parameters = { RoleArn: roleArn(namespace), RoleSessionName: 'pod', WebIdentityToken }
      const answer = await callUnsigned(cast.admin, { name: 'sts', version: '2011-06-15' }, 'AssumeRoleWithWebIdentity', parameters)
      await iam(clientOf(cast.admin, answer['Credentials']), 'ListUsers')
    },
  },
}

/** Issuers of clusters, without scheme. */
export const issuers = new Map<string, string>()
