import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, copyFileSync, existsSync, fstatSync, ftruncateSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { WebhookLog } from '../webhook.ts'
import { guard } from './process-guard.ts'

export interface ProcessOptions {
  readonly name: string
  readonly command: string
  readonly words: readonly string[]
  /** Its output goes here. The file of the last start of ours, and what grew too large, is kept beside it once as `.1`. */
  readonly logFile: string
  /** Remembers the process for a next start that finds it left over. */
  readonly pidFile: string
  readonly log: WebhookLog
}

export interface SupervisedProcess {
  /** How often it ended without being told to. */
  readonly endings: number
  /** Ends it and starts it again at once, as for new files that it reads only when it starts. */
  restart(): Promise<void>
  /** Ends it: gently, then not. Does nothing the second time. */
  stop(): Promise<void>
}

const firstPauseMilliseconds = 500
const longestPauseMilliseconds = 30_000
const graceMilliseconds = 10_000
const largestLogBytes = 64 * 1024 * 1024
const logCheckMilliseconds = 600_000

/** Of our environment, what a process of ours may know: never master keys, and no ETCD_ variables, which would override its flags. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TZ']

/**
 * Runs a process, and starts it again whenever it ends by itself: after half a second, then twice as long each time up to half a minute, until it
 * has lasted that long. It is in a session of its own, so that Ctrl-C reaches us alone and we end it in order; and guarded, so that it does not
 * outlive us.
 */
export function supervise(options: ProcessOptions): SupervisedProcess {
  const { name, command, words, logFile, pidFile, log } = options
  let child: ChildProcess | undefined
  let stopping = false
  let endings = 0
  let pause = firstPauseMilliseconds
  let timer: NodeJS.Timeout | undefined
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`)
  // Appending: after the file has been cut, the next line is its first.
  const output = openSync(logFile, 'a', 0o600)
  const logCheck = setInterval(() => cutLog(output, logFile), logCheckMilliseconds).unref()

  function run(): void {
    const env = Object.fromEntries(inherited.map(variable => [variable, process.env[variable]]))
    const started = spawn(command, words, { stdio: ['ignore', output, output], env, detached: true })
    const startedAt = performance.now()
    child = started
    started.once('error', problem => ended({ problem }))
    if (started.pid === undefined) return
    writeFileSync(pidFile, String(started.pid), { mode: 0o600 })
    const release = guard(started.pid)
    started.once('exit', (code, signal) => {
      release()
      if (child === started && !stopping) ended({ code, signal })
    })

    function ended(how: object): void {
      endings++
      if (performance.now() - startedAt > longestPauseMilliseconds) pause = firstPauseMilliseconds
      log.warn({ process: name, ...how, logFile, pauseMilliseconds: pause }, 'a process ended by itself and is started again')
      timer = setTimeout(run, pause)
      pause = Math.min(pause * 2, longestPauseMilliseconds)
    }
  }

  async function endChild(): Promise<void> {
    clearTimeout(timer)
    const ending = child
    child = undefined
    if (ending && isRunning(ending)) await end(ending)
  }

  run()
  return {
    get endings() {
      return endings
    },
    async restart() {
      await endChild()
      if (!stopping) run()
    },
    async stop() {
      if (stopping) return
      stopping = true
      await endChild()
      clearInterval(logCheck)
      rmSync(pidFile, { force: true })
      closeSync(output)
    },
  }
}

const isRunning = ({ pid, exitCode, signalCode }: ChildProcess): boolean => pid !== undefined && exitCode === null && signalCode === null

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

function cutLog(output: number, logFile: string): void {
  if (fstatSync(output).size < largestLogBytes) return
  copyFileSync(logFile, `${logFile}.1`)
  ftruncateSync(output)
}
