import { type ExecFileException, execFile, execFileSync } from 'node:child_process'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BucketServer, startBucketServer, type StoredObject } from './bucket-server.ts'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')
const cli = join(clients, 'aws')
const cliVersion2 = process.env['GATEHOUSE_TEST_AWS_CLI_V2'] ?? ''

const account = '111122223333'
const bucket = 'audit-logs'
const trailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`
const keys = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' }
const digestFolder = `${bucket}/AWSLogs/${account}/CloudTrail-Digest/us-east-1/`
const logFolder = `${bucket}/AWSLogs/${account}/CloudTrail/us-east-1/`

let gatehouse: TestGatehouse
let server: BucketServer
let proxy: Proxy
let folder: string
let startedAt: string
/** What was delivered, before anybody laid hands on it. */
let sound: ReadonlyMap<string, StoredObject>

const environment = () => ({ ...withoutAws(process.env), ...gatehouse.environment, AWS_ENDPOINT_URL_S3: server.endpoint, AWS_PAGER: '' })
/** Not synchronously: the bucket server is of this process. */
async function aws(...words: string[]): Promise<void> {
  const { code, errors } = await run(cli, words, environment())
  expect([code, errors]).toEqual([0, ''])
}
const below = (prefix: string) => [...server.objects.keys()].filter(name => name.startsWith(prefix) && name.endsWith('.gz')).toSorted()

interface Outcome {
  readonly code: number
  readonly output: string
  readonly errors: string
}

function run(command: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise(resolve =>
    execFile(command, words, { env, encoding: 'utf8', timeout: 60_000 }, (problem: ExecFileException | null, output, errors) =>
      resolve({ code: problem ? Number(problem.code ?? -1) : 0, output, errors }),
    ),
  )
}

const question = () => ['cloudtrail', 'validate-logs', '--trail-arn', trailArn, '--start-time', startedAt, '--verbose']
const validate = () => run(cli, question(), environment())

async function until(holds: () => boolean): Promise<void> {
  for (let attempts = 0; attempts < 300 && !holds(); attempts++) await new Promise(resolve => setTimeout(resolve, 100))
  expect(holds()).toBe(true)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-validate-'))
  server = await startBucketServer({ buckets: [bucket], ...keys })
  proxy = await startProxy(server, folder)
  gatehouse = await startGatehouse({
    flags: ['--trail-delivery-seconds', '1', '--trail-digest-seconds', '2', '--trail-endpoint', server.endpoint],
    environment: { GATEHOUSE_TRAIL_ACCESS_KEY_ID: keys.accessKeyId, GATEHOUSE_TRAIL_SECRET_ACCESS_KEY: keys.secretAccessKey },
  })
  startedAt = new Date().toISOString()
  await aws('cloudtrail', 'create-trail', '--name', 'audit', '--s3-bucket-name', bucket, '--enable-log-file-validation')
  await aws('cloudtrail', 'start-logging', '--name', 'audit')
  for (let count = 1; count <= 3; count++) {
    await aws('iam', 'create-group', '--group-name', `group-${count}`)
    await until(() => below(digestFolder).length >= count)
  }
  await aws('cloudtrail', 'stop-logging', '--name', 'audit')
  const last = () => below(logFolder).map(name => gunzipSync(server.objects.get(name)?.body as Buffer).toString())
  await until(() => last().some(text => text.includes('"eventName":"StopLogging"')))
  const digested = () => below(digestFolder).flatMap(name => filesOf(server.objects.get(name) as StoredObject))
  await until(() => digested().length === below(logFolder).length)
  sound = new Map(server.objects)
})
afterAll(async () => {
  await discard(gatehouse)
  await server.close()
  await proxy.close()
  rmSync(folder, { recursive: true, force: true })
})

const contentOf = ({ body }: StoredObject) => JSON.parse(gunzipSync(body).toString()) as { logFiles: { s3Object: string }[] }
const filesOf = (digest: StoredObject) => contentOf(digest).logFiles.map(({ s3Object }) => s3Object)

/** Changes what was delivered, validates, and puts everything back. */
async function afterTampering(tamper: (objects: Map<string, StoredObject>) => void): Promise<Outcome> {
  tamper(server.objects)
  try {
    return await validate()
  } finally {
    server.objects.clear()
    for (const [name, object] of sound) server.objects.set(name, object)
  }
}

const total = () => ({ digests: below(digestFolder).length, logs: below(logFolder).length })

describe('aws cloudtrail validate-logs, unmodified', () => {
  test('finds every file valid', async () => {
    const { code, output, errors } = await validate()
    const { digests, logs } = total()
    expect(errors).toBe('')
    expect(output).toContain(`${digests}/${digests} digest files valid`)
    expect(output).toContain(`${logs}/${logs} log files valid`)
    expect(logs).toBeGreaterThanOrEqual(3)
    expect(code).toBe(0)
  })

  test.skipIf(!cliVersion2)('version 2 does, too, which asks S3 by its own name', async () => {
    writeFileSync(
      join(folder, 'both.pem'),
      readFileSync(proxy.certificate, 'utf8') + readFileSync(gatehouse.environment['AWS_CA_BUNDLE'] as string, 'utf8'),
    )
    const { AWS_ENDPOINT_URL: endpoint = '', ...rest } = gatehouse.environment
    const { code, output, errors } = await run(cliVersion2, ['--endpoint-url', endpoint, ...question()], {
      ...withoutAws(process.env),
      ...rest,
      AWS_CA_BUNDLE: join(folder, 'both.pem'),
      HTTPS_PROXY: proxy.endpoint,
      NO_PROXY: 'localhost,127.0.0.1',
      HOME: folder,
    })
    const { digests, logs } = total()
    expect(errors).toBe('')
    expect(output).toContain(`${digests}/${digests} digest files valid`)
    expect(output).toContain(`${logs}/${logs} log files valid`)
    expect(code).toBe(0)
  })

  test('reports the one log file in which a byte was changed', async () => {
    const victim = below(logFolder)[1] as string
    const { code, output, errors } = await afterTampering(objects => {
      const object = objects.get(victim) as StoredObject
      const text = gunzipSync(object.body).toString()
      objects.set(victim, { ...object, body: gzipSync(text.replace('"awsRegion":"u', '"awsRegion":"U')) })
    })
    const { digests, logs } = total()
    expect(errors.trim()).toBe(`Log file\ts3://${victim}\tINVALID: hash value doesn't match`)
    expect(output).toContain(`${digests}/${digests} digest files valid`)
    expect(output).toContain(`${logs - 1}/${logs} log files valid, 1/${logs} log files INVALID`)
    expect(code).toBe(1)
  })

  test('reports the one log file that was deleted', async () => {
    const victim = below(logFolder)[0] as string
    const { code, errors } = await afterTampering(objects => void objects.delete(victim))
    expect(errors.trim()).toBe(`Log file\ts3://${victim}\tINVALID: not found`)
    expect(code).toBe(1)
  })

  test('reports the digest that was deleted', async () => {
    const victim = below(digestFolder)[1] as string
    const { code, output, errors } = await afterTampering(objects => void objects.delete(victim))
    const { digests } = total()
    expect(errors.trim()).toBe(`Digest file\ts3://${victim}\tINVALID: not found`)
    expect(output).toContain(`${digests - 1}/${digests} digest files valid, 1/${digests} digest files INVALID`)
    expect(code).toBe(1)
  })

  test('reports the digest that was changed and signed again by another key', async () => {
    const victim = below(digestFolder)[1] as string
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { code, output, errors } = await afterTampering(objects => {
      const object = objects.get(victim) as StoredObject
      const text = JSON.stringify({ ...contentOf(object), logFiles: [] })
      const signature = createSign('sha256').update(text).sign(privateKey, 'hex')
      objects.set(victim, { body: gzipSync(text), headers: { ...object.headers, 'x-amz-meta-signature': signature } })
    })
    const { digests } = total()
    expect(errors.trim()).toBe(`Digest file\ts3://${victim}\tINVALID: signature verification failed`)
    expect(output).toContain(`${digests - 1}/${digests} digest files valid, 1/${digests} digest files INVALID`)
    expect(code).toBe(1)
  })

  test('reports a digest that stands in another place', async () => {
    const [first = '', second = ''] = below(digestFolder)
    const { errors } = await afterTampering(objects => void objects.set(second, objects.get(first) as StoredObject))
    expect(errors.trim()).toBe(`Digest file\ts3://${second}\tINVALID: has been moved from its original location`)
  })
})

describe('what is delivered', () => {
  test('log files are gzip, under the control of the owner of the bucket', () => {
    for (const name of below(logFolder))
      expect(sound.get(name)?.headers).toEqual({
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'x-amz-acl': 'bucket-owner-full-control',
      })
  })

  test('every call from StartLogging to StopLogging is in a file, once', () => {
    const records = below(logFolder).flatMap(
      name =>
        (JSON.parse(gunzipSync(sound.get(name)?.body as Buffer).toString()) as { Records: { eventName: string; eventID: string }[] })
          .Records,
    )
    const names = records.map(({ eventName }) => eventName).filter(name => /Group|Logging/.test(name))
    expect(names.toSorted()).toEqual(['CreateGroup', 'CreateGroup', 'CreateGroup', 'StartLogging', 'StopLogging'])
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(records.length)
  })
})

describe('a trail of an organization', () => {
  test('validates account by account, below the id of the organization', async () => {
    await aws('organizations', 'create-organization')
    await aws('organizations', 'enable-aws-service-access', '--service-principal', 'cloudtrail.amazonaws.com')
    await aws(
      ...'cloudtrail create-trail --name all --is-organization-trail --enable-log-file-validation --s3-bucket-name'.split(' '),
      bucket,
    )
    await aws('cloudtrail', 'start-logging', '--name', 'all')
    const digests = () => [...server.objects.keys()].filter(name => /\/AWSLogs\/o-[a-z0-9]+\/\d+\/CloudTrail-Digest\//.test(name))
    await until(() => digests().some(name => filesOf(server.objects.get(name) as StoredObject).length > 0))
    await aws('cloudtrail', 'stop-logging', '--name', 'all')
    const words = ['cloudtrail', 'validate-logs', '--trail-arn', trailArn.replace('audit', 'all'), '--start-time', startedAt]
    const { code, output, errors } = await run(cli, [...words, '--account-id', account], environment())
    expect(errors).toBe('')
    expect(output).toMatch(/(\d+)\/\1 digest files valid\n(\d+)\/\2 log files valid/)
    expect(code).toBe(0)
  })
})

/** A proxy that answers for S3's own names: the client believes that it speaks with AWS. */
interface Proxy {
  readonly endpoint: string
  /** A file with the certificate that it shows. */
  readonly certificate: string
  close(): Promise<void>
}

async function startProxy({ answer }: BucketServer, where: string): Promise<Proxy> {
  const [certificate, key] = [join(where, 's3.pem'), join(where, 's3.key')]
  const names = 'subjectAltName=DNS:s3.us-east-1.amazonaws.com,DNS:*.s3.us-east-1.amazonaws.com,DNS:s3.amazonaws.com,DNS:*.s3.amazonaws.com'
  const subject = ['-subj', '/CN=s3', '-addext', names, '-days', '1', '-nodes']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  const s3 = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer)
  await listening(s3)
  const proxy = createServer((_, response) => void response.writeHead(405).end())
  proxy.on('connect', (request, socket: Socket) => {
    if (!/(^|\.)s3\.[a-z0-9.-]*amazonaws\.com:443$/.test(request.url ?? '')) return void socket.destroy()
    const behind = connect((s3.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(behind).pipe(socket)
    })
    for (const end of [socket, behind]) end.on('error', () => void socket.destroy())
  })
  await listening(proxy)
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    certificate,
    close: async () => {
      for (const each of [proxy, s3]) {
        each.closeAllConnections()
        await new Promise(resolve => each.close(resolve))
      }
    },
  }
}

const listening = (each: Server) => new Promise<void>(resolve => each.listen(0, '127.0.0.1', () => resolve()))
