import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  DetachUserPolicyCommand,
  IAMClient,
  ListUsersCommand,
  paginateListUsers,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { postgresBinaries, type PostgresServer, startPostgresServer } from '../store/postgres-server.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

let primary: PostgresServer
let standby: PostgresServer
let nodes: readonly TestGatehouse[]
let administrators: readonly IAMClient[]

const clientOf = (node: TestGatehouse, credentials: Keys) =>
  new IAMClient({ endpoint: node.httpEndpoint, region: 'us-east-1', credentials, maxAttempts: 1 })

const keysOf = ({ environment }: TestGatehouse): Keys => ({
  accessKeyId: environment['AWS_ACCESS_KEY_ID'] as string,
  secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] as string,
})

const errorOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (problem: Error) => problem.name,
  )

describe.skipIf(postgresBinaries === undefined)('two nodes on PostgreSQL with a synchronous standby', () => {
  beforeAll(async () => {
    primary = await startPostgresServer({ settings: ['wal_level = replica', 'max_wal_senders = 5', 'wal_keep_size = 256MB'] })
    standby = await startPostgresServer({
      port: await freePort(),
      fill: (data, run) =>
        run('pg_basebackup', ['-h', '127.0.0.1', '-p', String(primary.port), '-U', 'gatehouse', '-D', data, '-R', '--checkpoint=fast']),
    })
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`)
    await primary.query('SELECT pg_reload_conf()')
    await primary.query('CREATE DATABASE gatehouse')
    const flags = ['--store', `postgres://gatehouse@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/gatehouse`]
    const environment = { GATEHOUSE_MASTER_KEY: randomBytes(32).toString('hex') }
    // At the same time on an empty database: both would migrate it, and make keys and the account.
    nodes = await Promise.all([startGatehouse({ flags, environment }), startGatehouse({ flags, environment })])
    administrators = nodes.map(node => clientOf(node, keysOf(node)))
  }, 120_000)
  afterAll(async () => {
    await Promise.all((nodes ?? []).map(discard))
    await standby?.end()
    await primary?.end()
  })

  const administrator = (node: 0 | 1) => administrators[node] as IAMClient
  const eventually = (ask: () => Promise<string>) => expect.poll(ask, { timeout: 3_000, interval: 20 })

  test('one of them made the account, and both know its key', async () => {
    const [one, other] = nodes.map(keysOf)
    expect(one).toEqual(other)
    for (const node of [0, 1] as const) expect(await errorOf(administrator(node).send(new ListUsersCommand({})))).toBe('none')
  })

  test('what one changes counts there at once, and soon on the other', async () => {
    const UserName = 'reader'
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
    await administrator(0).send(new CreateUserCommand({ UserName }))
    const { AccessKey } = await administrator(0).send(new CreateAccessKeyCommand({ UserName }))
    const keys = { accessKeyId: AccessKey?.AccessKeyId as string, secretAccessKey: AccessKey?.SecretAccessKey as string }
    const [here, there] = nodes.map(node => () => errorOf(clientOf(node, keys).send(new ListUsersCommand({}))))
    if (!here || !there) throw new Error('there are two nodes')
    expect(await there()).toBe('AccessDenied')
    await administrator(0).send(new AttachUserPolicyCommand({ UserName, PolicyArn }))
    expect(await here()).toBe('none')
    await eventually(there).toBe('none')
    await administrator(1).send(new DetachUserPolicyCommand({ UserName, PolicyArn }))
    expect(await there()).toBe('AccessDenied')
    await eventually(here).toBe('AccessDenied')
    await administrator(0).send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId, Status: 'Inactive' }))
    expect(await here()).toBe('InvalidClientTokenId')
    await eventually(there).toBe('InvalidClientTokenId')
  })

  test('one of them leads', async () => {
    const leaders = `SELECT count(*)::int AS "n" FROM pg_locks WHERE locktype = 'advisory' AND objid = 4745002 AND granted`
    await expect.poll(async () => (await primary.query(leaders, 'gatehouse'))[0]?.['n'], { timeout: 10_000 }).toBe(1)
  })

  test('after the primary was killed under load, nodes refuse, then write to the standby that took its place, and nothing is lost', async () => {
    const acknowledged: string[] = []
    const refusals = new Set<string>()
    let killedAt = Number.POSITIVE_INFINITY
    let backAt = Number.POSITIVE_INFINITY
    const load = { over: false }
    const writer = async (node: 0 | 1, number: number) => {
      for (let n = 0; !load.over; n++) {
        const UserName = `writer-${node}-${number}-${n}`
        const error = await errorOf(administrator(node).send(new CreateUserCommand({ UserName })))
        if (error === 'none') {
          acknowledged.push(UserName)
          if (performance.now() > killedAt + 1_000) backAt = Math.min(backAt, performance.now())
        } else {
          refusals.add(error)
          await new Promise(resolve => setTimeout(resolve, 100))
        }
      }
    }
    const writers = [0, 1, 2, 3].flatMap(number => [writer(0, number), writer(1, number)])
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(40)
    killedAt = performance.now()
    primary.process.kill('SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 1_500))
    const before = acknowledged.length
    standby.run('pg_ctl', ['promote', '-D', join(standby.folder, 'data'), '-w'])
    await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(before + 40)
    load.over = true
    await Promise.all(writers)
    expect(backAt - killedAt).toBeLessThan(30_000)
    expect([...refusals]).toEqual(['ServiceUnavailable'])
    const kept = new Set<string>()
    for await (const { Users = [] } of paginateListUsers({ client: administrator(1) }, {}))
      for (const { UserName } of Users) kept.add(UserName as string)
    expect(acknowledged.filter(name => !kept.has(name))).toEqual([])
    const records = await standby.query(`SELECT "json" FROM "records" WHERE "eventName" = 'CreateUser'`, 'gatehouse')
    const recorded = new Set(
      records.map(
        ({ json }) =>
          (JSON.parse(json as string) as { responseElements?: { user?: { userName?: string } } }).responseElements?.user?.userName,
      ),
    )
    expect(acknowledged.filter(name => !recorded.has(name))).toEqual([])
  }, 120_000)
})
