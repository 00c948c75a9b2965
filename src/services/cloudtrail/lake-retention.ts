import type { Store, Transaction } from '../../store/index.ts'
import { restorableMilliseconds } from './event-data-store-rows.ts'
import { queryKeptMilliseconds } from './lake-queries.ts'
import { removeTags } from './resource-tags.ts'

/** Rows deleted in one unit. */
const batch = 50

/** Deletes queries that are no longer kept, and event data stores whose week has passed, a few in a unit. */
export async function forgetOldLake(store: Store, now: number): Promise<void> {
  while ((await store.write(tx => forgetQueries(tx, now))) > 0);
  for (const { arn, since } of await store.read(tx => retentionOf(tx, now)))
    while ((await store.write(tx => forgetImported(tx, arn, since))) > 0);
  await store.write(tx => forgetStores(tx, now))
}

const day = 86_400_000

/** Since when the imported events of each event data store are retained; of those that are gone, none. */
async function retentionOf(tx: Transaction, now: number): Promise<{ readonly arn: string; readonly since: number }[]> {
  const rows = await tx.selectFrom('eventDataStores').select(['arn', 'retentionDays', 'deletedAt']).execute()
  const isGone = (deletedAt: number | null) => deletedAt !== null && deletedAt <= now - restorableMilliseconds
  return rows.map(({ arn, retentionDays, deletedAt }) => ({
    arn,
    since: isGone(deletedAt) ? Number.MAX_SAFE_INTEGER : now - retentionDays * day,
  }))
}

async function forgetImported(tx: Transaction, storeArn: string, since: number): Promise<number> {
  const old = await tx
    .selectFrom('importedRecords')
    .select('eventId')
    .where('storeArn', '=', storeArn)
    .where('at', '<', since)
    .limit(batch)
    .execute()
  const ids = old.map(({ eventId }) => eventId)
  if (ids.length > 0) await tx.deleteFrom('importedRecords').where('storeArn', '=', storeArn).where('eventId', 'in', ids).execute()
  return ids.length
}

async function forgetQueries(tx: Transaction, now: number): Promise<number> {
  const old = await tx
    .selectFrom('lakeQueries')
    .select('id')
    .where('createdAt', '<', now - queryKeptMilliseconds)
    .where('status', '!=', 'QUEUED')
    .limit(batch)
    .execute()
  const ids = old.map(({ id }) => id)
  if (ids.length === 0) return 0
  await tx.deleteFrom('lakeQueryPages').where('queryId', 'in', ids).execute()
  await tx.deleteFrom('lakeQueries').where('id', 'in', ids).execute()
  return ids.length
}

async function forgetStores(tx: Transaction, now: number): Promise<void> {
  const gone = await tx
    .selectFrom('eventDataStores')
    .select('arn')
    .where('deletedAt', '<=', now - restorableMilliseconds)
    .execute()
  for (const { arn } of gone) {
    await tx.deleteFrom('eventDataStoreWindows').where('storeArn', '=', arn).execute()
    await tx.deleteFrom('lakeResourcePolicies').where('resourceArn', '=', arn).execute()
    const imports = tx.selectFrom('lakeImports').select('id').where('storeArn', '=', arn)
    await tx.deleteFrom('lakeImportFailures').where('importId', 'in', imports).execute()
    await tx.deleteFrom('lakeImports').where('storeArn', '=', arn).execute()
    await removeTags(tx, arn)
    await tx.deleteFrom('eventDataStores').where('arn', '=', arn).execute()
  }
}
