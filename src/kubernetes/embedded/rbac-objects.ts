import type { Json, JsonObject } from '../../types/json.ts'
import type { Binding, RbacObjects, Subject } from '../../cluster-access/evaluate.ts'
import type { PolicyRule } from '../../cluster-access/rules.ts'
import type { ObjectStore } from './object-store.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { findType, type ResourceType, storageKey } from './resource-types.ts'

const group = 'rbac.authorization.k8s.io'
const typeOf = (resource: string) => findType(group, 'v1', resource) as ResourceType
const types = {
  clusterRoles: typeOf('clusterroles'),
  roles: typeOf('roles'),
  clusterRoleBindings: typeOf('clusterrolebindings'),
  roleBindings: typeOf('rolebindings'),
}
const watched = new Set(Object.values(types).map(storageKey))

/** The RBAC objects of a cluster, read once and again after each change to one. */
export function rbacObjectsOf(objects: ObjectStore): () => Promise<RbacObjects> {
  let known: Promise<RbacObjects> | undefined
  objects.onEvent(event => {
    if (watched.has(event.key)) known = undefined
  })
  return () => (known ??= load(objects))
}

async function load(objects: ObjectStore): Promise<RbacObjects> {
  const [clusterRoles, roles, clusterRoleBindings, roleBindings] = await objects.read(async tx => [
    await tx.list(types.clusterRoles),
    await tx.list(types.roles),
    await tx.list(types.clusterRoleBindings),
    await tx.list(types.roleBindings),
  ])
  const clusterRulesByName = new Map(clusterRoles?.map(role => [role.metadata.name ?? '', rulesOf(role)]))
  for (const role of clusterRoles ?? []) if (role['aggregationRule'] !== undefined) aggregate(role, clusterRoles ?? [], clusterRulesByName)
  const rulesByPlace = new Map(roles?.map(role => [`${role.metadata.namespace}/${role.metadata.name}`, rulesOf(role)]))
  const bindingsByNamespace = Map.groupBy((roleBindings ?? []).map(bindingOf), binding => binding.namespace ?? '')
  return {
    clusterRole: name => clusterRulesByName.get(name),
    role: (namespace, name) => rulesByPlace.get(`${namespace}/${name}`),
    clusterRoleBindings: (clusterRoleBindings ?? []).map(bindingOf),
    roleBindings: namespace => bindingsByNamespace.get(namespace) ?? [],
  }
}

/** Fills an aggregated role with the rules of those that its selectors match, aggregated ones among them. */
function aggregate(
  role: KubernetesObject,
  all: readonly KubernetesObject[],
  rules: Map<string, PolicyRule[]>,
  seen = new Set<string>(),
): PolicyRule[] {
  const name = role.metadata.name ?? ''
  if (role['aggregationRule'] === undefined || seen.has(name)) return rules.get(name) ?? []
  const selectors = listOf(objectOf(role['aggregationRule'])['clusterRoleSelectors']).map(selector =>
    objectOf(objectOf(selector)['matchLabels']),
  )
  const members = all.filter(
    other =>
      other !== role &&
      selectors.some(selector => Object.entries(selector).every(([key, value]) => other.metadata.labels?.[key] === value)),
  )
  const collected = members.flatMap(member => aggregate(member, all, rules, new Set([...seen, name])))
  rules.set(name, collected)
  return collected
}

/** The rules of a Role or ClusterRole as it is written. */
export const rulesOf = (role: KubernetesObject): PolicyRule[] => listOf(role['rules']).map(item => ruleOf(objectOf(item)))

function ruleOf(rule: JsonObject): PolicyRule {
  return {
    verbs: texts(rule['verbs']),
    apiGroups: texts(rule['apiGroups']),
    resources: texts(rule['resources']),
    resourceNames: texts(rule['resourceNames']),
    nonResourceURLs: texts(rule['nonResourceURLs']),
  }
}

/** A binding as the evaluator reads it. */
export function bindingOf(object: KubernetesObject): Binding {
  const ref = objectOf(object['roleRef'])
  return {
    name: object.metadata.name ?? '',
    ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
    subjects: listOf(object['subjects']).map(item => subjectOf(objectOf(item))),
    roleRef: { kind: textOf(ref['kind']), name: textOf(ref['name']) },
  }
}

const subjectOf = (subject: JsonObject): Subject => ({
  kind: textOf(subject['kind']),
  name: textOf(subject['name']),
  ...(typeof subject['namespace'] === 'string' && { namespace: subject['namespace'] }),
})

const texts = (value: Json | undefined): string[] => listOf(value).filter(item => typeof item === 'string')
