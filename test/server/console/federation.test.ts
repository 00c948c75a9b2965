import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerConsole } from '../../../src/server/console/console.ts'
import { wireRequest } from '../house.ts'
import { account, agent, type ConsoleHouse, openConsoleHouse, origin } from './console-house.ts'

const allow = (Action: string) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
})

interface Keys {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken: string
}

let house: ConsoleHouse
beforeAll(async () => {
  house = await openConsoleHouse()
  await house.administrator('iam', 'CreateRole', { RoleName: 'guest', AssumeRolePolicyDocument: trust, MaxSessionDuration: 7200 })
  await house.administrator('iam', 'PutRolePolicy', { RoleName: 'guest', PolicyName: 'read', PolicyDocument: allow('iam:List*') })
})
afterAll(() => house.close())

/** A call with the administrator's long-term key, as brokers have. */
async function credentials(
  operation: string,
  parameters: { readonly [name: string]: string },
  by: object = house.credentials,
): Promise<Keys> {
  const { text } = await house.query('sts', { Action: operation, ...parameters }, by)
  const part = (name: string) => new RegExp(`<${name}>(.+?)</${name}>`).exec(text)?.[1] ?? ''
  return { AccessKeyId: part('AccessKeyId'), SecretAccessKey: part('SecretAccessKey'), SessionToken: part('SessionToken') }
}
const ofRole = (more: { readonly [name: string]: string } = {}, by?: object) =>
  credentials('AssumeRole', { RoleArn: `arn:aws:iam::${account}:role/guest`, RoleSessionName: 'JohnDoe', ...more }, by)
const ofFederated = () => credentials('GetFederationToken', { Name: 'jane', Policy: allow('iam:List*'), DurationSeconds: '1800' })
const asSession = ({ AccessKeyId, SecretAccessKey, SessionToken }: Keys) =>
  JSON.stringify({ sessionId: AccessKeyId, sessionKey: SecretAccessKey, sessionToken: SessionToken })

async function ask(parameters: { readonly [name: string]: string }, method = 'GET') {
  const text = new URLSearchParams(parameters).toString()
  const headers = { 'user-agent': agent, ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }) }
  const draft = method === 'GET' ? { query: text } : { body: text }
  const {
    status,
    headers: sent,
    body,
  } = await answerConsole(house.parts, wireRequest({ method, path: '/federation', headers, ...draft }, house.time()))
  return { status, headers: sent, text: String(body) }
}
const tokenOf = async (keys: Keys, more: object = {}, method = 'GET') => {
  const { status, text } = await ask({ Action: 'getSigninToken', Session: asSession(keys), ...more }, method)
  return { status, text, token: status === 200 ? (JSON.parse(text) as { SigninToken: string }).SigninToken : '' }
}
const login = (SigninToken: string, Destination = `${origin}/console/`) =>
  ask({ Action: 'login', Issuer: 'https://example.com', Destination, SigninToken })

/** The session that a login opened. */
async function sessionOf(cookie: string) {
  const draft = { method: 'GET', path: '/console/session', headers: { cookie: cookie.split(';')[0] as string } }
  const { status, body } = await answerConsole(house.parts, wireRequest(draft, house.time()))
  return { status, body: JSON.parse(String(body)) as { [name: string]: unknown } }
}

test('a role’s session gets a console session for as long as was asked for', async () => {
  const { status, token } = await tokenOf(await ofRole(), { SessionDuration: '43200' })
  expect(status).toBe(200)
  const answer = await login(token, `${origin}/console/iam/users?q=1#top`)
  expect(answer).toMatchObject({ status: 302, headers: { location: '/console/iam/users?q=1#top' } })
  const { body } = await sessionOf(answer.headers['set-cookie'] as string)
  expect(body).toMatchObject({
    kind: 'role',
    arn: `arn:aws:sts::${account}:assumed-role/guest/JohnDoe`,
    expiresAt: house.time() + 43_200_000,
  })
})

test('without a duration, for as long as the credentials', async () => {
  const { token } = await tokenOf(await ofRole({ DurationSeconds: '7200' }))
  house.pass(600)
  const { body } = await sessionOf((await login(token)).headers['set-cookie'] as string)
  expect((body['expiresAt'] as number) - house.time()).toBe(6_600_000)
})

test('a federated user gets one too, and may call IAM from it, as AWS has it', async () => {
  const { token } = await tokenOf(await ofFederated(), { SessionType: 'json' }, 'POST')
  const cookie = (await login(token)).headers['set-cookie'] as string
  const { body } = await sessionOf(cookie)
  expect(body).toMatchObject({ kind: 'federated', arn: `arn:aws:sts::${account}:federated-user/jane` })
  const headers = {
    cookie: cookie.split(';')[0] as string,
    origin,
    'content-type': 'application/json',
    'x-gatehouse-csrf': String(body['csrfToken']),
  }
  const answer = await answerConsole(house.parts, wireRequest({ path: '/console/session/credentials', headers, body: '{}' }, house.time()))
  const keys = JSON.parse(String(answer.body)) as object
  expect(await house.query('iam', { Action: 'ListUsers' }, keys)).toMatchObject({ status: 200 })
  // Others may be the same federated user: theirs are not this person's to see or to end.
  for (const action of ['sessions', 'sessions/end-others']) {
    const refused = await answerConsole(house.parts, wireRequest({ path: `/console/session/${action}`, headers, body: '{}' }, house.time()))
    expect([refused.status, String(refused.body)]).toEqual([400, expect.stringContaining('InvalidUserType')])
  }
  expect(await house.query('iam', { Action: 'CreateGroup', GroupName: 'x' }, keys)).toMatchObject({ status: 403 })
})

describe('a token', () => {
  test('is good once', async () => {
    const { token } = await tokenOf(await ofRole())
    expect((await login(token)).status).toBe(302)
    expect(await login(token)).toMatchObject({ status: 400, text: expect.stringContaining('was used') })
  })

  test('is good once though it comes twice at a time', async () => {
    const { token } = await tokenOf(await ofRole())
    const statuses = (await Promise.all([login(token), login(token), login(token)])).map(({ status }) => status)
    expect(statuses.filter(status => status === 302)).toHaveLength(1)
    expect(statuses.filter(status => status === 400)).toHaveLength(2)
  })

  test('is good for fifteen minutes', async () => {
    const { token } = await tokenOf(await ofRole())
    house.pass(901)
    expect((await login(token)).status).toBe(400)
  })

  test('that was altered is not', async () => {
    const { token } = await tokenOf(await ofRole())
    const at = 30
    const altered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    expect((await login(altered)).status).toBe(400)
    expect((await login('x')).status).toBe(400)
  })

  test('of a role that was deleted since is not', async () => {
    await house.administrator('iam', 'CreateRole', { RoleName: 'brief', AssumeRolePolicyDocument: trust })
    const keys = await credentials('AssumeRole', { RoleArn: `arn:aws:iam::${account}:role/brief`, RoleSessionName: 'x' })
    const { token } = await tokenOf(keys)
    await house.administrator('iam', 'DeleteRole', { RoleName: 'brief' })
    expect((await login(token)).status).toBe(400)
  })
})

describe('no token is given', () => {
  test.each([
    { why: 'for a wrong secret', change: (keys: Keys) => ({ ...keys, SecretAccessKey: 'x'.repeat(40) }), more: {} },
    { why: 'for a token of another key', change: (keys: Keys) => ({ ...keys, AccessKeyId: 'ASIAIOSFODNN7EXAMPLE' }), more: {} },
    { why: 'for too short a session', change: (keys: Keys) => keys, more: { SessionDuration: '899' } },
    { why: 'for too long a session', change: (keys: Keys) => keys, more: { SessionDuration: '43201' } },
    { why: 'for no number', change: (keys: Keys) => keys, more: { SessionDuration: '1e3' } },
    { why: 'for no JSON', change: (keys: Keys) => keys, more: { Session: '{' } },
    { why: 'for JSON of something else', change: (keys: Keys) => keys, more: { Session: '[1]' } },
  ])('$why', async ({ change, more }) => {
    expect((await tokenOf(change(await ofRole()), more)).status).toBe(400)
  })

  test('for GetSessionToken’s credentials, GetFederationToken’s with a duration, and a chained role’s with one', async () => {
    expect((await tokenOf(await credentials('GetSessionToken', {}))).status).toBe(400)
    expect((await tokenOf(await ofFederated(), { SessionDuration: '3600' })).status).toBe(400)
    await house.administrator('iam', 'PutRolePolicy', { RoleName: 'guest', PolicyName: 'chain', PolicyDocument: allow('sts:AssumeRole') })
    const first = await ofRole()
    const chained = await ofRole(
      {},
      { accessKeyId: first.AccessKeyId, secretAccessKey: first.SecretAccessKey, sessionToken: first.SessionToken },
    )
    expect((await tokenOf(chained, { SessionDuration: '3600' })).status).toBe(400)
    expect((await tokenOf(chained)).status).toBe(200)
  })

  test('for credentials that have expired', async () => {
    const keys = await ofRole({ DurationSeconds: '900' })
    house.pass(900)
    expect((await tokenOf(keys)).status).toBe(400)
  })
})

describe('a login leads to this console and nowhere else', () => {
  test.each([
    { destination: 'https://console.aws.amazon.com/sns', location: '/console/' },
    { destination: 'https://eu-central-1.console.aws.amazon.com/iam/home', location: '/console/' },
    { destination: '/console/iam', location: '/console/iam' },
    { destination: '', location: '/console/' },
  ])('$destination', async ({ destination, location }) => {
    const { token } = await tokenOf(await ofRole())
    expect(await login(token, destination)).toMatchObject({ status: 302, headers: { location } })
  })

  test.each([
    'https://evil.example/console/',
    '//evil.example/console/',
    '/\\evil.example/console/',
    'https://localhost:4443@evil.example/console/',
    'https://console.aws.amazon.com.evil.example/',
    'http://console.aws.amazon.com/',
    'https://evilconsole.aws.amazon.com/',
    'javascript:alert(1)',
    'data:text/html,x',
    `${origin}/bucket/page.html`,
    `${origin}/console/../bucket/page.html`,
    `${origin}/consolex`,
  ])('%s is refused, and the token stays good', async destination => {
    const { token } = await tokenOf(await ofRole())
    const answer = await login(token, destination)
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'text/html; charset=utf-8' } })
    expect(answer.headers['location']).toBeUndefined()
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.text).not.toContain('evil')
    expect((await login(token)).status).toBe(302)
  })
})

test('logout ends the session and forgets the cookie', async () => {
  const { token } = await tokenOf(await ofRole())
  const cookie = (await login(token)).headers['set-cookie'] as string
  expect((await sessionOf(cookie)).status).toBe(200)
  const draft = { method: 'GET', path: '/federation', query: 'Action=logout', headers: { cookie: cookie.split(';')[0] as string } }
  const answer = await answerConsole(house.parts, wireRequest(draft, house.time()))
  expect(answer).toMatchObject({ status: 302, headers: { location: '/console/', 'set-cookie': expect.stringContaining('Max-Age=0') } })
  expect((await sessionOf(cookie)).status).toBe(401)
})

test('credentials of a console session make no other session', async () => {
  const { token } = await tokenOf(await ofRole())
  const cookie = (await login(token)).headers['set-cookie'] as string
  const { body } = await sessionOf(cookie)
  const headers = {
    cookie: cookie.split(';')[0] as string,
    origin,
    'content-type': 'application/json',
    'x-gatehouse-csrf': String(body['csrfToken']),
  }
  const answer = await answerConsole(house.parts, wireRequest({ path: '/console/session/credentials', headers, body: '{}' }, house.time()))
  const { accessKeyId, secretAccessKey, sessionToken } = JSON.parse(String(answer.body)) as { [name: string]: string }
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } as Keys
  expect((await tokenOf(keys)).status).toBe(400)
})

test('GetSigninToken and ConsoleLogin are on record as the role’s session', async () => {
  const keys = await ofRole()
  await login((await tokenOf(keys)).token)
  const identity = {
    type: 'AssumedRole',
    principalId: expect.stringMatching(/^AROA[A-Z2-7]{17}:JohnDoe$/),
    arn: `arn:aws:sts::${account}:assumed-role/guest/JohnDoe`,
    accountId: account,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: expect.any(String),
        arn: `arn:aws:iam::${account}:role/guest`,
        accountId: account,
        userName: 'guest',
      },
      webIdFederationData: {},
      attributes: { creationDate: expect.any(String), mfaAuthenticated: 'false' },
    },
  }
  expect((await house.records('GetSigninToken')).at(-1)).toMatchObject({
    eventSource: 'signin.amazonaws.com',
    eventType: 'AwsConsoleSignIn',
    userIdentity: { ...identity, accessKeyId: keys.AccessKeyId },
    requestParameters: null,
    responseElements: { GetSigninToken: 'Success' },
    additionalEventData: { MobileVersion: 'No', MFAUsed: 'No' },
  })
  const record = (await house.records('ConsoleLogin')).at(-1)
  expect(record).toMatchObject({ userIdentity: identity, responseElements: { ConsoleLogin: 'Success' } })
  expect(JSON.stringify(record)).not.toContain(keys.SecretAccessKey)
  expect(JSON.stringify(await house.records('GetSigninToken'))).not.toContain(keys.SecretAccessKey)
})
