/** Objects of embedded clusters. */
export interface KubernetesObjectsTable {
  clusterId: string
  /** `group/resource`, such as `apps/deployments`; the core group is empty: `/pods`. */
  resource: string
  /** Empty for cluster-scoped objects. */
  namespace: string
  name: string
  resourceVersion: number
  json: string
}

/** The last resourceVersion that a cluster gave. */
export interface KubernetesRevisionsTable {
  clusterId: string
  revision: number
}

/** What happened to objects of a cluster, for those who watch: the last events of each. */
export interface KubernetesEventsTable {
  clusterId: string
  revision: number
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** As in the objects' table. */
  resource: string
  json: string
}
