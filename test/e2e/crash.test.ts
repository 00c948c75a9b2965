import { createHash, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSqliteStore } from '../../src/store/index.ts'
import type { JsonObject } from '../../src/types/json.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { type BucketServer, startBucketServer } from './bucket-server.ts'
import { startGatehouse, type TestGatehouse } from './gatehouse.ts'

/** How often Gatehouse is killed; CRASH_KILLS sets more: `npm run nightly` 1,000. */
const kills = Number(process.env['CRASH_KILLS'] ?? 50)
const writers = 8
const bucket = 'audit-logs'
const keys = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' }

interface Acknowledged {
  readonly requestId: string
  /** What the call changed, such as `CreateUser user-1`; absent for calls that only read. */
  readonly change?: string
}

let server: BucketServer
let data: string
const acknowledged: Acknowledged[] = []

const start = () =>
  startGatehouse({
    data,
    flags: ['--trail-delivery-seconds', '1', '--trail-digest-seconds', '2', '--trail-endpoint', server.endpoint],
    environment: { GATEHOUSE_TRAIL_ACCESS_KEY_ID: keys.accessKeyId, GATEHOUSE_TRAIL_SECRET_ACCESS_KEY: keys.secretAccessKey },
  })

interface ServiceCall {
  readonly service: 'iam' | 'sts' | 'cloudtrail'
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}
const query = (service: 'iam' | 'sts', version: string, action: string): ServiceCall => ({
  service,
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  body: `Action=${action}&Version=${version}`,
})
const callerIdentity = query('sts', '2011-06-15', 'GetCallerIdentity')
const cloudtrail = (operation: string, input: object): ServiceCall => ({
  service: 'cloudtrail',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}`,
  },
  body: JSON.stringify(input),
})

/** Sends a signed call. @returns its request id once it is answered with success; undefined when the connection broke */
function send(
  { httpEndpoint, environment }: TestGatehouse,
  agent: Agent,
  { service, headers, body }: ServiceCall,
): Promise<string | undefined> {
  const { host, hostname, port } = new URL(httpEndpoint)
  const credentials = { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' }
  const signed = signHeaders(
    { method: 'POST', path: '/', query: '', headers: { host, ...headers }, body },
    credentials,
    { region: 'us-east-1', service },
    Date.now(),
  )
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, hostname, port, method: 'POST', headers: { ...signed, 'content-length': Buffer.byteLength(body) } },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => resolve(undefined))
        response.on('aborted', () => resolve(undefined))
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(Buffer.concat(chunks).toString()))
          else resolve(response.headers['x-amzn-requestid'] as string)
        })
      },
    )
    sent.on('error', () => resolve(undefined))
    sent.end(body)
  })
}

let users = 0
/** An account has five thousand users at most: of so many, one stays. */
const oneStaysOf = 50

/** Makes a user, asks who it is and deletes the user again, until Gatehouse is gone. */
async function write(gatehouse: TestGatehouse, agent: Agent): Promise<void> {
  const change = async (action: string, userName: string) => {
    const requestId = await send(gatehouse, agent, query('iam', '2010-05-08', `${action}&UserName=${userName}`))
    if (requestId !== undefined) acknowledged.push({ requestId, change: `${action} ${userName}` })
    return requestId !== undefined
  }
  for (;;) {
    const number = users++
    if (!(await change('CreateUser', `user-${number}`))) return
    const requestId = await send(gatehouse, agent, callerIdentity)
    if (requestId === undefined) return
    acknowledged.push({ requestId })
    if (number % oneStaysOf !== 0 && !(await change('DeleteUser', `user-${number}`))) return
  }
}

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'))
  server = await startBucketServer({ buckets: [bucket], ...keys })
  const first = await start()
  const agent = new Agent({ keepAlive: true })
  await send(first, agent, cloudtrail('CreateTrail', { Name: 'audit', S3BucketName: bucket, EnableLogFileValidation: true }))
  await send(first, agent, cloudtrail('StartLogging', { Name: 'audit' }))
  agent.destroy()
  await first.stop()
}, 60_000)
afterAll(async () => {
  await server.close()
  rmSync(data, { recursive: true, force: true })
})

/** Kills Gatehouse at a random moment of eight writers' load. */
async function killUnderLoad(): Promise<void> {
  const gatehouse = await start()
  const agent = new Agent({ keepAlive: true })
  const writing = Promise.all(Array.from({ length: writers }, () => write(gatehouse, agent)))
  await new Promise(resolve => setTimeout(resolve, randomInt(50, 600)))
  await gatehouse.kill()
  await writing
  agent.destroy()
}

type Stored = JsonObject & { readonly eventID: string; readonly requestID: string; readonly eventName: string }

async function stored(): Promise<{ records: Stored[]; userNames: string[] }> {
  const store = await openSqliteStore(join(data, 'gatehouse.db'))
  const rows = await store.read(tx => tx.selectFrom('records').select('json').orderBy('seq').execute())
  const made = await store.read(tx => tx.selectFrom('users').select('name').where('name', 'like', 'user-%').execute())
  await store.close()
  return { records: rows.map(({ json }) => JSON.parse(json) as Stored), userNames: made.map(({ name }) => name) }
}

/** Every record of every log file, by its id, with how often it is there. */
function inFiles(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [name, { body }] of server.objects) {
    if (!name.includes('/CloudTrail/') || body.length === 0) continue
    const { Records } = JSON.parse(gunzipSync(body).toString()) as { Records: { eventID: string }[] }
    for (const { eventID } of Records) counts.set(eventID, (counts.get(eventID) ?? 0) + 1)
  }
  return counts
}

interface Digest {
  readonly digestS3Object: string
  readonly digestEndTime: string
  readonly previousDigestS3Object: string | null
  readonly previousDigestHashValue: string | null
  readonly logFiles: readonly { readonly s3Object: string; readonly hashValue: string }[]
}

/**
 * What is wrong with the chain of digests: each names the one before and its hash, and every log file is in one, with its hash. Signatures are
 * validate-logs.test.ts's.
 * @see CloudTrail User Guide, "CloudTrail digest file structure"
 */
function brokenLinks(): string[] {
  const contentOf = (name: string) => gunzipSync(server.objects.get(`${bucket}/${name}`)?.body ?? Buffer.alloc(0))
  const hashOf = (name: string) => createHash('sha256').update(contentOf(name)).digest('hex')
  const names = [...server.objects.keys()].map(name => name.slice(bucket.length + 1))
  const digests = names
    .filter(name => name.includes('/CloudTrail-Digest/') && name.endsWith('.gz'))
    .map(name => JSON.parse(contentOf(name).toString()) as Digest)
    .toSorted((one, other) => one.digestEndTime.localeCompare(other.digestEndTime))
  const listed = digests.flatMap(({ logFiles }) => logFiles)
  const end = digests.at(-1)?.digestEndTime ?? ''
  return [
    ...digests
      .slice(1)
      .filter(
        ({ previousDigestS3Object: previous, previousDigestHashValue }, index) =>
          previous !== digests[index]?.digestS3Object || hashOf(previous) !== previousDigestHashValue,
      )
      .map(({ digestS3Object }) => `${digestS3Object} does not follow the one before`),
    ...listed
      .filter(({ s3Object, hashValue }) => hashOf(s3Object) !== hashValue)
      .map(({ s3Object }) => `${s3Object} is not as its digest says`),
    ...(new Set(listed.map(({ s3Object }) => s3Object)).size === listed.length ? [] : ['a log file is in two digests']),
    ...(digests.length > 1 && end !== '' ? [] : ['there are no digests that could follow each other']),
  ]
}

/** Runs until what was recorded is delivered. */
async function deliverTheRest(): Promise<void> {
  const gatehouse = await start()
  const logs = () => [...server.objects.keys()].filter(name => name.includes('/CloudTrail/')).length
  for (let seconds = 0, quiet = 0; quiet < 3 && seconds < 60; seconds++) {
    const before = logs()
    await new Promise(resolve => setTimeout(resolve, 1_000))
    quiet = logs() === before ? quiet + 1 : 0
  }
  await gatehouse.stop()
}

test(`${kills} kills under the load of ${writers} writers`, { timeout: 60_000 + kills * 6_000 }, async () => {
  for (let round = 0; round < kills; round++) await killUnderLoad()
  await deliverTheRest()
  const { records, userNames } = await stored()

  // There was load; how much of it is the machine's matter.
  expect(acknowledged.length).toBeGreaterThan(kills * writers)
  const byRequest = new Map<string, number>()
  for (const { requestID } of records) byRequest.set(requestID, (byRequest.get(requestID) ?? 0) + 1)
  expect(
    acknowledged.filter(({ requestId }) => byRequest.get(requestId) !== 1),
    'acknowledged calls without a record, or with two',
  ).toEqual([])

  const changes = records
    .filter(({ eventName, errorCode }) => /^(Create|Delete)User$/.test(eventName) && errorCode === undefined)
    .map(({ eventName, requestParameters }) => `${eventName} ${String((requestParameters as JsonObject)['userName'])}`)
  const recorded = new Set(changes)
  expect(recorded.size, 'no change is recorded twice').toBe(changes.length)
  const named = changes.filter(change => change.startsWith('CreateUser')).map(change => change.slice('CreateUser '.length))
  const left = named.filter(name => !recorded.has(`DeleteUser ${name}`))
  expect(left.toSorted(), 'what the records tell of is what is there').toEqual(userNames.toSorted())
  expect(
    acknowledged.filter(({ change }) => change !== undefined && !recorded.has(change)),
    'acknowledged changes without a record',
  ).toEqual([])

  const files = inFiles()
  const since = records.findIndex(({ eventName }) => eventName === 'StartLogging')
  expect(
    records.slice(since).filter(({ eventID }) => files.get(eventID) !== 1),
    'records in no file, or in two',
  ).toEqual([])
  expect(brokenLinks()).toEqual([])
})
