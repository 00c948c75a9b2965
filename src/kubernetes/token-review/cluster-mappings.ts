import type { Store } from '../../store/index.ts'
import { type AwsAuth, type AwsAuthData, parseAwsAuth } from '../../cluster-access/aws-auth.ts'
import { BoundedCache } from '../../identity/bounded-cache.ts'
import type { AccessEntryMapping, ClusterAccessMode, ClusterMappings } from './mapping.ts'

/** What a cluster's mappings need beside the store. */
export interface MappedCluster {
  readonly id: string
  /** Reads the `data` of ConfigMap `kube-system/aws-auth` in the cluster. */
  readonly awsAuthData: () => Promise<AwsAuthData | undefined>
  /** Told what the ConfigMap has that cannot be used. */
  readonly onProblems: (problems: readonly string[]) => void
}

/** Finds clusters' mappings, from the store and from their ConfigMaps. */
export type MappingDirectory = (cluster: MappedCluster) => ClusterMappings

const mostCached = 20_000

/** The directory over the store: what the store has is answered from memory until the change feed tells of the cluster. */
export function createMappingDirectory(store: Store): MappingDirectory {
  // Boxes: that there is none is known, too.
  const modes = new BoundedCache<{ readonly mode: ClusterAccessMode | undefined }>(mostCached)
  const entries = new BoundedCache<{ readonly entry: AccessEntryMapping | undefined }>(mostCached)
  store.onChange(changes => {
    const ids = changes.map(({ id }) => id)
    modes.invalidate(ids)
    entries.invalidate(ids)
  })
  const readMode = async (id: string) => ({ value: { mode: await accessModeOf(store, id) }, dependencies: [id] })
  const readEntry = async (id: string, arn: string) => ({ value: { entry: await accessEntryOf(store, id, arn) }, dependencies: [id] })
  return ({ id, awsAuthData, onProblems }) => ({
    access: async () => (await modes.load(id, () => readMode(id))).mode,
    accessEntry: async arn => (await entries.load(`${id} ${arn}`, () => readEntry(id, arn))).entry,
    awsAuth: awsAuthOf(awsAuthData, onProblems),
  })
}

async function accessModeOf(store: Store, id: string): Promise<ClusterAccessMode | undefined> {
  const row = await store.read(tx =>
    tx.selectFrom('clusters').select(['authenticationMode', 'creatorArn', 'creatorId']).where('id', '=', id).executeTakeFirst(),
  )
  if (!row) return undefined
  const { authenticationMode, creatorArn, creatorId } = row
  return { authenticationMode, ...(creatorArn !== null && creatorId !== null && { creator: { arn: creatorArn, id: creatorId } }) }
}

async function accessEntryOf(store: Store, clusterId: string, principalArn: string): Promise<AccessEntryMapping | undefined> {
  const row = await store.read(tx =>
    tx
      .selectFrom('accessEntries')
      .select(['principalId', 'type', 'username', 'groups'])
      .where('clusterId', '=', clusterId)
      .where('principalArn', '=', principalArn)
      .executeTakeFirst(),
  )
  return row && { ...row, groups: JSON.parse(row.groups) as string[] }
}

/** Remembers the ConfigMap as it last parsed it, and tells of its problems once. */
function awsAuthOf(awsAuthData: MappedCluster['awsAuthData'], onProblems: MappedCluster['onProblems']): ClusterMappings['awsAuth'] {
  let last: { readonly text: string; readonly parsed: AwsAuth } | undefined
  return async () => {
    const data = await awsAuthData()
    if (!data) return undefined
    const text = JSON.stringify([data.mapRoles, data.mapUsers, data.mapAccounts])
    if (last?.text === text) return last.parsed
    const parsed = parseAwsAuth(data)
    last = { text, parsed }
    if (parsed.problems.length > 0) onProblems(parsed.problems)
    return parsed
  }
}
