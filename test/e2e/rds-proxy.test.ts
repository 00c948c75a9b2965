import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

/** Where Debian and PostgreSQL's own packages put the server. */
const binaries = ['15', '16', '17', '18']
  .map(version => `/usr/lib/postgresql/${version}/bin`)
  .find(folder => existsSync(join(folder, 'initdb')))
const psql = '/usr/bin/psql'
const hostname = 'orders.rds.localhost'
const resource = 'db-ORDERS0123456789'
const password = 'known to the proxy alone'

let gatehouse: TestGatehouse
let database: ChildProcess
let folder: string
const proxies: ChildProcess[] = []
let port: string
/** Of a proxy without passwords, which the database must trust. */
let trustedPort: string
let tokens: { readonly [user: string]: NodeJS.ProcessEnv }

/** PostgreSQL does not run as root: then as the user that its packages make. */
const asPostgres = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
}

const available = binaries !== undefined && existsSync(psql)

beforeAll(async () => {
  if (!available) return
  gatehouse = await startGatehouse()
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'))
  chmodSync(folder, 0o777)
  const upstream = await startPostgres()
  const passwords = join(gatehouse.data, 'passwords.json')
  writeFileSync(passwords, JSON.stringify({ jane: password, joe: password }))
  port = await startProxy(upstream, '--passwords', passwords)
  trustedPort = await startProxy(upstream)
  const allow = {
    Effect: 'Allow',
    Action: 'rds-db:connect',
    Resource: ['jane', 'ann'].map(user => `arn:aws:rds-db:*:*:dbuser:${resource}/${user}`),
  }
  tokens = { jane: await userWith('jane', [allow]), joe: await userWith('joe', []) }
})

/** A proxy in front of the database. @returns its port */
function startProxy(upstream: number, ...more: string[]): Promise<string> {
  const where = ['--hostname', hostname, '--dbi-resource-id', resource, '--upstream', `127.0.0.1:${upstream}`, '--port', '0']
  const proxy = spawn(join(root, 'node_modules/.bin/node'), [command, 'rds-proxy', ...where, ...more], {
    env: { ...withoutAws(process.env), ...gatehouse.environment },
  })
  proxies.push(proxy)
  return new Promise((resolve, reject) => {
    proxy.stdout?.on('data', (text: Buffer) => {
      const found = /is ready on 127\.0\.0\.1:(\d+)/.exec(text.toString())?.[1]
      if (found) resolve(found)
    })
    proxy.once('exit', code => reject(new Error(`the proxy ended with ${code}`)))
  })
}

afterAll(async () => {
  for (const proxy of proxies) proxy.kill('SIGTERM')
  database?.kill('SIGINT')
  await discard(gatehouse)
  if (folder) rmSync(folder, { recursive: true, force: true })
})

async function startPostgres(): Promise<number> {
  const data = join(folder, 'data')
  const secret = join(folder, 'secret')
  writeFileSync(secret, password, { mode: 0o644 })
  const options = { ...asPostgres, cwd: folder }
  execFileSync(join(binaries as string, 'initdb'), ['-D', data, '-U', 'jane', '-A', 'scram-sha-256', '--pwfile', secret, '-N'], options)
  // Ann needs no password of her own; whoever reaches the database could say to be her, so that only the proxy may. docs/databases.md
  const rules = join(data, 'pg_hba.conf')
  writeFileSync(rules, `host all ann 127.0.0.1/32 trust\n${readFileSync(rules, 'utf8')}`)
  const free = await freePort()
  database = spawn(
    join(binaries as string, 'postgres'),
    ['-D', data, '-p', String(free), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-F'],
    options,
  )
  for (let tries = 0; tries < 100; tries++) {
    const up = await promisify(execFile)(
      psql,
      ['-h', '127.0.0.1', '-p', String(free), '-U', 'jane', 'postgres', '-c', 'create role ann login'],
      {
        env: { ...process.env, PGPASSWORD: password },
      },
    ).then(
      () => true,
      () => false,
    )
    if (up) return free
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('PostgreSQL did not get ready')
}

const aws = async (words: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  (
    await promisify(execFile)(join(clients, 'aws'), [...words], {
      env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data, ...environment },
    })
  ).stdout.trim()

async function userWith(name: string, Statement: readonly object[]): Promise<NodeJS.ProcessEnv> {
  await aws(['iam', 'create-user', '--user-name', name])
  if (Statement.length > 0)
    await aws([
      'iam',
      'put-user-policy',
      '--user-name',
      name,
      '--policy-name',
      'connect',
      '--policy-document',
      JSON.stringify({ Version: '2012-10-17', Statement }),
    ])
  const { AccessKey } = JSON.parse(await aws(['iam', 'create-access-key', '--user-name', name])) as {
    AccessKey: { AccessKeyId: string; SecretAccessKey: string }
  }
  return { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
}

const tokenFor = (user: string, signer = user, at = port) =>
  aws(['rds', 'generate-db-auth-token', '--hostname', hostname, '--port', at, '--username', user], tokens[signer])

/** What psql prints, or why it could not. */
async function ask(user: string, PGPASSWORD: string, { sslmode = 'verify-full', at = port } = {}): Promise<string> {
  const where = `host=${hostname} hostaddr=127.0.0.1 port=${at} user=${user} dbname=postgres sslmode=${sslmode} sslrootcert=${gatehouse.environment['AWS_CA_BUNDLE']}`
  return promisify(execFile)(psql, [where, '-Atc', 'select current_user, count(*) from generate_series(1, 100000)'], {
    env: { ...process.env, PGPASSWORD },
    timeout: 20_000,
  }).then(
    ({ stdout }) => stdout.trim(),
    (problem: { stderr: string }) => problem.stderr.trim(),
  )
}

describe.runIf(available)('psql, with a token in the place of a password', () => {
  test('logs on as the user of the token, over TLS that it verifies', async () => {
    expect(await ask('jane', await tokenFor('jane'))).toBe('jane|100000')
  })

  const refusal = (user: string) => `FATAL:  PAM authentication failed for user "${user}"`
  test.each<[string, string, () => Promise<string>]>([
    ['a user whom no policy allows', 'joe', () => tokenFor('joe')],
    ['a token of another user', 'joe', () => tokenFor('jane')],
    ['the token of somebody whom no policy allows', 'jane', () => tokenFor('jane', 'joe')],
    ['a token for another port', 'jane', () => tokenFor('jane', 'jane', '5432')],
    ['an altered signature', 'jane', async () => (await tokenFor('jane')).replace(/.$/, end => (end === '0' ? '1' : '0'))],
    ['an expired token', 'jane', async () => (await tokenFor('jane')).replace(/X-Amz-Date=\d{8}T/, 'X-Amz-Date=20200101T')],
    ['a token that holds longer', 'jane', async () => (await tokenFor('jane')).replace('X-Amz-Expires=900', 'X-Amz-Expires=901')],
    ["the database's own password", 'jane', async () => password],
    ['nothing', 'jane', async () => ' '],
  ])('%s is refused', async (_what, user, token) => {
    expect(await ask(user, await token())).toContain(refusal(user))
  })

  test('through a proxy that the database trusts, logs on without any password upstream, and not without a token', async () => {
    const at = trustedPort
    expect(await ask('ann', await tokenFor('ann', 'jane', at), { at })).toBe('ann|100000')
    expect(await ask('ann', await tokenFor('ann', 'joe', at), { at })).toContain(refusal('ann'))
    expect(await ask('ann', 'no token', { at })).toContain(refusal('ann'))
  })

  test('through a proxy that has no password for a user of whom the database wants one, is refused', async () => {
    expect(await ask('jane', await tokenFor('jane', 'jane', trustedPort), { at: trustedPort })).toMatch(/FATAL: {2}/)
  })

  test('without TLS is refused, as by RDS', async () => {
    expect(await ask('jane', await tokenFor('jane'), { sslmode: 'disable' })).toContain(
      'FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "jane", database "postgres", no encryption',
    )
  })

  test('every attempt that reached Gatehouse is on record', async () => {
    const events = JSON.parse(
      await aws([
        'cloudtrail',
        'lookup-events',
        '--lookup-attributes',
        'AttributeKey=EventName,AttributeValue=Connect',
        '--query',
        'Events[].CloudTrailEvent',
      ]),
    ) as string[]
    const records = events.map(
      text => JSON.parse(text) as { errorCode?: string; userIdentity: { userName?: string }; requestParameters: { dbUser: string } },
    )
    const told = records.map(({ errorCode, userIdentity, requestParameters }) => [
      userIdentity.userName,
      requestParameters?.dbUser,
      errorCode,
    ])
    expect(told).toContainEqual(['jane', 'jane', undefined])
    expect(told).toContainEqual(['joe', 'jane', expect.stringContaining('AccessDenied')])
  })
})
