import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CloudTrailClient, CreateTrailCommand, LookupEventsCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail'
import * as eks from '@aws-sdk/client-eks'
import * as iam from '@aws-sdk/client-iam'
import * as sts from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BucketServer, startBucketServer } from '../e2e/bucket-server.ts'
import { startGatehouse, type TestGatehouse } from '../e2e/gatehouse.ts'
import { freePort } from '../free-port.ts'
import { logOf } from './client.ts'

// Secrets of every kind are planted by calls that succeed and calls that fail, at the most verbose log level; then they are looked for in everything that is
// written, sent or answered.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-canaries-'))
const canary = (kind: string) => `Canary-${kind}-${randomBytes(12).toString('hex')}!`
const canaries = new Map<string, string>()
const plant = (kind: string, secret: string = canary(kind)): string => {
  canaries.set(kind, secret)
  return secret
}
const keyPair = () => {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      join(folder, 'key.pem'),
      '-out',
      join(folder, 'certificate.pem'),
      '-subj',
      '/CN=example.com',
      '-days',
      '30',
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(join(folder, 'key.pem'), 'utf8'), certificate: readFileSync(join(folder, 'certificate.pem'), 'utf8') }
}
/** The middle of a PEM's second line: no frame, no line end. */
const lineOf = (pem: string) => (pem.split('\n')[3] as string).slice(4, 60)

const upstream = { accessKeyId: 'minio', secretAccessKey: plant('upstream-secret') }
const sent: string[] = []
const errors: string[] = []
let buckets: BucketServer
let collector: Server
let gatehouse: TestGatehouse
let log: { text: string }
let output = ''
let metrics = ''
let records = ''

/** Makes a call that may fail; what it is told is looked through. */
async function attempt<Output>(call: Promise<Output>): Promise<Output | undefined> {
  try {
    return await call
  } catch (problem) {
    const { message, name, $response } = problem as Error & { $response?: { body?: unknown } }
    errors.push(`${name}: ${message} ${JSON.stringify(problem)} ${typeof $response?.body === 'string' ? $response.body : ''}`)
    return undefined
  }
}

beforeAll(async () => {
  buckets = await startBucketServer({ buckets: ['logs'], ...upstream })
  collector = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      sent.push(Buffer.concat(chunks).toString('latin1'))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
  const metricsPort = await freePort()
  gatehouse = await startGatehouse({
    data: join(folder, 'data'),
    flags: [
      '--log-level',
      'trace',
      '--metrics-port',
      String(metricsPort),
      '--trail-delivery-seconds',
      '1',
      '--trail-endpoint',
      buckets.endpoint,
    ],
    environment: {
      GATEHOUSE_MASTER_KEY: plant('master-key', randomBytes(32).toString('hex')),
      GATEHOUSE_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      GATEHOUSE_SECRET_ACCESS_KEY: plant('administrator-secret'),
      GATEHOUSE_ROOT_PASSWORD: plant('root-password'),
      GATEHOUSE_TRAIL_ACCESS_KEY_ID: upstream.accessKeyId,
      GATEHOUSE_TRAIL_SECRET_ACCESS_KEY: upstream.secretAccessKey,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    },
  })
  log = logOf(gatehouse)
  gatehouse.process.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const settings = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => ({
    endpoint: gatehouse.httpEndpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials,
  })
  const administrator = settings({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: canaries.get('administrator-secret') as string })
  const users = new iam.IAMClient(administrator)
  const trail = new CloudTrailClient(administrator)
  await attempt(trail.send(new CreateTrailCommand({ Name: 'audit', S3BucketName: 'logs' })))
  await attempt(trail.send(new StartLoggingCommand({ Name: 'audit' })))
  const UserName = 'ann'
  await users.send(new iam.CreateUserCommand({ UserName }))

  // Access keys, sessions.
  const { AccessKey } = await users.send(new iam.CreateAccessKeyCommand({ UserName }))
  plant('secret-access-key', AccessKey?.SecretAccessKey as string)
  const { Credentials } = await new sts.STSClient(administrator).send(new sts.GetSessionTokenCommand({}))
  plant('session-secret', Credentials?.SecretAccessKey as string)
  plant('session-token', Credentials?.SessionToken as string)
  const session = {
    accessKeyId: Credentials?.AccessKeyId as string,
    secretAccessKey: Credentials?.SecretAccessKey as string,
    sessionToken: Credentials?.SessionToken as string,
  }
  await attempt(new sts.STSClient(settings(session)).send(new sts.GetCallerIdentityCommand({})))
  await attempt(
    new sts.STSClient(settings({ ...session, sessionToken: plant('wrong-session-token') })).send(new sts.GetCallerIdentityCommand({})),
  )
  await attempt(
    new sts.STSClient(settings({ ...administrator.credentials, secretAccessKey: plant('wrong-secret') })).send(
      new sts.GetCallerIdentityCommand({}),
    ),
  )
  await attempt(
    new sts.STSClient(administrator).send(
      new sts.AssumeRoleWithWebIdentityCommand({
        RoleArn: 'arn:aws:iam::111122223333:role/none',
        RoleSessionName: 'x',
        WebIdentityToken: `e30.${plant('web-identity-token').replace('!', '')}.e30`,
      }),
    ),
  )

  // Passwords: taken, refused for their strength, for nobody, as the old one.
  await attempt(users.send(new iam.CreateLoginProfileCommand({ UserName, Password: plant('password') })))
  await attempt(users.send(new iam.CreateLoginProfileCommand({ UserName: 'nobody', Password: plant('password-of-nobody') })))
  await attempt(users.send(new iam.UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 100 })))
  await attempt(users.send(new iam.UpdateLoginProfileCommand({ UserName, Password: plant('weak-password') })))
  const ann = new iam.IAMClient(
    settings({ accessKeyId: AccessKey?.AccessKeyId as string, secretAccessKey: AccessKey?.SecretAccessKey as string }),
  )
  await attempt(ann.send(new iam.ChangePasswordCommand({ OldPassword: plant('old-password'), NewPassword: plant('new-password') })))

  // Second factors.
  const device = await users.send(new iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }))
  plant('totp-seed', Buffer.from(device.VirtualMFADevice?.Base32StringSeed ?? '').toString('latin1'))
  await attempt(
    users.send(
      new iam.EnableMFADeviceCommand({
        UserName,
        SerialNumber: device.VirtualMFADevice?.SerialNumber,
        AuthenticationCode1: '000000',
        AuthenticationCode2: '111111',
      }),
    ),
  )

  // Private keys: of a server certificate, a malformed one.
  const { key, certificate } = keyPair()
  plant('private-key', lineOf(key))
  await attempt(
    users.send(new iam.UploadServerCertificateCommand({ ServerCertificateName: 'web', CertificateBody: certificate, PrivateKey: key })),
  )
  await attempt(
    users.send(
      new iam.UploadServerCertificateCommand({
        ServerCertificateName: 'bad',
        CertificateBody: certificate,
        PrivateKey: plant('malformed-private-key'),
      }),
    ),
  )
  const credential = await attempt(
    users.send(new iam.CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' })),
  )
  plant('service-password', credential?.ServiceSpecificCredential?.ServicePassword as string)

  // A cluster: its issuer's key, its webhooks' token.
  const { Role } = await users.send(new iam.CreateRoleCommand({ RoleName: 'cluster', AssumeRolePolicyDocument: trust }))
  const clusters = new eks.EKSClient(administrator)
  await attempt(
    clusters.send(
      new eks.CreateClusterCommand({ name: 'prod', roleArn: Role?.Arn, resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] } }),
    ),
  )
  plant('bearer', canary('bearer'))
  const { cluster } = await clusters.send(new eks.DescribeClusterCommand({ name: 'prod' }))
  await fetch(`${gatehouse.httpEndpoint}/_gatehouse/state`, {
    method: 'POST',
    headers: { authorization: `Bearer ${canaries.get('bearer')}` },
  }).then(answered)
  await fetch(`${cluster?.endpoint}/api`, { headers: { authorization: `Bearer ${canaries.get('bearer')}` } }).then(
    answered,
    () => undefined,
  )

  // Bodies that no service understands.
  const broken = plant('broken-body')
  for (const [type, body] of [
    ['application/x-www-form-urlencoded', `Action=CreateLoginProfile&Version=2010-05-08&UserName=ann&Password=${broken}&Password.1=x`],
    ['application/x-amz-json-1.1', `{"password": "${broken}`],
    ['text/xml', `<password>${broken}`],
  ] as const)
    await fetch(`${gatehouse.httpEndpoint}/`, { method: 'POST', headers: { 'content-type': type }, body }).then(answered)
  // Console: a password that is wrong.
  await fetch(`${gatehouse.httpEndpoint}/console/session/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gatehouse.httpEndpoint },
    body: JSON.stringify({ account: '111122223333', userName: UserName, password: plant('console-password') }),
  }).then(answered)

  records = JSON.stringify(await trail.send(new LookupEventsCommand({ MaxResults: 50 })))
  metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
}, 160_000)

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' },
})
const answered = async (response: Response) =>
  void errors.push(`${response.status} ${await response.text()} ${JSON.stringify([...response.headers])}`)

afterAll(async () => {
  await gatehouse?.stop()
  await buckets?.close()
  await new Promise(resolve => collector.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

/** The ways in which a secret may be written. */
const formsOf = (secret: string): Buffer[] =>
  [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    // Without the ends, which depend on what is around.
    Buffer.from(secret).toString('base64').slice(0, -4),
    ...(/^[0-9a-f]{64}$/.test(secret) ? [Buffer.from(secret, 'hex')] : []),
  ].map(form => (typeof form === 'string' ? Buffer.from(form) : form))

/** The kinds of secrets that are in it. */
const foundIn = (content: Buffer | string): string[] => {
  const bytes = Buffer.from(content)
  return [...canaries].filter(([, secret]) => formsOf(secret).some(form => bytes.includes(form))).map(([kind]) => kind)
}

test('each kind was planted, and would be found', () => {
  expect(canaries.size).toBe(22)
  for (const [kind, secret] of canaries) {
    expect(secret.length, kind).toBeGreaterThan(15)
    expect(foundIn(`{"x":${JSON.stringify(secret)}}`), kind).toContain(kind)
  }
})

describe('no secret is', () => {
  test('in the log at its most verbose, nor on standard output', () => {
    expect(log.text.split('\n').length).toBeGreaterThan(20)
    expect(foundIn(log.text)).toEqual([])
    expect(foundIn(output)).toEqual([])
  })

  test('in what callers are told when their calls fail', () => {
    expect(errors.length).toBeGreaterThan(10)
    // What is no access key's secret, and no session's, is told to nobody: neither back to who sent it.
    expect(errors.flatMap(foundIn)).toEqual([])
  })

  test('in records, log files, metrics or traces', async () => {
    await expect.poll(() => sent.join(''), { timeout: 20_000 }).toContain('iam/CreateLoginProfile')
    const logFiles = () => [...buckets.objects].filter(([name, { body }]) => name.includes('/CloudTrail/') && body.length > 0)
    await expect.poll(() => logFiles().length, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(records).toContain('CreateLoginProfile')
    expect(foundIn(records)).toEqual([])
    expect(metrics).toContain('gatehouse_calls_total')
    expect(foundIn(metrics)).toEqual([])
    expect(sent.flatMap(foundIn)).toEqual([])
    expect(logFiles().flatMap(([, { body }]) => foundIn(gunzipSync(body)))).toEqual([])
  })

  test('in any file of the data folder, but for what client.json is for', async () => {
    await gatehouse.stop()
    const files = readdirSync(gatehouse.data, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    expect(files.map(({ name }) => name)).toContain('gatehouse.db')
    const found = files.map(({ parentPath, name }) => ({ name, kinds: foundIn(readFileSync(join(parentPath, name))) }))
    expect(found.filter(({ kinds }) => kinds.length > 0)).toEqual([{ name: 'client.json', kinds: ['administrator-secret'] }])
    // Signing keys of issuers, trails and the authority: whoever made them, none lies open.
    for (const { parentPath, name } of files) expect(readFileSync(join(parentPath, name)).includes('PRIVATE KEY'), name).toBe(false)
  })
})
