import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/identity/principal.ts'
import { deliverTrails } from '../../src/services/cloudtrail/delivery.ts'
import type { JsonObject } from '../../src/types/json.ts'
import type { MemoryBuckets } from '../services/cloudtrail/memory-buckets.ts'
import { openPipelineHouse, type PipelineHouse } from './house.ts'

const management = '123456789012'
const cloudformation = 'cloudformation.amazonaws.com'
const bucket = 'audit-logs'
const trailArn = `arn:aws:cloudtrail:us-east-1:${management}:trail/organization`

const rootOf = (account: string): Principal => ({
  type: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  principalId: account,
  accessKeyId: `ASIA${account}`,
})
const root = rootOf(management)

let house: PipelineHouse
let buckets: MemoryBuckets
let organizationId: string
let members: string[]

// Through the whole pipeline, as Organizations is asked in the course of these calls.
const call = (service: string, operation: string, input: object, as: Principal = root) =>
  house.world.calls.onBehalfOf(as, cloudformation, { service, operation, input: input as JsonObject }) as Promise<JsonObject>
const cloudtrail = (operation: string, input: object, as?: Principal) => call('cloudtrail', operation, input, as)
const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'none',
    (problem: Error) => problem.name,
  )
const create = (Name: string, as?: Principal) => cloudtrail('CreateTrail', { Name, S3BucketName: bucket, IsOrganizationTrail: true }, as)

beforeAll(async () => {
  house = await openPipelineHouse()
  buckets = house.world.logBuckets as MemoryBuckets
})
afterAll(() => house.close())

test('there is no organization trail before there is an organization that lets CloudTrail in', async () => {
  expect(await codeOf(create('organization'))).toBe('OrganizationsNotInUseException')
  const { Organization } = await call('organizations', 'CreateOrganization', {})
  organizationId = String((Organization as JsonObject)['Id'])
  expect(await codeOf(create('organization'))).toBe('CloudTrailAccessNotEnabledException')
  await call('organizations', 'EnableAWSServiceAccess', { ServicePrincipal: 'cloudtrail.amazonaws.com' })
  for (const AccountName of ['one', 'two', 'three', 'four'])
    await call('organizations', 'CreateAccount', { AccountName, Email: `${AccountName}@example.com` })
  const { Accounts } = (await call('organizations', 'ListAccounts', {})) as { Accounts: { Id: string }[] }
  members = Accounts.map(({ Id }) => Id).filter(id => id !== management)
  expect(members).toHaveLength(4)
})

test('the management account makes one, with the service-linked role; member accounts cannot', async () => {
  const [member = ''] = members
  expect(await codeOf(create('organization', rootOf(member)))).toBe('NotOrganizationMasterAccountException')
  expect(await create('organization')).toMatchObject({ TrailARN: trailArn, IsOrganizationTrail: true })
  expect([...buckets.objects.keys()]).toEqual([
    `${bucket}/AWSLogs/${management}/CloudTrail/`,
    `${bucket}/AWSLogs/${organizationId}/${management}/CloudTrail/`,
  ])
  expect(await codeOf(call('iam', 'GetRole', { RoleName: 'AWSServiceRoleForCloudTrail' }))).toBe('none')
})

test('who lacks a permission of Organizations cannot', async () => {
  await call('iam', 'CreateUser', { UserName: 'alice' })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'cloudtrail:*', Resource: '*' }] })
  await call('iam', 'PutUserPolicy', { UserName: 'alice', PolicyName: 'trails', PolicyDocument })
  const { User } = (await call('iam', 'GetUser', { UserName: 'alice' })) as { User: { UserId: string; Arn: string } }
  const alice: Principal = {
    type: 'user',
    account: management,
    arn: User.Arn,
    principalId: User.UserId,
    accessKeyId: 'AKIAALICE',
    userId: User.UserId,
    userName: 'alice',
  }
  expect(await codeOf(create('second', alice))).toBe('InsufficientDependencyServiceAccessPermissionException')
})

describe('member accounts', () => {
  test('see the trail, and cannot change it', async () => {
    const member = rootOf(members[0] as string)
    const { trailList } = await cloudtrail('DescribeTrails', {}, member)
    expect(trailList).toMatchObject([{ TrailARN: trailArn, IsOrganizationTrail: true }])
    expect(await cloudtrail('DescribeTrails', { includeShadowTrails: false }, member)).toEqual({ trailList: [] })
    expect(await cloudtrail('GetTrailStatus', { Name: trailArn }, member)).toMatchObject({ IsLogging: false })
    for (const operation of ['StartLogging', 'StopLogging', 'DeleteTrail', 'UpdateTrail'])
      expect(await codeOf(cloudtrail(operation, { Name: trailArn }, member))).toBe('NotOrganizationMasterAccountException')
  })

  test('are logged each below the id of the organization, and have chains of digests of their own', async () => {
    await cloudtrail('UpdateTrail', { Name: 'organization', EnableLogFileValidation: true })
    await cloudtrail('StartLogging', { Name: 'organization' })
    const [one = '', two = ''] = members
    for (const account of [one, two, management]) await call('iam', 'CreateGroup', { GroupName: 'builders' }, rootOf(account))
    await deliverTrails(house.world, {
      digestMilliseconds: 0,
      now: house.now + 5_000,
      onFault: fault => expect(fault).toBeUndefined(),
    })
    const groupsIn = (account: string) =>
      [...buckets.objects.values()]
        .filter(({ key, body }) => key.startsWith(`AWSLogs/${organizationId}/${account}/CloudTrail/us-east-1/`) && body.length > 0)
        .flatMap(({ body }) => (JSON.parse(gunzipSync(body).toString()) as { Records: JsonObject[] }).Records)
        .filter(({ eventName }) => eventName === 'CreateGroup')
        .map(({ recipientAccountId }) => recipientAccountId)
    expect([one, two, management].map(groupsIn)).toEqual([[one], [two], [management]])
    const digests = [...buckets.objects.keys()].filter(key => key.includes('/CloudTrail-Digest/'))
    expect(digests.map(key => String(key.split('/')[3])).toSorted()).toEqual([management, ...members].toSorted())
  })
})

describe('delegated administrators', () => {
  const register = (MemberAccountId: string, as?: Principal) => cloudtrail('RegisterOrganizationDelegatedAdmin', { MemberAccountId }, as)
  const deregister = (DelegatedAdminAccountId: string) => cloudtrail('DeregisterOrganizationDelegatedAdmin', { DelegatedAdminAccountId })

  test('are registered by the management account, three at most', async () => {
    const [one = '', two = '', three = '', four = ''] = members
    expect(await codeOf(register(one, rootOf(two)))).toBe('NotOrganizationManagementAccountException')
    expect(await codeOf(register(management))).toBe('CannotDelegateManagementAccountException')
    expect(await codeOf(register('999999999999'))).toBe('AccountNotFoundException')
    expect(await codeOf(register(one))).toBe('none')
    expect(await codeOf(register(one))).toBe('AccountRegisteredException')
    await register(two)
    await register(three)
    expect(await codeOf(register(four))).toBe('DelegatedAdminAccountLimitExceededException')
    await deregister(three)
    expect(await codeOf(deregister(three))).toBe('AccountNotRegisteredException')
  })

  test('manage the trails of the management account', async () => {
    const administrator = rootOf(members[0] as string)
    expect(await codeOf(cloudtrail('StopLogging', { Name: trailArn }, administrator))).toBe('none')
    expect(await codeOf(cloudtrail('StopLogging', { Name: trailArn }, rootOf(members[3] as string)))).toBe(
      'NotOrganizationMasterAccountException',
    )
    expect(await create('by-delegate', administrator)).toMatchObject({
      TrailARN: `arn:aws:cloudtrail:us-east-1:${management}:trail/by-delegate`,
    })
  })

  test('are registered with the rights of the caller, which the record of Organizations tells', async () => {
    const rows = await house.world.store.read(tx =>
      tx.selectFrom('records').select('json').where('eventName', '=', 'RegisterDelegatedAdministrator').limit(1).execute(),
    )
    expect(JSON.parse(rows[0]?.json ?? '{}')).toMatchObject({
      eventSource: 'organizations.amazonaws.com',
      userIdentity: { type: 'Root', invokedBy: 'cloudtrail.amazonaws.com' },
      sourceIPAddress: 'cloudtrail.amazonaws.com',
    })
  })
})
