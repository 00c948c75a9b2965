import type { RunningQueries } from '../audit/lake/running-queries.ts'
import type { CertificateAuthority } from '../identity/certificate-authority.ts'
import type { Authorizer } from '../identity/authorizer.ts'
import type { LastUses } from '../identity/last-uses.ts'
import type { Principal, ServiceSource } from '../identity/principal.ts'
import type { Sessions } from '../identity/sessions.ts'
import type { WebIdentityKeys } from '../identity/web-identity.ts'
import type { Clusters } from '../kubernetes/clusters.ts'
import type { Templates } from '../identity/templates.ts'
import type { ObjectFiles, Secrets, Store } from '../store/index.ts'
import type { JsonObject } from '../types/json.ts'
import type { StackRuns } from './cloudformation/stack-runs.ts'
import type { Random } from '../types/random.ts'
import type { RequestFacts } from './request-facts.ts'

/** What the server composes once and every operation may use. Tests compose their own. */
export interface World {
  readonly store: Store
  /** Encrypts what must be recovered: access key secrets, TOTP seeds, issuer keys. */
  readonly secrets: Secrets
  readonly random: Random
  /** What time it is, in epoch milliseconds, for work that goes on after its call: calls have their own. */
  now(): number
  readonly sessions: Sessions
  /** When keys, users and roles were last used: kept before it is told. */
  readonly lastUses: Pick<LastUses, 'flush'>
  /** For services that act on their own account in the course of a call, as EKS does for pods; calls themselves are decided before they are handled. */
  readonly authorizer: Authorizer
  readonly webIdentityKeys: WebIdentityKeys
  readonly calls: ServiceCalls
  readonly logBuckets: LogBuckets
  /** Certificates that clients who trust Gatehouse's authority trust. */
  readonly certificates: Pick<CertificateAuthority, 'serverCertificate'>
  /** What is in S3's objects. */
  readonly objectFiles: ObjectFiles
  /** Queries of CloudTrail Lake that run or wait. */
  readonly queries: RunningQueries
  /** Stacks of CloudFormation that are being made, changed or deleted. */
  readonly stackRuns: StackRuns
  /** Finds out what IAM records of an OpenID Connect issuer. */
  readonly issuerProbe: IssuerProbe
  /** Clusters as they run: endpoints, issuers, certificate data. */
  readonly clusters: Clusters
  /** Brings messages to product providers. */
  readonly notifications: Notifications
  readonly endpoints: Endpoints
  readonly settings: Settings
}

/** An operation of another service, with its input as the model names its members. */
export interface InsideCall {
  /** The signing name, such as `s3`. */
  readonly service: string
  readonly operation: string
  readonly input: { readonly [member: string]: unknown }
}

/**
 * Calls that services make of one another. Each goes through the whole pipeline: it is authorized, handled and recorded for itself,
 * and throws the ServiceError that any client would get. Never from inside a transaction: in `reach`, or after a commit.
 */
export interface ServiceCalls {
  /** A service calls in its own name, such as `cloudtrail.amazonaws.com`, for the sake of a resource: `aws:SourceArn`, `aws:SourceAccount`. */
  asService(service: string, source: ServiceSource, call: InsideCall): Promise<unknown>
  /** A service calls with its caller's rights: `aws:CalledVia`, `aws:ViaAWSService`; the record has `invokedBy`. */
  onBehalfOf(principal: Principal, service: string, call: InsideCall): Promise<unknown>
  /**
   * A service calls as a session of a service role that it assumed: the role's rights, no `aws:CalledVia`; the record has `invokedBy`.
   * IAM User Guide, "AWS global condition context keys", aws:CalledVia: "not present ... if the service uses a service role".
   */
  asServiceRole(session: Principal, service: string, call: InsideCall): Promise<unknown>
  /** The caller's own call, which the console's server makes for a browser: decided and on record as if the browser had made it. */
  asCaller(principal: Principal, request: RequestFacts, call: InsideCall): Promise<unknown>
}

/** Where CloudTrail delivers, and what it imports from: buckets of our own S3, or of the S3-compatible server that the person who runs Gatehouse named. */
export interface LogBuckets {
  /** Whether CloudTrail finds the bucket and may read its ACL. @throws ServiceError of S3: NoSuchBucket, AccessDenied */
  check(bucket: string, source: ServiceSource): Promise<void>
  /** Puts an object, under the full control of the bucket's owner. @throws ServiceError of S3 */
  put(object: LogObject, source: ServiceSource): Promise<void>
  /** Keys below a prefix, in their order, a page of them. @throws ServiceError of S3 */
  list(place: LogPlace, reader: Principal): Promise<{ readonly keys: readonly string[]; readonly more: boolean }>
  /** What is in an object; the compression that its Content-Encoding tells of may be undone. @throws ServiceError of S3, and `EntityTooLarge` beyond so many bytes */
  get(object: Pick<LogObject, 'bucket' | 'key'>, mostBytes: number, reader: Principal): Promise<Uint8Array>
}

export interface LogPlace {
  readonly bucket: string
  readonly prefix: string
  /** The last key of the page before. */
  readonly after?: string | undefined
}

export interface LogObject {
  readonly bucket: string
  readonly key: string
  readonly body: Uint8Array
  /** What the body is; JSON through gzip when absent. */
  readonly content?: { readonly type: string; readonly encoding?: string }
  /** Metadata by name, without `x-amz-meta-`. */
  readonly metadata?: { readonly [name: string]: string }
}

/** Asks an issuer's server for its certificates. */
export interface IssuerProbe {
  /**
   * @param url  the issuer, https
   * @returns    the thumbprint that IAM records: SHA-1 of the last certificate that the server sends, 40 lower-case hexadecimal digits
   */
  thumbprintOf(url: string): Promise<string>
}

/** Brings messages to those who wait for them, as SNS topics do on AWS. */
export interface Notifications {
  /** Hands over a message; tries again when it fails, and says so in the log when it gives up. */
  publish(message: Notification): Promise<void>
}

export interface Notification {
  readonly topicArn: string
  /** Where the topic's messages go: a URL that whoever runs Gatehouse chose. */
  readonly endpoint: string
  readonly message: JsonObject
}

/** Where clients reach this Gatehouse. */
export interface Endpoints {
  /** Such as `https://localhost:4443`, without a trailing slash. */
  readonly https: string
  readonly http: string
  readonly certificateAuthorityPem: string
}

/** Choices of the person who runs Gatehouse that operations need to know. */
export interface Settings {
  readonly region: string
  /** The account made at first start. */
  readonly account: string
  /** Seconds that sessions last at most which services hand out, to pods and instances; as on AWS when absent. */
  readonly serviceSessionSeconds?: number
  /** Refuse tokens of our clusters whose service account or pod is gone; AWS takes them until they expire. */
  readonly strictTokens?: boolean
  /** Take each SAML assertion once; AWS takes it until it expires. */
  readonly singleUseSaml?: boolean
  /** Let clusters be made of Kubernetes versions that EKS no longer has. */
  readonly oldVersions?: boolean
  /** Days that the event history goes back; ninety when absent. */
  readonly historyDays?: number
  /** What the URLs of new clusters' issuers begin with, when not our own HTTPS address. */
  readonly issuerOrigin?: string
  /** Quotas that differ from AWS's defaults, by name. */
  readonly quotas?: { readonly [name: string]: number }
  /** Templates that product providers and services have registered. */
  readonly templates?: Templates
}
