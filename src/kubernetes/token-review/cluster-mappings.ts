import type { Store } from '../../store/index.ts'
import { type AwsAuth, type AwsAuthData, parseAwsAuth } from '../../cluster-access/aws-auth.ts'
import type { ClusterMappings } from './mapping.ts'

/**
 * A cluster's mappings, from the store and from its ConfigMap. Keep them for the cluster's life: they remember the ConfigMap as they
 * last parsed it, and tell of its problems once.
 * @param awsAuthData  reads the `data` of ConfigMap `kube-system/aws-auth` in the cluster
 * @param onProblems   told what the ConfigMap has that cannot be used
 */
export function clusterMappings(
  store: Store,
  cluster: { readonly id: string },
  awsAuthData: () => Promise<AwsAuthData | undefined>,
  onProblems: (problems: readonly string[]) => void,
): ClusterMappings {
  let last: { readonly text: string; readonly parsed: AwsAuth } | undefined
  return {
    async access() {
      const row = await store.read(tx =>
        tx.selectFrom('clusters').select(['authenticationMode', 'creatorArn', 'creatorId']).where('id', '=', cluster.id).executeTakeFirst(),
      )
      if (!row) return undefined
      const { authenticationMode, creatorArn: arn, creatorId: id } = row
      return { authenticationMode, ...(arn !== null && id !== null && { creator: { arn, id } }) }
    },

    async accessEntry(principalArn) {
      const row = await store.read(tx =>
        tx
          .selectFrom('accessEntries')
          .select(['principalId', 'type', 'username', 'groups'])
          .where('clusterId', '=', cluster.id)
          .where('principalArn', '=', principalArn)
          .executeTakeFirst(),
      )
      return row && { ...row, groups: JSON.parse(row.groups) as string[] }
    },

    async awsAuth() {
      const data = await awsAuthData()
      if (!data) return undefined
      const text = JSON.stringify([data.mapRoles, data.mapUsers, data.mapAccounts])
      if (last?.text === text) return last.parsed
      const parsed = parseAwsAuth(data)
      last = { text, parsed }
      if (parsed.problems.length > 0) onProblems(parsed.problems)
      return parsed
    },
  }
}
