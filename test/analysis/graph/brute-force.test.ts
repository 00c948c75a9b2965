import { describe, expect, test } from 'vitest'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import { Escalations, pathBetween } from '../../../src/analysis/graph/paths.ts'
import type { Snapshot, SnapshotRole, SnapshotUser } from '../../../src/analysis/graph/snapshot.ts'
import { whoCan } from '../../../src/analysis/graph/who-can.ts'
import {
  type ApplicablePolicies,
  compilePolicy,
  decide,
  parsePolicy,
  type PolicyKind,
  type PolicyPrincipal,
} from '../../../src/policy/index.ts'
import { seededRandom } from '../../services/call.ts'
import { account, administratorAccess, allow, deny, group, iamArn, policyOf, role, roleArn, trusts, user, userArn, world } from './world.ts'

const worlds = 60
const names = ['ann', 'ben', 'cid']
const roleNames = ['app', 'ops', 'root-like']
const conditions = [
  undefined,
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { StringEquals: { 'aws:PrincipalTag/team': 'red' } },
  { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
]
const actions = [
  'iam:*',
  'iam:PassRole',
  'iam:CreateAccessKey',
  'iam:AttachUserPolicy',
  'iam:UpdateAssumeRolePolicy',
  'lambda:*',
  'sts:AssumeRole',
  's3:GetObject',
  'iam:AddUserToGroup',
]
const resources = [
  '*',
  iamArn('role/*'),
  roleArn('ops'),
  iamArn('user/*'),
  userArn('ben'),
  'arn:aws:lambda:*:*:function:*',
  'arn:aws:s3:::b/*',
  iamArn('group/*'),
  `arn:aws:iam::${account}:user/\${aws:username}`,
]
const bucketPolicies = [
  undefined,
  policyOf({ Effect: 'Allow', Principal: { AWS: userArn('ann') }, Action: 's3:*', Resource: 'arn:aws:s3:::b/*' }),
  policyOf({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
]

/** A small world made by chance, and the same for the same number. */
function randomWorld(seed: number): Snapshot {
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[(random.bytes(1)[0] as number) % list.length] as T
  const chance = (part: number) => (random.bytes(1)[0] as number) < 256 * part
  const statements = () =>
    Array.from({ length: 1 + ((random.bytes(1)[0] as number) % 3) }, () =>
      chance(0.2) ? deny(pick(actions), pick(resources)) : allow(pick(actions), pick(resources), pick(conditions)),
    )
  const limit = {
    arn: iamArn('policy/limit'),
    defaultVersion: 'v1',
    versions: { v1: policyOf(allow(pick(actions)), allow(['sts:*', 's3:*'])) },
  }
  const trustees = [
    { AWS: iamArn('root') },
    { AWS: userArn('ann') },
    { AWS: roleArn('app') },
    { Service: 'lambda.amazonaws.com' },
    { AWS: '*' },
  ]
  const bucket = pick(bucketPolicies)
  const holding = () => ({
    policies: statements(),
    ...(chance(0.2) && { boundary: limit.arn }),
    ...(chance(0.3) && { tags: { team: pick(['red', 'blue']) } }),
  })
  return world({
    users: names.map(name => user(name, { ...holding(), groups: chance(0.3) ? ['team'] : [] })),
    groups: [group('team', { policies: statements() })],
    roles: roleNames.map((name, i) =>
      role(name, trusts(pick(trustees), pick(conditions)), i === 2 ? { attached: [administratorAccess] } : holding()),
    ),
    managedPolicies: [limit],
    ...(bucket !== undefined && { resourcePolicies: [{ resource: 'arn:aws:s3:::b', document: bucket }] }),
  })
}

const compile = (text: string, kind: PolicyKind) => compilePolicy(parsePolicy(text, kind), { id: 'x', type: 'inline' })
const everything = policyOf(allow('*'))

/** The policies of a principal, put together anew. */
function policiesOf(snapshot: Snapshot, holder: SnapshotUser | SnapshotRole): ApplicablePolicies {
  const groups = 'groups' in holder ? snapshot.groups.filter(({ name }) => holder.groups.includes(name)) : []
  const texts = [...holder.inline, ...groups.flatMap(({ inline }) => inline)].map(({ document }) => document)
  const limit = snapshot.managedPolicies[0]?.versions['v1'] as string
  return {
    identity: [...texts, ...(holder.attached.includes(administratorAccess) ? [everything] : [])].map(text => compile(text, 'identity')),
    ...(holder.boundary !== undefined && { boundary: compile(limit, 'boundary') }),
  }
}

const principalOf = (holder: SnapshotUser | SnapshotRole): PolicyPrincipal =>
  'trust' in holder
    ? {
        type: 'roleSession',
        account,
        arn: `arn:aws:sts::${account}:assumed-role/${holder.name}/session`,
        roleArn: holder.arn,
        roleId: holder.id,
        sessionName: 'session',
        serviceLinked: false,
      }
    : { type: 'user', account, arn: holder.arn, userId: holder.id, userName: holder.name }

/** Every combination of the circumstances that the worlds' conditions can tell apart. */
function* circumstances(holder: SnapshotUser | SnapshotRole): Generator<Record<string, string>> {
  const own = holder.tags['team']
  const tags = own !== undefined ? [own] : 'trust' in holder ? [undefined, 'red', 'x'] : [undefined]
  for (const mfa of [undefined, 'true', 'x']) {
    for (const ip of ['10.1.2.3', '198.51.100.77']) {
      for (const secure of ['true', 'false']) {
        for (const tag of tags) {
          yield {
            'aws:SourceIp': ip,
            'aws:SecureTransport': secure,
            ...(mfa !== undefined && { 'aws:MultiFactorAuthPresent': mfa }),
            ...(tag !== undefined && { 'aws:PrincipalTag/team': tag }),
          }
        }
      }
    }
  }
}

/** What is true of a request under all circumstances, each decided by the engine from the beginning. */
function outcomeOf(
  snapshot: Snapshot,
  holder: SnapshotUser | SnapshotRole,
  action: string,
  resource: string,
  context: object = {},
): 'allowed' | 'conditional' | 'denied' {
  const trust = action === 'sts:AssumeRole' ? snapshot.roles.find(({ arn }) => arn === resource)?.trust : undefined
  const bucket = resource.startsWith('arn:aws:s3:::b') ? snapshot.resourcePolicies[0]?.document : undefined
  const policies: ApplicablePolicies = {
    ...policiesOf(snapshot, holder),
    ...(trust !== undefined && { resource: compile(trust, 'trust'), resourceMustAllow: true }),
    ...(bucket !== undefined && { resource: compile(bucket, 'resource') }),
  }
  const outcomes = new Set<boolean>()
  for (const circumstance of circumstances(holder)) {
    const owner = resource.includes(`:${account}:`) ? account : undefined
    const request = {
      principal: principalOf(holder),
      action,
      resource,
      context: { ...circumstance, ...context },
      ...(owner && { resourceAccount: owner }),
    }
    outcomes.add(decide(request, policies).effect === 'allowed')
  }
  return outcomes.size === 2 ? 'conditional' : outcomes.has(true) ? 'allowed' : 'denied'
}

const questions = [
  { action: 's3:GetObject', resource: 'arn:aws:s3:::b/key' },
  { action: 'iam:CreateAccessKey', resource: userArn('ben') },
  { action: 'sts:AssumeRole', resource: roleArn('ops') },
  { action: 'lambda:CreateFunction', resource: `arn:aws:lambda:us-east-1:${account}:function:x` },
]

test(`who-can says of ${worlds} small worlds exactly what every principal under every circumstance is decided`, () => {
  let possible = 0
  for (let seed = 1; seed <= worlds; seed++) {
    const snapshot = randomWorld(seed)
    const estate = new Estate(snapshot)
    for (const question of questions) {
      const found = new Map(whoCan(estate, question).access.map(({ who, because }) => [who, because.outcome]))
      for (const holder of [...snapshot.users, ...snapshot.roles]) {
        const expected = outcomeOf(snapshot, holder, question.action, question.resource)
        if (expected !== 'denied') possible++
        expect([seed, question, holder.arn, found.get(holder.arn) ?? 'denied']).toEqual([seed, question, holder.arn, expected])
      }
    }
  }
  expect(possible).toBeGreaterThan(100)
})

/** Edges of some rules, found by asking about every pair. */
function edgesOf(snapshot: Snapshot, from: SnapshotUser | SnapshotRole): string[] {
  const may = (action: string, resource: string, context: object = {}) => outcomeOf(snapshot, from, action, resource, context) !== 'denied'
  const edges: string[] = []
  for (const { arn } of snapshot.roles) {
    if (may('sts:AssumeRole', arn)) edges.push(`sts-assume-role ${arn}`)
    if (may('iam:UpdateAssumeRolePolicy', arn)) edges.push(`iam-update-assume-role-policy ${arn}`)
    const trusted = ['true', 'x', undefined].some(mfa =>
      ['10.1.2.3', '198.51.100.77'].some(ip =>
        ['red', undefined].some(tag => {
          const context = {
            'aws:SourceIp': ip,
            ...(mfa && { 'aws:MultiFactorAuthPresent': mfa }),
            ...(tag && { 'aws:PrincipalTag/team': tag }),
          }
          const request = {
            principal: { type: 'service', service: 'lambda.amazonaws.com' } as const,
            action: 'sts:AssumeRole',
            resource: arn,
            context,
          }
          const trust = snapshot.roles.find(each => each.arn === arn)?.trust as string
          return decide(request, { identity: [], resource: compile(trust, 'trust'), resourceMustAllow: true }).effect === 'allowed'
        }),
      ),
    )
    const makes = ['lambda:CreateFunction', 'lambda:InvokeFunction'].every(action =>
      may(action, `arn:aws:lambda:us-east-1:${account}:function:x`),
    )
    if (trusted && makes && may('iam:PassRole', arn, { 'iam:PassedToService': 'lambda.amazonaws.com' }))
      edges.push(`lambda-create-function ${arn}`)
  }
  for (const { arn } of snapshot.users) if (may('iam:CreateAccessKey', arn)) edges.push(`iam-create-access-key ${arn}`)
  for (const { arn } of 'trust' in from ? [] : snapshot.groups)
    if (may('iam:AddUserToGroup', arn)) edges.push(`iam-add-user-to-group ${arn}`)
  return edges.sort()
}

const compared = new Set([
  'sts-assume-role',
  'iam-update-assume-role-policy',
  'lambda-create-function',
  'iam-create-access-key',
  'iam-add-user-to-group',
])

describe('in small worlds', () => {
  test('the ways of the graph are exactly those that asking about every pair finds', () => {
    let edges = 0
    for (let seed = 1; seed <= worlds; seed++) {
      const snapshot = randomWorld(seed)
      const graph = new Graph(new Estate(snapshot))
      for (const from of [...snapshot.users, ...snapshot.roles.slice(0, 2)]) {
        const links = graph.linksOf(from.arn)
        if (links.some(({ how }) => how === 'administrator')) continue
        const found = [
          ...new Set(links.filter(({ how }) => compared.has(how)).flatMap(({ how, to }) => to.ids.map(id => `${how} ${id}`))),
        ].sort()
        const expected = edgesOf(snapshot, from)
        edges += expected.length
        expect([seed, from.arn, found]).toEqual([seed, from.arn, expected])
      }
    }
    expect(edges).toBeGreaterThan(100)
  })

  test('escalations are exactly those who have a path, and as short', () => {
    let found = 0
    for (let seed = 1; seed <= worlds; seed++) {
      const graph = new Graph(new Estate(randomWorld(seed)))
      const summits = new Set(graph.summits)
      const { administrators, escalations } = new Escalations(graph)
      const lengths = new Map(escalations.map(({ from, length }) => [from, length]))
      for (const from of graph.sources) {
        if (administrators.includes(from)) continue
        const path = pathBetween(graph, from, node => summits.has(node))
        expect([seed, from, lengths.get(from)]).toEqual([seed, from, path?.length])
        if (path) found++
      }
      for (const { steps, length } of escalations) expect(steps()).toHaveLength(length)
    }
    expect(found).toBeGreaterThan(20)
  })
})
