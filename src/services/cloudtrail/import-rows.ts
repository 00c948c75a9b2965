import type { Selectable } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { LakeImportsTable } from '../../store/tables/event-data-stores.ts'
import { cloudtrail } from './service.ts'

export type ImportRow = Selectable<LakeImportsTable>

/** Statuses of an import that goes on. */
export const ongoing: readonly ImportRow['status'][] = ['INITIALIZING', 'IN_PROGRESS']

export const findImport = (tx: Transaction, id: string): Promise<ImportRow | undefined> =>
  tx.selectFrom('lakeImports').selectAll().where('id', '=', id).executeTakeFirst()

/** An import of the caller's account, by its id. @throws ImportNotFoundException */
export async function requireImport(tx: Transaction, id: string, account: string): Promise<ImportRow> {
  const row = await findImport(tx, id)
  if (!row || row.account !== account) throw new cloudtrail.ImportNotFoundException(`The import ${id} does not exist.`)
  return row
}

/** Whether events are being imported to an event data store. */
export async function isImporting(tx: Transaction, storeArn: string): Promise<boolean> {
  const row = tx.selectFrom('lakeImports').select('id').where('storeArn', '=', storeArn).where('status', 'in', ongoing)
  return (await row.executeTakeFirst()) !== undefined
}

const timeOf = <Member extends string>(member: Member, at: number | null) =>
  (at === null ? {} : { [member]: new Date(at) }) as { readonly [Name in Member]?: Date }

/** What StartImport, GetImport and StopImport say alike. */
export const importShape = (row: ImportRow) => ({
  ImportId: row.id,
  Destinations: [row.storeArn],
  ImportSource: { S3: { S3LocationUri: row.location, S3BucketRegion: row.bucketRegion, S3BucketAccessRoleArn: row.roleArn } },
  ...timeOf('StartEventTime', row.startEventAt),
  ...timeOf('EndEventTime', row.endEventAt),
  ImportStatus: row.status,
  CreatedTimestamp: new Date(row.createdAt),
  UpdatedTimestamp: new Date(row.updatedAt),
})

export const statisticsShape = (row: ImportRow) => ({
  PrefixesFound: row.prefixesFound,
  PrefixesCompleted: row.prefixesCompleted,
  FilesCompleted: row.filesCompleted,
  EventsCompleted: row.eventsCompleted,
  FailedEntries: row.failedEntries,
})
