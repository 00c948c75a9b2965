import type { RequestContext } from '../../policy/index.ts'
import type { CreateClusterRequest, Logging, UpdateClusterConfigRequest } from '../../wire/models/eks.ts'

/**
 * Condition keys of a cluster's settings, those that the call gives.
 * Service Authorization Reference, "Condition keys for Amazon Elastic Kubernetes Service".
 */
export const clusterConfigurationKeys = (input: CreateClusterRequest | UpdateClusterConfigRequest): RequestContext => ({
  'eks:authenticationMode': input.accessConfig?.authenticationMode,
  'eks:encryptionConfigProviderKeyArns':
    'encryptionConfig' in input ? input.encryptionConfig?.flatMap(({ provider }) => provider?.keyArn ?? []) : undefined,
  'eks:supportType': input.upgradePolicy?.supportType,
  'eks:deletionProtection': input.deletionProtection,
  'eks:zonalShiftEnabled': input.zonalShiftConfig?.enabled,
  'eks:controlPlaneScalingTier': input.controlPlaneScalingConfig?.tier,
  'eks:computeConfigEnabled': input.computeConfig?.enabled,
  'eks:blockStorageEnabled': input.storageConfig?.blockStorage?.enabled,
  'eks:elasticLoadBalancingEnabled': input.kubernetesNetworkConfig?.elasticLoadBalancing?.enabled,
  'eks:endpointPublicAccess': input.resourcesVpcConfig?.endpointPublicAccess,
  'eks:endpointPrivateAccess': input.resourcesVpcConfig?.endpointPrivateAccess,
  'eks:controlPlaneEgressMode': input.resourcesVpcConfig?.controlPlaneEgressMode,
  'eks:kubeApiServerConfig': input.kubeApiServerConfig !== undefined,
  'eks:kubeControllerManagerConfig': input.kubeControllerManagerConfig !== undefined,
  'eks:kubeSchedulerConfig': input.kubeSchedulerConfig !== undefined,
  ...loggingKeys(input.logging),
})

/** `eks:loggingType/audit` and its like: whether the call enables or disables logs of the type. */
const loggingKeys = (logging: Logging | undefined): RequestContext =>
  Object.fromEntries(
    (logging?.clusterLogging ?? []).flatMap(({ types = [], enabled = false }) => types.map(type => [`eks:loggingType/${type}`, enabled])),
  )
