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
