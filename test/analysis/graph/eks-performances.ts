import { assumeRoleForPodIdentity } from '../../../src/cli/pod-identity.ts'
import { callRestJson, CallError, type Client } from '../../../src/cli/client.ts'
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

/** A group that the cluster binds to its administrators. */
const boundGroup = async ({ cluster: address, admin, own }: Actors): Promise<void> => {
  await kubernetesOf(address, admin)('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: own },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: own }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  })
}

const podRole = async (actors: Actors, name: string): Promise<void> => {
  await makeRole(actors.admin, name, trusts({ Service: 'pods.eks.amazonaws.com' }, undefined, ['sts:AssumeRole', 'sts:TagSession']))
  await iam(actors.admin, 'AttachRolePolicy', { RoleName: name, PolicyArn: administratorAccess })
}

/** The service account may be there from before. */
const allowTaken = (problem: unknown): void => {
  if (!(problem instanceof CallError && problem.status === 409)) throw problem
}

/** The role's credentials as a pod of the service account gets them. */
async function asPod({ admin, own }: Actors, namespace = 'default', serviceAccount = own): Promise<Client> {
  const kubernetes = await openCluster(admin, cluster)
  await kubernetes.createServiceAccount(namespace, serviceAccount, {}).catch(allowTaken)
  const pod = await kubernetes.createPod(namespace, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: own },
    spec: { serviceAccountName: serviceAccount, containers: [{ name: 'main', image: 'busybox' }] },
  })
  const { name = '', uid = '' } = pod.metadata ?? {}
  const { token } = await kubernetes.serviceAccountToken({
    namespace,
    serviceAccount,
    audience: 'pods.eks.amazonaws.com',
    expirationSeconds: 3600,
    pod: { name, uid: String(uid) },
  })
  const { accessKeyId, secretAccessKey, sessionToken } = await assumeRoleForPodIdentity(admin, cluster, token)
  return clientOf(admin, { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken })
}

/** How each rule of EKS's is performed. */
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
  'eks-create-access-entry-in-group': {
    goal: () => clusterAdmin,
    prepare: boundGroup,
    async act(me, { node, own }) {
      await eks(me, 'POST', '/access-entries', { principalArn: node, kubernetesGroups: [own] })
      return me
    },
    ...readSecrets,
  },
  'eks-update-access-entry': {
    goal: () => clusterAdmin,
    async prepare(actors) {
      await ownEntry(actors)
      await boundGroup(actors)
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
  'eks-create-nodegroup': nodesOf(['ec2.amazonaws.com', 'eks-nodegroup.amazonaws.com'], 'EC2_LINUX', '/node-groups', own => ({
    nodegroupName: own,
    nodeRole: roleArn(own),
    subnets: ['subnet-1'],
  })),
  'eks-create-fargate-profile': nodesOf(
    ['eks-fargate-pods.amazonaws.com', 'eks-fargate.amazonaws.com'],
    'FARGATE_LINUX',
    '/fargate-profiles',
    own => ({
      fargateProfileName: own,
      podExecutionRoleArn: roleArn(own),
      selectors: [{ namespace: own }],
      subnets: ['subnet-1'],
    }),
  ),
  'eks-create-addon': byAddon('aws-ebs-csi-driver', 'ebs-csi-controller-sa', false),
  'eks-update-addon': byAddon('aws-efs-csi-driver', 'efs-csi-controller-sa', true),
}

const associations = new Map<string, string>()

/** Nodes or pods of a role of their own: the cluster lets the role in as theirs, and gives its credentials to what runs there. */
function nodesOf(
  [service, linkedService]: readonly [string, string],
  type: string,
  path: string,
  input: (own: string) => object,
): Performance {
  return {
    goal: ({ own }) => roleArn(own),
    async prepare({ admin, own }) {
      await makeRole(admin, own, trusts({ Service: service }))
      await iam(admin, 'AttachRolePolicy', { RoleName: own, PolicyArn: administratorAccess })
      await iam(admin, 'CreateServiceLinkedRole', { AWSServiceName: linkedService }).catch((problem: unknown) => {
        // It is there since the attacker before.
        if (!(problem instanceof CallError && problem.code === 'InvalidInput')) throw problem
      })
    },
    act: async (me, { own }) => void (await eks(me, 'POST', path, input(own))),
    async proof(_, { admin, own }) {
      const { accessEntry } = (await eks(admin, 'GET', entryOf(roleArn(own)))) as { accessEntry: { type: string } }
      if (accessEntry.type !== type) throw new Error(`the role is let in as ${accessEntry.type}`)
    },
  }
}

/** An add-on whose service account has a role by an association of the add-on's own. */
function byAddon(addonName: string, serviceAccount: string, isThere: boolean): Performance {
  const withRole = (own: string) => ({ podIdentityAssociations: [{ serviceAccount, roleArn: roleArn(own) }] })
  return {
    goal: ({ own }) => roleArn(own),
    async prepare(actors) {
      await podRole(actors, actors.own)
      const { addons } = (await eks(actors.admin, 'GET', '/addons')) as { addons: readonly string[] }
      if (addons.includes(addonName)) await eks(actors.admin, 'DELETE', `/addons/${addonName}`)
      if (isThere) await eks(actors.admin, 'POST', '/addons', { addonName })
    },
    async act(me, actors) {
      if (isThere) await eks(me, 'POST', `/addons/${addonName}/update`, withRole(actors.own))
      else await eks(me, 'POST', '/addons', { addonName, ...withRole(actors.own) })
      return asPod(actors, 'kube-system', serviceAccount)
    },
  }
}
