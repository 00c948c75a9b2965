import type { Store } from '../store.ts'

/** Rows deleted in one unit: writers wait for no more than these. */
const batch = 500

/**
 * Forgets the past before a moment, a few changes in a unit.
 * @param pause  waits a moment between units
 * @returns how many changes were forgotten
 */
export async function forgetPast(store: Pick<Store, 'read' | 'write'>, before: number, pause: () => Promise<void>): Promise<number> {
  const { numUpdatedRows } = await store.write(tx =>
    tx.updateTable('pastKept').set({ since: before }).where('since', '<', before).executeTakeFirstOrThrow(),
  )
  if (numUpdatedRows === 0n) return 0
  for (let forgotten = 0; ; await pause()) {
    const oldest = await store.read(tx => tx.selectFrom('pastRows').select(['seq', 'at']).orderBy('seq').limit(batch).execute())
    const last = oldest.filter(({ at }) => at <= before).at(-1)
    if (!last) return forgotten
    await store.write(tx => tx.deleteFrom('pastRows').where('seq', '<=', last.seq).execute())
    forgotten += oldest.filter(({ seq }) => seq <= last.seq).length
  }
}
