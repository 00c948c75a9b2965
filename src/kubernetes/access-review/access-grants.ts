import type { AccessGrant } from '../../cluster-access/access-policy-grants.ts'
import { BoundedCache } from '../../identity/bounded-cache.ts'
import type { Store } from '../../store/index.ts'

/** An access entry with what it grants. */
interface GrantedEntry {
  /** With the role's path. */
  readonly principalArn: string
  readonly grants: readonly AccessGrant[]
}

/** Finds the access entries of a principal of a cluster by the principal's unique id. */
export type GrantDirectory = (clusterId: string, principalId: string) => Promise<readonly GrantedEntry[]>

const mostCached = 20_000

/** The directory over the store: answers from memory until the change feed tells of the cluster. */
export function createGrantDirectory(store: Store): GrantDirectory {
  const cache = new BoundedCache<readonly GrantedEntry[]>(mostCached)
  store.onChange(changes => cache.invalidate(changes.map(change => change.id)))
  return (clusterId, principalId) =>
    cache.load(`${clusterId} ${principalId}`, async () => ({
      value: await grantedEntries(store, clusterId, principalId),
      dependencies: [clusterId],
    }))
}

async function grantedEntries(store: Store, clusterId: string, principalId: string): Promise<readonly GrantedEntry[]> {
  const rows = await store.read(tx =>
    tx
      .selectFrom('accessEntries as entry')
      .innerJoin('clusters as cluster', 'cluster.id', 'entry.clusterId')
      .leftJoin('accessPolicyAssociations as association', join =>
        join.onRef('association.clusterId', '=', 'entry.clusterId').onRef('association.principalArn', '=', 'entry.principalArn'),
      )
      .select(['entry.principalArn', 'association.policyArn', 'association.scope', 'association.namespaces'])
      .where('entry.clusterId', '=', clusterId)
      .where('entry.principalId', '=', principalId)
      // Entries do not count while the cluster's authentication mode knows none.
      .where('cluster.authenticationMode', '!=', 'CONFIG_MAP')
      .execute(),
  )
  const entries = new Map<string, AccessGrant[]>()
  for (const { principalArn, policyArn, scope, namespaces } of rows) {
    const grants = entries.get(principalArn) ?? []
    entries.set(principalArn, grants)
    if (policyArn !== null && scope !== null) grants.push({ policyArn, scope, namespaces: JSON.parse(namespaces ?? '[]') as string[] })
  }
  return [...entries].map(([principalArn, grants]) => ({ principalArn, grants }))
}
