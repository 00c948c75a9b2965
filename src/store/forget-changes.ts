import type { Store, Transaction } from './store.ts'

/** Lines of the change feed that are kept whatever their age. */
export const changesKept = 10_000
/** How old a line is at least that is deleted: nodes that were away for half of it start again. */
export const changesKeptMilliseconds = 86_400_000

/** Lines deleted in one unit. */
const batch = 2_000

/**
 * Deletes the lines of the change feed that nobody asks for any more; without an end the feed would outgrow what it tells of. In small units, so that writers
 * never wait for more than one.
 * @param pause  waits a moment between units
 * @returns      how many were deleted
 */
export async function forgetChanges(store: Pick<Store, 'read' | 'write'>, now: number, pause: () => Promise<void>): Promise<number> {
  const until = await store.read(tx => lastForgotten(tx, now))
  let forgotten = 0
  for (;;) {
    const { numDeletedRows } = await store.write(tx =>
      tx
        .deleteFrom('changes')
        .where('seq', 'in', of => of.selectFrom('changes').select('seq').where('seq', '<=', until).orderBy('seq').limit(batch))
        .executeTakeFirst(),
    )
    forgotten += Number(numDeletedRows)
    if (numDeletedRows < BigInt(batch)) return forgotten
    await pause()
  }
}

async function lastForgotten(tx: Transaction, now: number): Promise<number> {
  const last = await tx.selectFrom('changes').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  const young = await tx
    .selectFrom('changes')
    .select('seq')
    .where('at', '>=', now - changesKeptMilliseconds)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return Math.min((last?.seq ?? 0) - changesKept, (young?.seq ?? Number.MAX_SAFE_INTEGER) - 1)
}
