import type { AwsAuthData } from '../cluster-access/aws-auth.ts'
import type { BoundObjects } from './issuer/bound-objects.ts'

/** How a cluster comes to be. docs/architecture.md, "Clusters". */
export type ClusterKind = 'embedded' | 'controlPlane' | 'attached'

/** Clusters as they run, by id. The server composes the one implementation. */
export interface Clusters {
  /** The kind of clusters made without naming one. */
  readonly defaultKind: ClusterKind
  /** Begins to run a cluster that the store holds as CREATING; resolves when it is ACTIVE, or FAILED. */
  start(clusterId: string): Promise<void>
  /** Ends a cluster that was deleted, and removes what it kept outside the store. */
  stop(clusterId: string): Promise<void>
  /** Whether the objects that a token is bound to are still those of that name. False too for a cluster that cannot be asked. */
  holds(clusterId: string, bound: BoundObjects): Promise<boolean>
  /** ConfigMap `kube-system/aws-auth` as it stands; undefined when there is none. @throws Error when the cluster cannot be asked */
  awsAuth(clusterId: string): Promise<AwsAuthData | undefined>
  /**
   * Changes that ConfigMap, which is made when it is not there.
   * @param edit  the data as it shall be; undefined leaves it alone
   * @throws      Error when the cluster cannot be asked
   */
  editAwsAuth(clusterId: string, edit: (data: AwsAuthData) => AwsAuthData | undefined): Promise<void>
  /**
   * Reads a path of a cluster's own API as whoever a bearer token is of; the cluster decides.
   * @throws Error when the cluster cannot be asked
   */
  readAs(clusterId: string, path: string, bearer: string): Promise<{ readonly status: number; readonly body: string }>
  /** Whether we may connect to an API server that somebody names: its address is public, or of a network that was allowed. */
  mayBeAttached(endpoint: string): Promise<boolean>
  /** Makes a new issuer key, and lets a cluster that signs by itself know. @returns the key's id */
  rotateIssuerKey(clusterId: string, options: { readonly immediately: boolean }): Promise<string>
}
