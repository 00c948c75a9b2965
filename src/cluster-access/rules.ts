/** Who asks, as Kubernetes sees it. Kubernetes documentation, "Authenticating", and authentication.k8s.io UserInfo. */
export interface UserInfo {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
}

/** What is asked for. Kubernetes documentation, "Authorization", "Review your request attributes". */
export type RequestAttributes = ResourceAttributes | NonResourceAttributes

export interface ResourceAttributes {
  readonly kind: 'resource'
  readonly verb: string
  /** Empty for the core group. */
  readonly apiGroup: string
  readonly resource: string
  readonly subresource?: string | undefined
  /** Absent or empty for cluster-scoped requests. */
  readonly namespace?: string | undefined
  /** Absent or empty for list, watch, create and deletecollection. */
  readonly name?: string | undefined
}

export interface NonResourceAttributes {
  readonly kind: 'nonResource'
  readonly verb: string
  /** Such as `/healthz`. */
  readonly path: string
}

/** A rule of a Role or ClusterRole. Kubernetes API, rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  /** `pods`, `pods/log`, `*`, or a subresource of any resource as in `*` followed by `/scale`. */
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  /** A path, or one that ends in `*`. */
  readonly nonResourceURLs?: readonly string[]
}

/** Whether a rule allows a request. Kubernetes documentation, "Using RBAC Authorization", "Referring to resources". */
export function ruleAllows(rule: PolicyRule, attributes: RequestAttributes): boolean {
  if (!contains(rule.verbs, attributes.verb)) return false
  if (attributes.kind === 'nonResource') return (rule.nonResourceURLs ?? []).some(url => urlMatches(url, attributes.path))
  return (
    contains(rule.apiGroups, attributes.apiGroup) &&
    resourceMatches(rule.resources ?? [], attributes.resource, attributes.subresource) &&
    nameMatches(rule.resourceNames ?? [], attributes.name)
  )
}

const contains = (list: readonly string[] | undefined, value: string) => list !== undefined && (list.includes('*') || list.includes(value))

function resourceMatches(resources: readonly string[], resource: string, subresource: string | undefined): boolean {
  const asked = subresource ? `${resource}/${subresource}` : resource
  return resources.some(
    item => item === '*' || item === asked || (subresource !== undefined && subresource !== '' && item === `*/${subresource}`),
  )
}

/** A rule with names does not allow requests without one: list cannot be restricted by name, nor create. */
const nameMatches = (names: readonly string[], name: string | undefined) =>
  names.length === 0 || (name !== undefined && name !== '' && names.includes(name))

const urlMatches = (pattern: string, path: string) =>
  pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')))
