import { clusterSecurityGroup, clusterVpc } from '../../kubernetes/cluster-security-group.ts'
import { issuerUnavailable } from '../../kubernetes/issuer/availability.ts'
import { serviceRangeOf } from '../../kubernetes/service-range.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import { authorityOf } from './certificate-authority.ts'
import type {
  Cluster,
  ComputeConfigResponse,
  CreateClusterRequest,
  KubernetesNetworkConfigResponse,
  Logging,
} from '../../wire/models/eks.ts'

/** What DescribeCluster repeats of what callers gave, and what updates made of it. */
export type ClusterDetails = Pick<
  CreateClusterRequest,
  | 'resourcesVpcConfig'
  | 'kubernetesNetworkConfig'
  | 'logging'
  | 'encryptionConfig'
  | 'outpostConfig'
  | 'upgradePolicy'
  | 'zonalShiftConfig'
  | 'remoteNetworkConfig'
  | 'controlPlaneScalingConfig'
  | 'deletionProtection'
> & {
  readonly bootstrap: boolean
  /** Of EKS Auto Mode, once it was switched on or off; its other two parts are as this one is. */
  readonly computeConfig?: ComputeConfigResponse
  /** Epoch milliseconds of the last update of the version. */
  readonly versionUpdatedAt?: number
  /** The version before that update, until it is rolled back. */
  readonly upgradedFrom?: string
}

export const detailsOf = ({ details }: Pick<ClustersTable, 'details'>) => JSON.parse(details) as ClusterDetails

/**
 * Networks and endpoint access with EKS's defaults; the endpoints of local clusters are private, and private endpoints have no networks that reach them.
 * EKS API Reference, "VpcConfigRequest"; EKS User Guide, "Comparing the deployment options"; what a user was shown (containers-roadmap, issue 2002).
 */
export function vpcOf({ resourcesVpcConfig: vpc, outpostConfig, kubernetesNetworkConfig }: ClusterDetails) {
  const endpointPublicAccess = vpc.endpointPublicAccess ?? outpostConfig === undefined
  return {
    subnetIds: vpc.subnetIds ?? [],
    securityGroupIds: vpc.securityGroupIds ?? [],
    endpointPublicAccess,
    endpointPrivateAccess: vpc.endpointPrivateAccess ?? outpostConfig !== undefined,
    publicAccessCidrs: networksWithAccess(vpc.publicAccessCidrs, endpointPublicAccess, kubernetesNetworkConfig?.ipFamily),
    controlPlaneEgressMode: vpc.controlPlaneEgressMode ?? 'AWS_MANAGED',
  }
}

/** EKS User Guide, "Configure network access to cluster API server endpoint": everybody, unless networks are named. */
function networksWithAccess(named: readonly string[] = [], isPublic: boolean, ipFamily: string | undefined): string[] {
  if (named.length > 0 || !isPublic) return [...named]
  return ipFamily === 'ipv6' ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0']
}

const logTypes = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']

/** Every type of log, either enabled or not. EKS API Reference, "Logging". */
export function loggingOf({ logging }: ClusterDetails): Logging {
  const enabled = new Set(logging?.clusterLogging?.flatMap(({ types = [], enabled }) => (enabled ? types : [])))
  const setups = [true, false].map(on => ({ types: logTypes.filter(type => enabled.has(type) === on), enabled: on }))
  return { clusterLogging: setups.filter(({ types }) => types.length > 0) }
}

/** Networks of services. EKS API Reference, "KubernetesNetworkConfigResponse". */
function networkOf(row: ClustersTable, details: ClusterDetails): KubernetesNetworkConfigResponse {
  const ipFamily = details.kubernetesNetworkConfig?.ipFamily ?? 'ipv4'
  const range = serviceRangeOf(row)
  return {
    ...(ipFamily === 'ipv6' ? { serviceIpv6Cidr: range } : { serviceIpv4Cidr: range }),
    ipFamily,
    ...(!details.outpostConfig && { elasticLoadBalancing: { enabled: details.computeConfig?.enabled ?? false } }),
  }
}

/** EKS Auto Mode as DescribeCluster shows it: nothing, where it never was on. EKS API Reference, "ComputeConfigResponse" and "StorageConfigResponse". */
const autoModeShape = ({ computeConfig }: ClusterDetails): Pick<Cluster, 'computeConfig' | 'storageConfig'> =>
  computeConfig ? { computeConfig, storageConfig: { blockStorage: { enabled: computeConfig.enabled ?? false } } } : {}

/** A cluster as DescribeCluster shows it. EKS API Reference, "Cluster". */
export function clusterShape(row: ClustersTable, tags: { readonly [key: string]: string }): Cluster {
  const authority = authorityOf(row)
  const details = detailsOf(row)
  const securityGroup = clusterSecurityGroup(row)
  const vpcId = clusterVpc(row)
  return {
    name: row.name,
    arn: row.arn,
    createdAt: new Date(row.createdAt),
    version: row.version,
    ...(row.endpoint !== null && { endpoint: row.endpoint }),
    roleArn: row.roleArn,
    resourcesVpcConfig: {
      ...vpcOf(details),
      ...(securityGroup && { clusterSecurityGroupId: securityGroup.id }),
      ...(vpcId !== undefined && { vpcId }),
    },
    kubernetesNetworkConfig: networkOf(row, details),
    logging: loggingOf(details),
    ...(issuerUnavailable(row) === undefined && { identity: { oidc: { issuer: row.issuerUrl } } }),
    status: row.status,
    certificateAuthority: authority ? { data: authority.data, active: { id: authority.id, activatedBy: authority.activatedBy } } : {},
    platformVersion: 'eks.1',
    tags,
    ...(details.encryptionConfig && { encryptionConfig: details.encryptionConfig }),
    ...(details.outpostConfig && { id: row.id, outpostConfig: details.outpostConfig }),
    ...(details.zonalShiftConfig && { zonalShiftConfig: details.zonalShiftConfig }),
    ...(details.remoteNetworkConfig && { remoteNetworkConfig: details.remoteNetworkConfig }),
    ...autoModeShape(details),
    ...(details.controlPlaneScalingConfig && { controlPlaneScalingConfig: details.controlPlaneScalingConfig }),
    accessConfig: {
      authenticationMode: row.authenticationMode,
    },
    upgradePolicy: { supportType: details.upgradePolicy?.supportType ?? 'EXTENDED' },
    deletionProtection: details.deletionProtection ?? false,
  }
}
