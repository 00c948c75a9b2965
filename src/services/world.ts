import type { Secrets, Store } from '../store/index.ts'
import type { Random } from '../types/random.ts'
import type { Clusters } from '../kubernetes/clusters.ts'

/** What the server composes once and every operation may use. Tests compose their own. */
export interface World {
  readonly store: Store
  /** Encrypts what must be recovered: access key secrets, TOTP seeds, issuer keys. */
  readonly secrets: Secrets
  readonly random: Random
  /** Clusters as they run: endpoints, issuers, certificate data. */
  readonly clusters: Clusters
  readonly endpoints: Endpoints
  /** Finds another service's operation and runs it through the whole pipeline, for callers such as CloudFormation. */
  readonly settings: Settings
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
}
