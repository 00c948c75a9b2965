import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildRecord, type RecordFacts } from '../../../src/audit/record.ts'
import { insertRecord } from '../../../src/audit/records.ts'
import { operations as accessAnalyzer } from '../../../src/services/access-analyzer/index.ts'
import { failUnfinishedGenerations } from '../../../src/services/access-analyzer/policy-generations.ts'
import { operations as cloudtrail } from '../../../src/services/cloudtrail/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { account, type House, openHouse, startOfTime } from '../call.ts'
import { memoryBuckets } from '../cloudtrail/memory-buckets.ts'

const day = 86_400_000
const cloudTrailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`
const accessRole = `arn:aws:iam::${account}:role/analysis`
const principalArn = `arn:aws:iam::${account}:role/apps/app`
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
})

let house: House
let made = 0

async function record(facts: Partial<RecordFacts>) {
  const session = {
    type: 'AssumedRole',
    arn: `arn:aws:sts::${account}:assumed-role/app/s`,
    sessionContext: { sessionIssuer: { arn: principalArn } },
  }
  const built = buildRecord({
    eventId: `event-${made++}`,
    requestId: 'request',
    at: house.now - day,
    eventSource: 'iam.amazonaws.com',
    eventName: 'GetUser',
    region: 'us-east-1',
    account,
    userIdentity: session,
    sourceIp: '203.0.113.7',
    userAgent: 'test',
    readOnly: true,
    requestParameters: { userName: 'bob' },
    responseElements: null,
    ...facts,
  } as RecordFacts)
  await house.world.store.write(tx => insertRecord(tx, { record: built, username: 's' }))
}

beforeAll(async () => {
  house = await openHouse([...accessAnalyzer, ...iam, ...cloudtrail.filter(({ name }) => name === 'CreateTrail')], {
    logBuckets: memoryBuckets(),
  })
  await house.call('CreateTrail', { Name: 'audit', S3BucketName: 'logs-bucket' })
  await house.call('CreateRole', { RoleName: 'app', Path: '/apps/', AssumeRolePolicyDocument: trust })
  await house.call('CreateRole', { RoleName: 'analysis', AssumeRolePolicyDocument: trust })
  await record({})
  await record({ eventName: 'ListUsers', requestParameters: null })
  await record({
    eventName: 'GetObject',
    eventSource: 's3.amazonaws.com',
    category: 'Data',
    requestParameters: { bucketName: 'shop', key: 'x' },
  })
  await record({ eventName: 'DeleteUser', region: 'eu-west-1' })
  await record({ eventName: 'CreateUser', at: house.now - 60 * day })
  await record({ eventName: 'GetGroup', userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/bob` } })
})
afterAll(() => house.close())

const start = (more: object = {}, details: object | undefined = {}) =>
  house.call('StartPolicyGeneration', {
    policyGenerationDetails: { principalArn },
    ...(details && {
      cloudTrailDetails: {
        trails: [{ cloudTrailArn, allRegions: true }],
        accessRole,
        startTime: new Date(house.now - 30 * day),
        ...details,
      },
    }),
    ...more,
  })
const policiesOf = async (jobId: string, more: object = {}) => {
  const { generatedPolicyResult } = await house.call('GetGeneratedPolicy', { jobId, ...more })
  return (generatedPolicyResult.generatedPolicies ?? []).map(({ policy }: { policy: string }) => JSON.parse(policy))
}

test('a policy is generated of what all sessions of a role did in the time, data events too', async () => {
  const { jobId } = await start()
  expect(await house.call('GetGeneratedPolicy', { jobId })).toMatchObject({
    jobDetails: { jobId, status: 'SUCCEEDED', startedOn: new Date(startOfTime), completedOn: new Date(startOfTime) },
    generatedPolicyResult: {
      properties: {
        principalArn,
        isComplete: true,
        cloudTrailProperties: {
          trailProperties: [{ cloudTrailArn, allRegions: true }],
          startTime: new Date(startOfTime - 30 * day),
          endTime: new Date(startOfTime),
        },
      },
    },
  })
  const actions = ['iam:DeleteUser', 'iam:GetUser', 'iam:ListUsers', 's3:GetObject']
  expect(await policiesOf(jobId)).toEqual([
    { Version: '2012-10-17', Statement: [{ Sid: 'Several1', Effect: 'Allow', Action: actions, Resource: '*' }] },
  ])
})

test('resources can be placeholders', async () => {
  const { jobId } = await start()
  const [{ Statement }] = await policiesOf(jobId, { includeResourcePlaceholders: true })
  expect(Statement).toContainEqual(
    expect.objectContaining({ Action: ['iam:DeleteUser', 'iam:GetUser'], Resource: 'arn:aws:iam::${Account}:user/${UserNameWithPath}' }),
  )
  expect(Statement).toContainEqual(expect.objectContaining({ Action: ['iam:ListUsers'], Resource: '*' }))
})

test('services that were used without a record of how are in a template of their own', async () => {
  const [{ Role }] = [await house.call('GetRole', { RoleName: 'app' })]
  const use = { entityId: Role.RoleId, account, service: 'sqs', action: 'SendMessage', lastAt: house.now - day, region: 'us-east-1' }
  await house.world.store.write(tx => tx.insertInto('serviceUses').values(use).execute())
  const { jobId } = await start()
  expect(await house.call('GetGeneratedPolicy', { jobId })).toMatchObject({ generatedPolicyResult: { properties: { isComplete: false } } })
  const [, services] = await policiesOf(jobId, { includeServiceLevelTemplate: true })
  expect(services.Statement[0].Action).toEqual(['sqs:${ActionName}'])
  const withoutTrail = await start({}, null as unknown as undefined)
  expect(await policiesOf(withoutTrail.jobId, { includeServiceLevelTemplate: true })).toHaveLength(1)
})

test('regions narrow what is read', async () => {
  const { jobId } = await start({}, { trails: [{ cloudTrailArn, regions: ['eu-west-1'] }] })
  const [{ Statement }] = await policiesOf(jobId)
  expect(Statement[0].Action).toEqual(['iam:DeleteUser'])
})

test('a client token makes one job', async () => {
  const [one, other] = [await start({ clientToken: 'once' }), await start({ clientToken: 'once' })]
  expect(one).toEqual(other)
})

test('jobs are listed, by principal too', async () => {
  const { policyGenerations } = await house.call('ListPolicyGenerations', { principalArn })
  expect(policyGenerations[0]).toMatchObject({ principalArn, status: 'SUCCEEDED' })
  expect((await house.call('ListPolicyGenerations', { principalArn: accessRole })).policyGenerations).toEqual([])
})

describe('what cannot be is refused', () => {
  const details = () => ({ trails: [{ cloudTrailArn }], accessRole, startTime: new Date(house.now - day) })
  test.each<{ what: string; input: () => object }>([
    {
      what: 'a principal that is not there',
      input: () => ({ policyGenerationDetails: { principalArn: `arn:aws:iam::${account}:role/app` } }),
    },
    {
      what: 'a trail that is not there',
      input: () => ({ cloudTrailDetails: { ...details(), trails: [{ cloudTrailArn: `${cloudTrailArn}x` }] } }),
    },
    { what: 'an access role that is not there', input: () => ({ cloudTrailDetails: { ...details(), accessRole: `${accessRole}x` } }) },
    { what: 'more than ninety days', input: () => ({ cloudTrailDetails: { ...details(), startTime: new Date(house.now - 91 * day) } }) },
    { what: 'an end before the start', input: () => ({ cloudTrailDetails: { ...details(), endTime: new Date(house.now - 2 * day) } }) },
  ])('$what', async ({ input }) => {
    const refused = await house.refusal('StartPolicyGeneration', { policyGenerationDetails: { principalArn }, ...input() })
    expect(refused).toMatchObject({ code: 'ValidationException' })
  })

  test('a job that is not there, or that has ended', async () => {
    expect(await house.refusal('GetGeneratedPolicy', { jobId: 'nothing' })).toMatchObject({ code: 'ValidationException' })
    const { jobId } = await start()
    expect(await house.refusal('CancelPolicyGeneration', { jobId })).toMatchObject({ code: 'ValidationException' })
  })

  test('a second job while one is in progress, which can be cancelled or fails with Gatehouse', async () => {
    const { store } = house.world
    const { jobId } = await start()
    const resume = () =>
      store.write(tx => tx.updateTable('policyGenerations').set({ status: 'IN_PROGRESS' }).where('id', '=', jobId).execute())
    await resume()
    expect(await house.refusal('StartPolicyGeneration', { policyGenerationDetails: { principalArn } })).toMatchObject({
      code: 'ConflictException',
    })
    expect(await house.call('CancelPolicyGeneration', { jobId })).toEqual({})
    expect(await house.call('GetGeneratedPolicy', { jobId })).toMatchObject({ jobDetails: { status: 'CANCELED' } })
    await resume()
    await failUnfinishedGenerations(store, Date.now())
    expect(await house.call('GetGeneratedPolicy', { jobId })).toMatchObject({
      jobDetails: { status: 'FAILED', jobError: { code: 'SERVICE_ERROR' } },
    })
  })
})
