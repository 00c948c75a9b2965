import { describe, expect, test } from 'vitest'
import { findRecords } from '../../../src/audit/records.ts'
import { follow, type Look, type Start } from '../../../src/services/cloudtrail/following.ts'
import type { JsonObject } from '../../../src/types/json.ts'
import { account } from '../call.ts'
import { clusterName, podIdentityHouse, roleArn } from '../eks-auth/house.ts'

const role = 'arn:aws:iam::123456789012:role/'
const assumed = (name: string) => ({ sessionContext: { sessionIssuer: { arn: `${role}${name}` } } })
const gives = (accessKeyId: string) => ({ responseElements: { credentials: { accessKeyId } } })

const record = (
  eventID: string,
  eventName: string,
  username: string,
  accessKeyId: string,
  parts: JsonObject = {},
): JsonObject & { username: string } => ({
  eventID,
  eventName,
  eventTime: `2026-01-15T12:00:${eventID}Z`,
  username,
  ...parts,
  userIdentity: { accessKeyId, ...(parts['userIdentity'] as JsonObject | undefined) },
})
const podTags = [
  { key: 'kubernetes-namespace', value: 'shop' },
  { key: 'kubernetes-pod-name', value: 'cart-1' },
]

/** Alice assumes a role, its session another; pods get sessions by both ways; Mallory gives her session the tags of a pod. */
const history = [
  record('01', 'CreateRole', 'admin', 'AKIAADMIN', { responseElements: { role: { arn: `${role}First` } } }),
  record('02', 'CreateRole', 'admin', 'AKIAADMIN', { responseElements: { role: { arn: `${role}Unused` } } }),
  record('03', 'AssumeRole', 'alice', 'AKIAALICE', { requestParameters: { roleArn: `${role}First` }, ...gives('ASIAFIRST') }),
  record('04', 'AssumeRole', 'first', 'ASIAFIRST', { userIdentity: assumed('First'), ...gives('ASIASECOND') }),
  record('05', 'DeleteUser', 'second', 'ASIASECOND', { userIdentity: assumed('Second'), ...gives('ASIAFIRST') }),
  record('06', 'GetUser', 'bob', 'AKIABOB'),
  record('07', 'AssumeRole', '', '', {
    userIdentity: { invokedBy: 'pods.eks.amazonaws.com' },
    requestParameters: { roleArn: `${role}First`, tags: podTags },
    ...gives('ASIAPOD'),
  }),
  record('08', 'GetUser', 'eks-pod', 'ASIAPOD'),
  record('09', 'AssumeRoleWithWebIdentity', '', '', {
    additionalEventData: { kubernetes: { namespace: 'other', pod: 'cart-1' } },
    ...gives('ASIAWEB'),
  }),
  record('10', 'ListUsers', 'web', 'ASIAWEB'),
  record('11', 'AssumeRole', 'mallory', 'AKIAMALLORY', { requestParameters: { tags: podTags }, ...gives('ASIAMALLORY') }),
]

const valueOf = (key: Parameters<Look>[0], event: (typeof history)[number]) =>
  key === 'Username' ? event.username : key === 'EventName' ? event['eventName'] : (event['userIdentity'] as JsonObject)['accessKeyId']
const look: Look = async (key, value) => ({ events: history.filter(event => valueOf(key, event) === value).toReversed(), cut: false })

describe('a walk goes through every credential that was given out, to who made the roles', () => {
  test.each<{ start: Start; expected: string[] }>([
    { start: { by: 'Username', value: 'alice' }, expected: ['01', '03', '04', '05'] },
    { start: { by: 'AccessKeyId', value: 'ASIASECOND' }, expected: ['01', '04', '05'] },
    { start: { by: 'Username', value: 'bob' }, expected: ['06'] },
    { start: { by: 'Username', value: 'nobody' }, expected: [] },
    { start: { by: 'pod', name: 'cart-1', namespace: 'shop' }, expected: ['01', '07', '08'] },
    { start: { by: 'pod', name: 'cart-1', namespace: 'other' }, expected: ['09', '10'] },
    { start: { by: 'pod', name: 'cart-1', namespace: undefined }, expected: ['01', '07', '08', '09', '10'] },
    { start: { by: 'pod', name: 'cart-2', namespace: 'shop' }, expected: [] },
  ])('from $start', async ({ start, expected }) => {
    const { records, unread } = await follow(start, look)
    expect(records.map(({ eventID }) => eventID)).toEqual(expected)
    expect(unread).toEqual([])
  })
})

test('a walk says what it did not read to its end', async () => {
  const cutting: Look = async (key, value) => ({ ...(await look(key, value)), cut: value === 'ASIAFIRST' })
  expect((await follow({ by: 'Username', value: 'alice' }, cutting)).unread).toEqual(['AccessKeyId ASIAFIRST'])
})

test('a walk ends, however many credentials give out others', async () => {
  const endless: Look = async (key, value) => ({
    events: key === 'AccessKeyId' ? [record(value, 'AssumeRole', '', value, gives(`${value}x`))] : [],
    cut: false,
  })
  const { records, unread } = await follow({ by: 'AccessKeyId', value: 'A' }, endless)
  expect(records.length).toBeLessThanOrEqual(101)
  expect(unread).toHaveLength(1)
})

test('a walk finds the exchange that EKS Pod Identity records', async () => {
  const house = await podIdentityHouse()
  try {
    await house.call('CreatePodIdentityAssociation', {
      clusterName,
      namespace: 'shop',
      serviceAccount: 'checkout',
      roleArn: roleArn('app'),
    })
    const { credentials } = await house.call('AssumeRoleForPodIdentity', { clusterName, token: await house.podToken() })
    const { region } = house.world.settings
    const history: Look = async (key, value) => {
      const found = await house.world.store.read(tx => findRecords(tx, { account, region, attribute: { key, value }, limit: 50 }))
      return { events: found.map(({ json }) => JSON.parse(json) as JsonObject), cut: false }
    }
    const walk = (name: string, namespace?: string) => follow({ by: 'pod', name, namespace }, history)
    const { records } = await walk('checkout-7d9f6c5b8-x2x4z', 'shop')
    expect(records).toMatchObject([
      { eventName: 'AssumeRole', responseElements: { credentials: { accessKeyId: credentials.accessKeyId } } },
    ])
    expect((await walk('checkout-7d9f6c5b8-x2x4z', 'other')).records).toEqual([])
  } finally {
    await house.close()
  }
})
