import { describe, expect, test } from 'vitest'
import { serviceFacts } from '../../../src/analysis/facts/authorization-facts.ts'
import { awsEscalations } from '../../../src/analysis/graph/aws-escalations.ts'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import type { Link } from '../../../src/analysis/graph/links.ts'
import { clusterEscalations } from '../../../src/analysis/graph/kubernetes-escalations.ts'
import { clusterSceneOf } from './cluster-scenes.ts'
import { type Scene, sceneOf } from './world.ts'

const wayOf = ({ snapshot, from }: Scene, how: string): Link | undefined =>
  new Graph(new Estate(snapshot)).linksOf(from).find(link => link.how === how)

test('there are at least 65 rules of AWS and 20 of clusters, each of its own name', () => {
  const ids = [...awsEscalations, ...clusterEscalations].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(awsEscalations.length).toBeGreaterThanOrEqual(65)
  expect(clusterEscalations.length).toBeGreaterThanOrEqual(20)
})

test('every action of the rules is one of the Service Authorization Reference', () => {
  const actions = awsEscalations.flatMap(({ needs }) => needs.map(({ action }) => action))
  const unknown = actions.filter(action => {
    const [service = '', name = ''] = action.split(':')
    return serviceFacts(service)?.actions.get(name.toLowerCase())?.name !== name
  })
  expect(unknown).toEqual([])
})

describe('a rule of AWS leads where it says with all that it needs, each need decided, and nowhere without one of them', () => {
  test.each(awsEscalations.map(rule => [rule.id, rule] as const))('%s', (id, rule) => {
    const actions = rule.needs.map(({ action }) => action)
    const scene = sceneOf(rule, actions)
    const way = wayOf(scene, id)
    expect(way?.to.ids).toContain(scene.to)
    const decided = way?.because(scene.to).flatMap(reason => ('action' in reason ? [`${reason.action} ${reason.outcome}`] : [])) ?? []
    for (const action of actions) expect(decided.some(text => text === `${action} allowed` || text === `${action} conditional`)).toBe(true)
    for (const missing of actions)
      expect(
        wayOf(
          sceneOf(
            rule,
            actions.filter(action => action !== missing),
          ),
          id,
        ),
      ).toBeUndefined()
  })
})

describe('a rule of clusters leads where it says with all that it needs, and nowhere without one of them', () => {
  test.each(clusterEscalations.map(rule => [rule.id, rule] as const))('%s', (id, rule) => {
    const scene = clusterSceneOf(rule, rule.needs)
    const way = wayOf(scene, id)
    expect(way?.to.ids).toContain(scene.to)
    const facts = way?.because(scene.to).flatMap(reason => ('fact' in reason ? [reason.fact] : [])) ?? []
    expect(facts).toHaveLength(rule.needs.length)
    for (const fact of facts) expect(fact).toContain('RBAC: allowed by')
    for (const missing of rule.needs) {
      const without = wayOf(
        clusterSceneOf(
          rule,
          rule.needs.filter(need => need !== missing),
        ),
        id,
      )
      expect(without).toBeUndefined()
    }
  })
})
