/** A Kubernetes request that a way to more rights takes. */
export interface ClusterNeed {
  readonly verb: string
  readonly apiGroup: string
  readonly resource: string
  readonly subresource?: string
  /** Where: in the target's namespace, in one that is given, or for the cluster as a whole. */
  readonly namespace: 'target' | 'cluster' | { readonly name: string }
  /** Whether the request names the target; or the name that it has. */
  readonly name?: 'target' | { readonly name: string }
}

/** What a rule is tried on, and what it gives. */
export type ClusterOver =
  | 'service accounts of a namespace'
  | 'service account'
  | 'role of a service account'
  | 'pod'
  | 'nodes from a namespace'
  | 'nodes'
  | 'cluster'
  | 'IAM principal in cluster'
  | 'user'
  | 'group'

/** A way in which somebody with some rights in a cluster gets more of them. */
export interface ClusterEscalation {
  readonly id: string
  readonly title: string
  readonly over: ClusterOver
  readonly needs: readonly ClusterNeed[]
  readonly assuming?: string
  /** The first version of Kubernetes in which it is no way any more. */
  readonly before?: string
  /** The kind of cluster that a test does it against; where none serves the operation, tests replay the decisions alone. */
  readonly performed?: 'embedded' | 'control plane'
}

/** A need of a resource: `pods`, `pods/exec`, `deployments.apps`. */
export const need = (verb: string, resource: string, namespace: ClusterNeed['namespace'], more: Partial<ClusterNeed> = {}): ClusterNeed => {
  const [type = '', subresource] = resource.split('/')
  const dot = type.indexOf('.')
  return {
    verb,
    apiGroup: dot === -1 ? '' : type.slice(dot + 1),
    resource: dot === -1 ? type : type.slice(0, dot),
    ...(subresource !== undefined && { subresource }),
    namespace,
    ...more,
  }
}

/** A request that names the target. */
export const named = { name: 'target' } as const
