import type { JsonObject } from '../../../types/json.ts'
import { asText, isObject } from '../template/template.ts'
import { call, members, retag, settled, tags } from './eks-calls.ts'
import { changed, objects, requiredText, text, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// CloudFormation Template Reference, "AWS::EKS::Cluster".

/** `Logging` of a template names the types that are on. */
function loggingOf(properties: JsonObject): object {
  const logging = properties['Logging']
  const cluster = isObject(logging) ? logging['ClusterLogging'] : undefined
  if (!isObject(cluster)) return {}
  const types = objects(cluster, 'EnabledTypes').map(({ Type }) => asText(Type))
  const others = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'].filter(type => !types.includes(type))
  const clusterLogging = [
    { types, enabled: true },
    { types: others, enabled: false },
  ].filter(setting => setting.types.length > 0)
  return { logging: { clusterLogging } }
}

interface DescribedCluster {
  readonly cluster: {
    readonly arn: string
    readonly endpoint?: string
    readonly certificateAuthority?: { readonly data?: string; readonly active?: { readonly id?: string; readonly activatedBy?: string } }
    readonly kubernetesNetworkConfig?: { readonly serviceIpv6Cidr?: string }
    readonly identity?: { readonly oidc?: { readonly issuer?: string } }
    readonly resourcesVpcConfig?: { readonly clusterSecurityGroupId?: string }
    readonly encryptionConfig?: readonly { readonly provider?: { readonly keyArn?: string } }[]
  }
}

async function describeCluster(name: string, context: ResourceContext) {
  const { cluster } = await call<DescribedCluster>(context, 'DescribeCluster', { name })
  return {
    physicalId: name,
    attributes: {
      Arn: cluster.arn,
      Id: name,
      Endpoint: cluster.endpoint ?? '',
      CertificateAuthorityData: cluster.certificateAuthority?.data ?? '',
      'CertificateAuthority.Active.ActivatedBy': cluster.certificateAuthority?.active?.activatedBy ?? '',
      'CertificateAuthority.Active.Id': cluster.certificateAuthority?.active?.id ?? '',
      'CertificateAuthority.Data': cluster.certificateAuthority?.data ?? '',
      ClusterSecurityGroupId: cluster.resourcesVpcConfig?.clusterSecurityGroupId ?? '',
      EncryptionConfigKeyArn: cluster.encryptionConfig?.[0]?.provider?.keyArn ?? '',
      'KubernetesNetworkConfig.ServiceIpv6Cidr': cluster.kubernetesNetworkConfig?.serviceIpv6Cidr ?? '',
      OpenIdConnectIssuerUrl: cluster.identity?.oidc?.issuer ?? '',
    },
  }
}

/** The parts of a cluster that UpdateClusterConfig changes, one at a time as EKS wants it; it says by itself which of them it does not serve. */
const clusterParts = [
  'AccessConfig',
  'ControlPlaneScalingConfig',
  'DeletionProtection',
  'KubeApiServerConfig',
  'KubeControllerManagerConfig',
  'KubeSchedulerConfig',
  'RemoteNetworkConfig',
  'UpgradePolicy',
  'ZonalShiftConfig',
] as const

/** EKS Auto Mode, whose parts change in one call. EKS User Guide, "Enable EKS Auto Mode on an existing cluster". */
const autoModeParts = ['ComputeConfig', 'KubernetesNetworkConfig', 'StorageConfig'] as const

/** Properties that CreateCluster does not take as they are. Some are of updates alone. */
const notAsGiven = new Set(['Name', 'Logging', 'Tags', 'Force', 'RollbackConfig', 'ActiveCertificateAuthorityId'])

export const cluster: ResourceType = {
  name: 'AWS::EKS::Cluster',
  systemTags: true,
  properties: {
    ...mutable(
      'Version',
      'ResourcesVpcConfig',
      'Logging',
      'Tags',
      'Force',
      'RollbackConfig',
      'ActiveCertificateAuthorityId',
      ...clusterParts,
      ...autoModeParts,
    ),
    ...replacing('Name', 'RoleArn', 'EncryptionConfig', 'OutpostConfig', 'BootstrapSelfManagedAddons'),
  },
  required: ['RoleArn', 'ResourcesVpcConfig'],
  namedBy: 'Name',
  attributes: [
    'Arn',
    'Id',
    'Endpoint',
    'CertificateAuthorityData',
    'CertificateAuthority.Active.ActivatedBy',
    'CertificateAuthority.Active.Id',
    'CertificateAuthority.Data',
    'ClusterSecurityGroupId',
    'EncryptionConfigKeyArn',
    'KubernetesNetworkConfig.ServiceIpv6Cidr',
    'OpenIdConnectIssuerUrl',
  ],

  async create(properties, context) {
    const name = text(properties, 'Name') ?? context.name(100)
    const given = Object.keys(cluster.properties).filter(property => !notAsGiven.has(property))
    await call(context, 'CreateCluster', { name, ...members(properties, ...given), ...loggingOf(properties), ...tags(properties, context) })
    return thenFinish(name, async () => {
      await settled(context, 'DescribeCluster', { name }, ['ACTIVE'])
      return describeCluster(name, context)
    })
  },

  async update(name, properties, previous, context) {
    // EKS User Guide, "Rollback cluster to previous Kubernetes version": a stack's rollback is none of the version.
    if (changed(properties, previous, 'Version') && properties['Version'] !== undefined && !context.restoring) {
      await call(context, 'UpdateClusterVersion', {
        name,
        version: requiredText(properties, 'Version'),
        ...members(properties, 'Force', 'RollbackConfig'),
      })
      await settled(context, 'DescribeCluster', { name }, ['ACTIVE'])
    }
    const parts: object[] = clusterParts
      .filter(part => changed(properties, previous, part) && properties[part] !== undefined)
      .map(part => members(properties, part))
    if (autoModeParts.some(part => changed(properties, previous, part))) parts.push(members(properties, ...autoModeParts))
    if (changed(properties, previous, 'Logging')) parts.push(loggingOf(properties))
    if (changed(properties, previous, 'ResourcesVpcConfig')) parts.push(members(properties, 'ResourcesVpcConfig'))
    for (const part of parts) {
      await call(context, 'UpdateClusterConfig', { name, ...part })
      await settled(context, 'DescribeCluster', { name }, ['ACTIVE'])
    }
    const certificateAuthorityId = text(properties, 'ActiveCertificateAuthorityId')
    if (certificateAuthorityId !== undefined && certificateAuthorityId !== text(previous, 'ActiveCertificateAuthorityId'))
      await call(context, 'ActivateCertificateAuthority', { clusterName: name, certificateAuthorityId })
    const described = await describeCluster(name, context)
    await retag(described.attributes.Arn, properties, previous, context)
    return described
  },

  async delete(name, _properties, context) {
    await unlessGone(call(context, 'DeleteCluster', { name }))
    await settled(context, 'DescribeCluster', { name }, [], true)
  },
}
