import { kubernetesVersions, minorOf, supportOf } from '../../catalogue/kubernetes-versions.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { UpdateClusterVersionRequest } from '../../wire/models/eks.ts'
import { type ClusterDetails, detailsOf } from './cluster-shape.ts'
import { nodegroupRecords } from './nodegroups.ts'
import { eks } from './service.ts'

// EKS User Guide, "Rollback cluster to previous Kubernetes version" and "Rollback EKS Auto Mode clusters". The words of refusals are our own.

const windowMilliseconds = 7 * 24 * 60 * 60 * 1000

/** The version that a cluster can be rolled back to: the one before its last upgrade, for seven days. */
export function rollbackVersion({ upgradedFrom, versionUpdatedAt = 0 }: ClusterDetails, now: number): string | undefined {
  return now - versionUpdatedAt <= windowMilliseconds ? upgradedFrom : undefined
}

/** Minutes that the nodes of EKS Auto Mode may take. */
const timeouts = { fewest: 120, most: 10_080 }

/** Whether an update of the version is a rollback, which must then be one that can be. @throws InvalidParameterException, InvalidRequestException */
export async function isRollback(
  tx: Transaction,
  cluster: ClustersTable,
  { version, force, rollbackConfig }: UpdateClusterVersionRequest,
  now: number,
): Promise<boolean> {
  const details = detailsOf(cluster)
  const back = minorOf(version) === minorOf(cluster.version) - 1 && details.upgradedFrom === version
  const clusterName = cluster.name
  if (!back) {
    if (rollbackConfig) throw new eks.InvalidParameterException('The rollbackConfig is for version rollbacks alone.', { clusterName })
    return false
  }
  const refused = (message: string) => new eks.InvalidRequestException(message, { clusterName })
  if (rollbackVersion(details, now) === undefined)
    throw refused(`The cluster cannot be rolled back to version ${version}: more than 7 days have passed since its upgrade.`)
  const support = supportOfVersion(version, now)
  if (support === 'UNSUPPORTED') throw refused(`The cluster cannot be rolled back to version ${version}: EKS does not support it any more.`)
  if (support === 'EXTENDED_SUPPORT' && details.upgradePolicy?.supportType === 'STANDARD')
    throw refused(`The cluster cannot be rolled back to version ${version}, which is in extended support: change its upgradePolicy first.`)
  checkTimeout(rollbackConfig, details, clusterName)
  if (!force) await requireOlderNodegroups(tx, cluster, version)
  return true
}

const supportOfVersion = (wanted: string, now: number) => {
  const known = kubernetesVersions.find(({ version }) => version === wanted)
  return known ? supportOf(known, now) : 'UNSUPPORTED'
}

function checkTimeout(
  rollbackConfig: UpdateClusterVersionRequest['rollbackConfig'],
  { computeConfig }: ClusterDetails,
  clusterName: string,
): void {
  const { timeoutMinutes } = rollbackConfig ?? {}
  if (timeoutMinutes === undefined) return
  if (!computeConfig?.enabled)
    throw new eks.InvalidParameterException('The timeoutMinutes of a rollback is for EKS Auto Mode clusters alone.', { clusterName })
  if (timeoutMinutes < timeouts.fewest || timeoutMinutes > timeouts.most)
    throw new eks.InvalidParameterException(`The timeoutMinutes must be between ${timeouts.fewest} and ${timeouts.most}.`, { clusterName })
}

/** No node is newer than its control plane; the force that bypasses insights bypasses this one. Kubernetes documentation, "Version Skew Policy". */
async function requireOlderNodegroups(tx: Transaction, { id, name }: ClustersTable, version: string): Promise<void> {
  const ahead = (await nodegroupRecords.list(tx, id)).filter(({ details }) => minorOf(details.version) > minorOf(version))
  if (ahead.length > 0)
    throw new eks.InvalidRequestException(
      `Nodegroups ${ahead.map(nodegroup => nodegroup.name).join(', ')} must be rolled back to version ${version} before the cluster`,
      { clusterName: name },
    )
}
