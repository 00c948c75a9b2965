import { execFile } from 'node:child_process'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BucketServer, startBucketServer } from './bucket-server.ts'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
const account = '111122223333'
const keys = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' }
let server: BucketServer
let gatehouse: TestGatehouse
beforeAll(async () => {
  server = await startBucketServer({ buckets: ['audit-logs', 'query-results'], ...keys })
  gatehouse = await startGatehouse({
    flags: ['--trail-delivery-seconds', '1', '--trail-endpoint', server.endpoint],
    environment: { GATEHOUSE_TRAIL_ACCESS_KEY_ID: keys.accessKeyId, GATEHOUSE_TRAIL_SECRET_ACCESS_KEY: keys.secretAccessKey },
  })
})
afterAll(async () => {
  await discard(gatehouse)
  await server.close()
})

/** Runs the AWS CLI; what it prints, parsed. */
async function aws(...words: readonly string[]) {
  const { stdout } = await execute(join(clients as string, 'aws'), [...words, '--output', 'json'], {
    env: { ...withoutAws(process.env), ...gatehouse.environment },
  })
  return stdout.trim() === '' ? {} : JSON.parse(stdout)
}

async function ended(queryId: string): Promise<string> {
  for (let turn = 0; turn < 100; turn++) {
    const { QueryStatus } = await aws('cloudtrail', 'describe-query', '--query-id', queryId)
    if (QueryStatus !== 'QUEUED' && QueryStatus !== 'RUNNING') return QueryStatus
    await wait(100)
  }
  throw new Error(`the query ${queryId} does not end`)
}

test('the AWS CLI makes an event data store, and asks it who did what', async () => {
  const { EventDataStoreArn: arn } = await aws(
    'cloudtrail',
    'create-event-data-store',
    '--name',
    'audit',
    '--no-termination-protection-enabled',
  )
  await aws('iam', 'create-user', '--user-name', 'alice', '--tags', 'Key=team,Value=blue')
  await aws('iam', 'get-user', '--user-name', 'alice')
  const statement = `SELECT eventName, element_at(requestParameters, 'userName') AS who, COUNT(*) AS calls FROM ${arn.split('/')[1]} WHERE eventSource = 'iam.amazonaws.com' AND eventTime > '2026-01-01' GROUP BY eventName, element_at(requestParameters, 'userName') ORDER BY eventName`
  const { QueryId } = await aws('cloudtrail', 'start-query', '--query-statement', statement)
  expect(await ended(QueryId)).toBe('FINISHED')
  const { QueryResultRows, QueryStatistics } = await aws('cloudtrail', 'get-query-results', '--query-id', QueryId)
  expect(QueryResultRows).toEqual([
    [{ eventName: 'CreateUser' }, { who: 'alice' }, { calls: '1' }],
    [{ eventName: 'GetUser' }, { who: 'alice' }, { calls: '1' }],
  ])
  expect(QueryStatistics).toMatchObject({ ResultsCount: 2, TotalResultsCount: 2 })
  await expect(aws('cloudtrail', 'start-query', '--query-statement', 'DROP TABLE records')).rejects.toThrow(
    /InvalidQueryStatementException/,
  )
  await aws('cloudtrail', 'delete-event-data-store', '--event-data-store', arn)
  expect(await aws('cloudtrail', 'get-event-data-store', '--event-data-store', arn)).toMatchObject({ Status: 'PENDING_DELETION' })
})

test('log files that another S3-compatible server holds are imported, once', async () => {
  await aws('cloudtrail', 'create-trail', '--name', 'audit', '--s3-bucket-name', 'audit-logs')
  await aws('cloudtrail', 'start-logging', '--name', 'audit')
  await aws('iam', 'create-user', '--user-name', 'bob')
  await aws('cloudtrail', 'stop-logging', '--name', 'audit')
  const holds = (word: string) =>
    [...server.objects.values()].some(({ body }) => body.length > 0 && gunzipSync(body).toString().includes(`"eventName":"${word}"`))
  for (let turn = 0; turn < 100 && !holds('StopLogging'); turn++) await wait(100)
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole' }]
  const trust = JSON.stringify({ Version: '2012-10-17', Statement })
  const { Role } = await aws('iam', 'create-role', '--role-name', 'importer', '--assume-role-policy-document', trust)
  const made = ['--name', 'history', '--no-termination-protection-enabled', '--no-start-ingestion']
  const { EventDataStoreArn: arn } = await aws('cloudtrail', 'create-event-data-store', ...made)
  const source = `S3={S3LocationUri=s3://audit-logs/AWSLogs/${account}/CloudTrail/,S3BucketRegion=us-east-1,S3BucketAccessRoleArn=${Role.Arn}}`
  const completed: number[] = []
  for (let time = 0; time < 2; time++) {
    const { ImportId } = await aws('cloudtrail', 'start-import', '--destinations', arn, '--import-source', source)
    let done = { ImportStatus: '', ImportStatistics: { EventsCompleted: -1, FailedEntries: -1 } }
    for (let turn = 0; turn < 50 && !/COMPLETED|FAILED/.test(done.ImportStatus); turn++)
      done = await aws('cloudtrail', 'get-import', '--import-id', ImportId)
    expect(done).toMatchObject({ ImportStatus: 'COMPLETED', ImportStatistics: { FailedEntries: 0 } })
    completed.push(done.ImportStatistics.EventsCompleted)
  }
  expect(completed[0]).toBeGreaterThanOrEqual(3)
  expect(completed[1]).toBe(0)
  const statement = `SELECT eventName FROM ${arn.split('/')[1]} WHERE eventName IN ('StartLogging', 'CreateUser', 'StopLogging') ORDER BY eventName`
  const uri = 's3://query-results/lake'
  const { QueryId } = await aws('cloudtrail', 'start-query', '--query-statement', statement, '--delivery-s3-uri', uri)
  expect(await ended(QueryId)).toBe('FINISHED')
  let delivery = 'PENDING'
  for (let turn = 0; turn < 50 && delivery === 'PENDING'; turn++)
    delivery = (await aws('cloudtrail', 'describe-query', '--query-id', QueryId)).DeliveryStatus
  expect(delivery).toBe('SUCCESS')
  const file = (name: string) => [...server.objects].find(([key]) => key.endsWith(`/${QueryId}/${name}`))?.[1].body as Buffer
  const result = file('result_1.csv.gz')
  expect(gunzipSync(result).toString()).toBe('eventName\nCreateUser\nStartLogging\nStopLogging\n')
  const sign = JSON.parse(file('result_sign.json').toString())
  const { PublicKeyList } = await aws('cloudtrail', 'list-public-keys')
  const found = PublicKeyList.find(({ Fingerprint }: { Fingerprint: string }) => Fingerprint === sign.publicKeyFingerprint)
  const key = createPublicKey({ key: Buffer.from(found.Value, 'base64'), format: 'der', type: 'pkcs1' })
  const hash = createHash('sha256').update(result).digest('hex')
  expect(verify('sha256', Buffer.from(hash), key, Buffer.from(sign.hashSignature, 'hex'))).toBe(true)
})
