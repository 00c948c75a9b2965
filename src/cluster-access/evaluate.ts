import { type PolicyRule, type RequestAttributes, ruleAllows, type UserInfo } from './rules.ts'

/** A reference from a binding to who gets the role. */
export interface Subject {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

export interface RoleRef {
  readonly kind: string
  readonly name: string
}

/** The RBAC objects of a cluster. */
export interface RbacObjects {
  /** Aggregated rules filled in. */
  clusterRole(name: string): readonly PolicyRule[] | undefined
  role(namespace: string, name: string): readonly PolicyRule[] | undefined
  readonly clusterRoleBindings: readonly Binding[]
  roleBindings(namespace: string): readonly Binding[]
}

export interface Binding {
  readonly name: string
  readonly namespace?: string
  readonly subjects: readonly Subject[]
  readonly roleRef: RoleRef
}

export interface RbacDecision {
  readonly allowed: boolean
  /** In Kubernetes' words; empty for no opinion. */
  readonly reason: string
}

const noOpinion: RbacDecision = { allowed: false, reason: '' }

/** The group that may do everything, whatever RBAC says. */
const masters = 'system:masters'

/**
 * Decides by RBAC: allowed by some rule of some binding, or no opinion.
 * Kubernetes documentation, "Using RBAC Authorization".
 */
export function evaluateRbac(objects: RbacObjects, user: UserInfo, attributes: RequestAttributes): RbacDecision {
  if (user.groups.includes(masters)) return { allowed: true, reason: '' }
  for (const { binding, subject, rules, description } of bindingsOf(
    objects,
    user,
    attributes.kind === 'resource' ? attributes.namespace : undefined,
  ))
    if (rules.some(rule => ruleAllows(rule, attributes)))
      return {
        allowed: true,
        reason: `RBAC: allowed by ${description} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${describe(subject)}`,
      }
  return noOpinion
}

/** All rules that apply to a user, cluster-wide and in a namespace. For SelfSubjectRulesReview and escalation checks. */
export function rulesFor(objects: RbacObjects, user: UserInfo, namespace: string | undefined): PolicyRule[] {
  const all: PolicyRule[] = user.groups.includes(masters)
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : []
  for (const { rules } of bindingsOf(objects, user, namespace)) all.push(...rules)
  return all
}

interface AppliedBinding {
  readonly binding: Binding
  readonly subject: Subject
  readonly rules: readonly PolicyRule[]
  readonly description: string
}

function* bindingsOf(objects: RbacObjects, user: UserInfo, namespace: string | undefined): Generator<AppliedBinding> {
  for (const binding of objects.clusterRoleBindings) {
    const subject = binding.subjects.find(candidate => appliesTo(candidate, user, ''))
    const rules = subject && objects.clusterRole(binding.roleRef.name)
    if (subject && rules) yield { binding, subject, rules, description: `ClusterRoleBinding "${binding.name}"` }
  }
  if (!namespace) return
  for (const binding of objects.roleBindings(namespace)) {
    const subject = binding.subjects.find(candidate => appliesTo(candidate, user, namespace))
    const { kind, name } = binding.roleRef
    const rules = subject && (kind === 'ClusterRole' ? objects.clusterRole(name) : objects.role(namespace, name))
    if (subject && rules) yield { binding, subject, rules, description: `RoleBinding "${binding.name}/${namespace}"` }
  }
}

function appliesTo({ kind, name, namespace }: Subject, user: UserInfo, bindingNamespace: string): boolean {
  switch (kind) {
    case 'User':
      return user.username === name
    case 'Group':
      return user.groups.includes(name)
    case 'ServiceAccount': {
      const where = namespace || bindingNamespace
      return where !== '' && user.username === `system:serviceaccount:${where}:${name}`
    }
    default:
      return false
  }
}

const describe = ({ kind, name, namespace }: Subject) =>
  kind === 'ServiceAccount' ? `ServiceAccount "${name}/${namespace ?? ''}"` : `${kind} "${name}"`

/**
 * Whether rules held cover rules wanted: who makes a role may give only what they have.
 * Kubernetes documentation, "Using RBAC Authorization", "Privilege escalation prevention and bootstrapping".
 * @returns the rules not covered, broken down to single verbs, groups, resources, names and URLs
 */
export function rulesNotCovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(singleRules).filter(single => !held.some(rule => covers(rule, single)))
}

function singleRules({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): PolicyRule[] {
  return verbs.flatMap(verb => [
    ...apiGroups.flatMap(apiGroup =>
      resources.flatMap(resource =>
        resourceNames.length === 0
          ? [{ verbs: [verb], apiGroups: [apiGroup], resources: [resource] }]
          : resourceNames.map(name => ({ verbs: [verb], apiGroups: [apiGroup], resources: [resource], resourceNames: [name] })),
      ),
    ),
    ...nonResourceURLs.map(url => ({ verbs: [verb], nonResourceURLs: [url] })),
  ])
}

function covers(held: PolicyRule, single: PolicyRule): boolean {
  const verb = single.verbs[0] as string
  if (single.nonResourceURLs) return ruleAllows(held, { kind: 'nonResource', verb, path: single.nonResourceURLs[0] as string })
  const [resource = '', subresource] = (single.resources?.[0] ?? '').split('/')
  return ruleAllows(held, {
    kind: 'resource',
    verb,
    apiGroup: single.apiGroups?.[0] ?? '',
    resource,
    subresource,
    name: single.resourceNames?.[0],
  })
}
