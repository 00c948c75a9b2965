import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse as parseYaml } from 'yaml'
import type { Templates } from '../identity/templates.ts'
import { defaultQuotas as iamQuotas, fixedQuotas } from '../services/iam/quotas.ts'
import { quotas as organizationsQuotas } from '../services/organizations/quotas.ts'
import { networksOf } from './public-address.ts'
import { readTemplates } from './templates-file.ts'

/** Everything that the person who runs Gatehouse may choose. Durations in seconds, ports as numbers. */
export interface Configuration {
  /** The data folder: database, keys, certificates. */
  readonly data: string
  /** The address to listen on. */
  readonly host: string
  /** HTTPS port. */
  readonly port: number
  /** Plain HTTP port; calls over it have `aws:SecureTransport` false. */
  readonly httpPort: number
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
  /** Seconds that sessions last at most which services hand out, to pods and instances: for tests of renewal. */
  readonly serviceSessionSeconds: number
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
  /** Seconds until changes of policies and credentials count in decisions; 0 is at once. */
  readonly propagationDelay: number
  /** Quotas that differ from AWS's defaults, by name. */
  readonly quotas: { readonly [name: string]: number }
  /** What product providers and services have registered. */
  readonly templates: Templates
  /** Days that the event history goes back; older records stay only for event data stores. */
  readonly historyDays: number
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

interface Setting {
  readonly key: keyof Configuration
  readonly environment: string
  readonly description: string
  readonly fallback?: (environment: NodeJS.ProcessEnv) => string | undefined
  /** Returns the value, or throws an Error whose message completes "--flag VALUE: ...". */
  readonly parse: (text: string) => string | number | boolean | object
}

const matching = (pattern: RegExp, expectation: string) => (text: string) => {
  if (!pattern.test(text)) throw new Error(expectation)
  return text
}

const port = (text: string) => {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > 65535) throw new Error('must be a port number from 0 to 65535 (0 takes any free port)')
  return number
}

const seconds = (least: number, most: number) => (text: string) => {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < least || number > most) throw new Error(`must be a number of seconds from ${least} to ${most}`)
  return number
}

const delay = (text: string) => {
  const number = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || number > 300) throw new Error('must be a number of seconds from 0 to 300')
  return number
}

/** `UsersPerAccount=10000,AccountsPerOrganization=50`. */
const quotas = (text: string) => {
  const known = [
    ...Object.keys(iamQuotas).filter(name => !fixedQuotas.has(name as keyof typeof iamQuotas)),
    ...Object.keys(organizationsQuotas),
  ]
  const pairs = text.split(',').filter(part => part.trim() !== '')
  return Object.fromEntries(
    pairs.map(pair => {
      const [, name = '', value = ''] = /^\s*(\w+)\s*=\s*(\d{1,9})\s*$/.exec(pair) ?? []
      if (value === '' || !known.includes(name)) throw new Error(`must be NAME=NUMBER with commas between; names are ${known.join(', ')}`)
      return [name, Number(value)]
    }),
  )
}

const templatesFile = (text: string) => (text === '' ? { policies: [], roles: [] } : readTemplates(resolve(text)))

const folder = (text: string) => {
  if (text.trim() === '') throw new Error('must name a folder')
  return resolve(text)
}

const trueOrFalse = (text: string) => {
  if (text !== 'true' && text !== 'false') throw new Error('must be true or false')
  return text === 'true'
}

const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']

/** Every setting once: the flags, the environment, the file and the reference in the docs are read from this table. */
export const settings: readonly Setting[] = [
  {
    key: 'data',
    environment: 'GATEHOUSE_DATA',
    description: 'folder for the database, keys and certificates',
    fallback: environment => join(environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'gatehouse'),
    parse: folder,
  },
  {
    key: 'host',
    environment: 'GATEHOUSE_HOST',
    description: 'address to listen on',
    fallback: () => '127.0.0.1',
    parse: matching(/^[0-9a-fA-F:.]+$/, 'must be an IP address'),
  },
  { key: 'port', environment: 'GATEHOUSE_PORT', description: 'HTTPS port', fallback: () => '4443', parse: port },
  { key: 'httpPort', environment: 'GATEHOUSE_HTTP_PORT', description: 'plain HTTP port', fallback: () => '4480', parse: port },
  {
    key: 'hostname',
    environment: 'GATEHOUSE_HOSTNAME',
    description: 'name that clients and pods reach Gatehouse by; part of every issuer URL',
    fallback: () => 'localhost',
    parse: matching(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'must be a host name in lower case'),
  },
  {
    key: 'region',
    environment: 'GATEHOUSE_REGION',
    description: 'AWS region to be',
    fallback: environment => environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || 'us-east-1',
    parse: matching(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as eu-central-1'),
  },
  {
    key: 'account',
    environment: 'GATEHOUSE_ACCOUNT',
    description: 'twelve-digit id of the account made at first start',
    fallback: () => '111122223333',
    parse: matching(/^\d{12}$/, 'must be twelve digits'),
  },
  {
    key: 'accessKeyId',
    environment: 'GATEHOUSE_ACCESS_KEY_ID',
    description: "administrator's access key id at first start",
    parse: matching(/^[A-Z0-9]{16,128}$/, 'must be 16 to 128 upper-case letters and digits, such as AKIAIOSFODNN7EXAMPLE'),
  },
  {
    key: 'secretAccessKey',
    environment: 'GATEHOUSE_SECRET_ACCESS_KEY',
    description: "administrator's secret access key at first start; better given by environment or file than by flag",
    parse: matching(/^[\x21-\x7e]{16,128}$/, 'must be 16 to 128 printable characters without spaces'),
  },
  {
    key: 'controlPlaneAssets',
    environment: 'KUBEBUILDER_ASSETS',
    description: 'folder with kube-apiserver and etcd; when set, new clusters are real control planes',
    parse: text => {
      const path = resolve(text)
      for (const binary of ['kube-apiserver', 'etcd']) if (!existsSync(join(path, binary))) throw new Error(`holds no ${binary}`)
      return path
    },
  },
  {
    key: 'issuerNetworks',
    environment: 'GATEHOUSE_ISSUER_NETWORKS',
    description: 'networks where OpenID Connect issuers may be beside public addresses, such as 10.0.0.0/8,fd00::/8',
    parse: text => {
      try {
        networksOf(text)
      } catch {
        throw new Error('must be networks such as 10.0.0.0/8,fd00::/8')
      }
      return text
    },
  },
  {
    key: 'serviceSessionSeconds',
    environment: 'GATEHOUSE_SERVICE_SESSION_SECONDS',
    description: 'seconds that sessions of pods and instances last at most; AWS gives six hours',
    fallback: () => '21600',
    parse: seconds(4, 21_600),
  },
  {
    key: 'strictTokens',
    environment: 'GATEHOUSE_STRICT_TOKENS',
    description: 'true refuses tokens whose service account or pod is gone; false takes them until they expire, as AWS does',
    fallback: () => 'false',
    parse: trueOrFalse,
  },
  {
    key: 'oldVersions',
    environment: 'GATEHOUSE_OLD_VERSIONS',
    description: 'true lets clusters be made of Kubernetes versions from 1.10 that EKS no longer has, to see how they differ',
    fallback: () => 'false',
    parse: trueOrFalse,
  },
  {
    key: 'issuerOrigin',
    environment: 'GATEHOUSE_ISSUER_ORIGIN',
    description: "what the URLs of new clusters' issuers begin with, when not the HTTPS endpoint: https://HOST[:PORT][/PATH]",
    parse: matching(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?(\/[\w.-]+)*$/, 'must be an https URL without a slash at the end'),
  },
  {
    key: 'clusterRecords',
    environment: 'GATEHOUSE_CLUSTER_RECORDS',
    description: "which decisions of clusters' webhooks leave CloudTrail records: all, refusals or none",
    fallback: () => 'all',
    parse: matching(/^(all|refusals|none)$/, 'must be all, refusals or none'),
  },
  {
    key: 'trailDeliverySeconds',
    environment: 'GATEHOUSE_TRAIL_DELIVERY_SECONDS',
    description: "seconds between deliveries of trails' log files",
    fallback: () => '300',
    parse: seconds(1, 86_400),
  },
  {
    key: 'trailDigestSeconds',
    environment: 'GATEHOUSE_TRAIL_DIGEST_SECONDS',
    description: "seconds that a digest file of a trail's log files covers; an hour on AWS",
    fallback: () => '3600',
    parse: seconds(1, 86_400),
  },
  {
    key: 'trailEndpoint',
    environment: 'GATEHOUSE_TRAIL_ENDPOINT',
    description: "S3-compatible server for trails' files in place of Gatehouse's own S3: http[s]://HOST[:PORT]",
    parse: matching(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/, 'must be a URL of a scheme, a host and perhaps a port'),
  },
  {
    key: 'trailEndpointRegion',
    environment: 'GATEHOUSE_TRAIL_ENDPOINT_REGION',
    description: 'region that requests to that server are signed for',
    fallback: () => 'us-east-1',
    parse: matching(/^[a-z0-9-]{1,40}$/, 'must be a region such as us-east-1'),
  },
  {
    key: 'trailAccessKeyId',
    environment: 'GATEHOUSE_TRAIL_ACCESS_KEY_ID',
    description: 'access key id for that server',
    parse: matching(/^[\x21-\x7e]{1,128}$/, 'must be printable characters without spaces'),
  },
  {
    key: 'trailSecretAccessKey',
    environment: 'GATEHOUSE_TRAIL_SECRET_ACCESS_KEY',
    description: 'secret access key for that server; better given by environment or file than by flag',
    parse: matching(/^[\x21-\x7e]{1,256}$/, 'must be printable characters without spaces'),
  },
  {
    key: 'propagationDelay',
    environment: 'GATEHOUSE_PROPAGATION_DELAY',
    description: 'seconds until changes of policies and credentials count in decisions, as on AWS they may take; 0 is at once',
    fallback: () => '0',
    parse: delay,
  },
  {
    key: 'quotas',
    environment: 'GATEHOUSE_QUOTAS',
    description: "quotas of IAM and Organizations that differ from AWS's defaults, such as RolesPerAccount=5000,AccountsPerOrganization=50",
    fallback: () => '',
    parse: quotas,
  },
  {
    key: 'templates',
    environment: 'GATEHOUSE_TEMPLATES',
    description: 'file of policy and role templates that delegation requests and AcquireRole go by',
    fallback: () => '',
    parse: templatesFile,
  },
  {
    key: 'historyDays',
    environment: 'GATEHOUSE_HISTORY_DAYS',
    description: 'days that the event history goes back; older records are deleted unless an event data store retains them',
    fallback: () => '90',
    parse: text => {
      const number = Number(text)
      if (!/^\d+$/.test(text) || number < 1 || number > 3653) throw new Error('must be a number of days from 1 to 3653')
      return number
    },
  },
  {
    key: 'logLevel',
    environment: 'GATEHOUSE_LOG_LEVEL',
    description: `one of ${logLevels.join(', ')}`,
    fallback: () => 'warn',
    parse: matching(new RegExp(`^(${logLevels.join('|')})$`), `must be one of ${logLevels.join(', ')}`),
  },
]

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
      const shown = /secret/i.test(key) ? '(hidden)' : text
      problems.push(`${source} ${shown}: ${(problem as Error).message}`)
    }
  }
  if ((result['accessKeyId'] === undefined) !== (result['secretAccessKey'] === undefined) && problems.length === 0)
    problems.push('--access-key-id and --secret-access-key go together: give both or neither')
  if (result['port'] !== 0 && result['port'] === result['httpPort']) problems.push('--port and --http-port must differ')
  const forTrails = ['trailEndpoint', 'trailAccessKeyId', 'trailSecretAccessKey']
  if (new Set(forTrails.map(key => result[key] === undefined)).size > 1 && problems.length === 0)
    problems.push(`${forTrails.map(flagOf).join(', ')} go together: give all or none`)
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
