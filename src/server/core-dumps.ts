import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Log } from './log.ts'

const limitsFile = '/proc/self/limits'

/**
 * Has the kernel write no core file of this process, or of those that it starts: its memory holds keys. Linux only; Node has no call for it, so util-linux's
 * `prlimit` does it. docs/keys.md tells what it cannot keep away.
 */
export function withoutCoreDumps(log: Log): void {
  if (!existsSync(limitsFile) || /^Max core file size\s+0\s+0\s/m.test(readFileSync(limitsFile, 'utf8'))) return
  try {
    execFileSync('prlimit', [`--pid=${process.pid}`, '--core=0:0'], { stdio: 'ignore', timeout: 5_000 })
  } catch {
    log.warn({}, 'core dumps of this process could not be turned off: set LimitCORE=0, or ulimit -c 0, where it is started')
  }
}
