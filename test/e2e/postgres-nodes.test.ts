import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  EnableMFADeviceCommand,
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  ListUsersCommand,
  paginateListUsers,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codesOf } from '../browser/one-time-codes.ts'
import { freePort } from '../free-port.ts'
import { postgresBinaries, type PostgresServer, startPostgresServer } from '../store/postgres-server.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

let primary: PostgresServer
let standby: PostgresServer
let nodes: readonly TestGatehouse[]
const masterKey = randomBytes(32).toString('hex')
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
    const environment = { GATEHOUSE_MASTER_KEY: masterKey }
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

  test('each tells how it was before what the other changed', async () => {
    const usersAt = async (node: 0 | 1, at: string) => {
      const client = clientOf(nodes[node] as TestGatehouse, keysOf(nodes[node] as TestGatehouse))
      client.middlewareStack.add(
        next => arguments_ => {
          ;(arguments_.request as { headers: { [name: string]: string } }).headers['x-gatehouse-at'] = at
          return next(arguments_)
        },
        { step: 'build' },
      )
      const { UserDetailList = [] } = await client.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }))
      return UserDetailList.map(({ UserName }) => UserName)
    }
    const moment = async () => {
      await wait(20)
      const at = new Date().toISOString()
      await wait(20)
      return at
    }
    const before = await moment()
    await administrator(0).send(new CreateUserCommand({ UserName: 'passer-by' }))
    const between = await moment()
    await administrator(1).send(new DeleteUserCommand({ UserName: 'passer-by' }))
    for (const node of [0, 1] as const) {
      expect(await usersAt(node, before)).not.toContain('passer-by')
      expect(await usersAt(node, between)).toContain('passer-by')
      expect(await usersAt(node, await moment())).not.toContain('passer-by')
    }
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

  test('a session ends on both when its user is deleted, and a code of a second factor is good once, whichever node takes it', async () => {
    const UserName = 'phone-owner'
    const [here, there] = [administrator(0), administrator(1)]
    await here.send(new CreateUserCommand({ UserName }))
    const { AccessKey } = await here.send(new CreateAccessKeyCommand({ UserName }))
    const keys = { accessKeyId: AccessKey?.AccessKeyId as string, secretAccessKey: AccessKey?.SecretAccessKey as string }
    const { VirtualMFADevice } = await here.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }))
    const SerialNumber = VirtualMFADevice?.SerialNumber as string
    const seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? '').toString('latin1')
    const [AuthenticationCode1, AuthenticationCode2, TokenCode] = codesOf(seed, Date.now())
    await there.send(new EnableMFADeviceCommand({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }))
    const session = (node: 0 | 1, credentials: Keys = keys) =>
      new STSClient({ endpoint: nodes[node]?.httpEndpoint as string, region: 'us-east-1', credentials, maxAttempts: 1 })
    await eventually(() => errorOf(session(0).send(new GetCallerIdentityCommand({})))).toBe('none')
    const { Credentials } = await session(0).send(new GetSessionTokenCommand({ SerialNumber, TokenCode }))
    expect(await errorOf(session(1).send(new GetSessionTokenCommand({ SerialNumber, TokenCode })))).toBe('AccessDenied')
    const issued = {
      accessKeyId: Credentials?.AccessKeyId as string,
      secretAccessKey: Credentials?.SecretAccessKey as string,
      sessionToken: Credentials?.SessionToken as string,
    }
    const use = (node: 0 | 1) => errorOf(session(node, issued).send(new GetCallerIdentityCommand({})))
    expect([await use(0), await use(1)]).toEqual(['none', 'none'])
    await here.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }))
    await here.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId }))
    await here.send(new DeleteUserCommand({ UserName }))
    expect(await use(0)).toBe('InvalidClientTokenId')
    await eventually(() => use(1)).toBe('InvalidClientTokenId')
  })

  test('a node that cannot read the change feed for longer than its bound refuses, though the store answers, and answers again when it can', async () => {
    const flags = ['--store', `postgres://gatehouse@127.0.0.1:${primary.port}/gatehouse`, '--feed-bound-seconds', '1']
    const node = await startGatehouse({ flags, environment: { GATEHOUSE_MASTER_KEY: masterKey } })
    const holder = new Client({ host: '127.0.0.1', port: primary.port, user: 'gatehouse', database: 'gatehouse' })
    await holder.connect()
    try {
      const ask = () => errorOf(clientOf(node, keysOf(node)).send(new ListUsersCommand({})))
      expect(await ask()).toBe('none')
      await holder.query('BEGIN; LOCK TABLE "changes" IN ACCESS EXCLUSIVE MODE')
      await expect.poll(ask, { timeout: 10_000, interval: 100 }).toBe('ServiceUnavailable')
      expect(await primary.query('SELECT count(*)::int AS "n" FROM "users" WHERE false', 'gatehouse')).toEqual([{ n: 0 }])
      await holder.query('ROLLBACK')
      await expect.poll(ask, { timeout: 10_000, interval: 100 }).toBe('none')
    } finally {
      await holder.end()
      await discard(node)
    }
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
