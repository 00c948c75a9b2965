import type { ClustersTable } from '../../store/tables/eks.ts'
import type { Cluster, CreateClusterRequest } from '../../wire/models/eks.ts'

type Details = Pick<
  CreateClusterRequest,
  | 'resourcesVpcConfig'
  | 'kubernetesNetworkConfig'
  | 'logging'
  | 'encryptionConfig'
  | 'outpostConfig'
  | 'upgradePolicy'
  | 'deletionProtection'
> & { readonly bootstrap: boolean }

/** The service range that EKS chooses when the caller does not. EKS API Reference, "KubernetesNetworkConfigRequest". */
const defaultServiceRange = '10.100.0.0/16'

/** A cluster as DescribeCluster shows it. EKS API Reference, "Cluster". */
export function clusterShape(row: ClustersTable, tags: { readonly [key: string]: string }): Cluster {
  const details = JSON.parse(row.details) as Details
  const { resourcesVpcConfig: vpc } = details
  return {
    name: row.name,
    arn: row.arn,
    createdAt: new Date(row.createdAt),
    version: row.version,
    ...(row.endpoint !== null && { endpoint: row.endpoint }),
    roleArn: row.roleArn,
    resourcesVpcConfig: {
      subnetIds: vpc.subnetIds ?? [],
      securityGroupIds: vpc.securityGroupIds ?? [],
      endpointPublicAccess: vpc.endpointPublicAccess ?? true,
      endpointPrivateAccess: vpc.endpointPrivateAccess ?? false,
      publicAccessCidrs: vpc.publicAccessCidrs ?? ['0.0.0.0/0'],
    },
    kubernetesNetworkConfig: {
      serviceIpv4Cidr: details.kubernetesNetworkConfig?.serviceIpv4Cidr ?? defaultServiceRange,
      ipFamily: details.kubernetesNetworkConfig?.ipFamily ?? 'ipv4',
    },
    logging: details.logging ?? {
      clusterLogging: [{ types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'], enabled: false }],
    },
    // Local clusters on Outposts have no OpenID Connect issuer: IRSA does not work there.
    ...(!details.outpostConfig && { identity: { oidc: { issuer: row.issuerUrl } } }),
    status: row.status,
    ...(row.certificateAuthority !== null && { certificateAuthority: { data: Buffer.from(row.certificateAuthority).toString('base64') } }),
    platformVersion: 'eks.1',
    tags,
    ...(details.encryptionConfig && { encryptionConfig: details.encryptionConfig }),
    accessConfig: {
      authenticationMode: row.authenticationMode,
    },
    upgradePolicy: { supportType: details.upgradePolicy?.supportType ?? 'EXTENDED' },
    deletionProtection: details.deletionProtection ?? false,
  }
}
