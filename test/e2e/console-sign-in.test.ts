import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CreationOptions, type RequestOptions, SoftwareAuthenticator } from '../server/console/software-authenticator.ts'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const account = '111122223333'
const roleArn = `arn:aws:iam::${account}:role/guest`
const rootUser = { email: 'root@example.com', password: 'Correct-Horse-1' }

let gatehouse: TestGatehouse
beforeAll(async () => {
  gatehouse = await startGatehouse({ environment: { GATEHOUSE_ROOT_EMAIL: rootUser.email, GATEHOUSE_ROOT_PASSWORD: rootUser.password } })
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }] }
  await aws(['iam', 'create-role', '--role-name', 'guest', '--assume-role-policy-document', JSON.stringify(trust)])
  await aws(['iam', 'attach-role-policy', '--role-name', 'guest', '--policy-arn', 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'])
  await aws(['iam', 'create-login-profile', '--user-name', 'administrator', '--password', 'Tr0ub4dor&3'])
})
afterAll(() => discard(gatehouse))

const environment = () => ({ ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data })

async function aws(words: readonly string[], keys: { readonly [name: string]: string } = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(join(clients as string, 'aws'), words, {
    env: { ...environment(), ...keys },
    timeout: 60_000,
  })
  return stdout
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: { readonly [name: string]: unknown }
}

/** A request as a browser makes it, over the listener's own TLS. */
function browse(method: string, url: string, headers: { readonly [name: string]: string } = {}, body = ''): Promise<Answer> {
  const ca = readFileSync(gatehouse.environment['AWS_CA_BUNDLE'] as string)
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, ca, timeout: 20_000 }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        const isJson = response.headers['content-type'] === 'application/json'
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: isJson ? JSON.parse(text) : { text } })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const post = (action: string, body: object, headers: { readonly [name: string]: string } = {}) =>
  browse(
    'POST',
    `${gatehouse.endpoint}/console/session/${action}`,
    {
      origin: gatehouse.endpoint,
      'content-type': 'application/json',
      'sec-fetch-site': 'same-origin',
      'user-agent': 'Mozilla/5.0',
      ...headers,
    },
    JSON.stringify(body),
  )

const cookieOf = ({ headers }: Answer) => headers['set-cookie']?.[0]?.split(';')[0] ?? ''
const sessionOf = (cookie: string) => browse('GET', `${gatehouse.endpoint}/console/session`, { cookie })

/** Variables for the AWS CLI of a console session. */
async function keysOf(cookie: string) {
  const { body } = await sessionOf(cookie)
  const { body: keys } = await post('credentials', {}, { cookie, 'x-gatehouse-csrf': String(body['csrfToken']) })
  return {
    AWS_ACCESS_KEY_ID: String(keys['accessKeyId']),
    AWS_SECRET_ACCESS_KEY: String(keys['secretAccessKey']),
    AWS_SESSION_TOKEN: String(keys['sessionToken']),
  }
}

test('the broker of the IAM guide, with boto3, opens a console session whose credentials the AWS CLI takes', async () => {
  const { stdout } = await promisify(execFile)(join(clients, 'python'), [join(root, 'test/e2e/programs/console_broker.py'), roleArn], {
    env: environment(),
    timeout: 60_000,
  })
  const url = stdout.trim()
  const login = await browse('GET', url)
  expect(login).toMatchObject({ status: 302, headers: { location: '/console/' } })
  const cookie = cookieOf(login)
  expect(cookie).toMatch(/^__Host-gatehouse-session=/)
  expect((await sessionOf(cookie)).body).toMatchObject({
    kind: 'role',
    arn: `arn:aws:sts::${account}:assumed-role/guest/AssumeRoleSession`,
  })
  const keys = await keysOf(cookie)
  expect(await aws(['sts', 'get-caller-identity', '--output', 'text'], keys)).toContain('assumed-role/guest/AssumeRoleSession')
  expect(await aws(['iam', 'list-users', '--output', 'text'], keys)).toContain('administrator')
  expect((await browse('GET', url)).status).toBe(400)
  await browse('GET', `${gatehouse.endpoint}/federation?Action=logout`, { cookie })
  expect((await sessionOf(cookie)).status).toBe(401)
  await expect(aws(['sts', 'get-caller-identity'], keys)).rejects.toMatchObject({ stderr: expect.stringContaining('InvalidClientTokenId') })
})

test('users and root sign in; the AWS CLI and gatehouse trail find it', async () => {
  const wrong = await post('sign-in', { account, userName: 'administrator', password: 'nope' })
  expect(wrong).toMatchObject({ status: 401, body: { message: 'Your authentication information is incorrect. Please try again.' } })
  const user = await post('sign-in', { account, userName: 'administrator', password: 'Tr0ub4dor&3' })
  expect(user).toMatchObject({ status: 200, body: { state: 'signed-in' } })
  const keys = await keysOf(cookieOf(user))
  expect(await aws(['iam', 'get-user', '--query', 'User.UserName', '--output', 'text'], keys)).toBe('administrator\n')
  const asRoot = await post('sign-in', rootUser)
  expect(await aws(['sts', 'get-caller-identity', '--output', 'text'], await keysOf(cookieOf(asRoot)))).toContain(
    `arn:aws:iam::${account}:root`,
  )

  const lookup = ['cloudtrail', 'lookup-events', '--lookup-attributes', 'AttributeKey=EventName,AttributeValue=ConsoleLogin']
  const { Events } = JSON.parse(await aws([...lookup, '--output', 'json'])) as { Events: { Username: string; CloudTrailEvent: string }[] }
  const outcomes = Events.map(({ Username, CloudTrailEvent }) => {
    const { responseElements } = JSON.parse(CloudTrailEvent) as { responseElements: { ConsoleLogin: string } }
    return `${Username} ${responseElements.ConsoleLogin}`
  })
  expect(outcomes).toEqual(expect.arrayContaining(['administrator Failure', 'administrator Success', 'root Success']))

  const trail = (principal: string) =>
    promisify(execFile)(process.execPath, [command, 'trail', '--principal', principal], { env: environment(), timeout: 60_000 })
  expect((await trail('administrator')).stdout).toContain('ConsoleLogin')
  expect((await trail(`arn:aws:iam::${account}:user/administrator`)).stdout).toContain('ConsoleLogin')
  expect(await trail('nobody')).toMatchObject({ stdout: '', stderr: 'gatehouse: the last ninety days have no call of nobody\n' })
})

test('a security key is registered, listed by the AWS CLI, and asked for at the next sign-in', async () => {
  const password = 'Tr0ub4dor&3'
  await aws(['iam', 'create-user', '--user-name', 'bea'])
  await aws(['iam', 'create-login-profile', '--user-name', 'bea', '--password', password])
  await aws(['iam', 'attach-user-policy', '--user-name', 'bea', '--policy-arn', 'arn:aws:iam::aws:policy/IAMFullAccess'])
  const cookie = cookieOf(await post('sign-in', { account, userName: 'bea', password }))
  const headers = { cookie, 'x-gatehouse-csrf': String((await sessionOf(cookie)).body['csrfToken']) }
  const key = new SoftwareAuthenticator()
  const { body: options } = await post('security-keys/options', { name: 'desk' }, headers)
  const attestation = key.create(options as unknown as CreationOptions, { origin: gatehouse.endpoint })
  const { body } = await post('security-keys', { name: 'desk', attestation }, headers)
  const listed = await aws(['iam', 'list-mfa-devices', '--user-name', 'bea', '--query', 'MFADevices[].SerialNumber', '--output', 'text'])
  expect(listed.trim()).toBe(body['serialNumber'])

  const { body: asked } = await post('sign-in', { account, userName: 'bea', password })
  const [method] = asked['methods'] as { options: RequestOptions }[]
  const assertion = key.get(method?.options as RequestOptions, { origin: gatehouse.endpoint })
  const answer = await post('mfa', { transaction: asked['transaction'], assertion })
  expect(answer).toMatchObject({ status: 200, body: { state: 'signed-in' } })
  expect(await aws(['sts', 'get-caller-identity', '--output', 'text'], await keysOf(cookieOf(answer)))).toContain('user/bea')
})

test('over plain HTTP too, without what only HTTPS can keep', async () => {
  const response = await fetch(`${gatehouse.httpEndpoint}/console/session/sign-in`, {
    method: 'POST',
    headers: { origin: gatehouse.httpEndpoint, 'content-type': 'application/json' },
    body: JSON.stringify(rootUser),
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('set-cookie')).toMatch(/^gatehouse-session=.*; HttpOnly; SameSite=Strict$/)
  expect(response.headers.get('strict-transport-security')).toBeNull()
})

test('a root password that was changed is not given again by the next start; another one is', async () => {
  const { data } = gatehouse
  const signed = await post('sign-in', rootUser)
  const cookie = cookieOf(signed)
  const { csrfToken } = (await sessionOf(cookie)).body
  const newPassword = 'Another-One-1'
  await post('password', { oldPassword: rootUser.password, newPassword }, { cookie, 'x-gatehouse-csrf': String(csrfToken) })
  await gatehouse.stop()
  gatehouse = await startGatehouse({ data, environment: { GATEHOUSE_ROOT_PASSWORD: rootUser.password } })
  expect((await post('sign-in', rootUser)).status).toBe(401)
  expect((await post('sign-in', { ...rootUser, password: newPassword })).status).toBe(200)
  expect((await sessionOf(cookie)).status).toBe(200)
  await gatehouse.stop()
  gatehouse = await startGatehouse({ data, environment: { GATEHOUSE_ROOT_PASSWORD: 'A-Third-One-1' } })
  expect((await sessionOf(cookie)).status).toBe(401)
  expect((await post('sign-in', { ...rootUser, password: 'A-Third-One-1' })).status).toBe(200)
})
