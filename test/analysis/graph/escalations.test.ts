import { describe, expect, test } from 'vitest'
import { serviceFacts } from '../../../src/catalogue/facts/authorization-facts.ts'
import { awsEscalations } from '../../../src/analysis/graph/escalations/aws-escalations.ts'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import type { Link } from '../../../src/analysis/graph/links.ts'
import { clusterEscalations } from '../../../src/analysis/graph/escalations/kubernetes-escalations.ts'
import { Escalations } from '../../../src/analysis/graph/paths.ts'
import { clusterSceneOf } from './cluster-scenes.ts'
import {
  account,
  admin,
  administratorAccess,
  allow,
  iamArn,
  policyOf,
  role,
  roleArn,
  type Scene,
  sceneOf,
  trusts,
  user,
  userArn,
  world,
} from './world.ts'

const wayOf = ({ snapshot, from }: Scene, how: string): Link | undefined =>
  new Graph(new Estate(snapshot)).linksOf(from).find(link => link.how === how)

test('at least 65 rules of AWS and 20 of clusters are performed, each of its own name', () => {
  const ids = [...awsEscalations, ...clusterEscalations].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(awsEscalations.filter(({ performed }) => performed).length).toBeGreaterThanOrEqual(65)
  expect(clusterEscalations.filter(({ performed }) => performed !== undefined).length).toBeGreaterThanOrEqual(20)
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

describe('mended in other ways, a way is gone', () => {
  const ways = (snapshot: Parameters<typeof world>[0], from = userArn('mallory')) => new Graph(new Estate(world(snapshot))).linksOf(from)
  const how = (snapshot: Parameters<typeof world>[0], id: string) =>
    ways(snapshot)
      .filter(link => link.how === id)
      .flatMap(({ to }) => to.ids)
  const holding = (...policies: readonly object[]) => ({
    users: [user('mallory', { policies }), user('victim', { attached: [administratorAccess] })],
  })

  test('a boundary on whoever is made limits what is made', () => {
    const boundary = { StringEquals: { 'iam:PermissionsBoundary': iamArn('policy/limit') } }
    expect(
      how(holding(allow(['iam:CreateUser', 'iam:CreateAccessKey']), allow('iam:AttachUserPolicy')), 'iam-create-user-attach-policy'),
    ).toEqual([admin])
    expect(
      how(
        holding(allow(['iam:CreateUser', 'iam:CreateAccessKey']), allow('iam:AttachUserPolicy', '*', boundary)),
        'iam-create-user-attach-policy',
      ),
    ).toEqual([])
    expect(
      how(
        holding(allow('iam:CreateUser', '*', boundary), allow(['iam:CreateAccessKey', 'iam:AttachUserPolicy'])),
        'iam-create-user-attach-policy',
      ),
    ).toEqual([])
  })

  test('own rights to write policies give no more than the own boundary leaves', () => {
    const limit = { arn: iamArn('policy/limit'), defaultVersion: 'v1', versions: { v1: policyOf(allow(['iam:PutUserPolicy', 's3:*'])) } }
    const limited = { users: [user('mallory', { policies: [allow('iam:PutUserPolicy')], boundary: limit.arn })], managedPolicies: [limit] }
    expect(how(limited, 'iam-put-own-user-policy')).toEqual([`${userArn('mallory')} with any policy`])
    expect(new Escalations(new Graph(new Estate(world(limited)))).escalations).toEqual([])
  })

  test('a service-linked role is in the hands of its service alone', () => {
    const rights = { policies: [allow('iam:PutRolePolicy')] }
    const path = 'aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS'
    const roles = ['app', path].map(name => role(name, trusts({ Service: ['eks.amazonaws.com'] }), rights))
    const { escalations } = new Escalations(new Graph(new Estate(world({ roles }))))
    expect(escalations.map(({ from }) => from)).toEqual([roleArn('app')])
  })

  test('to pass a role to one service is no way by another', () => {
    const roles = ['ec2', 'lambda'].map(name =>
      role(name, trusts({ Service: [`${name}.amazonaws.com`] }), { attached: [administratorAccess] }),
    )
    const toEc2 = allow('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } })
    const found = ways({ ...holding(toEc2, allow(['ec2:*', 'lambda:*'])), roles }).map(link => [link.how, link.to.ids])
    expect(found).toContainEqual(['ec2-run-instances', [roleArn('ec2')]])
    expect(found.some(([rule]) => rule === 'lambda-create-function')).toBe(false)
  })

  test('a deny for one target leaves the others', () => {
    const three = {
      users: [
        user('mallory', { policies: [allow('iam:CreateAccessKey'), { Effect: 'Deny', Action: 'iam:*', Resource: userArn('victim') }] }),
        user('victim'),
        user('other'),
      ],
    }
    expect(how(three, 'iam-create-access-key')).toEqual([userArn('mallory'), userArn('other')])
  })

  test('tags of the target decide', () => {
    const condition = { StringEquals: { 'aws:ResourceTag/team': 'red' } }
    const tagged = {
      users: [
        user('mallory', { policies: [allow('iam:CreateAccessKey', '*', condition)] }),
        user('red', { tags: { team: 'red' } }),
        user('blue', { tags: { team: 'blue' } }),
      ],
    }
    expect(how(tagged, 'iam-create-access-key')).toEqual([userArn('red')])
  })

  test('an organization that denies leaves no way', () => {
    const organization = {
      id: 'o-a1b2c3d4e5',
      managementAccount: '999988887777',
      parents: { [account]: ['r-ab12'] },
      policies: [
        {
          id: 'p-1',
          arn: 'arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-1',
          type: 'scp' as const,
          document: policyOf(allow('*'), { Effect: 'Deny', Action: 'iam:*', Resource: '*' }),
        },
      ],
      attachments: [
        { policyId: 'p-1', targetId: 'r-ab12' },
        { policyId: 'p-1', targetId: account },
      ],
    }
    expect(how(holding(allow('iam:CreateAccessKey')), 'iam-create-access-key')).toContain(userArn('victim'))
    expect(how({ ...holding(allow('iam:CreateAccessKey')), organization }, 'iam-create-access-key')).toEqual([])
  })

  test('a trust policy that asks for a second factor or an external id is told as a condition', () => {
    const roles = [
      role(
        'ops',
        trusts({ AWS: iamArn('root') }, { Bool: { 'aws:MultiFactorAuthPresent': 'true' }, StringEquals: { 'sts:ExternalId': 'x1' } }),
      ),
    ]
    const [link] = ways({ ...holding(allow('sts:AssumeRole')), roles }).filter(each => each.how === 'sts-assume-role')
    const [reason] = link?.because(roleArn('ops')) ?? []
    expect(reason).toMatchObject({
      outcome: 'conditional',
      conditions: ['aws:MultiFactorAuthPresent Bool true', 'sts:ExternalId StringEquals x1'],
    })
  })

  test('a pod security standard that a namespace enforces keeps privileged pods out', () => {
    const rule = clusterEscalations.find(({ id }) => id === 'kubernetes-create-privileged-pods')
    if (!rule) throw new Error('no rule')
    const scene = clusterSceneOf(rule, rule.needs)
    const enforced = {
      ...scene.snapshot,
      clusters: scene.snapshot.clusters.map(cluster => ({ ...cluster, namespaces: [{ name: 'shop', enforced: 'baseline' }] })),
    }
    expect(wayOf(scene, rule.id)).toBeDefined()
    expect(wayOf({ ...scene, snapshot: enforced }, rule.id)).toBeUndefined()
  })
})

test.each([
  { version: '1.34', isWay: true },
  { version: '1.35', isWay: false },
  { version: undefined, isWay: true },
])('with Kubernetes $version it is $isWay that getting pods/exec runs commands', ({ version, isWay }) => {
  for (const id of ['kubernetes-exec-websocket', 'kubernetes-attach-websocket']) {
    const rule = clusterEscalations.find(each => each.id === id)
    if (!rule) throw new Error('no rule')
    const scene = clusterSceneOf(rule, rule.needs)
    const clusters = scene.snapshot.clusters.map(cluster => ({ ...cluster, ...(version !== undefined && { version }) }))
    expect(wayOf({ ...scene, snapshot: { ...scene.snapshot, clusters } }, id) !== undefined).toBe(isWay)
  }
})

test('what a rule of RBAC names is reached, and nothing else', () => {
  const rule = clusterEscalations.find(({ id }) => id === 'kubernetes-request-token')
  if (!rule) throw new Error('no rule')
  const scene = clusterSceneOf(rule, rule.needs)
  const more = {
    ...scene.snapshot,
    clusters: scene.snapshot.clusters.map(cluster => ({
      ...cluster,
      serviceAccounts: [...cluster.serviceAccounts, { namespace: 'shop', name: 'other' }],
    })),
  }
  expect(wayOf({ ...scene, snapshot: more }, rule.id)?.to.ids).toEqual(['demo:serviceaccount:shop/strong'])
})
