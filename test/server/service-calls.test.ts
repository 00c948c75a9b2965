import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UserPrincipal } from '../../src/identity/principal.ts'
import type { JsonObject } from '../../src/types/json.ts'
import { openPipelineHouse, type PipelineHouse } from './house.ts'

const account = '123456789012'
const cloudtrail = 'cloudtrail.amazonaws.com'
const cloudformation = 'cloudformation.amazonaws.com'
const trail = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`

let house: PipelineHouse
let root: Parameters<PipelineHouse['world']['calls']['onBehalfOf']>[0]
let alice: UserPrincipal

const iam = (operation: string, input: object) => ({ service: 'iam', operation, input: input as JsonObject })
const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

async function lastRecord(eventName: string): Promise<JsonObject> {
  const rows = await house.world.store.read(tx =>
    tx.selectFrom('records').select('json').where('eventName', '=', eventName).orderBy('seq', 'desc').limit(1).execute(),
  )
  return JSON.parse(rows[0]?.json ?? '{}') as JsonObject
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (problem: Error) => problem.name,
  )

beforeAll(async () => {
  house = await openPipelineHouse()
  root = { type: 'root', account, arn: `arn:aws:iam::${account}:root`, principalId: account, accessKeyId: 'ASIAROOT' }
  const { calls, store } = house.world
  await calls.onBehalfOf(root, cloudformation, iam('CreateUser', { UserName: 'alice' }))
  const { id } = await store.read(tx => tx.selectFrom('users').select('id').where('nameKey', '=', 'alice').executeTakeFirstOrThrow())
  const arn = `arn:aws:iam::${account}:user/alice`
  alice = { type: 'user', account, arn, principalId: id, accessKeyId: 'AKIAALICE', userId: id, userName: 'alice' }
})
afterAll(() => house.close())

/** What alice may do, and under which condition. */
const allowAlice = (Condition: object) =>
  house.world.calls.onBehalfOf(
    root,
    cloudformation,
    iam('PutUserPolicy', {
      UserName: 'alice',
      PolicyName: 'groups',
      PolicyDocument: policy({ Effect: 'Allow', Action: 'iam:*', Resource: '*', Condition }),
    }),
  )

describe("with a caller's rights, the conditions of forward access sessions hold", () => {
  test.each([
    { condition: { StringEquals: { 'aws:CalledViaFirst': cloudformation } }, via: [cloudformation], code: 'none' },
    { condition: { StringEquals: { 'aws:CalledViaFirst': cloudformation } }, via: [cloudtrail], code: 'AccessDenied' },
    { condition: { StringEquals: { 'aws:CalledViaLast': cloudtrail } }, via: [cloudformation, cloudtrail], code: 'none' },
    { condition: { StringEquals: { 'aws:CalledViaFirst': cloudtrail } }, via: [cloudformation, cloudtrail], code: 'AccessDenied' },
    { condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': cloudformation } }, via: [cloudformation, cloudtrail], code: 'none' },
    { condition: { Bool: { 'aws:ViaAWSService': 'true' } }, via: [cloudformation], code: 'none' },
    { condition: { Bool: { 'aws:ViaAWSService': 'false' } }, via: [cloudformation], code: 'AccessDenied' },
  ])('$condition via $via: $code', async ({ condition, via, code }) => {
    await allowAlice(condition)
    const [first = '', second] = via
    const caller = second === undefined ? alice : { ...alice, calledVia: [first] }
    expect(await codeOf(house.world.calls.onBehalfOf(caller, second ?? first, iam('ListGroups', {})))).toBe(code)
  })

  test('the record is the caller’s and names the service that called', async () => {
    await allowAlice({})
    await house.world.calls.onBehalfOf(alice, cloudformation, iam('CreateGroup', { GroupName: 'builders' }))
    expect(await lastRecord('CreateGroup')).toMatchObject({
      userIdentity: { type: 'IAMUser', userName: 'alice', invokedBy: cloudformation },
      sourceIPAddress: cloudformation,
      userAgent: cloudformation,
      requestParameters: { groupName: 'builders' },
      recipientAccountId: account,
    })
  })

  test('a refusal is on record, and is the error that any client gets', async () => {
    await allowAlice({ StringEquals: { 'aws:CalledViaFirst': cloudtrail } })
    const denied = house.world.calls.onBehalfOf(alice, cloudformation, iam('DeleteGroup', { GroupName: 'builders' }))
    await expect(denied).rejects.toMatchObject({ code: 'AccessDenied', status: 403 })
    expect(await lastRecord('DeleteGroup')).toMatchObject({
      errorCode: 'AccessDenied',
      userIdentity: { userName: 'alice', invokedBy: cloudformation },
    })
  })

  test('an input that breaks the model is refused', async () => {
    expect(await codeOf(house.world.calls.onBehalfOf(root, cloudformation, iam('CreateGroup', {})))).toBe('ValidationError')
  })
})

describe('in its own name, a service needs a resource policy that lets it in, for that source', () => {
  const trusts = (Condition: object) => policy({ Effect: 'Allow', Principal: { Service: cloudtrail }, Action: 'sts:AssumeRole', Condition })
  test.each([
    { trust: trusts({}), code: 'none' },
    { trust: trusts({ ArnLike: { 'aws:SourceArn': trail } }), code: 'none' },
    { trust: trusts({ ArnLike: { 'aws:SourceArn': trail }, StringEquals: { 'aws:SourceAccount': account } }), code: 'none' },
    { trust: trusts({ ArnLike: { 'aws:SourceArn': `${trail}s` } }), code: 'AccessDenied' },
    { trust: trusts({ StringEquals: { 'aws:SourceAccount': '210987654321' } }), code: 'AccessDenied' },
    { trust: trusts({ Bool: { 'aws:PrincipalIsAWSService': 'true', 'aws:ViaAWSService': 'false' } }), code: 'none' },
    { trust: trusts({}).replace(cloudtrail, cloudformation), code: 'AccessDenied' },
  ])('$trust: $code', async ({ trust, code }) => {
    const { calls } = house.world
    await codeOf(calls.onBehalfOf(root, cloudformation, iam('CreateRole', { RoleName: 'logs', AssumeRolePolicyDocument: trust })))
    await calls.onBehalfOf(root, cloudformation, iam('UpdateAssumeRolePolicy', { RoleName: 'logs', PolicyDocument: trust }))
    const input = { RoleArn: `arn:aws:iam::${account}:role/logs`, RoleSessionName: 'delivery' }
    const call = calls.asService(cloudtrail, { arn: trail, account }, { service: 'sts', operation: 'AssumeRole', input })
    expect(await codeOf(call)).toBe(code)
    expect(await lastRecord('AssumeRole')).toMatchObject({
      userIdentity: { type: 'AWSService', invokedBy: cloudtrail },
      sourceIPAddress: cloudtrail,
      recipientAccountId: account,
    })
  })
})

test('what is not served is refused', async () => {
  await expect(house.world.calls.onBehalfOf(root, cloudformation, iam('CreateUnicorn', {}))).rejects.toThrow(
    'iam:CreateUnicorn is not served',
  )
})

describe('each account that an allowed call touches has a record of it', () => {
  const other = '210987654321'
  const otherRoot = {
    ...({ type: 'root' } as const),
    account: other,
    arn: `arn:aws:iam::${other}:root`,
    principalId: other,
    accessKeyId: 'ASIAOTHER',
  }
  const assume = (name: string) =>
    codeOf(
      house.world.calls.onBehalfOf(alice, cloudformation, {
        service: 'sts',
        operation: 'AssumeRole',
        input: { RoleArn: `arn:aws:iam::${other}:role/${name}`, RoleSessionName: 'across' },
      }),
    )
  const recordsOfSession = async () => {
    const rows = await house.world.store.read(tx => tx.selectFrom('records').select('json').orderBy('seq').execute())
    return rows
      .map(({ json }) => JSON.parse(json) as JsonObject & { requestParameters: JsonObject | null })
      .filter(record => record.requestParameters?.['roleSessionName'] === 'across')
  }

  beforeAll(async () => {
    const { store, calls } = house.world
    await store.write(tx =>
      tx.insertInto('accounts').values({ id: other, alias: null, rootEmail: 'root@other.example', createdAt: 1 }).execute(),
    )
    const trust = policy({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' })
    await calls.onBehalfOf(otherRoot, cloudformation, iam('CreateRole', { RoleName: 'open', AssumeRolePolicyDocument: trust }))
    await calls.onBehalfOf(
      root,
      cloudformation,
      iam('PutUserPolicy', {
        UserName: 'alice',
        PolicyName: 'roles',
        PolicyDocument: policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }),
      }),
    )
  })

  test('under one sharedEventID, the owner sees the account and id of the caller', async () => {
    expect(await assume('open')).toBe('none')
    const records = await recordsOfSession()
    expect(records).toMatchObject([
      { recipientAccountId: account, userIdentity: { type: 'IAMUser', userName: 'alice' } },
      { recipientAccountId: other, userIdentity: { type: 'AWSAccount', principalId: alice.userId, accountId: account } },
    ])
    expect(records[1]?.['userIdentity']).not.toHaveProperty('arn')
    expect(records[0]?.['sharedEventID']).toMatch(/^[0-9a-f-]{36}$/)
    expect(records[1]?.['sharedEventID']).toBe(records[0]?.['sharedEventID'])
    expect(records[1]?.['eventID']).not.toBe(records[0]?.['eventID'])
  })

  test('the owner does not learn of a refusal, and a call inside one account has no sharedEventID', async () => {
    const before = (await recordsOfSession()).length
    expect(await assume('closed')).toBe('AccessDenied')
    const refused = (await recordsOfSession()).slice(before)
    expect(refused).toMatchObject([{ recipientAccountId: account, errorCode: 'AccessDenied' }])
    expect(refused[0]).not.toHaveProperty('sharedEventID')
    expect(await lastRecord('CreateUser')).not.toHaveProperty('sharedEventID')
  })
})
