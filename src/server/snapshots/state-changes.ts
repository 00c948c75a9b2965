import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteInUse } from '../../store/index.ts'
import { readSnapshot, SnapshotError, writeSnapshot } from './snapshot-file.ts'

/** What its owner may do with the state of a data folder as a whole. */
export type StateChange =
  /** Writes it to a file. */
  | { readonly kind: 'export'; readonly file: string; readonly masterKey: boolean }
  /** Replaces it by a file's. */
  | { readonly kind: 'restore'; readonly file: string }
  /** Makes it what `reset` goes back to. */
  | { readonly kind: 'keep' }
  /** Goes back to what it was at first start, or when it was last kept. */
  | { readonly kind: 'reset' }

/** What is said of a state that nodes share: it is the database's to copy, and no node's to replace under the others. */
export const sharedState =
  'the state is in PostgreSQL, which nodes share: back it up with pg_dump, and restore it with pg_restore while no node runs; see the guide "Snapshots and seeds"'

/** Where the state is that `reset` goes back to. */
const baselineOf = (data: string) => join(data, 'baseline.snapshot')

/** Forgets that state: it holds the master key of its time, and what that wrapped. */
export const forgetBaseline = (data: string): void => rmSync(baselineOf(data), { force: true })

/** Whether a Gatehouse runs on a data folder. */
export const isInUse = (data: string): boolean => sqliteInUse(join(data, 'gatehouse.db'))

/**
 * Does it, on a data folder that nobody uses; `export` and `keep` also on one in use that has no control planes.
 * @param now  epoch milliseconds
 * @throws SnapshotError that says what to do
 */
export async function changeState(data: string, change: StateChange, now: number): Promise<void> {
  switch (change.kind) {
    case 'export':
      return writeSnapshot(data, change.file, { masterKey: change.masterKey, now })
    case 'restore':
      return readSnapshot(change.file, data)
    case 'keep':
      return writeSnapshot(data, baselineOf(data), { masterKey: true, now })
    case 'reset':
      if (!existsSync(baselineOf(data)))
        throw new SnapshotError(
          `the data folder ${data} has no state to go back to: none was kept since its master key was replaced, or it was made before "gatehouse reset" was. Restore an export instead`,
        )
      return readSnapshot(baselineOf(data), data)
  }
}
