import { LongReadError, type RunnableStatement, shownRow, startStatement } from '../../audit/lake/statement.ts'
import type { LongReadResult, Store } from '../../store/index.ts'
import type { World } from '../world.ts'
import type { QueryRow } from './lake-queries.ts'
import { type DeliveredQuery, deliverResult } from './query-delivery.ts'

/** Rows of a result that are kept together. */
export const rowsOfPage = 500

const statusOf = { cancelled: 'CANCELLED', 'timed out': 'TIMED_OUT', 'too large': 'FAILED', failed: 'FAILED' } as const

/**
 * Runs a query to its end, whatever that is, and keeps the result.
 * @param delivery  the same query, when its result is to be delivered
 */
export async function runQuery(world: World, id: string, runnable: RunnableStatement, delivery?: DeliveredQuery): Promise<void> {
  const { store, queries } = world
  try {
    const result = await queries.run(id, () => startStatement(store, runnable))
    if (!result) return
    const shown = result.rows.map(row => shownRow(row, runnable.outputs))
    await keep(store, id, result, shown)
    const names = runnable.outputs.map(({ name }) => name)
    if (delivery) await deliverResult(world, delivery, names, shown)
  } catch (problem) {
    if (!(problem instanceof LongReadError)) throw problem
    await end(store, id, { status: statusOf[problem.end], errorMessage: problem.message.slice(0, 1000) })
  }
}

async function keep(store: Store, id: string, { counts, milliseconds }: LongReadResult, shown: readonly ReturnType<typeof shownRow>[]) {
  // A few pages a unit: other calls' units come in between.
  for (let page = 0; page * rowsOfPage < shown.length; page++) {
    const row = { queryId: id, page, rows: JSON.stringify(shown.slice(page * rowsOfPage, (page + 1) * rowsOfPage)) }
    await store.append('lakeQueryPages', row)
  }
  await end(store, id, { status: 'FINISHED', rowCount: shown.length, ...counts, milliseconds })
}

type Ending = Partial<Pick<QueryRow, 'status' | 'errorMessage' | 'rowCount' | 'scanned' | 'matched' | 'bytes' | 'milliseconds'>>

/** A query that was cancelled stays so. What has no result is not delivered. */
const end = (store: Store, id: string, ending: Ending): Promise<unknown> =>
  store.write(async tx => {
    await tx.updateTable('lakeQueries').set(ending).where('id', '=', id).where('status', '=', 'QUEUED').execute()
    if (ending.status !== 'FINISHED')
      await tx
        .updateTable('lakeQueries')
        .set({ deliveryStatus: 'FAILED' })
        .where('id', '=', id)
        .where('deliveryStatus', '=', 'PENDING')
        .execute()
  })

/** Ends the queries that ran when Gatehouse stopped. @param before  those that began before, as nodes may run that share the store */
export const failUnfinishedQueries = (store: Store, before: number): Promise<unknown> =>
  store.write(async tx => {
    await tx
      .updateTable('lakeQueries')
      .set({ status: 'FAILED', errorMessage: 'Gatehouse was stopped while the query ran.' })
      .where('status', '=', 'QUEUED')
      .where('createdAt', '<=', before)
      .execute()
    const undelivered = tx.updateTable('lakeQueries').set({ deliveryStatus: 'FAILED' }).where('deliveryStatus', '=', 'PENDING')
    await undelivered.where('createdAt', '<=', before).execute()
  })
