import type { Transaction } from './store.ts'

/** A fact about the store as a whole, such as how far something has read; undefined when nothing was ever kept by the name. */
export const systemSetting = async (tx: Transaction, name: string): Promise<string | undefined> =>
  (await tx.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst())?.value

/** Keeps such a fact, in the place of what was kept by its name. */
export async function keepSystemSetting(tx: Transaction, name: string, value: string): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ name, value })
    .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
