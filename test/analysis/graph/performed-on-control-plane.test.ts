import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterEscalations } from '../../../src/analysis/graph/escalations/kubernetes-escalations.ts'
import { controlPlaneAssets } from '../../kubernetes/support/control-plane.ts'
import { performInCluster } from './cluster-cast.ts'
import type { ClusterPerformance } from './cluster-performances.ts'
import { closeNodeAndServers, controlPlanePerformances, openNode } from './control-plane-performances.ts'
import { type ClusterAddress, kubernetesOf, makeCluster, openStage, type Stage } from './stage.ts'

let stage: Stage
let cluster: ClusterAddress
beforeAll(async () => {
  stage = await openStage({ KUBEBUILDER_ASSETS: controlPlaneAssets() })
  cluster = await makeCluster(stage.admin, 'demo')
  await openNode(kubernetesOf(cluster, stage.admin))
}, 1_200_000)
afterAll(async () => {
  await closeNodeAndServers()
  await stage?.close()
})

const performed = clusterEscalations.filter(rule => rule.performed === 'control plane')

test('every rule that says that it is performed on a control plane is', () => {
  expect(Object.keys(controlPlanePerformances).sort()).toEqual(performed.map(({ id }) => id).sort())
})

describe('a rule is performed against a real API server as it says, and not without one of its requests', () => {
  test.each(performed.map(rule => [rule.id, rule] as const))('%s', { timeout: 120_000 }, (id, rule) =>
    performInCluster(stage, cluster, rule, controlPlanePerformances[id] as ClusterPerformance),
  )
})
