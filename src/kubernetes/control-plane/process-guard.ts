import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Waits for the end of its input, which is our end of a pipe; then ends the process, gently for ten seconds. POSIX shell: no Linux needed. */
const script = `
  read -r _
  kill -TERM "$1" || exit
  for second in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$1" || exit; done
  kill -KILL "$1"`

/**
 * Ends a process when we are gone, whatever ended us: no handler of ours runs after SIGKILL, but the system closes our pipes.
 * @returns a function that ends the guard, for when the process has ended by itself: its id may soon be another's
 */
export function guard(pid: number): () => void {
  const shell = spawn('/bin/sh', ['-c', script, 'gatehouse-guard', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  // A guard that cannot be had is no reason not to run: the next start ends what was left.
  shell.on('error', () => undefined)
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return () => {
    shell.kill('SIGKILL')
  }
}

const leftoverMilliseconds = 10_000

/**
 * Ends what an earlier Gatehouse left running, or its guard has not ended yet, and waits until it has ended.
 * The process must be that very command on those very files: ids are used again.
 */
export async function endLeftover(pidFile: string, command: string): Promise<void> {
  const pid = readPid(pidFile)
  const isLeft = () => {
    const line = commandLineOf(pid)
    return line.startsWith(`${command} `) && line.includes(dirname(pidFile))
  }
  if (pid === 0 || !isLeft()) return
  process.kill(pid, 'SIGKILL')
  const deadline = performance.now() + leftoverMilliseconds
  while (isLeft()) {
    if (performance.now() > deadline) throw new Error(`process ${pid} (${command}) is left from an earlier start and does not end`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

function readPid(pidFile: string): number {
  try {
    return Number.parseInt(readFileSync(pidFile, 'utf8'), 10) || 0
  } catch {
    return 0
  }
}

/** Empty when there is no such process. */
function commandLineOf(pid: number): string {
  if (process.platform !== 'linux') return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
