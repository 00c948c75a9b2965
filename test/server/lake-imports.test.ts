import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LogBuckets } from '../../src/services/world.ts'
import { failUnfinishedImports } from '../../src/services/cloudtrail/import-runs.ts'
import { forgetOldLake } from '../../src/services/cloudtrail/lake-retention.ts'
import { account, type LakeFilesHouse, openLakeFilesHouse, root, until } from './lake-files.ts'

const bucket = 'old-logs'
const roleArn = `arn:aws:iam::${account}:role/importer`
const folder = `AWSLogs/${account}/CloudTrail/us-east-1`
const day = 86_400_000

let house: LakeFilesHouse
let made = 0

const record = (eventID: string, eventTime: string, facts: object = {}) => ({
  eventVersion: '1.11',
  userIdentity: { type: 'IAMUser', userName: 'alice' },
  eventTime,
  eventSource: 'iam.amazonaws.com',
  eventName: 'GetUser',
  awsRegion: 'eu-west-1',
  eventID,
  readOnly: true,
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: 'Management',
  ...facts,
})
const fileOf = (at: string, unique: string) =>
  `${folder}/${at.slice(0, 4)}/${at.slice(4, 6)}/${at.slice(6, 8)}/${account}_CloudTrail_us-east-1_${at}_${unique}.json.gz`

const makeStore = async (input: object = {}): Promise<string> => {
  const settings = { Name: `history-${made++}`, TerminationProtectionEnabled: false, ...input }
  return (await house.call('cloudtrail', 'CreateEventDataStore', settings)).EventDataStoreArn
}
const sourceOf = (uri: string, role = roleArn) => ({
  S3: { S3LocationUri: uri, S3BucketRegion: 'us-east-1', S3BucketAccessRoleArn: role },
})
const start = (store: string, uri = `s3://${bucket}`, input: object = {}) =>
  house.call('cloudtrail', 'StartImport', { Destinations: [store], ImportSource: sourceOf(uri), ...input })
const isOver = ({ ImportStatus }: { ImportStatus: string; ImportId: string }) =>
  ImportStatus !== 'INITIALIZING' && ImportStatus !== 'IN_PROGRESS'
const ended = ({ ImportId }: { ImportId: string }) => until(() => house.call('cloudtrail', 'GetImport', { ImportId }), isOver)
const imported = async (store: string) =>
  (await house.ask(store, `SELECT eventID FROM $1 WHERE eventID LIKE 'old-%' ORDER BY eventID`)).map(([id]) => id)

const trust = (service = 'cloudtrail.amazonaws.com') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: service },
        Action: 'sts:AssumeRole',
        Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:cloudtrail:us-east-1:${account}:eventdatastore/*` } },
      },
    ],
  })
const mayRead = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketAcl'], Resource: `arn:aws:s3:::${bucket}` },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` },
  ],
})

beforeAll(async () => {
  house = await openLakeFilesHouse()
  await house.call('s3', 'CreateBucket', { Bucket: bucket })
  await house.call('iam', 'CreateRole', { RoleName: 'importer', AssumeRolePolicyDocument: trust() })
  await house.call('iam', 'PutRolePolicy', { RoleName: 'importer', PolicyName: 'read', PolicyDocument: mayRead })
  await house.putLog(bucket, fileOf('20260110T1200Z', 'aaaaaaaaaaaaaaaa'), [
    record('old-1', '2026-01-10T11:58:00Z'),
    record('old-2', '2026-01-10T11:59:00Z'),
  ])
  await house.putLog(bucket, fileOf('20260112T0900Z', 'bbbbbbbbbbbbbbbb'), [record('old-3', '2026-01-12T08:57:00Z')])
  await house.putLog(bucket, 'moved/20260112T0900Z.json.gz', [record('old-4', '2026-01-12T08:58:00Z')])
  await house.putLog(bucket, `AWSLogs/${account}/CloudTrail-Digest/us-east-1/digest.json.gz`, [])
  await house.putLog(bucket, `AWSLogs/${account}/elasticloadbalancing/us-east-1/access.json.gz`, [record('old-5', '2026-01-12T08:59:00Z')])
})
afterAll(() => house.close())

test('log files below the folder of CloudTrail are imported, whatever the selectors, and counted', async () => {
  const selectors = [
    {
      FieldSelectors: [
        { Field: 'eventCategory', Equals: ['Management'] },
        { Field: 'readOnly', Equals: ['false'] },
      ],
    },
  ]
  const store = await makeStore({ AdvancedEventSelectors: selectors, MultiRegionEnabled: false })
  const started = await start(store)
  expect(started).toMatchObject({ ImportStatus: 'INITIALIZING', Destinations: [store], ImportSource: sourceOf(`s3://${bucket}`) })
  expect(await ended(started)).toMatchObject({
    ImportId: started.ImportId,
    ImportStatus: 'COMPLETED',
    ImportStatistics: { PrefixesFound: 2, PrefixesCompleted: 2, FilesCompleted: 2, EventsCompleted: 3, FailedEntries: 0 },
  })
  expect(await imported(store)).toEqual(['old-1', 'old-2', 'old-3'])
  expect(await house.ask(store, `SELECT userIdentity.userName, awsRegion FROM $1 WHERE eventID = 'old-1'`)).toEqual([
    ['alice', 'eu-west-1'],
  ])
})

test('an event is there once, however often it is imported, and also where the event data store took it in itself', async () => {
  const store = await makeStore()
  await house.call('iam', 'CreateUser', { UserName: 'bob' })
  const own = await house.world.store.read(tx =>
    tx.selectFrom('records').select('json').where('eventName', '=', 'CreateUser').orderBy('seq', 'desc').executeTakeFirstOrThrow(),
  )
  await house.putLog(bucket, 'own/log.json.gz', [JSON.parse(own.json) as object, record('old-9', '2026-01-12T08:59:00Z')])
  for (const events of [1, 0])
    expect(await ended(await start(store, `s3://${bucket}/own/`))).toMatchObject({ ImportStatistics: { EventsCompleted: events } })
  expect(await house.ask(store, `SELECT eventName, count(*) FROM $1 WHERE eventName = 'CreateUser' GROUP BY eventName`)).toEqual([
    ['CreateUser', '1'],
  ])
  expect(await imported(store)).toEqual(['old-9'])
})

test('another prefix is imported when it is named', async () => {
  const store = await makeStore()
  await ended(await start(store, `s3://${bucket}/moved/`))
  expect(await imported(store)).toEqual(['old-4'])
})

test('a time range is held against the names of the files, and against the events', async () => {
  const store = await makeStore()
  const range = { StartEventTime: new Date('2026-01-10T11:58:30Z'), EndEventTime: new Date('2026-01-11T00:00:00Z') }
  expect(await ended(await start(store, `s3://${bucket}`, range))).toMatchObject({
    ...range,
    ImportStatistics: { PrefixesFound: 1, FilesCompleted: 1, EventsCompleted: 1 },
  })
  expect(await imported(store)).toEqual(['old-2'])
})

test('events older than the retention period are not copied, and go when it is over', async () => {
  await house.putLog(bucket, 'long-ago/log.json.gz', [record('old-6', '2026-01-02T00:00:00Z'), record('old-7', '2026-01-14T00:00:00Z')])
  const store = await makeStore({ RetentionPeriod: 7 })
  await ended(await start(store, `s3://${bucket}/long-ago/`))
  expect(await imported(store)).toEqual(['old-7'])
  const kept = () =>
    house.world.store.read(tx => tx.selectFrom('importedRecords').select('eventId').where('storeArn', '=', store).execute())
  await forgetOldLake(house.world.store, house.now)
  expect(await kept()).toEqual([{ eventId: 'old-7' }])
  await forgetOldLake(house.world.store, house.now + 7 * day)
  expect(await kept()).toEqual([])
})

test('what cannot be read is listed, the rest imported; a retry takes up what failed', async () => {
  const store = await makeStore()
  const broken = [
    ['a.json.gz', gzipSync('{"Records": [').subarray(0, 12), /could not be decompressed/],
    ['b.json.gz', gzipSync('[]'), /no list of Records/],
    ['c.json.gz', gzipSync('{"Records":[{"eventID":"x"}]}'), /no record of CloudTrail/],
  ] as const
  for (const [name, Body] of broken) await house.call('s3', 'PutObject', { Bucket: bucket, Key: `broken/${name}`, Body })
  await house.putLog(bucket, 'broken/d.json.gz', [record('old-8', '2026-01-12T08:57:00Z')])
  const failed = await ended(await start(store, `s3://${bucket}/broken/`))
  expect(failed).toMatchObject({ ImportStatus: 'FAILED', ImportStatistics: { FilesCompleted: 1, EventsCompleted: 1, FailedEntries: 3 } })
  const { ImportId } = failed
  const first = await house.call('cloudtrail', 'ListImportFailures', { ImportId, MaxResults: 2 })
  const rest = await house.call('cloudtrail', 'ListImportFailures', { ImportId, NextToken: first.NextToken })
  expect([...first.Failures, ...rest.Failures]).toEqual(
    broken.map(([name, , message]) => ({
      Location: `s3://${bucket}/broken/${name}`,
      Status: 'FAILED',
      ErrorType: 'InvalidLogFile',
      ErrorMessage: expect.stringMatching(message),
      LastUpdatedTime: new Date(house.now),
    })),
  )
  for (const [name] of broken) await house.putLog(bucket, `broken/${name}`, [record(`old-${name}`, '2026-01-12T08:57:00Z')])
  await house.call('cloudtrail', 'StartImport', { ImportId })
  expect(await ended({ ImportId })).toMatchObject({
    ImportStatus: 'COMPLETED',
    ImportStatistics: { FilesCompleted: 4, EventsCompleted: 4, FailedEntries: 0 },
  })
  const { Failures } = await house.call('cloudtrail', 'ListImportFailures', { ImportId })
  expect(Failures.map(({ Status }: { Status: string }) => Status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'])
  expect(await imported(store)).toHaveLength(4)
})

test('imports are listed newest first, by status and destination', async () => {
  const { Imports } = await house.call('cloudtrail', 'ListImports', {})
  expect(Imports.length).toBeGreaterThan(3)
  const [{ Destinations }] = Imports
  const ofOne = await house.call('cloudtrail', 'ListImports', { Destination: Destinations[0], ImportStatus: 'COMPLETED' })
  expect(ofOne.Imports.every((one: (typeof Imports)[0]) => one.Destinations[0] === Destinations[0])).toBe(true)
  expect((await house.call('cloudtrail', 'ListImports', { ImportStatus: 'STOPPED' })).Imports).toEqual([])
})

describe('an import that goes on', () => {
  let release: () => void
  let store: string
  let real: LogBuckets
  beforeAll(async () => {
    const { world } = house
    real = world.logBuckets
    const gate = new Promise<void>(resolve => void (release = resolve))
    const get: LogBuckets['get'] = async (object, mostBytes, reader) => {
      await gate
      return real.get(object, mostBytes, reader)
    }
    Object.assign(world, { logBuckets: { ...real, get } })
    store = await makeStore()
  })
  afterAll(() => Object.assign(house.world, { logBuckets: real }))

  test('keeps other imports and the deletion of its event data store away, and is stopped', async () => {
    const { ImportId } = await start(store)
    expect(await house.codeOf('StartImport', { Destinations: [store], ImportSource: sourceOf(`s3://${bucket}`) })).toBe(
      'AccountHasOngoingImportException',
    )
    expect(await house.codeOf('DeleteEventDataStore', { EventDataStore: store })).toBe('EventDataStoreHasOngoingImportException')
    expect(await house.call('cloudtrail', 'StopImport', { ImportId })).toMatchObject({ ImportId, ImportStatus: 'STOPPED' })
    release()
    expect(await house.codeOf('StopImport', { ImportId })).toBe('InvalidParameterException')
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(await imported(store)).toEqual([])
    await house.call('cloudtrail', 'StartImport', { ImportId })
    expect(await ended({ ImportId })).toMatchObject({ ImportStatus: 'COMPLETED', ImportStatistics: { EventsCompleted: 3 } })
  })

  test('has failed when Gatehouse stops, and can be taken up again', async () => {
    const { ImportId } = await ended(await start(store))
    await house.world.store.write(tx => tx.updateTable('lakeImports').set({ status: 'IN_PROGRESS' }).where('id', '=', ImportId).execute())
    await failUnfinishedImports(house.world.store, house.now - 1)
    expect(await house.call('cloudtrail', 'GetImport', { ImportId })).toMatchObject({ ImportStatus: 'IN_PROGRESS' })
    await failUnfinishedImports(house.world.store, house.now)
    expect(await house.call('cloudtrail', 'GetImport', { ImportId })).toMatchObject({ ImportStatus: 'FAILED' })
  })
})

describe('what is asked wrongly is refused', () => {
  let store: string
  beforeAll(async () => void (store = await makeStore()))

  test.each([
    { input: {}, code: 'InvalidParameterException' },
    { input: { ImportId: '0a1b2c3d-1111-4222-8333-0123456789ab' }, code: 'ImportNotFoundException' },
    { input: { source: 'https://old-logs/' }, code: 'InvalidImportSourceException' },
    { input: { source: 's3://no-such-bucket' }, code: 'InvalidImportSourceException' },
    { input: { source: `s3://${bucket}`, role: `arn:aws:iam::${account}:role/nobody` }, code: 'InvalidImportSourceException' },
    { input: { source: `s3://${bucket}`, StartEventTime: new Date(0) }, code: 'InvalidParameterException' },
    {
      input: { source: `s3://${bucket}`, StartEventTime: new Date(2), EndEventTime: new Date(1) },
      code: 'InvalidParameterException',
    },
  ] as { input: { source?: string; role?: string }; code: string }[])(
    '$code: $input',
    async ({ input: { source, role, ...rest }, code }) => {
      const input = source === undefined ? rest : { Destinations: [store], ImportSource: sourceOf(source, role), ...rest }
      expect(await house.codeOf('StartImport', input)).toBe(code)
    },
  )

  test('a role that trusts another service, and one that may not read', async () => {
    await house.call('iam', 'CreateRole', { RoleName: 'others', AssumeRolePolicyDocument: trust('config.amazonaws.com') })
    await house.call('iam', 'CreateRole', { RoleName: 'blind', AssumeRolePolicyDocument: trust() })
    for (const role of ['others', 'blind']) {
      const ImportSource = sourceOf(`s3://${bucket}`, `arn:aws:iam::${account}:role/${role}`)
      expect(await house.codeOf('StartImport', { Destinations: [store], ImportSource })).toBe('InvalidImportSourceException')
    }
  })

  test('an event data store for events of other sources', async () => {
    const other = await makeStore({
      AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['ActivityAuditLog'] }] }],
    })
    expect(await house.codeOf('StartImport', { Destinations: [other], ImportSource: sourceOf(`s3://${bucket}`) })).toBe(
      'InvalidEventDataStoreCategoryException',
    )
  })

  test('a caller who may not pass the role', async () => {
    const { User } = await house.call('iam', 'CreateUser', { UserName: 'carol' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cloudtrail:*', Resource: '*' }],
    })
    await house.call('iam', 'PutUserPolicy', { UserName: 'carol', PolicyName: 'lake', PolicyDocument })
    const carol = { ...root, type: 'user', arn: User.Arn, principalId: User.UserId, userId: User.UserId, userName: 'carol' } as never
    expect(await house.codeOf('StartImport', { Destinations: [store], ImportSource: sourceOf(`s3://${bucket}`) }, carol)).toBe(
      'AccessDeniedException',
    )
  })
})
