import type { CertificateAuthority } from '../identity/certificate-authority.ts'
import type { CredentialDirectory } from '../identity/credentials.ts'
import type { createGrantDirectory } from '../kubernetes/access-review/access-grants.ts'
import type { TellDecision } from '../kubernetes/decision-records.ts'
import type { KubernetesRequest, KubernetesResponse } from '../kubernetes/embedded/requests.ts'
import type { IssuerKeys } from '../kubernetes/issuer/keys.ts'
import type { IssuerKeysOf } from '../kubernetes/token-review/identity-providers.ts'
import type { reviewToken } from '../kubernetes/token-review/token-review.ts'
import type { AwsAuthData } from '../cluster-access/aws-auth.ts'
import type { PastStates, Secrets, Store } from '../store/index.ts'
import type { ClustersTable } from '../store/tables/eks.ts'
import type { Endpoints } from '../services/world.ts'
import type { Random } from '../types/random.ts'
import type { Configuration } from './configuration.ts'
import type { Log } from './log.ts'
import type { Network } from './public-address.ts'

export interface Reviewer {
  readonly authentication: () => Parameters<typeof reviewToken>[1]
}

/** What running a cluster gives, whichever kind it is of. */
export interface RunningCluster {
  readonly endpoint: string
  readonly certificateAuthorityPem: string
  /** ConfigMap kube-system/aws-auth as it stands. */
  awsAuthData(): Promise<AwsAuthData | undefined>
  /** Writes that ConfigMap, unless it has changed since `edit` saw it: then `edit` sees it anew. */
  editAwsAuth(edit: (data: AwsAuthData) => AwsAuthData | undefined): Promise<void>
  /** A service account as it stands, for admission. */
  serviceAccount(namespace: string, name: string): Promise<{ readonly [key: string]: unknown } | undefined>
  /** What is at a path of its API for whoever a bearer token is of. */
  readAs(path: string, bearer: string): Promise<{ readonly status: number; readonly body: string }>
  /** A pod as it stands. */
  pod(namespace: string, name: string): Promise<{ readonly [key: string]: unknown } | undefined>
  /** For clusters that sign tokens themselves: the issuer's keys have changed. */
  renewIssuerKeys?(): Promise<void>
  /** Answers API requests that come to our own listener; other kinds have their own. */
  handle?(request: KubernetesRequest): Promise<KubernetesResponse>
  stop(): Promise<void>
}

/** What starting a cluster of a kind needs to know of it. */
export interface ClusterToStart {
  readonly row: ClustersTable
  readonly webhookToken: string
  readonly parts: ClusterParts
  /** Authenticates a bearer token as the token webhook would. */
  reviewer(): Reviewer
  readonly directory: ReturnType<typeof createGrantDirectory>
  /** Puts a decision on record. */
  readonly tell: TellDecision
}

export interface ClusterParts {
  readonly store: Store
  readonly secrets: Secrets
  readonly random: Random
  readonly issuerKeys: IssuerKeys
  /** How clusters' objects were. */
  readonly past: PastStates
  readonly credentials: CredentialDirectory
  /** Keys of the OpenID Connect providers that clusters are associated with. */
  readonly identityKeysOf: IssuerKeysOf
  readonly certificateAuthority: CertificateAuthority
  readonly endpoints: () => Endpoints
  readonly dataFolder: string
  readonly controlPlaneAssets: string | undefined
  /** Where API servers of attached clusters may be beside public addresses. */
  readonly clusterNetworks: readonly Network[]
  readonly region: string
  /** Seconds that tokens which we mint ourselves last at most. */
  readonly podTokenSeconds: number
  /** Which decisions of webhooks leave records. */
  readonly clusterRecords: Configuration['clusterRecords']
  readonly now: () => number
  readonly log: Log
}
