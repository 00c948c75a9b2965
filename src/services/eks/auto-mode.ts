import { minorOf } from '../../catalogue/kubernetes-versions.ts'
import type { CreateClusterRequest } from '../../wire/models/eks.ts'
import { eks } from './service.ts'

type AutoModeSettings = Pick<CreateClusterRequest, 'computeConfig' | 'storageConfig' | 'kubernetesNetworkConfig'>

const firstMinor = 29

/**
 * Whether EKS Auto Mode is switched on or off; undefined where nothing is said of it. Its three parts are switched together. The words are those that users were shown.
 * EKS User Guide, "Enable EKS Auto Mode on an existing cluster".
 * @throws InvalidParameterException
 */
export function autoModeWanted(
  { computeConfig, storageConfig, kubernetesNetworkConfig }: AutoModeSettings,
  cluster: { readonly clusterName: string; readonly version: string },
): boolean | undefined {
  const { clusterName, version } = cluster
  const refused = (message: string) => new eks.InvalidParameterException(message, { clusterName })
  const switches = [computeConfig?.enabled, kubernetesNetworkConfig?.elasticLoadBalancing?.enabled, storageConfig?.blockStorage?.enabled]
  if (switches.every(given => given === undefined)) return undefined
  const on = switches.filter(given => given === true).length
  if (on === 0) return false
  if (on < switches.length)
    throw refused(
      'For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.',
    )
  const pools = computeConfig?.nodePools?.length ?? 0
  if (pools > 0 && !computeConfig?.nodeRoleArn)
    throw refused('When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated.')
  if (pools === 0 && computeConfig?.nodeRoleArn)
    throw refused('When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.')
  if (minorOf(version) < firstMinor) throw refused('EKS Auto Mode is only supported for cluster version 1.29 or above.')
  return true
}

/** Nodes, volumes and load balancers that nobody would make: whoever was answered a cluster with them would wait for them in vain. */
export const autoModeUnserved = (clusterName: string) =>
  new eks.InvalidRequestException('EKS Auto Mode is not supported for this cluster.', { clusterName })
