import type { Templates } from '../identity/templates.ts'
import type { UpstreamCredentials, UpstreamOrigins, UpstreamSetting } from './upstreams/upstream-settings.ts'

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
  /** Whether SAML assertions are good once. */
  readonly singleUseSaml: boolean
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
  /**
   * Seconds that a request's headers may take; that a body which is kept may take to come, and a streamed one may pause; and a whole request: by
   * default five gigabytes, S3's largest at once, at eleven megabits a second.
   */
  readonly headerSeconds: number
  readonly bodySeconds: number
  readonly requestSeconds: number
  /** Calls that are answered at once; more are told to ask again. */
  readonly callsAtOnce: number
  /** Calls a second of one principal, and from one address; 0 for no limit. */
  readonly callRatePerPrincipal: number
  readonly callRatePerAddress: number
  /** Look-ups of the event history a second, of one account and region; 0 for no limit. */
  readonly lookUpRate: number
  /** pino's level names. */
  readonly logLevel: string
}
