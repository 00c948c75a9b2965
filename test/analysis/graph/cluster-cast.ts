import { expect } from 'vitest'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import type { ClusterEscalation, ClusterNeed } from '../../../src/analysis/graph/escalations/cluster-escalation.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import type { Link } from '../../../src/analysis/graph/links.ts'
import { callRestJson } from '../../../src/cli/client.ts'
import { readLiveSnapshot } from '../../../src/cli/live-snapshot.ts'
import type { Cast, ClusterPerformance } from './cluster-performances.ts'
import { ruleFor } from './cluster-scenes.ts'
import { type ClusterAddress, kubernetesOf, makeUser, refusalOf, type Stage } from './stage.ts'
import { allow, policyOf, userArn } from './world.ts'

const rbac = 'rbac.authorization.k8s.io'
let count = 0

/** An IAM user with an access entry, whose group is bound to exactly some rights: those of a namespace only in one of its own. */
export async function castFor(
  { admin }: Stage,
  cluster: ClusterAddress,
  performance: ClusterPerformance,
  needs: readonly ClusterNeed[],
): Promise<Cast> {
  const operator = kubernetesOf(cluster, admin)
  const namespace = `n${++count}`
  const name = `${namespace}-mallory`
  const group = `${namespace}-attackers`
  const client = await makeUser(admin, name, policyOf(allow('sts:GetCallerIdentity')))
  await callRestJson(admin, 'eks', 'POST', `/clusters/${cluster.name}/access-entries`, {
    input: { principalArn: userArn(name), kubernetesGroups: [group] },
  })
  await operator('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const cast: Cast = { admin, cluster, operator, namespace, name, group, client }
  await performance.prepare?.(cast)
  const those = (test: (need: ClusterNeed) => boolean) => needs.filter(test).map(need => ruleFor(need, performance.target ?? ''))
  await bind(
    cast,
    '',
    those(need => need.namespace === 'cluster'),
  )
  await bind(
    cast,
    namespace,
    those(need => need.namespace === 'target'),
  )
  await bind(
    cast,
    'kube-system',
    those(need => typeof need.namespace === 'object'),
  )
  await untilGranted(cast, performance, needs)
  return cast
}

/** Binds the attacker to rules: of a namespace, or of the whole cluster. */
export async function bind({ operator, namespace: own, group }: Cast, namespace: string, rules: readonly object[], name = `${own}-rights`) {
  if (rules.length === 0) return
  const kind = namespace === '' ? 'ClusterRole' : 'Role'
  const place = `/apis/${rbac}/v1${namespace === '' ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}`
  const metadata = { name }
  await operator('POST', `${place}s`, { apiVersion: `${rbac}/v1`, kind, metadata, rules })
  await operator('POST', `${place}bindings`, {
    apiVersion: `${rbac}/v1`,
    kind: `${kind}Binding`,
    metadata,
    subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
    roleRef: { apiGroup: rbac, kind, name },
  })
}

/** A real API server takes a moment until it has seen a binding: whoever is refused later must be refused for what is missing. */
async function untilGranted({ cluster, client, namespace: own }: Cast, { target }: ClusterPerformance, needs: readonly ClusterNeed[]) {
  const me = kubernetesOf(cluster, client)
  for (const { verb, apiGroup, resource, subresource, namespace, name } of needs) {
    const where = namespace === 'target' ? own : namespace === 'cluster' ? undefined : namespace.name
    const named = name === 'target' ? target : name?.name
    const resourceAttributes = {
      verb,
      group: apiGroup,
      resource,
      ...(subresource !== undefined && { subresource }),
      ...(where !== undefined && { namespace: where }),
      ...(named !== undefined && { name: named }),
    }
    await eventually(`${verb} ${resource}`, async () => {
      const answer = await me('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      })
      return (answer['status'] as { allowed: boolean }).allowed
    })
  }
}

const pollMilliseconds = 100
const mostPolls = 100

/** Waits, within bounds, until something holds. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let polls = 0; polls < mostPolls; polls++) {
    if (await holds()) return
    await new Promise(resolve => setTimeout(resolve, pollMilliseconds))
  }
  throw new Error(`did not come about: ${what}`)
}

async function waysOf({ admin }: Stage, { name, cluster }: Cast, { id }: ClusterEscalation): Promise<readonly Link[]> {
  const graph = new Graph(new Estate(await readLiveSnapshot(admin)))
  return graph.linksOf(`${cluster.name}:iam:${userArn(name)}`).filter(({ how }) => how === id)
}

/** Performs a rule to its end, and shows that without any one of its requests it is refused and that the graph has no way. */
export async function performInCluster(stage: Stage, cluster: ClusterAddress, rule: ClusterEscalation, performance: ClusterPerformance) {
  const cast = await castFor(stage, cluster, performance, rule.needs)
  const me = kubernetesOf(cluster, cast.client)
  expect(await refusalOf(() => me('GET', '/api/v1/secrets'))).toBe('status 403')
  expect((await waysOf(stage, cast, rule)).flatMap(({ to }) => to.ids)).toContain(performance.goal(cast))
  await performance.act(me, cast)
  await performance.restore?.(cast)

  for (const missing of rule.needs) {
    const left = rule.needs.filter(need => need !== missing)
    const mended = await castFor(stage, cluster, performance, left)
    expect((await waysOf(stage, mended, rule)).flatMap(({ to }) => to.ids)).not.toContain(performance.goal(mended))
    expect(await refusalOf(() => performance.act(kubernetesOf(cluster, mended.client), mended))).toBe('status 403')
    await performance.restore?.(mended)
  }
}
