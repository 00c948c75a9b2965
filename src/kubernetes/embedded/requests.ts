import type { UserInfo } from '../../cluster-access/rules.ts'
import type { IssuerKey } from '../issuer/discovery.ts'
import type { AccessPolicyAuthorizer, ClusterAuthorizer } from './authorization.ts'
import type { ObjectStore, ReadableObjects } from './object-store.ts'
import type { KubernetesObject } from './objects.ts'
import type { ResourceType } from './resource-types.ts'

/** A request to an embedded cluster, its cluster's prefix taken off the path. */
export interface KubernetesRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string }
  /** Every header line as it came: the groups and extra values of an impersonation come one a line. */
  readonly headerLines: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
  readonly signal: () => AbortSignal
}

export interface KubernetesResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string | AsyncIterable<string>
}

export const json = (status: number, body: unknown): KubernetesResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** Makes a service account's token; the issuer signs it. */
export type TokenMinter = (request: {
  readonly namespace: string
  readonly serviceAccount: string
  readonly serviceAccountUid: string
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  readonly pod?: { readonly name: string; readonly uid: string }
}) => Promise<{ readonly token: string; readonly expiresAt: number }>

/** The pod identity webhook, without the way over the network. */
export type PodMutator = (pod: KubernetesObject, serviceAccount: KubernetesObject) => Promise<KubernetesObject>

/** Who signs the tokens of a cluster's service accounts. */
export interface ClusterIssuer {
  readonly url: string
  readonly keys: readonly IssuerKey[]
}

export interface EmbeddedClusterOptions {
  readonly objects: ObjectStore
  /** The objects as they were. @throws PastNotKept */
  readonly pastObjects: (moment: number) => Promise<ReadableObjects>
  /** Addresses of services: `10.100.0.0/16`. */
  readonly serviceRange: string
  /** Such as `1.34`. */
  readonly version: string
  /** Where the API server is reached, for clients that ask. */
  readonly endpoint: string
  readonly certificateAuthorityPem: string
  /** Who holds a bearer token; undefined when nobody does. */
  authenticate(token: string, audiences: readonly string[] | undefined): Promise<UserInfo | undefined>
  readonly accessPolicies: AccessPolicyAuthorizer
  /** Undefined where nobody signs tokens. */
  issuer(): Promise<ClusterIssuer | undefined>
  readonly mintToken: TokenMinter
  readonly mutatePod: PodMutator
  now(): number
  uuid(): string
}

export interface ResourceParts extends EmbeddedClusterOptions {
  readonly authorizer: ClusterAuthorizer
}

/** What becomes of unknown fields. Kubernetes documentation, "Kubernetes API Concepts", "Field validation". */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

/** One request on a type that discovery lists. */
export interface ResourceRequest {
  readonly type: ResourceType
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly query: URLSearchParams
  readonly user: UserInfo
  readonly dryRun: boolean
  /** Who manages what it changes. */
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  /** What the client is told beside the answer. */
  readonly warnings: string[]
  /** What reads see: the objects of the present, or of a moment. */
  readonly objects: ReadableObjects
  readonly parts: ResourceParts
}
