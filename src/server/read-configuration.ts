import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import type { Templates } from '../identity/templates.ts'
import { masterKeyProblems } from './master-key-source.ts'
import { sharedStoreProblems } from './open-store.ts'
import { type Setting, settings } from './settings.ts'
import { type UpstreamCredentials, type UpstreamOrigins, type UpstreamSetting, upstreamsOf } from './upstreams/upstream-settings.ts'

/** Everything that the person who runs Gatehouse may choose. Durations in seconds, ports as numbers. */
export interface Configuration {
  /** The data folder: database, keys, certificates. */
  readonly data: string
  /** A PostgreSQL database that nodes share, as an address; absent for a SQLite file in the data folder. */
  readonly store?: string
  /** Apache Cassandra that records go to, as an address; absent, they stay in the store. */
  readonly records?: string
  /** Seconds that the store holds records which Cassandra has. */
  readonly recordsHoldSeconds: number
  /** Where the master key comes from when not from the data folder or GATEHOUSE_MASTER_KEY: one of these at most. */
  readonly masterKeyCommand?: string
  readonly masterKeyPassphrase?: string
  readonly masterKeyPassphraseFile?: string
  /** Seconds after which a node that cannot read the change feed refuses. */
  readonly feedBoundSeconds: number
  /** The address to listen on. */
  readonly host: string
  /** HTTPS port. */
  readonly port: number
  /** Plain HTTP port; calls over it have `aws:SecureTransport` false. */
  readonly httpPort: number
  /** Processes that serve calls; one serves all by itself. */
  readonly workers: number
  /** The port of metrics and probes; absent, there is none. */
  readonly metricsPort?: number
  /** The base URL of an OpenTelemetry collector. */
  readonly traceCollector?: string
  /** The name that clients reach this Gatehouse by; part of every issuer URL. */
  readonly hostname: string
  readonly region: string
  /** The account made at first start. */
  readonly account: string
  /** The administrator's access key at first start, when CI wants to know it beforehand. */
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  /** Folder with kube-apiserver and etcd, as Kubernetes developers set it; absent, clusters are of the embedded kind. */
  readonly controlPlaneAssets?: string
  /** Networks, in CIDR form with commas between, where OpenID Connect issuers may be beside public addresses. */
  readonly issuerNetworks?: string
  /** Networks, in the same form, where API servers of attached clusters may be beside public addresses. */
  readonly clusterNetworks?: string
  /** Seconds that sessions last at most which services hand out, to pods and instances: for tests of renewal. */
  readonly serviceSessionSeconds: number
  /** Seconds that tokens of service accounts of embedded clusters last at most: for tests of renewal. */
  readonly podTokenSeconds: number
  /** Whether tokens are refused whose service account or pod is gone. */
  readonly strictTokens: boolean
  /** Whether clusters can be made of Kubernetes versions that EKS no longer has. */
  readonly oldVersions: boolean
  /** What the URLs of new clusters' issuers begin with, when pods and verifiers reach them by another name. */
  readonly issuerOrigin?: string
  /** Which decisions of clusters' webhooks leave records. */
  readonly clusterRecords: 'all' | 'refusals' | 'none'
  /** Seconds between deliveries of trails' log files, and what a digest file covers. */
  readonly trailDeliverySeconds: number
  readonly trailDigestSeconds: number
  /** An S3-compatible server for trails' files, in place of Gatehouse's own S3; its region and keys. */
  readonly trailEndpoint?: string
  readonly trailEndpointRegion: string
  readonly trailAccessKeyId?: string
  readonly trailSecretAccessKey?: string
  /** Services that other servers are, their models and the keys that requests to them are signed with: as given, and joined. */
  readonly upstream?: UpstreamOrigins
  readonly upstreamModel?: { readonly [name: string]: string }
  readonly upstreamCredentials?: UpstreamCredentials
  readonly upstreams: readonly UpstreamSetting[]
  /** Seconds that such a server may be silent. */
  readonly upstreamSilenceSeconds: number
  /** Seconds until changes of policies and credentials count in decisions; 0 is at once. */
  readonly propagationDelay: number
  /** Quotas that differ from AWS's defaults, by name. */
  readonly quotas: { readonly [name: string]: number }
  /** What product providers and services have registered. */
  readonly templates: Templates
  /** Days that the event history goes back; older records stay only for event data stores. */
  readonly historyDays: number
  /** Days of which it can be asked who could do what; 0 keeps nothing of the past. */
  readonly pastDays: number
  /** E-mail address and password of the first account's root user, for the console. */
  readonly rootEmail?: string
  readonly rootPassword?: string
  /** Seconds after which an unused console session ends. */
  readonly consoleIdleSeconds: number
  /** Attempts to sign in to the console that may fail for a user and from an address, and for how many seconds none is taken then. */
  readonly signInAttempts: number
  readonly signInAttemptsPerAddress: number
  readonly signInLockSeconds: number
  /** Connections at once, on each of the two ports. */
  readonly maxConnections: number
  /** Bytes of a request's headers, and of a body that is not an object's. */
  readonly maxHeaderBytes: number
  readonly maxBodyBytes: number
  /** Seconds that a request's headers may take, a body between its pieces, and a whole request. */
  readonly headerSeconds: number
  readonly bodySeconds: number
  readonly requestSeconds: number
  /** Calls that are answered at once; more are told to ask again. */
  readonly callsAtOnce: number
  /** Calls a second of one principal, and from one address; 0 for no limit. */
  readonly callRatePerPrincipal: number
  readonly callRatePerAddress: number
  /** pino's level names. */
  readonly logLevel: string
}

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
