import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { operations } from '../../../src/services/cloudtrail/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { account, type House, openHouse } from '../call.ts'
import { type MemoryBuckets, memoryBuckets } from './memory-buckets.ts'

const bucket = 'audit-logs'
const arnOf = (name: string) => `arn:aws:cloudtrail:us-east-1:${account}:trail/${name}`

let house: House
let buckets: MemoryBuckets
beforeAll(async () => {
  buckets = memoryBuckets()
  buckets.refusals.set('not-there', 'NoSuchBucket').set('closed', 'AccessDenied')
  house = await openHouse([...iam, ...operations], { logBuckets: buckets })
  await house.call('CreateTrail', { Name: 'audit', S3BucketName: bucket, TagsList: [{ Key: 'team', Value: 'security' }] })
})
afterAll(() => house.close())

const create = (input: object) => house.refusal('CreateTrail', { Name: 'another', S3BucketName: bucket, ...input })

test('a new trail has the defaults, does not log, and has written its folder', async () => {
  expect(await house.call('GetTrail', { Name: 'audit' })).toEqual({
    Trail: {
      Name: 'audit',
      S3BucketName: bucket,
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: false,
      HomeRegion: 'us-east-1',
      TrailARN: arnOf('audit'),
      LogFileValidationEnabled: false,
      HasCustomEventSelectors: false,
      HasInsightSelectors: false,
      IsOrganizationTrail: false,
      RecursiveLogging: true,
    },
  })
  expect(await house.call('GetTrailStatus', { Name: arnOf('audit') })).toMatchObject({ IsLogging: false, TimeLoggingStarted: '' })
  expect([...buckets.objects.keys()]).toEqual([`${bucket}/AWSLogs/${account}/CloudTrail/`])
})

describe('names of trails', () => {
  test.each(['ab', 'x'.repeat(129), 'my-_trail', 'my--trail', 'my..trail', '-trail', 'trail.', 'tra il', 'träil', '192.168.5.4', ''])(
    '%s is refused',
    async Name => {
      expect((await create({ Name })).code).toBe('InvalidTrailNameException')
    },
  )
  test.each(['abc', 'x'.repeat(128), 'My.trail_of-2026', '1.2.3'])('%s is a name', async Name => {
    await house.call('CreateTrail', { Name, S3BucketName: bucket })
    await house.call('DeleteTrail', { Name })
  })
})

describe('CreateTrail refuses', () => {
  test.each([
    { code: 'TrailAlreadyExistsException', input: { Name: 'audit' } },
    { code: 'S3BucketDoesNotExistException', input: { S3BucketName: 'not-there' } },
    { code: 'InsufficientS3BucketPolicyException', input: { S3BucketName: 'closed' } },
    { code: 'InvalidS3BucketNameException', input: { S3BucketName: 'UPPER' } },
    { code: 'InvalidS3BucketNameException', input: { S3BucketName: 'a/../b' } },
    { code: 'InvalidS3BucketNameException', input: { S3BucketName: '192.168.5.4' } },
    { code: 'InvalidS3PrefixException', input: { S3KeyPrefix: 'p'.repeat(201) } },
    { code: 'InvalidS3PrefixException', input: { S3KeyPrefix: 'folder/' } },
    { code: 'InvalidParameterCombinationException', input: { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false } },
    { code: 'KmsKeyNotFoundException', input: { KmsKeyId: 'alias/logs' } },
    { code: 'InsufficientSnsTopicPolicyException', input: { SnsTopicName: 'topic' } },
    { code: 'CloudWatchLogsDeliveryUnavailableException', input: { CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:1:log-group:x' } },
    { code: 'OrganizationsNotInUseException', input: { IsOrganizationTrail: true } },
    { code: 'InvalidTagParameterException', input: { TagsList: [{ Key: 'a' }, { Key: 'a' }] } },
    { code: 'InvalidTagParameterException', input: { TagsList: [{ Key: 'aws:a' }] } },
  ])('$input: $code', async ({ code, input }) => {
    expect((await create(input)).code).toBe(code)
  })

  test('a sixth trail, in the words of AWS', async () => {
    for (const n of [2, 3, 4, 5]) await house.call('CreateTrail', { Name: `trail-${n}`, S3BucketName: bucket })
    expect(await create({})).toEqual({
      code: 'MaximumNumberOfTrailsExceededException',
      message: `User: ${account} already has 5 trails in us-east-1.`,
    })
    for (const n of [2, 3, 4, 5]) await house.call('DeleteTrail', { Name: `trail-${n}` })
  })

  test('nothing is written to a bucket for a trail that is refused', async () => {
    const before = buckets.objects.size
    await create({ Name: 'audit', S3KeyPrefix: 'elsewhere' })
    expect(buckets.objects.size).toBe(before)
  })
})

describe('trails are found by name and by ARN', () => {
  const unknown = (name: string) => ({ code: 'TrailNotFoundException', message: `Unknown trail: ${arnOf(name)} for the user: ${account}` })
  test.each(['GetTrail', 'GetTrailStatus', 'StartLogging', 'StopLogging', 'DeleteTrail', 'UpdateTrail'])(
    '%s of a trail that is not there',
    async name => {
      expect(await house.refusal(name, { Name: 'unknown' })).toEqual(unknown('unknown'))
      expect(await house.refusal(name, { Name: arnOf('unknown') })).toEqual(unknown('unknown'))
      expect((await house.refusal(name, { Name: 'arn:aws:iam::1:role/x' })).code).toBe('CloudTrailARNInvalidException')
      expect((await house.refusal(name, { Name: 'a' })).code).toBe('InvalidTrailNameException')
    },
  )

  test('those of another account are not there', async () => {
    const other = await house.addAccount('210987654321')
    expect((await house.refusal('GetTrail', { Name: arnOf('audit') }, { as: other })).code).toBe('TrailNotFoundException')
    expect(await house.call('DescribeTrails', {}, { as: other })).toEqual({ trailList: [] })
    expect(await house.call('ListTrails', {}, { as: other })).toEqual({ Trails: [] })
  })

  test('DescribeTrails gives those that are named, and leaves out what is not there', async () => {
    const names = async (trailNameList?: string[]) =>
      (await house.call('DescribeTrails', { trailNameList })).trailList.map(({ Name }: { Name: string }) => Name)
    expect(await names()).toEqual(['audit'])
    expect(await names(['unknown', 'audit'])).toEqual(['audit'])
    expect(await names([arnOf('audit')])).toEqual(['audit'])
    expect(await names(['unknown'])).toEqual([])
  })

  test('ListTrails gives ARN, name and home region', async () => {
    expect(await house.call('ListTrails')).toEqual({ Trails: [{ TrailARN: arnOf('audit'), Name: 'audit', HomeRegion: 'us-east-1' }] })
    expect((await house.refusal('ListTrails', { NextToken: 'x' })).code).toBe('InvalidNextTokenException')
  })
})

describe('UpdateTrail', () => {
  test('changes what is given and keeps the rest', async () => {
    const update = (input: object) => house.call('UpdateTrail', { Name: 'audit', ...input })
    expect(await update({ S3KeyPrefix: 'logs', EnableLogFileValidation: true })).toMatchObject({
      S3BucketName: bucket,
      S3KeyPrefix: 'logs',
      LogFileValidationEnabled: true,
    })
    expect(await update({ IsMultiRegionTrail: true, RecursiveLogging: false })).toMatchObject({
      S3KeyPrefix: 'logs',
      IsMultiRegionTrail: true,
      RecursiveLogging: false,
    })
    expect(
      await update({ S3KeyPrefix: '', EnableLogFileValidation: false, IsMultiRegionTrail: false, RecursiveLogging: true }),
    ).not.toHaveProperty('S3KeyPrefix')
  })

  test.each([
    { code: 'S3BucketDoesNotExistException', input: { S3BucketName: 'not-there' } },
    { code: 'InsufficientS3BucketPolicyException', input: { S3BucketName: 'closed' } },
    { code: 'InvalidS3BucketNameException', input: { S3BucketName: '-' } },
    { code: 'InvalidParameterCombinationException', input: { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false } },
    { code: 'KmsKeyNotFoundException', input: { KmsKeyId: 'alias/logs' } },
  ])('refuses $input: $code', async ({ code, input }) => {
    expect((await house.refusal('UpdateTrail', { Name: 'audit', ...input })).code).toBe(code)
  })
})

test('logging starts and stops, and the status says when', async () => {
  const status = () => house.call('GetTrailStatus', { Name: 'audit' })
  const begun = house.now
  await house.call('StartLogging', { Name: 'audit' })
  house.now += 60_000
  await house.call('StartLogging', { Name: 'audit' })
  expect(await status()).toMatchObject({ IsLogging: true, StartLoggingTime: new Date(begun), TimeLoggingStarted: '2026-01-15T12:00:00Z' })
  await house.call('StopLogging', { Name: 'audit' })
  await house.call('StopLogging', { Name: 'audit' })
  expect(await status()).toMatchObject({
    IsLogging: false,
    StartLoggingTime: new Date(begun),
    StopLoggingTime: new Date(house.now),
    TimeLoggingStopped: '2026-01-15T12:01:00Z',
  })
})

describe('tags', () => {
  const tags = async () => (await house.call('ListTags', { ResourceIdList: [arnOf('audit')] })).ResourceTagList
  test('are those of creation, changed by key', async () => {
    expect(await tags()).toEqual([{ ResourceId: arnOf('audit'), TagsList: [{ Key: 'team', Value: 'security' }] }])
    await house.call('AddTags', { ResourceId: arnOf('audit'), TagsList: [{ Key: 'team', Value: 'audit' }, { Key: 'Team' }] })
    expect((await tags())[0].TagsList).toEqual([
      { Key: 'Team', Value: '' },
      { Key: 'team', Value: 'audit' },
    ])
    await house.call('RemoveTags', { ResourceId: arnOf('audit'), TagsList: [{ Key: 'Team', Value: 'whatever' }] })
    expect((await tags())[0].TagsList).toEqual([{ Key: 'team', Value: 'audit' }])
  })

  test.each([
    { code: 'TrailNotFoundException', arn: arnOf('unknown') },
    { code: 'CloudTrailARNInvalidException', arn: 'audit' },
    { code: 'CloudTrailARNInvalidException', arn: 'arn:aws:s3:::audit' },
    { code: 'CloudTrailARNInvalidException', arn: `arn:aws:cloudtrail:us-east-1:${account}:trail/a b` },
    { code: 'ResourceTypeNotSupportedException', arn: `arn:aws:cloudtrail:us-east-1:${account}:import/x` },
  ])('of $arn: $code', async ({ code, arn }) => {
    expect((await house.refusal('AddTags', { ResourceId: arn, TagsList: [] })).code).toBe(code)
    expect((await house.refusal('RemoveTags', { ResourceId: arn, TagsList: [] })).code).toBe(code)
    expect((await house.refusal('ListTags', { ResourceIdList: [arn] })).code).toBe(code)
  })

  test('a fifty-first is refused', async () => {
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `key-${n}` }))
    expect((await house.refusal('AddTags', { ResourceId: arnOf('audit'), TagsList: many })).code).toBe('TagsLimitExceededException')
  })

  test('go with their trail', async () => {
    const trail = { Name: 'passing', S3BucketName: bucket, TagsList: [{ Key: 'a', Value: 'b' }] }
    await house.call('CreateTrail', trail)
    await house.call('DeleteTrail', { Name: 'passing' })
    await house.call('CreateTrail', { ...trail, TagsList: [] })
    expect((await house.call('ListTags', { ResourceIdList: [arnOf('passing')] })).ResourceTagList[0].TagsList).toEqual([])
    await house.call('DeleteTrail', { Name: 'passing' })
  })
})

describe('policies decide on the trail, its tags and those of the request', () => {
  let alice: Principal
  const may = async (statement: object, call: string, input: object) => {
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'cloudtrail:*', ...statement }] }
    await house.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'p', PolicyDocument: JSON.stringify(document) })
    return house.call(call, input, { as: alice }).then(
      () => true,
      (problem: Error) => problem.name !== 'AccessDeniedException',
    )
  }
  beforeAll(async () => {
    await house.call('CreateUser', { UserName: 'alice' })
    alice = await house.user('alice')
  })
  const audit = arnOf('audit')
  const tagged = (value: string) => ({ Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/team': value } } })
  const asking = (value: string) => ({ Resource: '*', Condition: { StringEquals: { 'aws:RequestTag/team': value } } })
  const onlyKeys = { Resource: '*', Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } } }
  test.each([
    { statement: { Resource: audit }, call: 'GetTrail', input: { Name: 'audit' }, expected: true },
    { statement: { Resource: audit }, call: 'GetTrailStatus', input: { Name: audit }, expected: true },
    { statement: { Resource: arnOf('other') }, call: 'StopLogging', input: { Name: 'audit' }, expected: false },
    { statement: { Resource: audit }, call: 'DescribeTrails', input: {}, expected: false },
    { statement: { Resource: '*' }, call: 'ListPublicKeys', input: {}, expected: true },
    { statement: tagged('audit'), call: 'StopLogging', input: { Name: 'audit' }, expected: true },
    { statement: tagged('other'), call: 'StopLogging', input: { Name: 'audit' }, expected: false },
    { statement: tagged('audit'), call: 'PutEventSelectors', input: { TrailName: 'audit' }, expected: true },
    {
      statement: asking('blue'),
      call: 'AddTags',
      input: { ResourceId: audit, TagsList: [{ Key: 'team', Value: 'red' }] },
      expected: false,
    },
    {
      statement: asking('audit'),
      call: 'AddTags',
      input: { ResourceId: audit, TagsList: [{ Key: 'team', Value: 'audit' }] },
      expected: true,
    },
    { statement: onlyKeys, call: 'RemoveTags', input: { ResourceId: audit, TagsList: [{ Key: 'other' }] }, expected: false },
    { statement: asking('blue'), call: 'CreateTrail', input: { Name: 'new', S3BucketName: bucket }, expected: false },
    {
      statement: { Resource: '*', Action: 'cloudtrail:Get*' },
      call: 'RegisterOrganizationDelegatedAdmin',
      input: { MemberAccountId: '210987654321' },
      expected: false,
    },
  ])('$statement, $call $input: $expected', async ({ statement, call, input, expected }) => {
    expect(await may(statement, call, input)).toBe(expected)
  })
})
