import { minorOf } from '../../catalogue/kubernetes-versions.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { ComputeConfigResponse, CreateClusterRequest } from '../../wire/models/eks.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { requireNodeRole } from './node-role.ts'
import { couldNotBeAssumed, passRole, roleInAccount, trustsService } from './roles.ts'
import { eks } from './service.ts'

type AutoModeSettings = Pick<CreateClusterRequest, 'computeConfig' | 'storageConfig' | 'kubernetesNetworkConfig'>

/** What EKS Auto Mode asks of a cluster. */
type AutoModeCluster = Pick<ClustersTable, 'name' | 'version' | 'authenticationMode'>

const firstMinor = 29

/** EKS User Guide, "Enable or Disable Built-in NodePools". */
const builtInPools: ReadonlySet<string> = new Set(['general-purpose', 'system'])

/** Whether each of the three parts of EKS Auto Mode is switched on or off; undefined where nothing is said of it. */
const switchesOf = ({ computeConfig, storageConfig, kubernetesNetworkConfig }: AutoModeSettings): (boolean | undefined)[] => [
  computeConfig?.enabled,
  kubernetesNetworkConfig?.elasticLoadBalancing?.enabled,
  storageConfig?.blockStorage?.enabled,
]

/**
 * What a cluster's compute is to be; undefined where nothing switches EKS Auto Mode on or off. Its three parts are switched together.
 * The words are those that users were shown, but those of pools that there are not.
 * EKS User Guide, "Enable EKS Auto Mode on an existing cluster"; EKS API Reference, "ComputeConfigRequest".
 * @throws InvalidParameterException
 */
export function autoModeWanted(settings: AutoModeSettings, cluster: AutoModeCluster): ComputeConfigResponse | undefined {
  const { name: clusterName, version, authenticationMode } = cluster
  const refused = (message: string) => new eks.InvalidParameterException(message, { clusterName })
  const switches = switchesOf(settings)
  if (switches.every(given => given === undefined)) return undefined
  const on = switches.filter(given => given === true).length
  if (on === 0) return { enabled: false, nodePools: [] }
  if (on < switches.length)
    throw refused(
      'For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.',
    )
  const { nodePools = [], nodeRoleArn = '' } = settings.computeConfig ?? {}
  if (nodePools.length > 0 && nodeRoleArn === '')
    throw refused('When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated.')
  if (nodePools.length === 0 && nodeRoleArn !== '')
    throw refused('When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.')
  const unknown = nodePools.find(pool => !builtInPools.has(pool))
  if (unknown !== undefined)
    throw refused(`The node pool ${unknown} is invalid: the built-in node pools are ${[...builtInPools].join(' and ')}.`)
  if (minorOf(version) < firstMinor) throw refused('EKS Auto Mode is only supported for cluster version 1.29 or above.')
  if (authenticationMode === 'CONFIG_MAP')
    throw refused('When EKS Auto Mode is enabled, you must use an EKS access config authentication mode of API_AND_CONFIG_MAP or API')
  return { enabled: true, nodePools: [...new Set(nodePools)], ...(nodeRoleArn !== '' && { nodeRoleArn }) }
}

/**
 * What an update is to make of a cluster's compute; undefined where it is no update of EKS Auto Mode: all three parts must be named, unless one is to be on.
 * The words are those that users were shown (ACK, issue 3046; terraform-aws-eks, issue 3528), but those of another role.
 * @throws InvalidParameterException, InvalidRequestException
 */
export function autoModeUpdate(
  settings: AutoModeSettings,
  cluster: AutoModeCluster,
  before: ComputeConfigResponse | undefined,
): ComputeConfigResponse | undefined {
  const { name: clusterName } = cluster
  const wanted = autoModeWanted(settings, cluster)
  if (!wanted || (!wanted.enabled && switchesOf(settings).includes(undefined))) return undefined
  if (!wanted.enabled && !before?.enabled)
    throw new eks.InvalidRequestException('Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster.', {
      clusterName,
    })
  if (JSON.stringify(wanted) === JSON.stringify(before))
    throw new eks.InvalidRequestException('No changes needed for EKS Auto Mode configuration provided', { clusterName })
  if (before?.enabled && before.nodeRoleArn && wanted.nodeRoleArn && wanted.nodeRoleArn !== before.nodeRoleArn)
    throw new eks.InvalidParameterException('The nodeRoleArn cannot be changed after the compute capability of EKS Auto Mode is enabled.', {
      clusterName,
    })
  return wanted
}

/** Nodes, volumes and load balancers of AWS's are not where a cluster that runs elsewhere is. EKS User Guide, "Comparing the deployment options". */
export const autoModeUnavailable = (clusterName: string) =>
  new eks.InvalidRequestException('EKS Auto Mode is not available for this cluster.', { clusterName })

/** Whoever switches EKS Auto Mode on hands nodes their role. */
export const passNodeRole = ({ computeConfig }: AutoModeSettings): AccessStatement[] =>
  computeConfig?.nodeRoleArn ? [passRole(computeConfig.nodeRoleArn)] : []

/**
 * EKS assumes the cluster's role in sessions that are tagged with the cluster's name, and hands nodes their role.
 * EKS User Guide, "Amazon EKS Auto Mode cluster IAM role" and "Amazon EKS Auto Mode node IAM role".
 * @throws InvalidParameterException
 */
export async function requireAutoModeRoles(
  { nodeRoleArn }: ComputeConfigResponse,
  { name: clusterName, roleArn }: { readonly name: string; readonly roleArn: string },
  { tx, account }: Pick<AccessContext, 'tx' | 'account'>,
): Promise<void> {
  const role = await roleInAccount(tx, roleArn, account)
  if (!role || !trustsService(role.trustPolicy.document, 'eks.amazonaws.com', 'sts:TagSession'))
    throw couldNotBeAssumed(roleArn, clusterName)
  if (nodeRoleArn !== undefined) await requireNodeRole(tx, nodeRoleArn, account, { clusterName })
}
