import { defaultKubernetesVersion, kubernetesVersions, minorOf, supportOf } from '../../catalogue/kubernetes-versions.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import { clusterAccess, pageByName } from './access.ts'
import { detailsOf } from './cluster-shape.ts'
import { requireCluster } from './cluster-store.ts'
import { nodegroupRecords } from './nodegroups.ts'
import { eks } from './service.ts'
import { beginUpdate, requireUpdatable } from './updates.ts'
import { isRollback } from './version-rollbacks.ts'

/** UpdateClusterVersion: to the next minor version, and no further at once, or back to the one before. EKS User Guide, "Update existing cluster to new Kubernetes version". */
export const UpdateClusterVersion = eks.operation('UpdateClusterVersion', {
  access: ({ name, version }, context) => clusterAccess(context, name, { 'eks:kubernetesVersion': version }),

  async handle(input, { tx, now, world, afterCommit, ...place }) {
    const { name: clusterName, version } = input
    const cluster = await requireCluster(tx, place, clusterName)
    if (!/^1\.\d{1,3}$/.test(version) || minorOf(version) > minorOf(kubernetesVersions.at(-1)?.version ?? ''))
      throw new eks.InvalidParameterException('unsupported Kubernetes version', { clusterName })
    const rollback = await isRollback(tx, cluster, input, now)
    if (!rollback && minorOf(version) !== minorOf(cluster.version) + 1)
      throw new eks.InvalidParameterException(`Unsupported Kubernetes minor version update from ${cluster.version} to ${version}`, {
        clusterName,
      })
    const type = rollback ? 'VersionRollback' : 'VersionUpdate'
    await requireUpdatable(tx, cluster, type)
    if (!rollback) await requireMatchingNodegroups(tx, cluster)
    const { upgradedFrom: _before, ...kept } = detailsOf(cluster)
    const details = JSON.stringify(rollback ? kept : { ...kept, versionUpdatedAt: now, upgradedFrom: cluster.version })
    await tx.updateTable('clusters').set({ version, details, status: 'UPDATING' }).where('id', '=', cluster.id).execute()
    afterCommit(async () => {
      await world.clusters.stop(cluster.id)
      await world.clusters.start(cluster.id)
    })
    const params = [
      { type: 'Version', value: version },
      { type: 'PlatformVersion', value: 'eks.1' },
    ]
    return { update: await beginUpdate({ tx, now, world }, cluster, type, params) }
  },
})

/** EKS API Reference, "UpdateClusterVersion": managed node groups have the cluster's version before it gets another. */
async function requireMatchingNodegroups(tx: Transaction, cluster: ClustersTable): Promise<void> {
  const behind = (await nodegroupRecords.list(tx, cluster.id)).filter(({ details }) => details.version !== cluster.version)
  if (behind.length > 0)
    throw new eks.InvalidRequestException(
      `Nodegroups ${behind.map(({ name }) => name).join(', ')} must be updated to match cluster version ${cluster.version} before updating cluster version`,
      { clusterName: cluster.name },
    )
}

/** DescribeClusterVersions: what can be run, newest first, with the days of its support. EKS API Reference, "DescribeClusterVersions". */
export const DescribeClusterVersions = eks.operation('DescribeClusterVersions', {
  access: () => ({ resource: '*' }),
  async handle(input, { now }) {
    const { clusterType = 'eks', clusterVersions: wanted, defaultOnly = false, includeAll = false, versionStatus } = input
    const status = versionStatus ?? input.status?.toUpperCase().replace('-', '_')
    const rows = clusterType === 'eks' ? kubernetesVersions.toReversed() : []
    const found = rows.filter(row => {
      const support = supportOf(row, now)
      if (wanted && !wanted.includes(row.version)) return false
      if (defaultOnly && row.version !== defaultKubernetesVersion) return false
      return status === undefined ? includeAll || wanted !== undefined || support !== 'UNSUPPORTED' : support === status
    })
    // Pages go by a key that rises while the versions fall.
    const { page, nextToken } = pageByName(found, ({ version }) => String(1000 - minorOf(version)), input)
    return { clusterVersions: page.map(row => versionShape(row, now)), nextToken }
  },
})

function versionShape(row: (typeof kubernetesVersions)[number], now: number) {
  const versionStatus = supportOf(row, now)
  return {
    clusterVersion: row.version,
    clusterType: 'eks',
    defaultPlatformVersion: 'eks.1',
    defaultVersion: row.version === defaultKubernetesVersion,
    releaseDate: new Date(row.released),
    endOfStandardSupportDate: new Date(row.endOfStandardSupport),
    endOfExtendedSupportDate: new Date(row.endOfExtendedSupport),
    status: versionStatus.toLowerCase().replace('_', '-'),
    versionStatus,
  }
}
