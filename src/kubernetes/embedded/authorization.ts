import { evaluateRbac, type RbacObjects, rulesFor, rulesNotCovered } from '../../cluster-access/evaluate.ts'
import type { PolicyRule, RequestAttributes, UserInfo } from '../../cluster-access/rules.ts'
import { objectOf, type KubernetesObject, textOf } from './objects.ts'
import { rulesOf } from './rbac-objects.ts'
import type { ResourceType } from './resource-types.ts'
import { forbidden, StatusError } from './status.ts'

/** Allows, or has no opinion; the reason is for people. */
export interface AccessDecision {
  readonly allowed: boolean
  readonly reason: string
}

/** Decides beside RBAC: EKS access policies. Never denies. */
export type AccessPolicyAuthorizer = (user: UserInfo, attributes: RequestAttributes) => Promise<AccessDecision>

/** Everything that may allow a request, in the order that EKS asks. */
export interface ClusterAuthorizer {
  decide(user: UserInfo, attributes: RequestAttributes): Promise<AccessDecision>
  /** @throws StatusError Forbidden in Kubernetes' words */
  require(user: UserInfo, attributes: RequestAttributes): Promise<void>
  rules(user: UserInfo, namespace: string): Promise<readonly PolicyRule[]>
  /** @throws StatusError when a role or binding would give more than its author has */
  requireNoEscalation(user: UserInfo, type: ResourceType, object: KubernetesObject): Promise<void>
}

/** RBAC, then access policies. */
export function createClusterAuthorizer(rbac: () => Promise<RbacObjects>, accessPolicies: AccessPolicyAuthorizer): ClusterAuthorizer {
  const decide = async (user: UserInfo, attributes: RequestAttributes): Promise<AccessDecision> => {
    const byRbac = evaluateRbac(await rbac(), user, attributes)
    return byRbac.allowed ? byRbac : accessPolicies(user, attributes)
  }

  return {
    decide,

    async require(user, attributes) {
      const { allowed } = await decide(user, attributes)
      if (!allowed) throw refusal(user, attributes)
    },

    rules: async (user, namespace) => rulesFor(await rbac(), user, namespace),

    async requireNoEscalation(user, type, object) {
      const objects = await rbac()
      const namespace = object.metadata.namespace
      const name = object.metadata.name ?? ''
      const held = rulesFor(objects, user, namespace)
      const may = (verb: string, resource: string, target: string) =>
        decide(user, { kind: 'resource', verb, apiGroup: type.group, resource, namespace, name: target }).then(({ allowed }) => allowed)
      if (type.kind === 'Role' || type.kind === 'ClusterRole') {
        const missing = rulesNotCovered(held, rulesOf(object))
        if (missing.length === 0 || (await may('escalate', type.resource, name)) || (await mayDoAll(decide, user, namespace))) return
        throw escalation(type, name, user, missing)
      }
      if (type.kind !== 'RoleBinding' && type.kind !== 'ClusterRoleBinding') return
      const ref = objectOf(object['roleRef'])
      const roleName = textOf(ref['name'])
      const isClusterRole = ref['kind'] === 'ClusterRole'
      const rules = (isClusterRole ? objects.clusterRole(roleName) : objects.role(namespace ?? '', roleName)) ?? []
      const missing = rulesNotCovered(held, rules)
      if (
        missing.length === 0 ||
        (await may('bind', isClusterRole ? 'clusterroles' : 'roles', roleName)) ||
        (await mayDoAll(decide, user, namespace))
      )
        return
      throw escalation(type, name, user, missing)
    },
  }
}

/** Access policies such as AmazonEKSClusterAdminPolicy hold no RBAC rules: who may do anything cannot escalate. */
const mayDoAll = (decide: ClusterAuthorizer['decide'], user: UserInfo, namespace: string | undefined) =>
  decide(user, { kind: 'resource', verb: '*', apiGroup: '*', resource: '*', namespace }).then(({ allowed }) => allowed)

function escalation(type: ResourceType, name: string, user: UserInfo, missing: readonly PolicyRule[]): StatusError {
  const listed = missing.map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) =>
    nonResourceURLs
      ? `{NonResourceURLs:${JSON.stringify(nonResourceURLs)}, Verbs:${JSON.stringify(verbs)}}`
      : `{APIGroups:${JSON.stringify(apiGroups)}, Resources:${JSON.stringify(resources)}${resourceNames?.length ? `, ResourceNames:${JSON.stringify(resourceNames)}` : ''}, Verbs:${JSON.stringify(verbs)}}`,
  )
  return forbidden(
    type,
    name,
    `user "${user.username}" (groups=${JSON.stringify(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${listed.join('\n')}`,
  )
}

/** Kubernetes' words for a request that nothing allows. */
function refusal(user: UserInfo, attributes: RequestAttributes): StatusError {
  if (attributes.kind === 'nonResource')
    return new StatusError(403, 'Forbidden', `forbidden: User "${user.username}" cannot ${attributes.verb} path "${attributes.path}"`, {})
  const { verb, apiGroup, resource, subresource, namespace, name } = attributes
  const what = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? ` in the namespace "${namespace}"` : ' at the cluster scope'
  return forbidden(
    { resource, group: apiGroup },
    name ?? '',
    `User "${user.username}" cannot ${verb} resource "${what}" in API group "${apiGroup}"${where}`,
  )
}
