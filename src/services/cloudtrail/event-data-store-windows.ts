import { lastSeq, type Transaction } from '../../store/index.ts'
import type { RecordSource } from '../../store/tables/trails.ts'
import type { EventDataStoreRow } from './event-data-store-rows.ts'
import { recordSources } from './trail-store.ts'

/** Insights that trails look for are not events of event data stores. */
const takenSources: readonly RecordSource[] = ['records', 'dataRecords']

/** Takes in what comes from now on, the record of this very call first. */
export async function openWindows(tx: Transaction, { arn, selectors }: EventDataStoreRow): Promise<void> {
  for (const source of takenSources)
    await tx
      .insertInto('eventDataStoreWindows')
      .values({ storeArn: arn, source, afterSeq: await lastSeq(tx, source), untilSeq: null, selectors })
      .execute()
}

/** Takes in no more: the record of this very call, which comes next in the same unit, is left out. */
export async function closeWindows(tx: Transaction, arn: string): Promise<void> {
  for (const source of recordSources) {
    const untilSeq = await lastSeq(tx, source)
    const open = tx.updateTable('eventDataStoreWindows').set({ untilSeq }).where('storeArn', '=', arn).where('source', '=', source)
    await open.where('untilSeq', 'is', null).execute()
  }
  // A stretch of nothing would stand in the way of the next, which begins where it does.
  await tx.deleteFrom('eventDataStoreWindows').where('storeArn', '=', arn).whereRef('untilSeq', '<=', 'afterSeq').execute()
}
