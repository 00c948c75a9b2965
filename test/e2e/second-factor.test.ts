import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

interface Keys {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken?: string
}

const [rootEmail, rootPassword] = ['root@example.com', 'Correct-Horse-1']
let gatehouse: TestGatehouse
beforeAll(async () => {
  gatehouse = await startGatehouse({ environment: { GATEHOUSE_ROOT_EMAIL: rootEmail, GATEHOUSE_ROOT_PASSWORD: rootPassword } })
})
afterAll(() => discard(gatehouse))

/** A command of the AWS CLI; its answer, or what it wrote of the error. */
async function aws(command: readonly string[], keys?: Keys): Promise<unknown> {
  const environment = { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data }
  const credentials = keys && {
    AWS_ACCESS_KEY_ID: keys.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.SecretAccessKey,
    ...(keys.SessionToken !== undefined && { AWS_SESSION_TOKEN: keys.SessionToken }),
  }
  try {
    const { stdout } = await promisify(execFile)(join(clients as string, 'aws'), [...command, '--output', 'json'], {
      env: { ...environment, ...credentials },
      timeout: 60_000,
    })
    return stdout === '' ? {} : JSON.parse(stdout)
  } catch (problem) {
    return (problem as { stderr: string }).stderr
  }
}

/** What an authenticator shows: RFC 6238, from the seed as it is typed in, some steps from now. */
function authenticatorCode(seed: string, steps: number): string {
  const bits = [...seed.replace(/=+$/, '')]
    .map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = (digest[19] as number) & 15
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

/** A user with a key and a device, who may do all that needs the second factor. */
async function userWithDevice(name: string): Promise<{ keys: Keys; serial: string; seed: string }> {
  const Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' }, NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }
  const Statement = [
    { Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*', Condition },
    { Effect: 'Allow', Action: ['sts:AssumeRole', 'iam:ListAccessKeys', 'iam:UpdateAccessKey'], Resource: '*' },
  ]
  await aws(['iam', 'create-user', '--user-name', name])
  const policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await aws(['iam', 'put-user-policy', '--user-name', name, '--policy-name', 'p', '--policy-document', policy])
  const { AccessKey } = (await aws(['iam', 'create-access-key', '--user-name', name])) as { AccessKey: Keys }
  const file = join(gatehouse.data, `${name}.seed`)
  const device = ['iam', 'create-virtual-mfa-device', '--virtual-mfa-device-name', name]
  const made = (await aws([...device, '--outfile', file, '--bootstrap-method', 'Base32StringSeed'])) as {
    VirtualMFADevice: { SerialNumber: string }
  }
  const serial = made.VirtualMFADevice.SerialNumber
  const seed = readFileSync(file, 'utf8').trim()
  const enable = () => {
    const codes = ['--authentication-code1', authenticatorCode(seed, -1), '--authentication-code2', authenticatorCode(seed, 0)]
    return aws(['iam', 'enable-mfa-device', '--user-name', name, '--serial-number', serial, ...codes])
  }
  // A time step may end on the way; the next has just begun then.
  const enabled = await enable()
  expect(typeof enabled === 'string' ? await enable() : enabled).toEqual({})
  return { keys: AccessKey, serial, seed }
}

describe('the AWS CLI with the codes of an authenticator', () => {
  test('a session of GetSessionToken has the second factor, its code is good once', async () => {
    const { keys, serial, seed } = await userWithDevice('Alice')
    expect(await aws(['iam', 'list-users'], keys)).toContain('AccessDenied')
    const code = ['--serial-number', serial, '--token-code', authenticatorCode(seed, 1)]
    const { Credentials } = (await aws(['sts', 'get-session-token', ...code], keys)) as { Credentials: Keys }
    expect(await aws(['iam', 'list-users'], Credentials)).toMatchObject({ Users: expect.arrayContaining([]) })
    expect(await aws(['sts', 'get-session-token', ...code], keys)).toContain(
      'MultiFactorAuthentication failed with invalid MFA one time pass code',
    )
  })

  test("a user's temporary key must name the user whose keys it lists or changes, a permanent one need not", async () => {
    const { keys, serial, seed } = await userWithDevice('Clara')
    const code = ['--serial-number', serial, '--token-code', authenticatorCode(seed, 1)]
    const { Credentials } = (await aws(['sts', 'get-session-token', ...code], keys)) as { Credentials: Keys }
    const listed = { AccessKeyMetadata: [{ UserName: 'Clara', AccessKeyId: keys.AccessKeyId }] }
    expect(await aws(['iam', 'list-access-keys'], keys)).toMatchObject(listed)
    expect(await aws(['iam', 'list-access-keys'], Credentials)).toContain('Must specify userName when calling with non-User credentials')
    expect(await aws(['iam', 'list-access-keys', '--user-name', 'Clara'], Credentials)).toMatchObject(listed)
    const change = ['iam', 'update-access-key', '--access-key-id', keys.AccessKeyId, '--status', 'Active']
    expect(await aws(change, Credentials)).toContain('(ValidationError)')
    expect(await aws([...change, '--user-name', 'Clara'], Credentials)).toEqual({})
  })

  test('AssumeRole takes a code for a trust policy that wants one', async () => {
    const { keys, serial, seed } = await userWithDevice('Bob')
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: '111122223333' },
        Action: 'sts:AssumeRole',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    })
    await aws(['iam', 'create-role', '--role-name', 'guarded', '--assume-role-policy-document', trust])
    const assume = ['sts', 'assume-role', '--role-arn', 'arn:aws:iam::111122223333:role/guarded', '--role-session-name', 'visit']
    expect(await aws(assume, keys)).toContain('AccessDenied')
    const code = ['--serial-number', serial, '--token-code', authenticatorCode(seed, 1)]
    expect(await aws([...assume, ...code], keys)).toMatchObject({
      AssumedRoleUser: { Arn: 'arn:aws:sts::111122223333:assumed-role/guarded/visit' },
    })
    expect(await aws([...assume, ...code], keys)).toContain('MultiFactorAuthentication failed')
  })
})

describe('root, with keys of its own and the codes of its authenticator', () => {
  const root = 'arn:aws:iam::111122223333:root'
  let keys: Keys
  let serial: string
  let seed: string

  test('makes its first key with the credentials of a console session', async () => {
    keys = ((await aws(['iam', 'create-access-key'], await signedInRoot())) as { AccessKey: Keys }).AccessKey
    expect(await aws(['sts', 'get-caller-identity'], keys)).toMatchObject({ Arn: root })
  })

  test('enables a device for itself', async () => {
    const file = join(gatehouse.data, 'root.seed')
    const device = ['iam', 'create-virtual-mfa-device', '--virtual-mfa-device-name', 'root-account-mfa-device']
    const made = await aws([...device, '--outfile', file, '--bootstrap-method', 'Base32StringSeed'], keys)
    serial = (made as { VirtualMFADevice: { SerialNumber: string } }).VirtualMFADevice.SerialNumber
    seed = readFileSync(file, 'utf8').trim()
    const enable = () => {
      const codes = ['--authentication-code1', authenticatorCode(seed, -1), '--authentication-code2', authenticatorCode(seed, 0)]
      return aws(['iam', 'enable-mfa-device', '--user-name', 'root', '--serial-number', serial, ...codes], keys)
    }
    const enabled = await enable()
    expect(typeof enabled === 'string' ? await enable() : enabled).toEqual({})
    expect(await aws(['iam', 'get-account-summary', '--query', 'SummaryMap.AccountMFAEnabled'], keys)).toBe(1)
  })

  test('meets conditions on the second factor with a session of GetSessionToken, and not with its keys', async () => {
    // IAM's policies do not limit root: a bucket's own does.
    await aws(['s3api', 'create-bucket', '--bucket', 'bucket-of-root'], keys)
    const Condition = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }
    const Statement = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::bucket-of-root/*', Condition }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement })
    expect(await aws(['s3api', 'put-bucket-policy', '--bucket', 'bucket-of-root', '--policy', policy], keys)).toEqual({})
    const put = ['s3api', 'put-object', '--bucket', 'bucket-of-root', '--key', 'a']
    expect(await aws(put, keys)).toContain('AccessDenied')
    const wrong = ['--serial-number', serial, '--token-code', '000000']
    expect(await aws(['sts', 'get-session-token', ...wrong], keys)).toContain('MultiFactorAuthentication failed')
    const code = ['--serial-number', serial, '--token-code', authenticatorCode(seed, 1)]
    const { Credentials } = (await aws(['sts', 'get-session-token', '--duration-seconds', '3600', ...code], keys)) as { Credentials: Keys }
    expect(await aws(['sts', 'get-caller-identity'], Credentials)).toMatchObject({ Arn: root })
    expect(await aws(put, Credentials)).toMatchObject({ ETag: expect.any(String) })
    // "restricted to a maximum of 3,600 seconds (one hour)" for root. STS API Reference, "GetSessionToken", DurationSeconds.
    const { Credentials: long } = (await aws(['sts', 'get-session-token', '--duration-seconds', '7200'], keys)) as {
      Credentials: { Expiration: string }
    }
    expect(Date.parse(long.Expiration) - Date.now()).toBeLessThanOrEqual(3_600_000)
  })
})

/** Root's credentials, as the console gets them once root has signed in. */
async function signedInRoot(): Promise<Keys> {
  let [cookie, csrf] = ['', '']
  const call = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const headers = {
      cookie,
      origin: gatehouse.httpEndpoint,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/json',
      'x-gatehouse-csrf': csrf,
    }
    const answer = await fetch(`${gatehouse.httpEndpoint}/console/session${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return (await answer.json()) as { [name: string]: unknown }
  }
  await call('POST', '/sign-in', { email: rootEmail, password: rootPassword })
  csrf = String((await call('GET', ''))['csrfToken'])
  const { accessKeyId, secretAccessKey, sessionToken } = (await call('POST', '/credentials', {})) as { [name: string]: string }
  return { AccessKeyId: accessKeyId as string, SecretAccessKey: secretAccessKey as string, SessionToken: sessionToken as string }
}

describe('the IAM Query API, by a signed GET', () => {
  const answerTo = async (query: string, service: string) => {
    const settings = JSON.parse(readFileSync(join(gatehouse.data, 'client.json'), 'utf8')) as {
      httpEndpoint: string
      region: string
      accessKeyId: string
      secretAccessKey: string
    }
    const { host } = new URL(settings.httpEndpoint)
    const request = { method: 'GET', path: '/', query, headers: { host }, body: '' }
    const { host: _, ...headers } = signHeaders(request, settings, { region: settings.region, service }, Date.now())
    const answer = await fetch(`${settings.httpEndpoint}/?${query}`, { headers })
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() }
  }

  test('answers XML', async () => {
    const answer = await answerTo('Action=GetUser&UserName=administrator&Version=2010-05-08', 'iam')
    expect(answer).toMatchObject({ status: 200, type: 'text/xml' })
    expect(answer.body).toContain('<GetUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">')
    expect(answer.body).toContain('<Arn>arn:aws:iam::111122223333:user/administrator</Arn>')
  })

  test('answers errors as XML', async () => {
    const answer = await answerTo('Action=GetUser&UserName=nobody&Version=2010-05-08', 'iam')
    expect(answer.status).toBe(404)
    expect(answer.body).toContain('<Code>NoSuchEntity</Code>')
  })

  test('answers GetCallerIdentity of STS', async () => {
    expect((await answerTo('Action=GetCallerIdentity&Version=2011-06-15', 'sts')).body).toContain('<Account>111122223333</Account>')
  })
})
