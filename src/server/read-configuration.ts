import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { masterKeyProblems } from './master-key-source.ts'
import { sharedStoreProblems } from './open-store.ts'
import { type Setting, settings } from './settings.ts'
import { upstreamsOf } from './upstreams/upstream-settings.ts'
import type { Configuration } from './configuration.ts'

/** Says every thing that is wrong with a configuration at once. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

/** The flag of a setting: `httpPort` is `--http-port`. */
export const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/**
 * Reads the configuration: flags before environment before file before defaults.
 * @param flags        values as given on the command line, by setting
 * @param environment  process.env
 * @param file         a YAML or JSON file with the settings' names as keys
 * @throws             ConfigurationError with every problem found
 */
export function readConfiguration(
  flags: { readonly [key: string]: string | undefined },
  environment: NodeJS.ProcessEnv,
  file: string | undefined = environment['GATEHOUSE_CONFIG'],
): Configuration {
  const problems: string[] = []
  const fromFile = file ? readSettingsFile(file, problems) : {}
  const result: { [key: string]: string | number | boolean | object } = {}
  for (const { key, environment: variable, parse, fallback } of settings) {
    const [source, text] = firstGiven([
      [flagOf(key), flags[key]],
      [variable, environment[variable] || undefined],
      [`${file}: ${key}`, fromFile[key]],
      ['default', fallback?.(environment)],
    ])
    if (text === undefined) continue
    try {
      result[key] = parse(text)
    } catch (problem) {
      const shown = /secret|^store$|password|passphrase$/i.test(key) ? '(hidden)' : text
      problems.push(`${source} ${shown}: ${(problem as Error).message}`)
    }
  }
  if ((result['accessKeyId'] === undefined) !== (result['secretAccessKey'] === undefined) && problems.length === 0)
    problems.push('--access-key-id and --secret-access-key go together: give both or neither')
  if (result['port'] !== 0 && result['port'] === result['httpPort']) problems.push('--port and --http-port must differ')
  const forTrails = ['trailEndpoint', 'trailAccessKeyId', 'trailSecretAccessKey']
  if (new Set(forTrails.map(key => result[key] === undefined)).size > 1 && problems.length === 0)
    problems.push(`${forTrails.map(flagOf).join(', ')} go together: give all or none`)
  result['upstreams'] = upstreamsOf(result as Partial<Configuration>, environment, problems)
  if (Number(result['workers']) > 1 && result['propagationDelay'])
    problems.push('--propagation-delay is for one process: leave it out with --workers')
  problems.push(...sharedStoreProblems(result as Partial<Configuration>))
  problems.push(...masterKeyProblems(result as Partial<Configuration>, environment))
  if (problems.length > 0) throw new ConfigurationError(problems)
  return result as unknown as Configuration
}

/**
 * The data folder alone, for commands that only look into it: other settings may be wrong, or incomplete, without harm.
 * @param flag  `--data` as given
 */
export function dataFolderOf(flag: string | undefined, environment: NodeJS.ProcessEnv): string {
  const { parse, fallback } = settings.find(({ key }) => key === 'data') as Setting
  return String(parse(flag ?? (environment['GATEHOUSE_DATA'] || fallback?.(environment) || '')))
}

/** A file may give quotas by name, as YAML has it. */
const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(pair => pair.join('='))
        .join()
    : String(value)

function firstGiven(candidates: readonly (readonly [string, string | undefined])[]): readonly [string, string | undefined] {
  return candidates.find(([, text]) => text !== undefined) ?? ['', undefined]
}

function readSettingsFile(file: string, problems: string[]): { [key: string]: string } {
  let content: unknown
  try {
    content = parseYaml(readFileSync(file, 'utf8'))
  } catch (problem) {
    problems.push(`${file}: ${(problem as Error).message.split('\n')[0]}`)
    return {}
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${file}: must hold settings by name, such as "port: 4443"`)
    return {}
  }
  const known = new Set<string>(settings.map(setting => setting.key))
  const entries = Object.entries(content)
  for (const [key] of entries) if (!known.has(key)) problems.push(`${file}: unknown setting ${key}`)
  // Account ids lose leading zeros as YAML numbers; say so instead of guessing.
  for (const [key, value] of entries)
    if (key === 'account' && typeof value === 'number') problems.push(`${file}: account: write the account id in quotes`)
  return Object.fromEntries(entries.filter(([key]) => known.has(key)).map(([key, value]) => [key, textOf(value)]))
}
