import type { RequestContext } from '../../policy/index.ts'
import type { CreateClusterRequest, UpdateClusterConfigRequest } from '../../wire/models/eks.ts'

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
})
