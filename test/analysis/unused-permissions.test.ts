import { describe, expect, test } from 'vitest'
import { unusedPermissions, withoutUnused } from '../../src/analysis/unused-permissions.ts'
import { parsePolicy } from '../../src/policy/index.ts'

const now = Date.UTC(2026, 0, 15)
const day = 86_400_000
const since = now - 90 * day
const policy = (...statements: object[]) => parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'identity')
const allow = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' })
const used = (days: { readonly [action: string]: number }) =>
  new Map(Object.entries(days).map(([action, ago]) => [action, now - ago * day]))
const known = ['iam', 'eks']
const unused = (document: ReturnType<typeof policy>, days: { readonly [action: string]: number }) =>
  unusedPermissions([document], used(days), since, known)

describe('what is granted and not used', () => {
  test('a service of which nothing was used', () => {
    expect(unused(policy(allow('eks:DescribeCluster', 's3:*')), { 'eks:describecluster': 1 })).toEqual([{ service: 's3', actions: [] }])
  })

  test('a service that was used before the time', () => {
    expect(unused(policy(allow('eks:*')), { 'eks:listclusters': 100 })).toEqual([
      { service: 'eks', lastAccessedAt: now - 100 * day, actions: [] },
    ])
  })

  test('actions of a service of which others are used', () => {
    const document = policy(allow('eks:DescribeCluster', 'eks:ListClusters', 'eks:DeleteCluster'))
    expect(unused(document, { 'eks:describecluster': 1, 'eks:deletecluster': 100 })).toEqual([
      {
        service: 'eks',
        lastAccessedAt: now - day,
        actions: [{ action: 'DeleteCluster', lastAccessedAt: now - 100 * day }, { action: 'ListClusters' }],
      },
    ])
  })

  test('nothing, when all is used or cannot be told', () => {
    expect(unused(policy(allow('iam:GetUser', 'iam:PassRole', 'iam:TagUser')), { 'iam:getuser': 1 })).toEqual([])
  })

  test('of a wildcard the services that are known', () => {
    expect(unused(policy(allow('*')), { 'iam:getuser': 1 }).map(({ service }) => service)).toEqual(['eks', 'iam'])
    expect(unused(policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }), {})).toEqual([{ service: 'eks', actions: [] }])
  })

  test('not what is denied', () => {
    expect(unused(policy({ Effect: 'Deny', Action: 's3:*', Resource: '*' }), {})).toEqual([])
  })
})

describe('a policy without what was not used', () => {
  const without = (document: ReturnType<typeof policy>, days: { readonly [action: string]: number }) => {
    const text = withoutUnused(document, used(days), since)
    return text === undefined ? undefined : JSON.parse(text).Statement
  }

  test('has the used actions in place of wildcards, and what cannot be told', () => {
    const document = policy({ Sid: 'All', ...allow('iam:*', 's3:GetObject') }, { Effect: 'Deny', Action: 'iam:DeleteUser', Resource: '*' })
    expect(without(document, { 'iam:getuser': 1, 'iam:listusers': 100 })).toEqual([
      { Sid: 'All', Effect: 'Allow', Action: ['iam:GetUser', 'iam:PassRole'], Resource: '*' },
      { Effect: 'Deny', Action: 'iam:DeleteUser', Resource: '*' },
    ])
  })

  test('keeps resources and conditions, and drops statements of which nothing was used', () => {
    const condition = { StringEquals: { 'aws:PrincipalTag/team': 'x' } }
    const document = policy(
      { Effect: 'Allow', Action: 'eks:*', Resource: 'arn:aws:eks:*:*:cluster/*', Condition: condition },
      allow('s3:*'),
    )
    expect(without(document, { 'eks:describecluster': 1 })).toEqual([
      { Effect: 'Allow', Action: ['eks:DescribeCluster'], Resource: 'arn:aws:eks:*:*:cluster/*', Condition: condition },
    ])
  })

  test('has actions in place of NotAction', () => {
    const document = policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })
    expect(without(document, { 'eks:describecluster': 1, 'iam:getuser': 1 })).toMatchObject([
      { Action: ['eks:DescribeCluster', 'sts:SetContext', 'sts:SetSourceIdentity', 'sts:TagSession'] },
    ])
  })

  test('keeps what is written out and cannot be told', () => {
    expect(without(policy(allow('iam:PassRole')), {})).toMatchObject([{ Action: ['iam:PassRole'] }])
  })

  test('is none when nothing was used', () => {
    expect(without(policy(allow('s3:*')), { 'iam:getuser': 1 })).toBeUndefined()
  })
})
