import type { Command } from 'commander'
import { ConfigurationError, flagOf, readConfiguration } from '../server/read-configuration.ts'
import type { Configuration } from '../server/configuration.ts'
import { settings } from '../server/settings.ts'
import { goOnWithoutReader } from './reader-gone.ts'

export interface ServerOptions {
  readonly config?: string
  readonly [key: string]: string | undefined
}

/** Gives a command a flag for every setting of the server. */
export function withSettings(command: Command): Command {
  command.option('--config <file>', 'settings from a YAML or JSON file')
  for (const { key, environment, description, repeats } of settings) {
    const flag = `${flagOf(key)} <${key === 'data' ? 'folder' : 'value'}>`
    const text = `${description} (environment: ${environment})`
    if (repeats) command.option(flag, text, (value: string, before?: string) => (before === undefined ? value : `${before},${value}`))
    else command.option(flag, text)
  }
  return command
}

/** Reads the configuration; on mistakes prints all of them and sets exit code 2, before anything has started. */
export function readOrExplain({ config, ...flags }: ServerOptions): Configuration | undefined {
  try {
    return readConfiguration(flags, process.env, config)
  } catch (problem) {
    if (!(problem instanceof ConfigurationError)) throw problem
    for (const line of problem.problems) console.error(`gatehouse: ${line}`)
    process.exitCode = 2
    return undefined
  }
}

/** Resolves at Ctrl-C and when a supervisor says to stop. */
export function untilToldToStop(): Promise<void> {
  goOnWithoutReader()
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}

/** For a server that cannot go on. */
export function giveUp(problem: unknown): void {
  console.error(`gatehouse: cannot start again: ${problem instanceof Error ? problem.message : String(problem)}`)
  process.exit(1)
}
