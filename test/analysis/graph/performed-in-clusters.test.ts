import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import { type ClusterEscalation, clusterEscalations, type ClusterNeed } from '../../../src/analysis/graph/kubernetes-escalations.ts'
import type { Link } from '../../../src/analysis/graph/links.ts'
import { callRestJson } from '../../../src/cli/client.ts'
import { readLiveSnapshot } from '../../../src/cli/live-snapshot.ts'
import { type Cast, type ClusterPerformance, clusterPerformances, issuers, targetOf } from './cluster-performances.ts'
import { ruleFor } from './cluster-scenes.ts'
import { type ClusterAddress, iam, kubernetesOf, makeCluster, makeUser, openStage, refusalOf, type Stage } from './stage.ts'
import { allow, policyOf, userArn } from './world.ts'

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

const performed = clusterEscalations.filter(rule => rule.performed)
let count = 0

/** An IAM user with an access entry, whose group is bound to exactly some rights: those of a namespace only in one of its own. */
async function castFor(performance: ClusterPerformance, needs: readonly ClusterNeed[]): Promise<Cast> {
  const { admin } = stage
  const operator = kubernetesOf(cluster, admin)
  const namespace = `n${++count}`
  const name = `${namespace}-mallory`
  const group = `${namespace}-attackers`
  const client = await makeUser(admin, name, policyOf(allow('sts:GetCallerIdentity')))
  await callRestJson(admin, 'eks', 'POST', '/clusters/demo/access-entries', {
    input: { principalArn: userArn(name), kubernetesGroups: [group] },
  })
  await operator('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const cast: Cast = { admin, cluster, operator, namespace, name, group, client }
  await performance.prepare?.(cast)
  await bind(
    cast,
    'ClusterRole',
    '',
    needs.filter(need => need.namespace === 'cluster'),
    performance,
  )
  await bind(
    cast,
    'Role',
    namespace,
    needs.filter(need => need.namespace === 'target'),
    performance,
  )
  await bind(
    cast,
    'Role',
    'kube-system',
    needs.filter(need => typeof need.namespace === 'object'),
    performance,
  )
  return cast
}

async function bind(
  { operator, namespace: own, group }: Cast,
  kind: 'Role' | 'ClusterRole',
  namespace: string,
  needs: readonly ClusterNeed[],
  performance: ClusterPerformance,
): Promise<void> {
  if (needs.length === 0) return
  const apiGroup = 'rbac.authorization.k8s.io'
  const place = `/apis/${apiGroup}/v1${namespace === '' ? '' : `/namespaces/${namespace}`}`
  const plural = kind === 'Role' ? 'role' : 'clusterrole'
  const rules = needs.map(need => ruleFor(need, targetOf(performance)))
  const metadata = { name: `${own}-rights` }
  await operator('POST', `${place}/${plural}s`, { apiVersion: `${apiGroup}/v1`, kind, metadata, rules })
  await operator('POST', `${place}/${plural}bindings`, {
    apiVersion: `${apiGroup}/v1`,
    kind: `${kind}Binding`,
    metadata,
    subjects: [{ apiGroup, kind: 'Group', name: group }],
    roleRef: { apiGroup, kind, name: metadata.name },
  })
}

async function waysOf({ name }: Cast, { id }: ClusterEscalation): Promise<readonly Link[]> {
  const graph = new Graph(new Estate(await readLiveSnapshot(stage.admin)))
  return graph.linksOf(`demo:iam:${userArn(name)}`).filter(({ how }) => how === id)
}

test('every rule that says that it is performed is', () => {
  expect(Object.keys(clusterPerformances).sort()).toEqual(performed.map(({ id }) => id).sort())
})

describe('a rule is performed against an embedded cluster as it says, and not without one of its requests', () => {
  test.each(performed.map(rule => [rule.id, rule] as const))('%s', { timeout: 60_000 }, async (id, rule) => {
    const performance = clusterPerformances[id] as ClusterPerformance
    const cast = await castFor(performance, rule.needs)
    const me = kubernetesOf(cluster, cast.client)
    expect(await refusalOf(() => me('GET', '/api/v1/secrets'))).toBe('status 403')
    expect((await waysOf(cast, rule)).flatMap(({ to }) => to.ids)).toContain(performance.goal(cast))
    await performance.act(me, cast)

    for (const missing of rule.needs) {
      const mended = await castFor(
        performance,
        rule.needs.filter(need => need !== missing),
      )
      expect((await waysOf(mended, rule)).flatMap(({ to }) => to.ids)).not.toContain(performance.goal(mended))
      expect(await refusalOf(() => performance.act(kubernetesOf(cluster, mended.client), mended))).toBe('status 403')
    }
  })
})

test('rights to escalate in one namespace are none in another, whatever namespace an object says that it is of', async () => {
  const rule = clusterEscalations.find(({ id }) => id === 'kubernetes-escalate-role') as ClusterEscalation
  const performance = clusterPerformances['kubernetes-escalate-role'] as ClusterPerformance
  const other = await castFor(performance, rule.needs)
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
  expect(await refusalOf(() => me('PATCH', path, { metadata: { namespace: other.namespace }, rules: everything }))).toBe('status 403')
})
