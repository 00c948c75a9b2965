import { clusterArn } from '../../kubernetes/cluster-of-name.ts'
import { tagClusterSecurityGroup, untagClusterSecurityGroup } from '../../kubernetes/cluster-security-group.ts'
import { issuerUrl } from '../../kubernetes/issuer/discovery.ts'
import { defaultKubernetesVersion } from '../../catalogue/kubernetes-versions.ts'
import { recordChange, sealContexts, type Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { CreateClusterRequest } from '../../wire/models/eks.ts'
import type { CallContext } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import { clusterIssues } from './cluster-health.ts'
import { passNodeRole } from './auto-mode.ts'
import { changeAutoModeNodes } from './auto-mode-access.ts'
import { type ClusterDetails, clusterShape, detailsOf } from './cluster-shape.ts'
import { addTags, removeAllTags, requestTagKeys, requireCluster, tagsOf } from './cluster-store.ts'
import { clusterConfigurationKeys } from './condition-keys.ts'
import { clusterCreator, grantCreator } from './creator.ts'
import { fargateProfileRecords } from './fargate-profiles.ts'
import { removeInsights } from './insights.ts'
import { keepManagedEntry } from './managed-access.ts'
import { autoModeOfNew, checkNewCluster, isAttached, kindOf, modeOfNew } from './new-clusters.ts'
import { nodegroupRecords } from './nodegroups.ts'
import { removePodIdentityAssociations } from './pod-identity-associations.ts'
import { registeredClusterRecords, registeredShape } from './registered-clusters.ts'
import { removeResourcesOf, scopeOf } from './resources.ts'
import { passRole } from './roles.ts'
import { eks } from './service.ts'
import { linkedServices, makeServiceLinkedRole, findOrMakeServiceLinkedRole } from './service-linked-roles.ts'

/** CreateCluster: makes a cluster of the kind that the configuration says. EKS API Reference, "CreateCluster". */
export const CreateCluster = eks.operation('CreateCluster', {
  access(input, { account, region }) {
    const keys = {
      ...requestTagKeys(input.tags),
      ...clusterConfigurationKeys(input),
      'eks:bootstrapClusterCreatorAdminPermissions': input.accessConfig?.bootstrapClusterCreatorAdminPermissions,
      'eks:bootstrapSelfManagedAddons': input.bootstrapSelfManagedAddons,
      'eks:kubernetesVersion': input.version,
    }
    const resource = clusterArn(region, account, input.name)
    return [{ resource, keys }, passRole(input.roleArn), ...passNodeRole(input), ...taggingAccess(resource, input.tags)]
  },

  async reach(input, context) {
    // Checked here as well, so that a cluster that is refused leaves no role behind.
    await context.world.store.read(tx => checkNewCluster(input, { ...context, tx }))
    if (input.outpostConfig) await findOrMakeServiceLinkedRole(context, linkedServices.localCluster)
    else if (!isAttached(input)) await makeServiceLinkedRole(context, linkedServices.cluster)
  },

  async handle(input, context) {
    const { tx, account, region, now, world } = context
    await checkNewCluster(input, context)
    const id = Buffer.from(world.random.bytes(16)).toString('hex').toUpperCase()
    const arn = clusterArn(region, account, input.name)
    const bootstrap = input.accessConfig?.bootstrapClusterCreatorAdminPermissions ?? true
    const creator = bootstrap ? clusterCreator(context.principal) : undefined
    const cluster: ClustersTable = {
      id,
      account,
      region,
      name: input.name,
      arn,
      status: 'CREATING',
      kind: kindOf(input, world),
      version: input.version ?? defaultKubernetesVersion,
      roleArn: input.roleArn,
      authenticationMode: modeOfNew(input),
      creatorArn: creator?.arn ?? null,
      creatorId: creator?.id ?? null,
      issuerUrl: issuerUrl(world.settings.issuerOrigin ?? world.endpoints.https, id),
      endpoint: null,
      certificateAuthority: null,
      webhookToken: world.secrets.encrypt(Buffer.from(world.random.bytes(32)).toString('base64url'), sealContexts.webhookToken(id)),
      details: JSON.stringify(keptOf(input, bootstrap)),
      createdAt: now,
    }
    await tx.insertInto('clusters').values(cluster).execute()
    await addTags(context, arn, input.tags)
    if (!isAttached(input)) await tagClusterSecurityGroup(tx, cluster)
    if (creator && cluster.authenticationMode !== 'CONFIG_MAP') await grantCreator(tx, cluster, creator, world.random, now)
    await keepManagedEntry(cluster, context)
    await changeAutoModeNodes(cluster, undefined, detailsOf(cluster).computeConfig, context)
    await recordChange(tx, { account, kind: 'cluster', id, at: now })
    context.afterCommit(() => world.clusters.start(id))
    return { cluster: clusterShape(cluster, input.tags ?? {}) }
  },
})

/** What is kept of a creation as given. */
const keptOf = (input: CreateClusterRequest, bootstrap: boolean): ClusterDetails => ({
  resourcesVpcConfig: input.resourcesVpcConfig,
  kubernetesNetworkConfig: input.kubernetesNetworkConfig,
  logging: input.logging,
  encryptionConfig: input.encryptionConfig,
  outpostConfig: input.outpostConfig,
  upgradePolicy: input.upgradePolicy,
  zonalShiftConfig: input.zonalShiftConfig,
  remoteNetworkConfig: input.remoteNetworkConfig,
  controlPlaneScalingConfig: input.controlPlaneScalingConfig,
  deletionProtection: input.deletionProtection,
  computeConfig: autoModeOfNew(input),
  bootstrap,
})

/** DescribeCluster: a cluster's endpoint, certificate authority, issuer and status. EKS API Reference, "DescribeCluster". */
export const DescribeCluster = eks.operation('DescribeCluster', {
  access: ({ name }, context) => clusterAccess(context, name),
  async handle({ name }, { tx, now, ...place }) {
    const registered = await registeredClusterRecords.find(tx, scopeOf(place), name)
    if (registered) return { cluster: await registeredShape(tx, registered, now) }
    const cluster = await requireCluster(tx, place, name)
    return { cluster: { ...clusterShape(cluster, await tagsOf(tx, cluster.arn)), health: { issues: await clusterIssues(tx, cluster) } } }
  },
  trail: clusterTrail,
})

/** ListClusters: names of the account's clusters in the region, and of those that run elsewhere when all are wanted. EKS API Reference, "ListClusters". */
export const ListClusters = eks.operation('ListClusters', {
  access: (_input, { account, region }) => ({ resource: clusterArn(region, account, '*') }),
  async handle(input, { tx, account, region }) {
    const { include = [] } = input
    if (include.length > 0 && include.join() !== 'all') throw new eks.InvalidParameterException('The only value of include is all.')
    const rows = await tx.selectFrom('clusters').select('name').where('account', '=', account).where('region', '=', region).execute()
    const registered = include.length > 0 ? await registeredClusterRecords.list(tx, scopeOf({ account, region })) : []
    const names = [...rows, ...registered].map(({ name }) => name).sort()
    const { page, nextToken } = pageByName(names, name => name, input)
    return { clusters: [...page], nextToken }
  },
})

/** EKS User Guide, "Protect EKS clusters from accidental deletion". */
const deletableThoughProtected: ReadonlySet<ClustersTable['status']> = new Set(['CREATING', 'FAILED', 'DELETING'])

/** DeleteCluster: stops a cluster and forgets it with all that it held. EKS API Reference, "DeleteCluster". */
export const DeleteCluster = eks.operation('DeleteCluster', {
  access: ({ name }, context) => clusterAccess(context, name),
  async handle({ name }, { tx, now, world, afterCommit, ...place }) {
    const cluster = await requireCluster(tx, place, name)
    if (detailsOf(cluster).deletionProtection && !deletableThoughProtected.has(cluster.status))
      throw new eks.InvalidRequestException(
        'The cluster has deletion protection enabled. Disable deletion protection before deleting the cluster.',
        { clusterName: name },
      )
    await refuseWhileInUse(tx, cluster)
    const tags = await tagsOf(tx, cluster.arn)
    await removeCluster(tx, cluster)
    await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
    afterCommit(() => world.clusters.stop(cluster.id))
    return { cluster: clusterShape({ ...cluster, status: 'DELETING' }, tags) }
  },
  trail: clusterTrail,
})

/** Nodes go before their cluster. EKS User Guide, "Delete a cluster". */
async function refuseWhileInUse(tx: Transaction, { id, name }: ClustersTable): Promise<void> {
  if ((await nodegroupRecords.list(tx, id)).length > 0)
    throw new eks.ResourceInUseException('Cluster has nodegroups attached', { clusterName: name })
  if ((await fargateProfileRecords.list(tx, id)).length > 0)
    throw new eks.ResourceInUseException('Cluster has Fargate profiles attached', { clusterName: name })
}

async function removeCluster(tx: Transaction, cluster: ClustersTable): Promise<void> {
  const { id, arn } = cluster
  await tx.deleteFrom('accessPolicyAssociations').where('clusterId', '=', id).execute()
  await tx.deleteFrom('accessEntries').where('clusterId', '=', id).execute()
  await removePodIdentityAssociations(tx, id)
  await removeResourcesOf(tx, id)
  await removeInsights(tx, id)
  await tx.deleteFrom('eksUpdates').where('clusterId', '=', id).execute()
  await tx.deleteFrom('attachedClusters').where('clusterId', '=', id).execute()
  await tx.deleteFrom('etcdKeys').where('clusterId', '=', id).execute()
  await tx.deleteFrom('issuerKeys').where('clusterId', '=', id).execute()
  await tx.deleteFrom('kubernetesObjects').where('clusterId', '=', id).execute()
  await tx.deleteFrom('kubernetesRevisions').where('clusterId', '=', id).execute()
  await tx.deleteFrom('clusters').where('id', '=', id).execute()
  await removeAllTags(tx, arn)
  await untagClusterSecurityGroup(tx, cluster)
}

function clusterTrail({ name }: { readonly name: string }, _output: unknown, { account, region }: CallContext) {
  return { resources: [{ ARN: clusterArn(region, account, name), accountId: account, type: 'AWS::EKS::Cluster' }] }
}
