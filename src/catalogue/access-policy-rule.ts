/** A rule of an access policy; a rule of a Kubernetes ClusterRole in form. */
export interface AccessPolicyRule {
  readonly verbs: readonly string[]
  /** Empty text is the core group. */
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}
