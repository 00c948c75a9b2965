/** How a cluster comes to be. docs/architecture.md, "Clusters". */
export type ClusterKind = 'embedded' | 'controlPlane' | 'attached'

/** Where and how a cluster is reached, as DescribeCluster tells it. */
export interface ClusterAccess {
  readonly endpoint: string
  /** PEM of the authority that the endpoint's certificate chains to. */
  readonly certificateAuthorityPem: string
}

/** Running clusters by id. The server composes the one implementation. */
export interface Clusters {
  /** Begins to run a cluster that the store holds as CREATING; resolves when it serves. */
  start(clusterId: string): Promise<ClusterAccess>
  /** Ends a running cluster; its stored objects go with the cluster's rows. */
  stop(clusterId: string): Promise<void>
}
