import { clusterArn } from '../../kubernetes/cluster-of-name.ts'
import { isServiceRange } from '../../kubernetes/service-range.ts'
import { issuerUrl } from '../../kubernetes/issuer/discovery.ts'
import { defaultKubernetesVersion, isOldVersion, kubernetesVersions } from '../../catalogue/kubernetes-versions.ts'
import { recordChange, sealContexts, type Transaction } from '../../store/index.ts'
import type { ClusterKind } from '../../kubernetes/clusters.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { CreateClusterRequest } from '../../wire/models/eks.ts'
import type { AccessContext, CallContext, HandleContext } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import { clusterIssues } from './cluster-health.ts'
import { autoModeUnserved, autoModeWanted } from './auto-mode.ts'
import { type ClusterDetails, clusterShape, detailsOf } from './cluster-shape.ts'
import { addTags, removeAllTags, requestTagKeys, requireCluster, tagsOf } from './cluster-store.ts'
import { clusterConfigurationKeys } from './condition-keys.ts'
import { clusterCreator, grantCreator } from './creator.ts'
import { fargateProfileRecords } from './fargate-profiles.ts'
import { removeInsights } from './insights.ts'
import { nodegroupRecords } from './nodegroups.ts'
import { refuseAccessOnOutposts, refuseSettingsOnOutposts } from './outposts.ts'
import { removePodIdentityAssociations } from './pod-identity-associations.ts'
import { checkPublicAccess } from './public-access.ts'
import { nameInUse, registeredClusterRecords, registeredShape } from './registered-clusters.ts'
import { removeResourcesOf, scopeOf } from './resources.ts'
import { passRole, roleInAccount, trustsService } from './roles.ts'
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
    return [{ resource, keys }, passRole(input.roleArn), ...taggingAccess(resource, input.tags)]
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
      authenticationMode: (input.accessConfig?.authenticationMode ?? 'CONFIG_MAP') as ClustersTable['authenticationMode'],
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
    if (creator && cluster.authenticationMode !== 'CONFIG_MAP') await grantCreator(tx, cluster, creator, world.random, now)
    await recordChange(tx, { account, kind: 'cluster', id, at: now })
    context.afterCommit(() => world.clusters.start(id))
    return { cluster: clusterShape(cluster, input.tags ?? {}) }
  },
})

/** Kinds by the value of the tag `gatehouse:kind`. docs/clusters.md. */
const kindsByTag: { readonly [tag: string]: ClusterKind } = { embedded: 'embedded', 'control-plane': 'controlPlane', attached: 'attached' }

const kindTagOf = ({ tags }: CreateClusterRequest) => tags?.['gatehouse:kind']

const kindOf = (input: CreateClusterRequest, { clusters }: HandleContext['world']): ClusterKind =>
  kindsByTag[kindTagOf(input) ?? ''] ?? clusters.defaultKind

/** A cluster that runs elsewhere is CREATING until `gatehouse cluster attach` says where. docs/clusters.md, "Attached". */
const isAttached = (input: CreateClusterRequest) => kindTagOf(input) === 'attached'

function checkKind(input: CreateClusterRequest, { clusters }: HandleContext['world']): void {
  const tag = kindTagOf(input)
  if (tag === undefined) return
  const clusterName = input.name
  if (!Object.hasOwn(kindsByTag, tag))
    throw new eks.InvalidParameterException(`The tag gatehouse:kind is one of ${Object.keys(kindsByTag).join(', ')}.`, { clusterName })
  // With a folder of kube-apiserver and etcd, clusters are control planes unless they say otherwise.
  if (tag === 'control-plane' && clusters.defaultKind !== 'controlPlane')
    throw new eks.InvalidParameterException('A control plane needs KUBEBUILDER_ASSETS: a folder with kube-apiserver and etcd.', {
      clusterName,
    })
}

const componentSettings = ['kubeApiServerConfig', 'kubeSchedulerConfig', 'kubeControllerManagerConfig'] as const

/**
 * EKS Auto Mode, and settings of components that are set otherwise here. EKS User Guide, "Create an EKS Auto Mode Cluster".
 * @throws InvalidParameterException, InvalidRequestException
 */
function refuseUnserved(input: CreateClusterRequest): void {
  const { name: clusterName, version = defaultKubernetesVersion, bootstrapSelfManagedAddons } = input
  if (autoModeWanted(input, { clusterName, version })) {
    if (bootstrapSelfManagedAddons)
      throw new eks.InvalidParameterException('When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false.', {
        clusterName,
      })
    throw autoModeUnserved(clusterName)
  }
  const unserved = componentSettings.find(member => input[member] !== undefined)
  if (unserved) throw new eks.InvalidRequestException(`${unserved} is not supported for this cluster.`, { clusterName })
}

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
  bootstrap,
})

/** EKS User Guide, "View and manage Amazon EKS and Fargate service quotas". */
const mostClusters = 100

async function checkNewCluster(input: CreateClusterRequest, context: AccessContext): Promise<void> {
  const { tx } = context
  const { name } = input
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name))
    throw new eks.InvalidParameterException(
      'The cluster name must start with an alphanumeric character and can contain only alphanumeric characters, hyphens and underscores, 100 at most.',
      { clusterName: name },
    )
  if (await nameInUse(tx, context, name))
    throw new eks.ResourceInUseException(`Cluster already exists with name: ${name}`, { clusterName: name })
  checkKind(input, context.world)
  refuseUnserved(input)
  if (input.version !== undefined && !canBeMade(input.version, input, context))
    throw new eks.InvalidParameterException('unsupported Kubernetes version', { clusterName: name })
  const { length } = await tx
    .selectFrom('clusters')
    .select('id')
    .where('account', '=', context.account)
    .where('region', '=', context.region)
    .execute()
  if (length >= mostClusters)
    throw new eks.ResourceLimitExceededException(`An account can have at most ${mostClusters} clusters in a region.`, { clusterName: name })
  checkServiceRange(input)
  checkPublicAccess(input.resourcesVpcConfig.publicAccessCidrs, { clusterName: name, ipFamily: input.kubernetesNetworkConfig?.ipFamily })
  if (input.outpostConfig) {
    refuseAccessOnOutposts(name, input.accessConfig ?? {})
    refuseSettingsOnOutposts(input)
  }
  checkBootstrap(input)
  await requireRole(input, context)
  // Clusters on Outposts take their subnets from there, and those that run elsewhere have none; all others need two for high availability.
  if (!input.outpostConfig && !isAttached(input) && (input.resourcesVpcConfig.subnetIds?.length ?? 0) < 2)
    throw new eks.InvalidParameterException('Subnets specified must be in at least two different AZs', { clusterName: name })
}

/** EKS API Reference, "KubernetesNetworkConfigRequest". @throws InvalidParameterException */
function checkServiceRange({ name: clusterName, kubernetesNetworkConfig }: CreateClusterRequest): void {
  const { serviceIpv4Cidr, ipFamily } = kubernetesNetworkConfig ?? {}
  if (serviceIpv4Cidr === undefined) return
  if (ipFamily === 'ipv6')
    throw new eks.InvalidParameterException('serviceIpv4Cidr cannot be specified when the ipFamily is ipv6.', { clusterName })
  if (!isServiceRange(serviceIpv4Cidr))
    throw new eks.InvalidParameterException(
      `The serviceIpv4Cidr ${serviceIpv4Cidr} must be a network of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, between /24 and /12.`,
      { clusterName },
    )
}

/** Its creator is all who gets into a cluster of this mode at first. The words are those that users were shown (terraform-aws-eks, issue 3206). */
function checkBootstrap({ name: clusterName, accessConfig = {} }: CreateClusterRequest): void {
  const { authenticationMode = 'CONFIG_MAP', bootstrapClusterCreatorAdminPermissions } = accessConfig
  if (authenticationMode === 'CONFIG_MAP' && bootstrapClusterCreatorAdminPermissions === false)
    throw new eks.InvalidParameterException(
      'bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP',
      { clusterName },
    )
}

const canBeMade = (wanted: string, input: CreateClusterRequest, { world }: AccessContext) =>
  kubernetesVersions.some(({ version }) => version === wanted) ||
  ((world.settings.oldVersions === true || isAttached(input)) && isOldVersion(wanted))

/**
 * Local clusters run on instances, whose role theirs is; a cluster that runs elsewhere has no use for its role.
 * EKS User Guide, "Amazon EKS cluster IAM role" and "Deploy an Amazon EKS cluster on AWS Outposts".
 * @throws InvalidParameterException
 */
async function requireRole(input: CreateClusterRequest, { tx, account }: AccessContext): Promise<void> {
  const { roleArn: arn, outpostConfig, name: clusterName } = input
  const role = await roleInAccount(tx, arn, account)
  const service = outpostConfig ? 'ec2.amazonaws.com' : 'eks.amazonaws.com'
  if (!role || !(isAttached(input) || trustsService(role.trustPolicy.document, service)))
    throw new eks.InvalidParameterException(
      `Role with arn: ${arn}, could not be assumed because it does not exist or the trusted entity is not correct`,
      { clusterName },
    )
}

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

async function removeCluster(tx: Transaction, { id, arn }: ClustersTable): Promise<void> {
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
}

function clusterTrail({ name }: { readonly name: string }, _output: unknown, { account, region }: CallContext) {
  return { resources: [{ ARN: clusterArn(region, account, name), accountId: account, type: 'AWS::EKS::Cluster' }] }
}
