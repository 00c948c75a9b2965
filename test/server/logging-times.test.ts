import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildRecord } from '../../src/audit/record.ts'
import { insertRecord } from '../../src/audit/records.ts'
import { deliverTrails } from '../../src/services/cloudtrail/delivery.ts'
import type { JsonObject } from '../../src/types/json.ts'
import { type MemoryBuckets, memoryBuckets } from '../services/cloudtrail/memory-buckets.ts'
import { type LakeFilesHouse, openLakeFilesHouse, root } from './lake-files.ts'

let house: LakeFilesHouse
let buckets: MemoryBuckets
beforeAll(async () => {
  house = await openLakeFilesHouse()
  buckets = memoryBuckets()
  Object.assign(house.world, { logBuckets: buckets })
})
afterAll(() => house.close())

/** A call whose unit is undone once its record is in it: engines may have given its seq away for good. */
async function failLate(): Promise<void> {
  const facts = {
    eventId: 'undone',
    at: house.now,
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateUser',
    region: 'us-east-1',
    account: root.type === 'root' ? root.account : '',
    userIdentity: { type: 'Root' },
    sourceIp: '203.0.113.7',
    userAgent: 'test',
    readOnly: false,
    requestParameters: null,
    responseElements: null,
  }
  const undone = house.world.store.write(async tx => {
    await insertRecord(tx, { record: buildRecord(facts), username: undefined })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
}

test('a trail takes the records from StartLogging to StopLogging, these two among them, whatever happened in between', async () => {
  await house.call('cloudtrail', 'CreateTrail', { Name: 'audit', S3BucketName: 'audit-logs' })
  await failLate()
  await house.call('cloudtrail', 'StartLogging', { Name: 'audit' })
  await house.call('iam', 'CreateUser', { UserName: 'alice' })
  await failLate()
  await house.call('cloudtrail', 'StopLogging', { Name: 'audit' })
  await house.call('iam', 'CreateUser', { UserName: 'bob' })
  await deliverTrails(house.world, { digestMilliseconds: 3_600_000, now: house.now, onFault: facts => expect(facts).toBe('no fault') })
  const records = [...buckets.objects.values()]
    .filter(({ key }) => key.endsWith('.json.gz'))
    .flatMap(({ body }) => (JSON.parse(gunzipSync(body).toString()) as { Records: JsonObject[] }).Records)
  expect(records.map(({ eventName }) => eventName)).toEqual(['StartLogging', 'CreateUser', 'StopLogging'])
})
