import { createHash, createPublicKey, verify } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, type LakeFilesHouse, openLakeFilesHouse, until } from './lake-files.ts'

const bucket = 'query-results'
let house: LakeFilesHouse
let store: string

/** CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail Lake query results". */
const policyFor = (sourceArn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: ['s3:PutObject*', 's3:Abort*'],
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        Condition: { StringLike: { 'aws:sourceAccount': account, 'aws:sourceArn': sourceArn } },
      },
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 's3:GetBucketAcl',
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringLike: { 'aws:sourceAccount': account, 'aws:sourceArn': sourceArn } },
      },
    ],
  })
const putPolicy = (sourceArn: string) => house.call('s3', 'PutBucketPolicy', { Bucket: bucket, Policy: policyFor(sourceArn) })

const ask = (statement: string, DeliveryS3Uri = `s3://${bucket}`) =>
  house.call('cloudtrail', 'StartQuery', { QueryStatement: statement.replace('$1', store.split('/')[1] ?? ''), DeliveryS3Uri })
const delivered = ({ QueryId }: { QueryId: string }) =>
  until(
    () => house.call('cloudtrail', 'DescribeQuery', { QueryId }),
    ({ DeliveryStatus }) => DeliveryStatus !== 'PENDING',
  )
async function bodyOf(Key: string): Promise<Buffer> {
  const { Body } = await house.call('s3', 'GetObject', { Bucket: bucket, Key })
  const chunks: Buffer[] = []
  for await (const chunk of Body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

beforeAll(async () => {
  house = await openLakeFilesHouse()
  store = (await house.call('cloudtrail', 'CreateEventDataStore', { Name: 'audit' })).EventDataStoreArn
  await house.call('s3', 'CreateBucket', { Bucket: bucket })
  await house.call('iam', 'CreateUser', { UserName: 'alice' })
})
afterAll(() => house.close())

test('results need a bucket whose policy lets CloudTrail in for the event data store', async () => {
  const statement = { QueryStatement: `SELECT eventID FROM ${store.split('/')[1]}` }
  const codeOf = (DeliveryS3Uri: string) => house.codeOf('StartQuery', { ...statement, DeliveryS3Uri })
  expect(await codeOf('s3://no-such-bucket')).toBe('S3BucketDoesNotExistException')
  expect(await codeOf(`s3://${bucket}`)).toBe('InsufficientS3BucketPolicyException')
  await putPolicy(`${store}-of-others`)
  expect(await codeOf(`s3://${bucket}`)).toBe('InsufficientS3BucketPolicyException')
  expect(await codeOf(`s3://${bucket}/${'long/'.repeat(50)}`)).toBe('InvalidS3PrefixException')
})

test('a result is delivered as the guide says, with a file that signs it', async () => {
  await putPolicy(store)
  const query = await ask(
    `SELECT eventName, 'a "quoted", text' AS words FROM $1 WHERE eventName = 'CreateUser'`,
    `s3://${bucket}/results/of/mine`,
  )
  expect(await delivered(query)).toMatchObject({
    QueryStatus: 'FINISHED',
    DeliveryS3Uri: `s3://${bucket}/results/of/mine`,
    DeliveryStatus: 'SUCCESS',
  })
  const folder = `results/of/mine/AWSLogs/${account}/CloudTrail-Lake/Query/2026/01/15/${query.QueryId}`
  const result = await bodyOf(`${folder}/result_1.csv.gz`)
  expect(gunzipSync(result).toString()).toBe('eventName,words\nCreateUser,"a ""quoted"", text"\n')
  const sign = JSON.parse((await bodyOf(`${folder}/result_sign.json`)).toString())
  const fileHashValue = createHash('sha256').update(result).digest('hex')
  expect(sign).toEqual({
    version: '1.0',
    region: 'us-east-1',
    files: [{ fileHashValue, fileName: 'result_1.csv.gz' }],
    hashAlgorithm: 'SHA-256',
    signatureAlgorithm: 'SHA256withRSA',
    queryCompleteTime: '2026-01-15T12:00:00Z',
    hashSignature: expect.stringMatching(/^[0-9a-f]{512}$/),
    publicKeyFingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  const { PublicKeyList } = await house.call('cloudtrail', 'ListPublicKeys', {
    StartTime: new Date(house.now),
    EndTime: new Date(house.now),
  })
  const key = PublicKeyList.find(({ Fingerprint }: { Fingerprint: string }) => Fingerprint === sign.publicKeyFingerprint)
  const publicKey = createPublicKey({ key: Buffer.from(key.Value), format: 'der', type: 'pkcs1' })
  expect(verify('sha256', Buffer.from(fileHashValue), publicKey, Buffer.from(sign.hashSignature, 'hex'))).toBe(true)
})

describe('how a delivery went is told', () => {
  test.each([
    { change: () => house.call('s3', 'DeleteBucketPolicy', { Bucket: bucket }), status: 'ACCESS_DENIED' },
    { change: () => emptied(), status: 'RESOURCE_NOT_FOUND' },
  ])('$status', async ({ change, status }) => {
    await putPolicy(store)
    // Between the question and its result.
    const { check } = house.world.logBuckets
    const changing = { ...house.world.logBuckets, check: (...words: Parameters<typeof check>) => check(...words).then(change) }
    const before = house.world.logBuckets
    Object.assign(house.world, { logBuckets: changing })
    const query = await ask('SELECT eventID FROM $1')
    Object.assign(house.world, { logBuckets: before })
    expect(await delivered(query)).toMatchObject({ QueryStatus: 'FINISHED', DeliveryStatus: status })
    expect((await house.call('cloudtrail', 'GetQueryResults', query)).QueryResultRows.length).toBeGreaterThan(0)
  })

  async function emptied() {
    const { Contents } = await house.call('s3', 'ListObjectsV2', { Bucket: bucket })
    for (const { Key } of Contents) await house.call('s3', 'DeleteObject', { Bucket: bucket, Key })
    await house.call('s3', 'DeleteBucket', { Bucket: bucket })
  }
})

test('a query without a place has no delivery', async () => {
  const { QueryId } = await house.call('cloudtrail', 'StartQuery', { QueryStatement: `SELECT eventID FROM ${store.split('/')[1]}` })
  const described = await house.call('cloudtrail', 'DescribeQuery', { QueryId })
  expect(described).not.toHaveProperty('DeliveryStatus')
  expect(described).not.toHaveProperty('DeliveryS3Uri')
})
