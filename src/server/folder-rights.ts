import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from './log.ts'

/** Files that a start finds, which hold secrets or what is decided by. Those with keys are refused by who reads them. */
const ownersFiles = ['gatehouse.db', 'gatehouse.db-wal', 'gatehouse.db-shm', 'client.json', 'baseline.snapshot']

/**
 * Makes the data folder, or takes from others what rights they have in it.
 * @throws Error when it cannot be made or written, or others may write there and this process may not change that
 */
export function keepToOwner(data: string, log: Log): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
  } catch (problem) {
    throw new Error(`the data folder ${data} cannot be made (${codeOf(problem)}): choose another with --data`, { cause: problem })
  }
  try {
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (problem) {
    throw new Error(`the data folder ${data} cannot be written (${codeOf(problem)}): mount it for writing, or choose another with --data`, {
      cause: problem,
    })
  }
  mend(data, 0o700, log)
  for (const name of ownersFiles) if (existsSync(join(data, name))) mend(join(data, name), 0o600, log)
}

const codeOf = (problem: unknown) => (problem as NodeJS.ErrnoException).code

function mend(path: string, wanted: number, log: Log): void {
  const { mode, uid } = statSync(path)
  if ((mode & 0o077) === 0) return
  try {
    chmodSync(path, wanted)
    log.warn({ path, mode: (mode & 0o777).toString(8) }, `others had rights in the data folder; it is open to its owner alone now`)
  } catch {
    // A volume's root may be another's; what is made in it is not.
    if ((mode & 0o002) === 0) return
    throw new Error(
      `others may write to ${path}, and user ${uid} alone can change that: run chmod ${wanted.toString(8)} on it, or choose a folder below it with --data`,
    )
  }
}
