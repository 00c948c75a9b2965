import type { LastUses } from '../identity/last-uses.ts'
import type { Log } from './log.ts'

const intervalMilliseconds = 5_000

/** Keeps what was noted of last uses, every now and then. */
export function noteLastUses(lastUses: LastUses, log: Log): NodeJS.Timeout {
  const flush = () => lastUses.flush().catch((problem: unknown) => log.error({ problem }, 'last uses could not be written'))
  return setInterval(() => void flush(), intervalMilliseconds).unref()
}
