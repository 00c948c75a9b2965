import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { WebhookLog } from '../webhook.ts'

export interface ProcessOptions {
  readonly name: string
  readonly command: string
  readonly words: readonly string[]
  /** Its output goes here, anew at each start of ours. */
  readonly logFile: string
  /** Remembers the process, so that one left behind by a crash of ours is ended at the next start. */
  readonly pidFile: string
  readonly log: WebhookLog
}

export interface SupervisedProcess {
  /** Ends the process, gently, then not. */
  stop(): Promise<void>
}

const firstPauseMilliseconds = 500
const longestPauseMilliseconds = 30_000
const graceMilliseconds = 10_000

/** Runs a process and starts it again when it ends by itself, with growing pauses. */
export function supervise(options: ProcessOptions): SupervisedProcess {
  endLeftover(options)
  let child: ChildProcess | undefined
  let stopping = false
  let pause = firstPauseMilliseconds
  let timer: NodeJS.Timeout | undefined
  const output = openSync(options.logFile, 'w', 0o600)

  function run(): void {
    const started = spawn(options.command, options.words, { stdio: ['ignore', output, output] })
    child = started
    if (started.pid !== undefined) writeFileSync(options.pidFile, String(started.pid), { mode: 0o600 })
    const startedAt = performance.now()
    started.on('error', problem => options.log.error({ process: options.name, problem }, 'a process could not be started'))
    started.on('exit', code => {
      if (stopping) return
      options.log.warn({ process: options.name, code, logFile: options.logFile }, 'a process ended by itself and is started again')
      pause =
        performance.now() - startedAt > longestPauseMilliseconds ? firstPauseMilliseconds : Math.min(pause * 2, longestPauseMilliseconds)
      timer = setTimeout(run, pause)
    })
  }
  run()

  return {
    async stop() {
      stopping = true
      clearTimeout(timer)
      if (child && child.exitCode === null && child.signalCode === null) await end(child)
      rmSync(options.pidFile, { force: true })
      closeSync(output)
    },
  }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds)
    child.once('exit', () => {
      clearTimeout(impatience)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

/** Ends what a crashed Gatehouse left running on these files. The process must be the very command: ids are used again. */
function endLeftover({ pidFile, command, words }: ProcessOptions): void {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    const running = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    if (running[0] === command && words.slice(0, 1).every(word => running.includes(word))) process.kill(pid, 'SIGKILL')
  } catch {
    // No such file or process: nothing was left.
  }
}
