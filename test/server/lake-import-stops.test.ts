import { afterAll, beforeAll, expect, test } from 'vitest'
import { account, type LakeFilesHouse, openLakeFilesHouse, until } from './lake-files.ts'

// An import may be stopped between any two of its steps. CloudTrail API Reference, "StopImport" and "StartImport": it goes on where it was.

const bucket = 'old-logs'
const roleArn = `arn:aws:iam::${account}:role/importer`
let house: LakeFilesHouse
let destination: string

const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
const record = (eventID: string, eventTime: string) => ({
  eventVersion: '1.11',
  userIdentity: { type: 'IAMUser', userName: 'alice' },
  eventTime,
  eventSource: 'iam.amazonaws.com',
  eventName: 'GetUser',
  awsRegion: 'us-east-1',
  eventID,
  readOnly: true,
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: 'Management',
})

beforeAll(async () => {
  house = await openLakeFilesHouse()
  await house.call('s3', 'CreateBucket', { Bucket: bucket })
  const trust = document({ Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole' })
  await house.call('iam', 'CreateRole', { RoleName: 'importer', AssumeRolePolicyDocument: trust })
  await house.call('iam', 'PutRolePolicy', {
    RoleName: 'importer',
    PolicyName: 'read',
    PolicyDocument: document({ Action: 's3:*', Resource: '*' }),
  })
  for (const [day, ids] of [
    ['10', ['old-1', 'old-2']],
    ['11', ['old-3']],
    ['12', ['old-4']],
  ] as const)
    await house.putLog(
      bucket,
      `AWSLogs/${account}/CloudTrail/us-east-1/2026/01/${day}/${account}_CloudTrail_us-east-1_202601${day}T1200Z_aaaaaaaaaaaaaaaa.json.gz`,
      ids.map(id => record(id, `2026-01-${day}T11:58:00Z`)),
    )
  destination = (await house.call('cloudtrail', 'CreateEventDataStore', { Name: 'history' })).EventDataStoreArn
})
afterAll(() => house.close())

interface Import {
  readonly ImportId: string
  readonly ImportStatus: string
  readonly ImportStatistics: object
}
const ended = ({ ImportId }: Pick<Import, 'ImportId'>): Promise<Import> =>
  until(
    () => house.call('cloudtrail', 'GetImport', { ImportId }),
    ({ ImportStatus }: Import) => ImportStatus !== 'INITIALIZING' && ImportStatus !== 'IN_PROGRESS',
  )

/** Runs an import into an empty event data store, and stops it before the step of that number. @returns whether there was such a step, and what was counted in the end */
async function stopBefore(step: number): Promise<{ readonly stopped: boolean; readonly statistics: object }> {
  const { world } = house
  const { store } = world
  await store.write(tx => tx.deleteFrom('importedRecords').execute())
  let steps = 0
  const write: typeof store.write = async work => {
    if (++steps === step)
      await store.write(tx => tx.updateTable('lakeImports').set({ status: 'STOPPED' }).where('status', '=', 'IN_PROGRESS').execute())
    return store.write(work)
  }
  const S3 = { S3LocationUri: `s3://${bucket}`, S3BucketRegion: 'us-east-1', S3BucketAccessRoleArn: roleArn }
  Object.assign(world, {
    store: new Proxy(store, { get: (target, name) => (name === 'write' ? write : Reflect.get(target, name, target)) }),
  })
  const first = await ended(await house.call('cloudtrail', 'StartImport', { Destinations: [destination], ImportSource: { S3 } }))
  Object.assign(world, { store })
  const stopped = first.ImportStatus === 'STOPPED'
  if (stopped) await house.call('cloudtrail', 'StartImport', { ImportId: first.ImportId })
  const { ImportStatus, ImportStatistics } = await ended(first)
  expect(ImportStatus).toBe('COMPLETED')
  return { stopped, statistics: ImportStatistics }
}

test('an import that was stopped anywhere, and taken up again, has counted each folder, file and event once', async () => {
  let stops = 0
  for (let step = 1; step <= 20; step++) {
    const { stopped, statistics } = await stopBefore(step)
    if (stopped) stops++
    expect({ step, ...statistics }).toEqual({
      step,
      PrefixesFound: 3,
      PrefixesCompleted: 3,
      FilesCompleted: 3,
      EventsCompleted: 4,
      FailedEntries: 0,
    })
  }
  // Its start and its end, and three steps a file.
  expect(stops).toBeGreaterThanOrEqual(9)
})
