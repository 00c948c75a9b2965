import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../src/store/index.ts'
import type { JsonObject } from '../../src/types/json.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const processes = 3
const account = '111122223333'

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

interface Answer {
  readonly status: number
  readonly requestId: string
  readonly text: string
}

interface Call {
  readonly service?: 'iam' | 'sts' | 's3' | 'eks'
  readonly method?: string
  readonly path?: string
  readonly body?: string
}

let gatehouse: TestGatehouse
let administrator: Keys

/** One connection, which one process serves for as long as it lasts. */
const connection = () => new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(gatehouse.environment['AWS_CA_BUNDLE'] as string) })

/** Sends a signed request. @throws Error when the connection breaks */
function send(agent: Agent, keys: Keys, { service = 'iam', method = 'POST', path = '/', body = '' }: Call): Promise<Answer> {
  const { host, hostname, port } = new URL(gatehouse.endpoint)
  const type = service === 'iam' || service === 'sts' ? 'application/x-www-form-urlencoded; charset=utf-8' : 'application/json'
  const plain = {
    host,
    'content-type': type,
    ...(service === 's3' && { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') }),
  }
  const headers = signHeaders({ method, path, query: '', headers: plain, body }, keys, { region: 'us-east-1', service }, Date.now())
  return new Promise((resolve, reject) => {
    const take = (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          requestId: String(response.headers['x-amzn-requestid']),
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    }
    const sent = request({ agent, hostname, port, method, path, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, take)
    sent.on('error', reject)
    sent.end(body)
  })
}

const form = (action: string, input: { readonly [name: string]: string } = {}, version = '2010-05-08') =>
  new URLSearchParams({ Action: action, Version: version, ...input }).toString()

async function iam(action: string, input: { readonly [name: string]: string } = {}): Promise<string> {
  const agent = connection()
  const { status, text } = await send(agent, administrator, { body: form(action, input) })
  agent.destroy()
  if (status !== 200) throw new Error(text)
  return text
}

const identity: Call = { service: 'sts', body: form('GetCallerIdentity', {}, '2011-06-15') }
const listUsers: Call = { body: form('ListUsers') }
const between = (text: string, name: string) => new RegExp(`<${name}>([^<]+)<`).exec(text)?.[1] ?? ''

/** Statuses of a call on a connection to each process. */
const everywhere = async (agents: readonly Agent[], keys: Keys, call: Call) =>
  Promise.all(agents.map(async agent => (await send(agent, keys, call)).status))

const all = (status: number) => Array.from({ length: processes }, () => status)

/** A connection to each process, which has asked by these keys before: it knows them, and what they may. */
async function connections(keys: Keys, call: Call): Promise<Agent[]> {
  const agents = Array.from({ length: processes }, connection)
  // One after the other: connections go to the processes in turn.
  for (const agent of agents) expect((await send(agent, keys, call)).status).toBe(200)
  return agents
}

async function makeUser(name: string): Promise<Keys> {
  await iam('CreateUser', { UserName: name })
  const made = await iam('CreateAccessKey', { UserName: name })
  return { accessKeyId: between(made, 'AccessKeyId'), secretAccessKey: between(made, 'SecretAccessKey') }
}

const policy = (effect: 'Allow' | 'Deny', condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: '*', Resource: '*', ...(condition && { Condition: condition }) }],
  })

/** Workers that run now. Linux alone tells it so. */
const workersOf = ({ process: { pid } }: { readonly process: ChildProcess }): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(child => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('worker-process'))
    .map(Number)

async function untilAllServe(): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (workersOf(gatehouse).length === processes - 1) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('workers that ended were not replaced within twenty seconds')
}

beforeAll(async () => {
  gatehouse = await startGatehouse({ flags: ['--workers', String(processes)] })
  administrator = {
    accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] as string,
    secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] as string,
  }
}, 160_000)
afterAll(() => discard(gatehouse))

describe('a change counts in every process once it is answered', () => {
  test('a key that is made inactive', async () => {
    const keys = await makeUser('key-holder')
    const agents = await connections(keys, identity)
    await iam('UpdateAccessKey', { UserName: 'key-holder', AccessKeyId: keys.accessKeyId, Status: 'Inactive' })
    expect(await everywhere(agents, keys, identity)).toEqual(all(403))
    await iam('UpdateAccessKey', { UserName: 'key-holder', AccessKeyId: keys.accessKeyId, Status: 'Active' })
    expect(await everywhere(agents, keys, identity)).toEqual(all(200))
    for (const agent of agents) agent.destroy()
  })

  test('a policy, given and taken twenty times', async () => {
    const keys = await makeUser('reader')
    const agents = await connections(keys, identity)
    for (let round = 0; round < 20; round++) {
      await iam('PutUserPolicy', { UserName: 'reader', PolicyName: 'all', PolicyDocument: policy('Allow') })
      expect(await everywhere(agents, keys, listUsers)).toEqual(all(200))
      await iam('DeleteUserPolicy', { UserName: 'reader', PolicyName: 'all' })
      expect(await everywhere(agents, keys, listUsers)).toEqual(all(403))
    }
    for (const agent of agents) agent.destroy()
  })

  test('sessions that are revoked, and whose role is deleted', async () => {
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
    })
    await iam('CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument: trust })
    await iam('PutRolePolicy', { RoleName: 'worker', PolicyName: 'all', PolicyDocument: policy('Allow') })
    const agent = connection()
    const assume = form('AssumeRole', { RoleArn: `arn:aws:iam::${account}:role/worker`, RoleSessionName: 'one' }, '2011-06-15')
    const { text } = await send(agent, administrator, { service: 'sts', body: assume })
    agent.destroy()
    const session = {
      accessKeyId: between(text, 'AccessKeyId'),
      secretAccessKey: between(text, 'SecretAccessKey'),
      sessionToken: between(text, 'SessionToken'),
    }
    const agents = await connections(session, listUsers)
    // As the console's button does it. IAM User Guide, "Revoke IAM role temporary security credentials".
    const until = new Date(Date.now() + 60_000).toISOString()
    const revocation = policy('Deny', { DateLessThan: { 'aws:TokenIssueTime': until } })
    await iam('PutRolePolicy', { RoleName: 'worker', PolicyName: 'AWSRevokeOlderSessions', PolicyDocument: revocation })
    expect(await everywhere(agents, session, listUsers)).toEqual(all(403))
    expect(await everywhere(agents, session, identity)).toEqual(all(200))
    await iam('DeleteRolePolicy', { RoleName: 'worker', PolicyName: 'AWSRevokeOlderSessions' })
    await iam('DeleteRolePolicy', { RoleName: 'worker', PolicyName: 'all' })
    await iam('DeleteRole', { RoleName: 'worker' })
    expect(await everywhere(agents, session, identity)).toEqual(all(403))
    for (const one of agents) one.destroy()
  })

  test('or the process that does not hear of it is ended', { timeout: 40_000 }, async () => {
    const keys = await makeUser('deaf')
    const agents = await connections(keys, identity)
    const administrators = await connections(administrator, identity)
    const [deaf = 0] = workersOf(gatehouse)
    process.kill(deaf, 'SIGSTOP')
    const change = { body: form('UpdateAccessKey', { UserName: 'deaf', AccessKeyId: keys.accessKeyId, Status: 'Inactive' }) }
    // By whichever process hears at all.
    expect(await Promise.any(administrators.map(async agent => (await send(agent, administrator, change)).status))).toBe(200)
    expect(workersOf(gatehouse)).not.toContain(deaf)
    const answers = await Promise.allSettled(agents.map(async agent => (await send(agent, keys, identity)).status))
    expect(answers.map(answer => (answer.status === 'fulfilled' ? answer.value : 403))).toEqual(all(403))
    for (const agent of [...agents, ...administrators]) agent.destroy()
    await untilAllServe()
  })
})

test('what is not the workers’ own is handed to the first process as it came', async () => {
  const agents = await connections(administrator, identity)
  const content = 'x'.repeat(1_000_000)
  await send(agents[0] as Agent, administrator, { service: 's3', method: 'PUT', path: '/workers' })
  for (const [index, agent] of agents.entries()) {
    const put = await send(agent, administrator, { service: 's3', method: 'PUT', path: `/workers/${index}`, body: content })
    expect(put).toMatchObject({ status: 200 })
    const got = await send(agent, administrator, { service: 's3', method: 'GET', path: `/workers/${index}` })
    expect(got.text).toBe(content)
    expect((await send(agent, administrator, { service: 's3', method: 'GET', path: '/workers/none' })).status).toBe(404)
    const clusters = await send(agent, administrator, { service: 'eks', method: 'GET', path: '/clusters' })
    expect(JSON.parse(clusters.text)).toEqual({ clusters: [] })
    const made = await send(agent, administrator, { body: form('CreateUser', { UserName: `by-${index}` }) })
    expect(between(made.text, 'UserName')).toBe(`by-${index}`)
    agent.destroy()
  }
})

test('workers killed under load: each call that was answered is on record, once', { timeout: 60_000 }, async () => {
  await untilAllServe()
  const acknowledged: string[] = []
  const load = new AbortController()
  const caller = async (number: number) => {
    for (let turn = 0; !load.signal.aborted; turn++) {
      const agent = connection()
      try {
        for (let call = 0; call < 20 && !load.signal.aborted; call++) {
          const change = { body: form('CreateUser', { UserName: `load-${number}-${turn}-${call}` }) }
          const { status, requestId } = await send(agent, administrator, call % 10 === 9 ? change : identity)
          expect(status).toBe(200)
          acknowledged.push(requestId)
        }
      } catch (problem) {
        if (!/socket hang up|ECONNRESET|EPIPE|socket disconnected/.test(String(problem))) throw problem
      } finally {
        agent.destroy()
      }
    }
  }
  const calls = Promise.all(Array.from({ length: 8 }, (_, number) => caller(number)))
  for (let round = 0; round < 6; round++) {
    await new Promise(resolve => setTimeout(resolve, 500))
    const workers = workersOf(gatehouse)
    const victim = workers[round % Math.max(workers.length, 1)]
    if (victim !== undefined) process.kill(victim, 'SIGKILL')
  }
  load.abort()
  await calls
  await untilAllServe()
  const workers = workersOf(gatehouse)
  expect(await gatehouse.stop()).toBe(0)
  for (const worker of workers) expect(() => process.kill(worker, 0)).toThrow(/ESRCH/)

  const store = await openSqliteStore(join(gatehouse.data, 'gatehouse.db'))
  const rows = await store.read(tx => tx.selectFrom('records').select('json').execute())
  await store.close()
  const records = rows.map(({ json }) => JSON.parse(json) as JsonObject)
  const times = Map.groupBy(records, ({ requestID }) => requestID)
  // There was load; how much of it is the machine's matter.
  expect(acknowledged.length).toBeGreaterThan(8)
  expect(acknowledged.filter(id => times.get(id)?.length !== 1)).toEqual([])

  const handedBack = records.filter(
    ({ eventName, requestParameters }) =>
      eventName === 'CreateUser' && String((requestParameters as JsonObject)['userName']).startsWith('by-'),
  )
  expect(handedBack.map(({ sourceIPAddress, tlsDetails }) => [sourceIPAddress, (tlsDetails as JsonObject)['tlsVersion']])).toEqual(
    Array.from({ length: processes }, () => ['127.0.0.1', 'TLSv1.3']),
  )
  rmSync(gatehouse.data, { recursive: true, force: true })
})
