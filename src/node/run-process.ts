import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Signals that are passed on. */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

/**
 * Runs a command on this terminal and passes signals on to it.
 * @returns its exit code, or 128 and the number of the signal that ended it
 * @throws  Error when there is no such command
 */
export function runProcess([command = '', ...words]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: 'inherit', env })
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    for (const signal of passedOn) process.on(signal, forward)
    const done = () => {
      for (const signal of passedOn) process.off(signal, forward)
    }
    child.on('error', (problem: NodeJS.ErrnoException) => {
      done()
      reject(problem.code === 'ENOENT' ? new Error(`no such command: ${command}`) : problem)
    })
    child.on('exit', (code, signal) => {
      done()
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
