import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { defaultQuotas as iamQuotas, fixedQuotas } from '../services/iam/quotas.ts'
import { quotas as organizationsQuotas } from '../services/organizations/quotas.ts'
import { parseCassandraUrl, parsePostgresUrl } from '../store/index.ts'
import type { Configuration } from './configuration.ts'
import { networksOf } from './public-address.ts'
import { parseUpstreamModels, parseUpstreams, readUpstreamCredentials } from './upstreams/upstream-settings.ts'
import { readTemplates } from './templates-file.ts'

export interface Setting {
  readonly key: keyof Configuration
  readonly environment: string
  readonly description: string
  /** True where the flag may be given several times, for a list with commas between. */
  readonly repeats?: true
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

const count = (least: number, most: number) => (text: string) => {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < least || number > most) throw new Error(`must be a number from ${least} to ${most}`)
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

const networks = (text: string) => {
  try {
    networksOf(text)
  } catch {
    throw new Error('must be networks such as 10.0.0.0/8,fd00::/8')
  }
  return text
}

const trueOrFalse = (text: string) => {
  if (text !== 'true' && text !== 'false') throw new Error('must be true or false')
  return text === 'true'
}

const postgresUrl = (text: string) => {
  parsePostgresUrl(text, process.env)
  return text
}

const cassandraUrl = (text: string) => {
  parseCassandraUrl(text, process.env)
  return text
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
    key: 'store',
    environment: 'GATEHOUSE_STORE',
    description:
      'PostgreSQL database that several nodes share, postgres://USER@HOST,.../DATABASE; a SQLite file in the data folder when absent',
    parse: postgresUrl,
  },
  {
    key: 'records',
    environment: 'GATEHOUSE_RECORDS',
    description:
      'Apache Cassandra that records of CloudTrail go to, cassandra://USER@HOST,.../KEYSPACE?datacenter=NAME; they stay in the store when absent',
    parse: cassandraUrl,
  },
  {
    key: 'recordsHoldSeconds',
    environment: 'GATEHOUSE_RECORDS_HOLD_SECONDS',
    description: 'seconds that the store holds records which Cassandra has',
    fallback: () => '3600',
    parse: seconds(1, 604_800),
  },
  {
    key: 'masterKeyCommand',
    environment: 'GATEHOUSE_MASTER_KEY_COMMAND',
    description:
      'command, for a shell, that prints the master key: 64 hexadecimal digits or 32 bytes in base64, such as a key management service gives. The key is kept nowhere else',
    parse: matching(/\S/, 'must name a command'),
  },
  {
    key: 'masterKeyPassphrase',
    environment: 'GATEHOUSE_MASTER_KEY_PASSPHRASE',
    description: 'passphrase that the master key is derived from; better given by environment or file than by flag',
    parse: matching(/^.{12,1024}$/su, 'must have 12 to 1024 characters'),
  },
  {
    key: 'masterKeyPassphraseFile',
    environment: 'GATEHOUSE_MASTER_KEY_PASSPHRASE_FILE',
    description: 'file with that passphrase, readable by its owner alone; - asks for it at the terminal',
    parse: text => (text === '-' ? text : resolve(text)),
  },
  {
    key: 'feedBoundSeconds',
    environment: 'GATEHOUSE_FEED_BOUND_SECONDS',
    description: 'seconds after which a node that cannot read what other nodes changed refuses every call',
    fallback: () => '5',
    parse: seconds(1, 60),
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
    key: 'workers',
    environment: 'GATEHOUSE_WORKERS',
    description: 'processes that serve calls of IAM and STS, one a core at most; with a SQLite store',
    fallback: () => '1',
    parse: count(1, 64),
  },
  {
    key: 'metricsPort',
    environment: 'GATEHOUSE_METRICS_PORT',
    description: 'port for /metrics (Prometheus), /livez and /readyz, over plain HTTP and to whoever reaches it; none when absent',
    parse: port,
  },
  {
    key: 'traceCollector',
    environment: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    description: 'OpenTelemetry collector that gets a trace of every call, by OTLP over HTTP: http[s]://HOST[:PORT]',
    parse: matching(/^https?:\/\/[A-Za-z0-9.:[\]-]+(\/[\w./-]*)?$/, 'must be an http or https URL'),
  },
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
    parse: networks,
  },
  {
    key: 'clusterNetworks',
    environment: 'GATEHOUSE_CLUSTER_NETWORKS',
    description: 'networks where API servers of attached clusters may be beside public addresses, such as 127.0.0.0/8,10.0.0.0/8',
    parse: networks,
  },
  {
    key: 'serviceSessionSeconds',
    environment: 'GATEHOUSE_SERVICE_SESSION_SECONDS',
    description: 'seconds that sessions of pods and instances last at most; AWS gives six hours',
    fallback: () => '21600',
    parse: seconds(4, 21_600),
  },
  {
    key: 'podTokenSeconds',
    environment: 'GATEHOUSE_POD_TOKEN_SECONDS',
    description: 'seconds that tokens of service accounts of embedded clusters last at most, whatever is asked for; EKS gives a day',
    fallback: () => '86400',
    parse: seconds(4, 86_400),
  },
  {
    key: 'strictTokens',
    environment: 'GATEHOUSE_STRICT_TOKENS',
    description: 'true refuses tokens whose service account or pod is gone; false takes them until they expire, as AWS does',
    fallback: () => 'false',
    parse: trueOrFalse,
  },
  {
    key: 'singleUseSaml',
    environment: 'GATEHOUSE_SINGLE_USE_SAML',
    description:
      'true takes each SAML assertion once; false takes it until it expires, as AWS does and tools for several accounts count on',
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
    key: 'upstream',
    repeats: true,
    environment: 'GATEHOUSE_UPSTREAM',
    description:
      'services that another server is, such as s3=http://127.0.0.1:9000,dynamodb=http://127.0.0.1:8000: authorized here, answered there',
    parse: parseUpstreams,
  },
  {
    key: 'upstreamCredentials',
    environment: 'GATEHOUSE_UPSTREAM_CREDENTIALS',
    description: "file with the keys for those servers, in the form of AWS's credentials file: a section a service",
    parse: readUpstreamCredentials,
  },
  {
    key: 'upstreamModel',
    repeats: true,
    environment: 'GATEHOUSE_UPSTREAM_MODEL',
    description: 'models of such services that Gatehouse does not have, as botocore publishes them: SERVICE=FILE',
    parse: parseUpstreamModels,
  },
  {
    key: 'upstreamSilenceSeconds',
    environment: 'GATEHOUSE_UPSTREAM_SILENCE_SECONDS',
    description: 'seconds that such a server may be silent before the caller is told that the service is unavailable',
    fallback: () => '60',
    parse: seconds(1, 900),
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
    key: 'pastDays',
    environment: 'GATEHOUSE_PAST_DAYS',
    description: 'days of which --at can ask who could do what; 0 keeps nothing of the past',
    fallback: () => '90',
    parse: text => {
      const number = Number(text)
      if (!/^\d+$/.test(text) || number > 3653) throw new Error('must be a number of days from 0 to 3653')
      return number
    },
  },
  {
    key: 'rootEmail',
    environment: 'GATEHOUSE_ROOT_EMAIL',
    description: 'e-mail address that the root user of the account made at first start signs in to the console with',
    parse: matching(/^[^\s@]{1,64}@[^\s@]{1,255}$/, 'must be an e-mail address'),
  },
  {
    key: 'rootPassword',
    environment: 'GATEHOUSE_ROOT_PASSWORD',
    description: 'password of that root user; a start with another one replaces it. Better given by environment or file than by flag',
    parse: matching(/^.{8,128}$/s, 'must have 8 to 128 characters'),
  },
  {
    key: 'consoleIdleSeconds',
    environment: 'GATEHOUSE_CONSOLE_IDLE_SECONDS',
    description: 'seconds after which a console session ends that nobody uses',
    fallback: () => '14400',
    parse: seconds(60, 43_200),
  },
  {
    key: 'signInAttempts',
    environment: 'GATEHOUSE_SIGN_IN_ATTEMPTS',
    description: 'attempts in a row to sign in to the console that may fail for one user before none is taken for a while',
    fallback: () => '5',
    parse: count(1, 1_000),
  },
  {
    key: 'signInAttemptsPerAddress',
    environment: 'GATEHOUSE_SIGN_IN_ATTEMPTS_PER_ADDRESS',
    description: 'the same from one network address, whoever is tried',
    fallback: () => '50',
    parse: count(1, 100_000),
  },
  {
    key: 'signInLockSeconds',
    environment: 'GATEHOUSE_SIGN_IN_LOCK_SECONDS',
    description: 'seconds for which no attempt is taken after that many',
    fallback: () => '300',
    parse: seconds(1, 86_400),
  },
  {
    key: 'maxConnections',
    environment: 'GATEHOUSE_MAX_CONNECTIONS',
    description: 'connections at once on each port; more are closed',
    fallback: () => '10000',
    parse: count(1, 1_000_000),
  },
  {
    key: 'maxHeaderBytes',
    environment: 'GATEHOUSE_MAX_HEADER_BYTES',
    description: 'bytes that the headers of a request may have',
    fallback: () => '65536',
    parse: count(16_384, 1_048_576),
  },
  {
    key: 'maxBodyBytes',
    environment: 'GATEHOUSE_MAX_BODY_BYTES',
    description: 'bytes that the body of a request may have, objects of S3 aside',
    fallback: () => '16777216',
    parse: count(1_048_576, 268_435_456),
  },
  {
    key: 'headerSeconds',
    environment: 'GATEHOUSE_HEADER_SECONDS',
    description: 'seconds that the headers of a request may take to come',
    fallback: () => '15',
    parse: seconds(1, 600),
  },
  {
    key: 'bodySeconds',
    environment: 'GATEHOUSE_BODY_SECONDS',
    description:
      'seconds that a body may take to come; for objects of S3, that it may pause; and that a client may take nothing of a large answer',
    fallback: () => '60',
    parse: seconds(1, 3_600),
  },
  {
    key: 'requestSeconds',
    environment: 'GATEHOUSE_REQUEST_SECONDS',
    description: 'seconds that any request may take to come',
    fallback: () => '3600',
    parse: seconds(1, 86_400),
  },
  {
    key: 'callsAtOnce',
    environment: 'GATEHOUSE_CALLS_AT_ONCE',
    description: 'calls that are answered at once; more are throttled',
    fallback: () => '2000',
    parse: count(1, 1_000_000),
  },
  {
    key: 'callRatePerPrincipal',
    environment: 'GATEHOUSE_CALL_RATE_PER_PRINCIPAL',
    description: 'calls a second that one user, role or root user may make; more are throttled; 0 for no limit',
    fallback: () => '20000',
    parse: count(0, 1_000_000),
  },
  {
    key: 'callRatePerAddress',
    environment: 'GATEHOUSE_CALL_RATE_PER_ADDRESS',
    description: 'calls a second from one IPv4 address or one IPv6 network of 64 bits; more are throttled; 0 for no limit',
    fallback: () => '20000',
    parse: count(0, 1_000_000),
  },
  {
    key: 'lookUpRate',
    environment: 'GATEHOUSE_LOOK_UP_RATE',
    description: 'LookupEvents calls a second of one account and region, and ListInsightsData calls; more are throttled; 0 for no limit',
    fallback: () => '2',
    parse: count(0, 1_000_000),
  },
  {
    key: 'logLevel',
    environment: 'GATEHOUSE_LOG_LEVEL',
    description: `one of ${logLevels.join(', ')}`,
    fallback: () => 'warn',
    parse: matching(new RegExp(`^(${logLevels.join('|')})$`), `must be one of ${logLevels.join(', ')}`),
  },
]
