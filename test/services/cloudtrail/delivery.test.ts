import { createHash, createPublicKey, verify } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildRecord, type RecordFacts } from '../../../src/audit/record.ts'
import { insertRecord } from '../../../src/audit/records.ts'
import { deliverTrails } from '../../../src/services/cloudtrail/delivery.ts'
import { operations } from '../../../src/services/cloudtrail/index.ts'
import type { LogObject } from '../../../src/services/world.ts'
import { account, type House, openHouse } from '../call.ts'
import { type MemoryBuckets, memoryBuckets } from './memory-buckets.ts'

const bucket = 'audit-logs'
const other = '210987654321'
const hour = 3_600_000

let house: House
let buckets: MemoryBuckets
let faults: unknown[]
let next: number

beforeEach(async () => {
  buckets = memoryBuckets()
  house = await openHouse(operations, { logBuckets: buckets })
  faults = []
  next = 0
})
afterEach(() => house.close())

/** Writes a record, as calls do. @returns its event id */
async function happens(parts: Partial<RecordFacts> = {}): Promise<string> {
  const eventId = `event-${next++}`
  const facts: RecordFacts = {
    eventId,
    requestId: eventId,
    at: house.now,
    eventSource: 'eks.amazonaws.com',
    eventName: 'CreateCluster',
    region: 'us-east-1',
    account,
    userIdentity: { type: 'Root' },
    sourceIp: '203.0.113.7',
    userAgent: 'test',
    readOnly: false,
    requestParameters: null,
    responseElements: null,
    ...parts,
  }
  await house.world.store.write(tx => insertRecord(tx, { record: buildRecord(facts), username: undefined }))
  return eventId
}

const startTrail = async (input: object = {}) => {
  await house.call('CreateTrail', { Name: 'audit', S3BucketName: bucket, ...input })
  await house.call('StartLogging', { Name: 'audit' })
}
const deliver = () => deliverTrails(house.world, { digestMilliseconds: hour, now: house.now, onFault: facts => void faults.push(facts) })

const textOf = ({ body }: LogObject) => gunzipSync(body).toString()
const files = (kind = 'CloudTrail') =>
  [...buckets.objects.values()].filter(({ key, body }) => key.includes(`/${kind}/`) && body.byteLength > 0)
/** Event ids of all delivered log files, in order of their keys. */
const delivered = (kind?: string): string[] =>
  files(kind).flatMap(file => (JSON.parse(textOf(file)) as { Records: { eventID: string }[] }).Records.map(({ eventID }) => eventID))
const status = () => house.call('GetTrailStatus', { Name: 'audit' })

describe('log files', () => {
  test('hold the records since logging began, under the documented name', async () => {
    await happens()
    await startTrail()
    const expected = [await happens(), await happens()]
    house.now += 90_000
    await deliver()
    expect(delivered()).toEqual(expected)
    expect(files()[0]?.key).toMatch(
      new RegExp(
        `^AWSLogs/${account}/CloudTrail/us-east-1/2026/01/15/${account}_CloudTrail_us-east-1_20260115T1201Z_[A-Za-z0-9]{16}\\.json\\.gz$`,
      ),
    )
    expect(Object.keys(JSON.parse(textOf(files()[0] as LogObject)) as object)).toEqual(['Records'])
    expect(await status()).toMatchObject({
      LatestDeliveryTime: new Date(house.now),
      LatestDeliveryAttemptSucceeded: '2026-01-15T12:01:30Z',
    })
  })

  test('are put below the prefix', async () => {
    await startTrail({ S3KeyPrefix: 'logs/eu' })
    await happens()
    await deliver()
    expect(files()[0]?.key).toMatch(new RegExp(`^logs/eu/AWSLogs/${account}/CloudTrail/`))
  })

  test('are not made of nothing', async () => {
    await startTrail()
    await deliver()
    expect(files()).toEqual([])
  })

  test('hold every record once, however many there are and however often it is delivered', async () => {
    await startTrail()
    const expected: string[] = []
    for (const count of [3, 0, 12]) {
      for (let n = 0; n < count; n++) expected.push(await happens())
      await deliver()
      await deliver()
    }
    expect(delivered().toSorted()).toEqual(expected.toSorted())
  })

  test.each([
    { settings: {}, expected: ['home'] },
    { settings: { IsMultiRegionTrail: true }, expected: ['home', 'abroad'] },
    { settings: { S3KeyPrefix: 'p' }, expected: ['home'] },
  ])('are of the regions of the trail: $settings', async ({ settings, expected }) => {
    await startTrail(settings)
    const ids = { home: await happens(), abroad: await happens({ region: 'eu-west-1' }), foreign: await happens({ account: other }) }
    await deliver()
    expect(delivered().toSorted()).toEqual(expected.map(name => ids[name as keyof typeof ids]))
    // A file is of one region.
    expect(files().length).toBe(expected.length)
  })

  test('are without global service events when the trail is', async () => {
    await startTrail({ IncludeGlobalServiceEvents: false })
    await happens({ eventSource: 'iam.amazonaws.com' })
    const expected = [await happens()]
    await deliver()
    expect(delivered()).toEqual(expected)
  })

  test('hold what the selectors take, data events among it', async () => {
    await startTrail()
    const resources = [{ type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::photos/cat.jpg' }]
    const s3 = { eventSource: 's3.amazonaws.com', category: 'Data', resources } as const
    await happens({ ...s3, eventName: 'GetObject' })
    await deliver()
    expect(delivered()).toEqual([])
    await house.call('PutEventSelectors', {
      TrailName: 'audit',
      EventSelectors: [{ ReadWriteType: 'WriteOnly', DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::photos/'] }] }],
    })
    await happens({ ...s3, eventName: 'GetObject', readOnly: true })
    await happens({ readOnly: true })
    const expected = [await happens({ ...s3, eventName: 'PutObject' }), await happens()]
    await deliver()
    expect(delivered().toSorted()).toEqual(expected)
  })

  test.each([true, false])('RecursiveLogging %s', async RecursiveLogging => {
    await startTrail({ RecursiveLogging })
    await house.call('PutEventSelectors', {
      TrailName: 'audit',
      EventSelectors: [{ DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }] }],
    })
    const resources = [{ type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucket}/file` }]
    const put = { eventSource: 's3.amazonaws.com', eventName: 'PutObject', category: 'Data', resources } as const
    const own = await happens({ ...put, userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' } })
    const others = await happens(put)
    await deliver()
    expect(delivered()).toEqual(RecursiveLogging ? [own, others] : [others])
  })
})

describe('times of logging', () => {
  test('what happened before StopLogging is delivered after it, what happened between is not', async () => {
    await startTrail()
    const before = await happens()
    await house.call('StopLogging', { Name: 'audit' })
    // The record of StopLogging itself.
    const stop = await happens()
    await happens()
    await house.call('StartLogging', { Name: 'audit' })
    house.now += 1000
    const after = await happens()
    await deliver()
    expect(delivered().toSorted()).toEqual([before, stop, after])
    expect(await house.world.store.read(tx => tx.selectFrom('trailCursors').select('source').execute())).toHaveLength(3)
  })

  test('a deleted trail leaves nothing behind', async () => {
    await startTrail({ EnableLogFileValidation: true })
    await happens()
    await deliver()
    house.now += 2 * hour
    await deliver()
    await house.call('DeleteTrail', { Name: 'audit' })
    for (const table of ['trails', 'trailCursors', 'trailFiles', 'trailDigests'] as const)
      expect(await house.world.store.read(tx => tx.selectFrom(table).selectAll().execute())).toEqual([])
  })
})

describe('deliveries that fail', () => {
  test.each(['AccessDenied', 'NoSuchBucket'])('%s is told, and all is delivered once it is mended', async code => {
    await startTrail()
    const expected = [await happens()]
    buckets.refusals.set(bucket, code)
    await deliver()
    expected.push(await happens())
    await deliver()
    expect(await status()).toMatchObject({ LatestDeliveryError: code })
    expect(delivered()).toEqual([])
    buckets.refusals.delete(bucket)
    await deliver()
    expect(delivered()).toEqual(expected)
    expect(await status()).not.toHaveProperty('LatestDeliveryError')
  })

  test('a run that is cut off after any number of puts delivers every record once, and no file is missing in the digests', async () => {
    await startTrail({ EnableLogFileValidation: true, IsMultiRegionTrail: true })
    const expected: string[] = []
    for (let cut = 0; cut < 12; cut++) {
      expected.push(await happens(), await happens({ region: 'eu-west-1' }))
      house.now += hour
      buckets.putsLeft = cut % 5
      await deliver()
    }
    expect(faults.length).toBeGreaterThan(5)
    buckets.putsLeft = Number.POSITIVE_INFINITY
    await deliver()
    house.now += 2 * hour
    await deliver()
    expect(delivered().toSorted()).toEqual(expected.toSorted())
    const inDigests = digests().flatMap(({ content }) => content.logFiles.map(file => file.s3Object))
    // eu-west-1 is a region that this Gatehouse is not: its files have no chain.
    expect(inDigests.toSorted()).toEqual(
      files()
        .map(({ key }) => key)
        .filter(key => key.includes('us-east-1'))
        .toSorted(),
    )
    expect(new Set(inDigests).size).toBe(inDigests.length)
  })
})

interface DigestContent {
  readonly digestStartTime: string
  readonly digestEndTime: string
  readonly digestS3Object: string
  readonly digestPublicKeyFingerprint: string
  readonly previousDigestS3Object: string | null
  readonly previousDigestSignature: string | null
  readonly previousDigestHashValue: string | null
  readonly logFiles: readonly { readonly s3Object: string; readonly hashValue: string }[]
}
const digests = () =>
  files('CloudTrail-Digest').map(object => ({ object, text: textOf(object), content: JSON.parse(textOf(object)) as DigestContent }))
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('digest files', () => {
  beforeEach(() => startTrail({ EnableLogFileValidation: true }))

  test('have the documented form', async () => {
    await happens()
    await deliver()
    house.now += hour
    await deliver()
    const [digest] = digests()
    const [file] = files()
    const key = `AWSLogs/${account}/CloudTrail-Digest/us-east-1/2026/01/15/${account}_CloudTrail-Digest_us-east-1_audit_us-east-1_20260115T130000Z.json.gz`
    expect(digest?.object.key).toBe(key)
    expect(digest?.content).toEqual({
      awsAccountId: account,
      digestStartTime: '2026-01-15T12:00:00Z',
      digestEndTime: '2026-01-15T13:00:00Z',
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: '2026-01-15T12:00:00Z',
      oldestEventTime: '2026-01-15T12:00:00Z',
      previousDigestS3Bucket: null,
      previousDigestS3Object: null,
      previousDigestHashValue: null,
      previousDigestHashAlgorithm: null,
      previousDigestSignature: null,
      logFiles: [
        {
          s3Bucket: bucket,
          s3Object: file?.key,
          hashValue: sha256(textOf(file as LogObject)),
          hashAlgorithm: 'SHA-256',
          newestEventTime: '2026-01-15T12:00:00Z',
          oldestEventTime: '2026-01-15T12:00:00Z',
        },
      ],
    })
    expect(await status()).toMatchObject({ LatestDigestDeliveryTime: new Date(house.now) })
  })

  test('come each hour, also without records, and each points to the one before', async () => {
    for (let n = 0; n < 3; n++) {
      house.now += hour
      await deliver()
      await deliver()
    }
    const [first, second, third] = digests()
    expect(digests()).toHaveLength(3)
    expect(first?.content).toMatchObject({ logFiles: [], newestEventTime: null, previousDigestSignature: null })
    for (const [previous, digest] of [
      [first, second],
      [second, third],
    ])
      expect(digest?.content).toMatchObject({
        digestStartTime: previous?.content.digestEndTime,
        previousDigestS3Object: previous?.object.key,
        previousDigestHashValue: sha256(previous?.text ?? ''),
        previousDigestHashAlgorithm: 'SHA-256',
        previousDigestSignature: previous?.object.metadata?.['signature'],
      })
  })

  test('are signed by a key that ListPublicKeys gives in PKCS #1', async () => {
    house.now += hour
    await deliver()
    const [digest] = digests() as [ReturnType<typeof digests>[number]]
    const { PublicKeyList } = await house.call('ListPublicKeys', { StartTime: new Date(house.now - hour), EndTime: new Date(house.now) })
    const [key] = PublicKeyList
    const publicKey = createPublicKey({ key: Buffer.from(key.Value), format: 'der', type: 'pkcs1' })
    const { digestEndTime, digestS3Object, digestPublicKeyFingerprint } = digest.content
    const signed = `${digestEndTime}\n${bucket}/${digestS3Object}\n${sha256(digest.text)}\nnull`
    const { signature = '', 'signature-algorithm': algorithm } = digest.object.metadata ?? {}
    expect(key.Fingerprint).toBe(digestPublicKeyFingerprint)
    expect(algorithm).toBe('SHA256withRSA')
    expect(verify('sha256', Buffer.from(signed), publicKey, Buffer.from(signature, 'hex'))).toBe(true)
  })

  test('stop after one that ends the time of logging; the next time begins a new chain', async () => {
    house.now += hour
    await deliver()
    await happens()
    await house.call('StopLogging', { Name: 'audit' })
    const stopped = await happens()
    house.now += 60_000
    await deliver()
    expect(digests()).toHaveLength(2)
    expect(digests()[1]?.content.logFiles).toHaveLength(1)
    expect(delivered()).toContain(stopped)
    house.now += 5 * hour
    await deliver()
    expect(digests()).toHaveLength(2)
    await house.call('StartLogging', { Name: 'audit' })
    house.now += hour
    await deliver()
    expect(digests()[2]?.content).toMatchObject({ previousDigestS3Object: null, digestStartTime: '2026-01-15T18:01:00Z' })
  })

  test('begin anew when validation was off meanwhile', async () => {
    house.now += hour
    await deliver()
    await house.call('UpdateTrail', { Name: 'audit', EnableLogFileValidation: false })
    await happens()
    house.now += hour
    await deliver()
    expect(digests()).toHaveLength(1)
    await house.call('UpdateTrail', { Name: 'audit', EnableLogFileValidation: true })
    house.now += hour
    await deliver()
    expect(digests()[1]?.content).toMatchObject({ previousDigestS3Object: null, digestStartTime: '2026-01-15T14:00:00Z', logFiles: [] })
  })
})

describe('keys', () => {
  test('change after thirty days, and both are known for their times', async () => {
    await startTrail({ EnableLogFileValidation: true })
    const fingerprints = new Set<string>()
    for (let day = 0; day <= 31; day++) {
      house.now += 24 * hour
      await deliver()
    }
    for (const { content } of digests()) fingerprints.add(content.digestPublicKeyFingerprint)
    expect(fingerprints.size).toBe(2)
    const keys = async (from: number, to: number) =>
      (await house.call('ListPublicKeys', { StartTime: new Date(from), EndTime: new Date(to) })).PublicKeyList.map(
        ({ Fingerprint }: { Fingerprint: string }) => Fingerprint,
      )
    const [first, second] = fingerprints
    expect(await keys(house.now - 32 * 24 * hour, house.now)).toEqual([first, second])
    expect(await keys(house.now - 1, house.now)).toEqual([second])
    expect(await keys(house.now - 20 * 24 * hour, house.now - 10 * 24 * hour)).toEqual([first])
    const rows = await house.world.store.read(tx => tx.selectFrom('digestKeys').select(['privateKey']).orderBy('startAt').execute())
    // Encrypted, and gone when its time is over.
    expect(rows).toEqual([{ privateKey: null }, { privateKey: expect.stringMatching(/^v1\./) }])
  })

  test.each([
    { code: 'InvalidTimeRangeException', input: { StartTime: new Date(2), EndTime: new Date(1) } },
    { code: 'InvalidTokenException', input: { NextToken: 'x' } },
  ])('$code for $input', async ({ code, input }) => {
    expect((await house.refusal('ListPublicKeys', input)).code).toBe(code)
  })
})

describe('aggregated events', () => {
  interface Aggregated {
    readonly timeWindow: object
    readonly summary: {
      readonly primaryDimension: object
      readonly details: readonly { readonly dimension: string; readonly statistics: readonly object[] }[]
    }
  }
  const aggregated = () => files('CloudTrail-Aggregated').flatMap(file => (JSON.parse(textOf(file)) as { Records: Aggregated[] }).Records)
  const put = (Templates: readonly string[]) =>
    house.call('PutEventConfiguration', { TrailName: 'audit', AggregationConfigurations: [{ EventCategory: 'Data', Templates }] })
  const resourcesOf = (name: string) => [
    { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${name}/cat.jpg` },
    { type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${name}`, accountId: account },
  ]
  const s3 = (eventName: string, name = 'photos', parts: Partial<RecordFacts> = {}) =>
    happens({ eventSource: 's3.amazonaws.com', category: 'Data', eventName, resources: resourcesOf(name), ...parts })
  const startDataTrail = async (templates = ['API_ACTIVITY']) => {
    await startTrail()
    const EventSelectors = [{ DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::photos/', 'arn:aws:s3:::films/'] }] }]
    await house.call('PutEventSelectors', { TrailName: 'audit', EventSelectors })
    await put(templates)
  }

  test('are asked for, and no longer', async () => {
    await startTrail()
    const answer = await put(['API_ACTIVITY', 'USER_ACTIONS'])
    expect(answer).toMatchObject({ AggregationConfigurations: [{ EventCategory: 'Data', Templates: ['API_ACTIVITY', 'USER_ACTIONS'] }] })
    // What is not given stays.
    expect(await house.call('PutEventConfiguration', { TrailName: 'audit' })).toEqual(answer)
    expect(await house.call('GetEventConfiguration', { TrailName: 'audit' })).toEqual(answer)
    const none = await house.call('PutEventConfiguration', { TrailName: 'audit', AggregationConfigurations: [] })
    expect(none).toMatchObject({ AggregationConfigurations: [] })
  })

  test('count the data events of five minutes, after these', async () => {
    await startDataTrail()
    for (const name of ['photos', 'photos', 'films', 'elsewhere']) await s3('PutObject', name)
    await s3('GetObject')
    await happens()
    house.now += 5 * 60_000
    await deliver()
    expect(aggregated()).toEqual([])
    await s3('PutObject')
    house.now += 60_000
    await deliver()
    await deliver()
    const [puts, ...more] = aggregated()
    expect(more).toHaveLength(1)
    expect(puts).toMatchObject({
      eventVersion: '1.0',
      accountId: account,
      eventId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/) as string,
      eventCategory: 'Aggregated',
      eventType: 'AwsAggregatedEvent',
      awsRegion: 'us-east-1',
      eventSource: 's3.amazonaws.com',
      timeWindow: { windowStart: '2026-01-15T12:00:00Z', windowEnd: '2026-01-15T12:05:00Z', windowSize: 'PT5M' },
    })
    expect(puts?.summary.primaryDimension).toEqual({
      dimension: 'eventName',
      statistics: [{ name: 'PutObject', value: 3 }],
      aggregationType: 'Count',
    })
    expect(puts?.summary.details[0]).toEqual({
      dimension: 'resourceARN',
      statistics: [
        { name: 'arn:aws:s3:::photos', value: 2 },
        { name: 'arn:aws:s3:::films', value: 1 },
      ],
      aggregationType: 'Count',
    })
    expect(files('CloudTrail-Aggregated')[0]?.key).toMatch(
      new RegExp(
        `^AWSLogs/${account}/CloudTrail-Aggregated/us-east-1/2026/01/15/${account}_CloudTrail-Aggregated_us-east-1_20260115T1205Z_`,
      ),
    )
  })

  test.each([
    {
      template: 'RESOURCE_ACCESS',
      expected: [
        ['arn:aws:s3:::photos', 2],
        ['arn:aws:s3:::films', 1],
      ],
    },
    {
      template: 'USER_ACTIONS',
      expected: [
        ['arn:aws:iam::123456789012:user/ann', 2],
        [account, 1],
      ],
    },
  ])('are of $template', async ({ template, expected }) => {
    await startDataTrail([template])
    const ann = { userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::123456789012:user/ann' } }
    await s3('GetObject', 'photos', ann)
    await s3('GetObject', 'films', { ...ann, error: { code: 'AccessDenied', message: 'Access Denied' } })
    await s3('PutObject', 'photos', { userIdentity: { type: 'Root', accountId: account } })
    house.now += 6 * 60_000
    await deliver()
    expect(aggregated().map(({ summary }) => summary.primaryDimension)).toMatchObject(
      expected.map(([name, value]) => ({ statistics: [{ name, value }] })),
    )
    const errors = aggregated().flatMap(({ summary }) => summary.details.filter(({ dimension }) => dimension === 'errorCode'))
    expect(errors).toMatchObject([{ statistics: [{ name: 'AccessDenied', value: 1 }] }])
  })

  test('are the same under the same name when they are delivered again after a crash', async () => {
    await startDataTrail()
    await s3('PutObject')
    house.now += 6 * 60_000
    await deliver()
    const before = aggregated()
    await house.world.store.write(tx =>
      tx
        .updateTable('trails')
        .set({ aggregatedUntil: house.now - 6 * 60_000 })
        .execute(),
    )
    await deliver()
    expect(aggregated()).toEqual(before)
    expect(files('CloudTrail-Aggregated')).toHaveLength(1)
  })

  test('are of the time of logging', async () => {
    await startDataTrail()
    await s3('GetObject')
    house.now += 1000
    await house.call('StopLogging', { Name: 'audit' })
    house.now += 1000
    await s3('PutObject')
    house.now += 6 * 60_000
    await deliver()
    expect(aggregated()).toMatchObject([{ summary: { primaryDimension: { statistics: [{ name: 'GetObject', value: 1 }] } } }])
  })
})
