import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterEscalation } from '../../../src/analysis/graph/escalations/cluster-escalation.ts'
import { clusterEscalations } from '../../../src/analysis/graph/escalations/kubernetes-escalations.ts'
import { callRestJson } from '../../../src/cli/client.ts'
import { castFor, performInCluster } from './cluster-cast.ts'
import { type ClusterPerformance, clusterPerformances, issuers } from './cluster-performances.ts'
import { type ClusterAddress, iam, kubernetesOf, makeCluster, openStage, refusalOf, type Stage } from './stage.ts'

let stage: Stage
let cluster: ClusterAddress
beforeAll(async () => {
  stage = await openStage()
  cluster = await makeCluster(stage.admin, 'demo')
  const answer = await callRestJson(stage.admin, 'eks', 'GET', '/clusters/demo')
  const { issuer } = (answer['cluster'] as { identity: { oidc: { issuer: string } } }).identity.oidc
  issuers.set('demo', issuer.replace('https://', ''))
  await iam(stage.admin, 'CreateOpenIDConnectProvider', { Url: issuer, 'ClientIDList.member.1': 'sts.amazonaws.com' })
}, 180_000)
afterAll(() => stage?.close())

const performed = clusterEscalations.filter(rule => rule.performed === 'embedded')
test('every rule that says that it is performed is', () => {
  expect(Object.keys(clusterPerformances).sort()).toEqual(performed.map(({ id }) => id).sort())
})

describe('a rule is performed against an embedded cluster as it says, and not without one of its requests', () => {
  test.each(performed.map(rule => [rule.id, rule] as const))('%s', { timeout: 60_000 }, (id, rule) =>
    performInCluster(stage, cluster, rule, clusterPerformances[id] as ClusterPerformance),
  )
})

test('rights to escalate in one namespace are none in another, whatever namespace an object says that it is of', async () => {
  const rule = clusterEscalations.find(({ id }) => id === 'kubernetes-escalate-role') as ClusterEscalation
  const performance = clusterPerformances['kubernetes-escalate-role'] as ClusterPerformance
  const other = await castFor(stage, cluster, performance, rule.needs)
  const apiGroup = 'rbac.authorization.k8s.io'
  const own = `/apis/${apiGroup}/v1/namespaces/default`
  const rules = [{ verbs: ['get', 'update', 'patch'], apiGroups: [apiGroup], resources: ['roles'] }]
  const metadata = { name: `${other.namespace}-limited` }
  await other.operator('POST', `${own}/roles`, { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules })
  await other.operator('POST', `${own}/rolebindings`, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata,
    subjects: [{ apiGroup, kind: 'Group', name: other.group }],
    roleRef: { apiGroup, kind: 'Role', name: metadata.name },
  })
  const me = kubernetesOf(cluster, other.client)
  const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
  const path = `${own}/roles/${metadata.name}`
  const elsewhere = { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata: { name: 'elsewhere', namespace: other.namespace }, rules }
  expect(await refusalOf(() => other.operator('POST', `${own}/roles`, elsewhere))).toBe('status 400')
  const body = (namespace?: string) => ({
    apiVersion: `${apiGroup}/v1`,
    kind: 'Role',
    metadata: { ...metadata, ...(namespace && { namespace }) },
    rules: everything,
  })
  expect(await refusalOf(() => me('PUT', path, body(other.namespace)))).toBe('status 400')
  expect(await refusalOf(() => me('PUT', path, body()))).toBe('status 403')
  expect(await refusalOf(() => me('PATCH', path, { metadata: { namespace: other.namespace }, rules: everything }))).toBe('status 400')
  expect(await refusalOf(() => me('PATCH', path, { rules: everything }))).toBe('status 403')
})
