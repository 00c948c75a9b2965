import { assumeRoleForPodIdentity } from '../../../src/cli/pod-identity.ts'
import { callRestJson, type Client } from '../../../src/cli/client.ts'
import { openCluster } from '../../../src/cli/cluster-client.ts'
import type { Actors, Performance } from './aws-performances.ts'
import { clientOf, iam, kubernetesOf, makeRole } from './stage.ts'
import { administratorAccess, roleArn, trusts } from './world.ts'

const cluster = 'demo'
const clusterAdmin = 'administrator of cluster demo'
const adminPolicy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'
const eks = (client: Client, method: string, path: string, input?: object) =>
  callRestJson(client, 'eks', method, `/clusters/${cluster}${path}`, input ? { input } : {})
const entryOf = (arn: string) => `/access-entries/${encodeURIComponent(arn)}`
const everywhere = { policyArn: adminPolicy, accessScope: { type: 'cluster' } }

/** Reads secrets of the whole cluster with the attacker's own IAM identity. */
const readSecrets: Pick<Performance, 'proof'> = {
  proof: async (gained, { cluster: address }) => void (await kubernetesOf(address, gained as Client)('GET', '/api/v1/secrets')),
}

const ownEntry = async ({ admin, node }: Actors): Promise<void> => {
  await eks(admin, 'POST', '/access-entries', { principalArn: node })
}

const podRole = async (actors: Actors, name: string): Promise<void> => {
  await makeRole(actors.admin, name, trusts({ Service: 'pods.eks.amazonaws.com' }, undefined, ['sts:AssumeRole', 'sts:TagSession']))
  await iam(actors.admin, 'AttachRolePolicy', { RoleName: name, PolicyArn: administratorAccess })
}

/** The role's credentials as a pod of the service account gets them. */
async function asPod({ admin, own }: Actors): Promise<Client> {
  const kubernetes = await openCluster(admin, cluster)
  await kubernetes.createServiceAccount('default', own, {})
  const pod = await kubernetes.createPod('default', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: own },
    spec: { serviceAccountName: own, containers: [{ name: 'main', image: 'busybox' }] },
  })
  const { name = '', uid = '' } = pod.metadata ?? {}
  const { token } = await kubernetes.serviceAccountToken({
    namespace: 'default',
    serviceAccount: own,
    audience: 'pods.eks.amazonaws.com',
    expirationSeconds: 3600,
    pod: { name, uid: String(uid) },
  })
  const { accessKeyId, secretAccessKey, sessionToken } = await assumeRoleForPodIdentity(admin, cluster, token)
  return clientOf(admin, { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken })
}

/** How each rule of EKS's, and of instances, is performed. */
export const eksPerformances: Readonly<Record<string, Performance>> = {
  'eks-create-access-entry': {
    goal: () => clusterAdmin,
    async act(me, { node }) {
      await eks(me, 'POST', '/access-entries', { principalArn: node })
      await eks(me, 'POST', `${entryOf(node)}/access-policies`, everywhere)
      return me
    },
    ...readSecrets,
  },
  'eks-associate-access-policy': {
    goal: () => clusterAdmin,
    prepare: ownEntry,
    async act(me, { node }) {
      await eks(me, 'POST', `${entryOf(node)}/access-policies`, everywhere)
      return me
    },
    ...readSecrets,
  },
  'eks-update-access-entry': {
    goal: () => clusterAdmin,
    async prepare(actors) {
      await ownEntry(actors)
      await kubernetesOf(actors.cluster, actors.admin)('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: actors.own },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: actors.own }],
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      })
    },
    async act(me, { node, own }) {
      await eks(me, 'POST', entryOf(node), { kubernetesGroups: [own] })
      return me
    },
    ...readSecrets,
  },
  'eks-create-pod-identity-association': {
    goal: ({ own }) => roleArn(own),
    prepare: actors => podRole(actors, actors.own),
    async act(me, actors) {
      await eks(me, 'POST', '/pod-identity-associations', {
        namespace: 'default',
        serviceAccount: actors.own,
        roleArn: roleArn(actors.own),
      })
      return asPod(actors)
    },
  },
  'eks-update-pod-identity-association': {
    goal: ({ own }) => roleArn(own),
    async prepare(actors) {
      await podRole(actors, actors.own)
      await makeRole(
        actors.admin,
        `${actors.own}-weak`,
        trusts({ Service: 'pods.eks.amazonaws.com' }, undefined, ['sts:AssumeRole', 'sts:TagSession']),
      )
      const input = { namespace: 'default', serviceAccount: actors.own, roleArn: roleArn(`${actors.own}-weak`) }
      const { association } = (await eks(actors.admin, 'POST', '/pod-identity-associations', input)) as {
        association: { associationId: string }
      }
      associations.set(actors.own, association.associationId)
    },
    async act(me, actors) {
      await eks(me, 'POST', `/pod-identity-associations/${associations.get(actors.own)}`, { roleArn: roleArn(actors.own) })
      return asPod(actors)
    },
  },
  'iam-add-role-to-instance-profile': {
    goal: ({ own }) => roleArn(own),
    async prepare({ admin, own }) {
      await makeRole(admin, own, trusts({ Service: 'ec2.amazonaws.com' }))
      await iam(admin, 'AttachRolePolicy', { RoleName: own, PolicyArn: administratorAccess })
      await iam(admin, 'CreateInstanceProfile', { InstanceProfileName: own })
    },
    async act(me, { admin, own }) {
      await iam(me, 'AddRoleToInstanceProfile', { InstanceProfileName: own, RoleName: own })
      // The instance, which has the profile already, asks for its role as its metadata service does.
      const path = `/instance-profiles/${own}/role-credentials`
      const { credentials } = (await callRestJson(admin, 'gatehouse-nodes', 'POST', path, {
        input: { instanceId: 'i-0123456789abcdef0', roleDelivery: '2.0' },
      })) as unknown as { credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string } }
      const { accessKeyId, secretAccessKey, sessionToken } = credentials
      return clientOf(me, { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken })
    },
  },
}

const associations = new Map<string, string>()
