import { defaultKubernetesVersion, isOldVersion, kubernetesVersions } from '../../catalogue/kubernetes-versions.ts'
import type { ClusterKind } from '../../kubernetes/clusters.ts'
import { isServiceRange } from '../../kubernetes/service-range.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { ComputeConfigResponse, CreateClusterRequest } from '../../wire/models/eks.ts'
import type { AccessContext, HandleContext } from '../operation.ts'
import { autoModeUnavailable, autoModeWanted, requireAutoModeRoles } from './auto-mode.ts'
import { checkNetworks } from './cluster-networks.ts'
import { vpcOf } from './cluster-shape.ts'
import { checkEncryption } from './encryption.ts'
import { refuseAccessOnOutposts, refuseSettingsOnOutposts } from './outposts.ts'
import { checkPublicAccess } from './public-access.ts'
import { nameInUse } from './registered-clusters.ts'
import { checkRemoteNetworks } from './remote-networks.ts'
import { couldNotBeAssumed, roleInAccount, trustsService } from './roles.ts'
import { eks } from './service.ts'

/** Kinds by the value of the tag `gatehouse:kind`. docs/clusters.md. */
const kindsByTag: { readonly [tag: string]: ClusterKind } = { embedded: 'embedded', 'control-plane': 'controlPlane', attached: 'attached' }

const kindTagOf = ({ tags }: CreateClusterRequest) => tags?.['gatehouse:kind']

export const kindOf = (input: CreateClusterRequest, { clusters }: HandleContext['world']): ClusterKind =>
  kindsByTag[kindTagOf(input) ?? ''] ?? clusters.defaultKind

/** A cluster that runs elsewhere is CREATING until `gatehouse cluster attach` says where. docs/clusters.md, "Attached". */
export const isAttached = (input: CreateClusterRequest) => kindTagOf(input) === 'attached'

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

/** What the components of the control plane are set to: those of clusters here are set otherwise. */
export const componentSettings = ['kubeApiServerConfig', 'kubeSchedulerConfig', 'kubeControllerManagerConfig'] as const

/** Settings of components that are set otherwise here. @throws InvalidRequestException */
function refuseUnserved(input: CreateClusterRequest): void {
  const unserved = componentSettings.find(member => input[member] !== undefined)
  if (unserved) throw new eks.InvalidRequestException(`${unserved} is not supported for this cluster.`, { clusterName: input.name })
}

/**
 * What EKS Auto Mode is to be of a new cluster. EKS User Guide, "Create an EKS Auto Mode Cluster with the AWS CLI".
 * @throws InvalidParameterException, InvalidRequestException
 */
export function autoModeOfNew(input: CreateClusterRequest): ComputeConfigResponse | undefined {
  const { name, version = defaultKubernetesVersion, bootstrapSelfManagedAddons, outpostConfig } = input
  const compute = autoModeWanted(input, { name, version, authenticationMode: modeOfNew(input) })
  if (!compute?.enabled) return compute
  if (bootstrapSelfManagedAddons)
    throw new eks.InvalidParameterException('When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false.', {
      clusterName: name,
    })
  if (outpostConfig || isAttached(input)) throw autoModeUnavailable(name)
  return compute
}

/** EKS API Reference, "CreateAccessConfigRequest". */
export const modeOfNew = ({ accessConfig }: CreateClusterRequest) =>
  (accessConfig?.authenticationMode ?? 'CONFIG_MAP') as ClustersTable['authenticationMode']

/** EKS User Guide, "View and manage Amazon EKS and Fargate service quotas". */
const mostClusters = 100

export async function checkNewCluster(input: CreateClusterRequest, context: AccessContext): Promise<void> {
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
  const compute = autoModeOfNew(input)
  if (input.version !== undefined && !canBeMade(input.version, input, context))
    throw new eks.InvalidParameterException(`unsupported Kubernetes version ${input.version}`, { clusterName: name })
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
  checkRemoteNetworks(input.remoteNetworkConfig, {
    id: '',
    account: context.account,
    region: context.region,
    name,
    authenticationMode: modeOfNew(input),
    details: JSON.stringify(input),
  })
  if (input.outpostConfig) {
    refuseAccessOnOutposts(name, input.accessConfig ?? {})
    refuseSettingsOnOutposts(input)
  }
  checkBootstrap(input)
  if (input.encryptionConfig?.length) checkEncryption(input.encryptionConfig, { name, region: context.region })
  await requireRole(input, context)
  if (compute?.enabled) await requireAutoModeRoles(compute, input, context)
  // Clusters on Outposts take their subnets from there, and those that run elsewhere have none; all others need two for high availability.
  if (!input.outpostConfig && !isAttached(input))
    checkNetworks(vpcOf({ ...input, bootstrap: false }), { name, account: context.account, region: context.region })
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
  if (!role || !(isAttached(input) || trustsService(role.trustPolicy.document, service))) throw couldNotBeAssumed(arn, clusterName)
}
