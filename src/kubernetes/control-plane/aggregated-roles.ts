import { isDeepStrictEqual } from 'node:util'
import { type LabelSelector, selectsLabels } from '../../cluster-access/label-selector.ts'
import type { ApiClient } from './api-client.ts'
import type { Reconciler } from './reconciler.ts'

interface ClusterRole {
  readonly metadata: { readonly name: string; readonly labels?: { readonly [name: string]: string } }
  readonly rules?: readonly object[] | null
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] }
}

const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'

/**
 * Aggregated cluster roles: their rules are those of the roles that their selectors find. Without this, admin, edit and view, which people
 * bind first of all, would allow nothing.
 * @see Kubernetes documentation, "Using RBAC Authorization", "Aggregated ClusterRoles"
 */
export const aggregatedRoles: Reconciler = {
  name: 'aggregated cluster roles',
  watched: [roles],

  async pass(api) {
    const { items } = await api.get<{ readonly items: readonly ClusterRole[] }>(roles)
    const wanted = aggregateAll(items)
    for (const [index, { metadata, rules }] of wanted.entries())
      if (!sameRules(rules, items[index]?.rules)) await setRules(api, metadata.name, rules ?? [])
    return true
  },
}

const sameRules = (one: ClusterRole['rules'], other: ClusterRole['rules']) => isDeepStrictEqual(one ?? [], other ?? [])

/** The roles with the rules that they should have. An aggregated role may be found by another's selectors (edit by admin's), so until nothing changes. */
export function aggregateAll(all: readonly ClusterRole[]): readonly ClusterRole[] {
  let known = all
  // In a chain of aggregated roles each round settles at least one.
  for (let rounds = all.filter(role => role.aggregationRule).length; rounds > 0; rounds--) {
    const next = known.map(role => (role.aggregationRule ? { ...role, rules: aggregate(role, known) } : role))
    if (next.every(({ rules }, index) => sameRules(rules, known[index]?.rules))) break
    known = next
  }
  return known
}

/** The rules of the roles that the selectors find, by selector, then by name, each rule once: the order that the API server's own controller gives. */
function aggregate({ metadata, aggregationRule }: ClusterRole, all: readonly ClusterRole[]): object[] {
  const rules: object[] = []
  const byName = all
    .filter(({ metadata: { name } }) => name !== metadata.name)
    .sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
  for (const selector of aggregationRule?.clusterRoleSelectors ?? [])
    for (const role of byName.filter(({ metadata: { labels = {} } }) => selectsLabels(selector, labels)))
      for (const rule of role.rules ?? []) if (!rules.some(known => isDeepStrictEqual(known, rule))) rules.push(rule)
  return rules
}

async function setRules(api: ApiClient, name: string, rules: readonly object[]): Promise<void> {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules }
  // The field manager of the controller that this stands in for, so that a cluster that gets a controller manager goes on as if it had had one.
  const path = `${roles}/${encodeURIComponent(name)}?fieldManager=clusterrole-aggregation-controller&force=true`
  const { status, body } = await api.call('PATCH', path, role, { 'content-type': 'application/apply-patch+yaml' })
  if (status !== 200 && status !== 201) throw new Error(`the rules of cluster role ${name} could not be set: ${body.slice(0, 500)}`)
}
