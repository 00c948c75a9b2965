import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBucketServer, type BucketServer } from '../e2e/bucket-server.ts'
import { startGatehouse, type TestGatehouse } from '../e2e/gatehouse.ts'
import { administratorOf, outcome } from './client.ts'

const clock = pathToFileURL(fileURLToPath(new URL('jumping-clock.mjs', import.meta.url))).href
const keys = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' }
const hour = 3_600_000

let folder: string
let offsetFile: string
let buckets: BucketServer
let gatehouse: TestGatehouse
const start = async () => {
  const flags = ['--trail-delivery-seconds', '1', '--trail-digest-seconds', '2', '--trail-endpoint', buckets.endpoint]
  const environment = {
    NODE_OPTIONS: `--import=${clock}`,
    CLOCK_OFFSET_FILE: offsetFile,
    GATEHOUSE_TRAIL_ACCESS_KEY_ID: keys.accessKeyId,
    GATEHOUSE_TRAIL_SECRET_ACCESS_KEY: keys.secretAccessKey,
  }
  gatehouse = await startGatehouse({ data: join(folder, 'data'), flags, environment })
}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-clock-'))
  offsetFile = join(folder, 'offset')
  buckets = await startBucketServer({ buckets: ['logs'], ...keys })
  await start()
})
afterAll(async () => {
  await gatehouse?.stop()
  await buckets?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Sets the server's clock off, and waits until it has seen it. */
const jump = async (milliseconds: number) => {
  writeFileSync(offsetFile, String(milliseconds))
  await new Promise(resolve => setTimeout(resolve, 60))
}
const settings = (systemClockOffset = 0) => ({
  endpoint: gatehouse.httpEndpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  systemClockOffset,
  credentials: administratorKeys(),
})
const administratorKeys = () => ({
  accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] as string,
  secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] as string,
})
const identity = (offset: number) => outcome(new STSClient(settings(offset)).send(new GetCallerIdentityCommand({})))

test('while the clock is off, who has the right time is refused as AWS refuses it; when it is mended, all goes on', async () => {
  expect(await identity(0)).toBe('done')
  await jump(-hour)
  expect(await identity(0)).toBe('403 SignatureDoesNotMatch')
  expect(await identity(-hour)).toBe('done')
  await jump(hour)
  expect(await identity(0)).toBe('403 SignatureDoesNotMatch')
  expect(await identity(hour)).toBe('done')
  await jump(0)
  expect(await identity(0)).toBe('done')
})

test('a session ends when its time is over, however the clock came there, and not before', async () => {
  const { Credentials } = await new STSClient(settings()).send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
  const session = {
    accessKeyId: Credentials?.AccessKeyId as string,
    secretAccessKey: Credentials?.SecretAccessKey as string,
    sessionToken: Credentials?.SessionToken as string,
  }
  const use = (offset: number) =>
    outcome(new STSClient({ ...settings(offset), credentials: session }).send(new GetCallerIdentityCommand({})))
  expect(await use(0)).toBe('done')
  await jump(hour)
  expect(await use(hour)).toMatch(/ExpiredToken/)
  await jump(-hour)
  expect(await use(-hour)).toBe('done')
  await jump(0)
  expect(await use(0)).toBe('done')
})

test('each record is there once, in one log file, whatever the clock said; what S3 refused for the wrong time is delivered when it is mended', async () => {
  const trail = new CloudTrailClient(settings())
  await trail.send(new CreateTrailCommand({ Name: 'audit', S3BucketName: 'logs', EnableLogFileValidation: true }))
  await trail.send(new StartLoggingCommand({ Name: 'audit' }))
  const jumps = [
    ['before', 0],
    ['after-a-jump-back', -hour],
    ['after-a-jump-forward', 2 * hour],
    ['mended', 0],
  ] as const
  for (const [UserName, offset] of jumps) {
    await jump(offset)
    await new IAMClient(settings(offset)).send(new CreateUserCommand({ UserName }))
    await new Promise(resolve => setTimeout(resolve, 2_200))
  }
  const wanted = jumps.map(([name]) => name).toSorted()
  const { Events = [] } = await trail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateUser' }] }),
  )
  expect(Events.map(({ CloudTrailEvent = '' }) => userOf(JSON.parse(CloudTrailEvent) as Recorded)).toSorted()).toEqual(wanted)
  await expect.poll(inFiles, { timeout: 20_000 }).toEqual(wanted)
  const { LatestDeliveryError, IsLogging } = await trail.send(new GetTrailStatusCommand({ Name: 'audit' }))
  expect({ LatestDeliveryError, IsLogging }).toEqual({ LatestDeliveryError: undefined, IsLogging: true })
  const digests = () => [...buckets.objects.keys()].filter(name => name.includes('CloudTrail-Digest'))
  const before = digests().length
  await expect.poll(() => digests().length, { timeout: 20_000 }).toBeGreaterThan(before)
})

interface Recorded {
  readonly eventName: string
  readonly requestParameters: { readonly userName: string }
}
const userOf = ({ requestParameters }: Recorded) => requestParameters.userName

/** The users whose making is in a log file, once for each time. */
const inFiles = (): string[] =>
  [...buckets.objects]
    .filter(([name]) => name.includes('/CloudTrail/') && name.endsWith('.json.gz'))
    .flatMap(([, { body }]) => (JSON.parse(gunzipSync(body).toString()) as { Records: Recorded[] }).Records)
    .filter(({ eventName }) => eventName === 'CreateUser')
    .map(userOf)
    .toSorted()

test('a start with a clock that was set back is no different', async () => {
  expect(await gatehouse.stop()).toBe(0)
  await jump(-24 * hour)
  await start()
  expect(await outcome(new IAMClient(settings(-24 * hour)).send(new ListUsersCommand({})))).toBe('done')
  await jump(0)
  expect(await administratorOf(gatehouse).find('mended')).toBe('done')
})
