import { execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateAccessKeyCommand, CreateUserCommand, CreateVirtualMFADeviceCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { postgresBinaries, startPostgresServer } from '../store/postgres-server.ts'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// docs/keys.md

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'))
const running: TestGatehouse[] = []
afterEach(async () => {
  for (const gatehouse of running.splice(0)) await discard(gatehouse)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const start = async (options: Parameters<typeof startGatehouse>[0]) => {
  const gatehouse = await startGatehouse(options)
  running.push(gatehouse)
  return gatehouse
}
const gatehouseCommand = (words: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [command, ...words], {
    encoding: 'utf8',
    env: { ...withoutAws(process.env), KUBEBUILDER_ASSETS: undefined, ...environment },
    timeout: 60_000,
  })
const done = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): string => {
  const { status, stdout, stderr } = gatehouseCommand(words, environment)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}
const idsOf = (listing: string) => [...listing.matchAll(/^([0-9a-f]{16}) /gm)].map(([, id]) => id as string)
const settingsOf = ({ httpEndpoint, environment }: TestGatehouse) => ({
  endpoint: httpEndpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] as string, secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] as string },
})
const secretFile = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  return file
}
/** Starts with what cannot be. */
const refused = (data: string, flags: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
  const { status, stderr } = gatehouseCommand(['start', '--data', data, '--port', '0', '--http-port', '0', ...flags], environment)
  return { status, stderr }
}

test('the key of a data folder is replaced while calls go on; each secret still opens, after the next start too', async () => {
  const gatehouse = await start({})
  const { data } = gatehouse
  const iam = new IAMClient(settingsOf(gatehouse))
  const failures: unknown[] = []
  const load = { over: false, calls: 0 }
  const calling = (async () => {
    while (!load.over) {
      await new STSClient(settingsOf(gatehouse)).send(new GetCallerIdentityCommand({})).catch((problem: unknown) => failures.push(problem))
      load.calls++
    }
  })()
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const before = readFileSync(join(data, 'master.key'), 'utf8')
  const [former] = idsOf(done(['keys', 'list', '--data', data]))
  // Not waited for in one go: calls go on meanwhile.
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'keys', 'rotate', '--data', data])
  const [present, ...more] = idsOf(stdout)
  expect({ more, changed: present !== former }).toEqual({ more: [], changed: true })
  expect(readFileSync(join(data, 'master.key'), 'utf8')).not.toBe(before)
  expect(statSync(join(data, 'master.key')).mode & 0o777).toBe(0o600)
  expect(existsSync(join(data, 'baseline.snapshot')), 'it held the former key').toBe(false)
  load.over = true
  await calling
  expect(failures).toEqual([])
  expect(load.calls).toBeGreaterThan(5)

  expect(await gatehouse.stop()).toBe(0)
  const again = await start({ data })
  const credentials = { accessKeyId: AccessKey?.AccessKeyId as string, secretAccessKey: AccessKey?.SecretAccessKey as string }
  const { Arn } = await new STSClient({ ...settingsOf(again), credentials }).send(new GetCallerIdentityCommand({}))
  expect(Arn).toBe('arn:aws:iam::111122223333:user/ann')
  await again.stop()
  expect(refused(data, [], { GATEHOUSE_MASTER_KEY: before.trim() })).toEqual({
    status: 1,
    stderr: `gatehouse: the master key does not open this data folder: give the one it was made with (id ${present})\n`,
  })
})

/** Every envelope in a data folder, by the data key that it is of. */
function envelopesOf(data: string): Map<string, Set<string>> {
  const database = new Sqlite(join(data, 'gatehouse.db'), { readonly: true })
  const found = new Map<string, Set<string>>()
  for (const { name } of database.prepare<[], { name: string }>(`SELECT "name" FROM "sqlite_master" WHERE "type" = 'table'`).all()) {
    if (name.startsWith('sqlite_')) continue
    for (const row of database.prepare<[], Record<string, unknown>>(`SELECT * FROM "${name}"`).iterate())
      for (const [column, value] of Object.entries(row)) {
        if (typeof value !== 'string' || row['name'] === 'masterKeys') continue
        for (const [, version, id] of value.matchAll(/(?:^|")(?:(v1)|v2\.([0-9a-f]{16}))\.[\w-]{38,}/g)) {
          const key = version ? 'first' : (id as string)
          found.set(key, (found.get(key) ?? new Set()).add(`${name}.${column}`))
        }
      }
  }
  database.close()
  return found
}

test('the data key is replaced under load, with workers: no call fails, sessions go on, and nothing is left under the former key', {
  timeout: 180_000,
}, async () => {
  const gatehouse = await start({ flags: ['--workers', '2'] })
  const { data } = gatehouse
  const iam = new IAMClient(settingsOf(gatehouse))
  const sts = new STSClient(settingsOf(gatehouse))
  const words = ['--data', data]
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'ann' }))
  const stack = { Resources: { Group: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'made' } } } }
  const signed = (service: string, body: string) => post(gatehouse, service, body)
  await signed(
    'cloudformation',
    new URLSearchParams({
      Action: 'CreateStack',
      Version: '2010-05-15',
      StackName: 'one',
      TemplateBody: JSON.stringify(stack),
      'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
    }).toString(),
  )
  await signed('ec2', 'Action=RunInstances&Version=2016-11-15&ImageId=ami-12345678&MinCount=1&MaxCount=1&UserData=aGk%3D')
  await new EKSClient(settingsOf(gatehouse))
    .send(
      new CreateClusterCommand({ name: 'dev', roleArn: 'arn:aws:iam::111122223333:role/cluster', resourcesVpcConfig: { subnetIds: [] } }),
    )
    .catch(() => {})
  const session = (await sts.send(new GetSessionTokenCommand({}))).Credentials
  const sessionKeys = {
    accessKeyId: session?.AccessKeyId as string,
    secretAccessKey: session?.SecretAccessKey as string,
    sessionToken: session?.SessionToken as string,
  }
  const load = { over: false, failures: [] as unknown[], calls: 0, keys: [] as { AccessKeyId?: string; SecretAccessKey?: string }[] }
  const failed = (problem: unknown) => void load.failures.push(problem)
  const calling = Array.from({ length: 4 }, async (_, number) => {
    // A connection of its own for each call: workers take them in turn.
    for (let turn = 0; !load.over; turn++, load.calls++) {
      const fresh = { ...settingsOf(gatehouse), requestHandler: { httpAgent: new Agent({ keepAlive: false }) } }
      await new STSClient({ ...fresh, credentials: sessionKeys }).send(new GetCallerIdentityCommand({})).catch(failed)
      const UserName = `user-${number}-${turn}`
      if (turn % 5 !== 0) continue
      await iam.send(new CreateUserCommand({ UserName })).catch(failed)
      const { AccessKey } = await iam
        .send(new CreateAccessKeyCommand({ UserName }))
        .catch(problem => ({ AccessKey: failed(problem) ?? undefined }))
      if (AccessKey) load.keys.push(AccessKey)
    }
  })
  const before = envelopesOf(data)
  expect([...before.keys()]).toEqual(['first'])
  expect([...(before.get('first') ?? [])].toSorted()).toEqual(
    expect.arrayContaining([
      'accessKeys.secret',
      'instances.userData',
      'mfaDevices.seed',
      'settings.value',
      'stackResources.content',
      'stacks.content',
      'stacks.outputs',
    ]),
  )
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'keys', 'renew', ...words])
  const [, id = ''] = /^data key {2}([0-9a-f]{16}) .* seals$/m.exec(stdout) ?? []
  expect(stdout).toMatch(/^data key {2}first +opens sessions that it signed$/m)
  await new Promise(resolve => setTimeout(resolve, 500))
  load.over = true
  await Promise.all(calling)
  expect(load.failures).toEqual([])
  expect(load.calls).toBeGreaterThan(20)
  const after = envelopesOf(data)
  expect([...after.keys()], JSON.stringify([...(after.get('first') ?? [])])).toEqual([id])
  const whoIs = ({ AccessKeyId = '', SecretAccessKey = '' }, to = gatehouse) =>
    new STSClient({ ...settingsOf(to), credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } }).send(
      new GetCallerIdentityCommand({}),
    )
  for (const key of [load.keys[0], load.keys.at(-1)]) expect((await whoIs(key ?? {})).Arn).toContain(':user/user-')

  expect(gatehouseCommand(['keys', 'retire', 'first', ...words])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('give --end-sessions'),
  })
  const asSession = () => new STSClient({ ...settingsOf(gatehouse), credentials: sessionKeys }).send(new GetCallerIdentityCommand({}))
  await asSession()
  done(['keys', 'retire', 'first', '--end-sessions', ...words])
  for (let turn = 0; turn < 6; turn++) await expect(asSession()).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
  expect(await gatehouse.stop()).toBe(0)
  const again = await start({ data })
  expect((await whoIs(load.keys[0] ?? {}, again)).Arn).toContain(':user/user-')
  expect(done(['keys', 'list', ...words])).toContain(`data key  ${id}`)
})

/** A signed call of a service that no client is here for. */
async function post({ httpEndpoint, environment }: TestGatehouse, service: string, body: string): Promise<void> {
  const { host } = new URL(httpEndpoint)
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] as string,
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] as string,
  }
  const plain = { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const headers = signHeaders(
    { method: 'POST', path: '/', query: '', headers: plain, body },
    credentials,
    { region: 'us-east-1', service },
    Date.now(),
  )
  const answer = await fetch(httpEndpoint, { method: 'POST', headers, body })
  expect(await answer.text().then(text => (answer.ok ? '' : text))).toBe('')
}

/** What `gatehouse keys list` shows at a terminal where a passphrase is typed when it is asked for. */
async function askedFor(data: string, passphrase: string): Promise<string> {
  const words = [process.execPath, command, 'keys', 'list', '--data', data, '--master-key-passphrase-file', '-']
  const terminal = spawn('script', ['--quiet', '--return', '--command', words.join(' '), '/dev/null'], { env: withoutAws(process.env) })
  let shown = ''
  terminal.stdout.on('data', (chunk: Buffer) => {
    if (!shown.includes('Passphrase: ') && chunk.includes('Passphrase: ')) terminal.stdin.write(`${passphrase}\n`)
    shown += chunk.toString()
  })
  await new Promise(resolve => terminal.once('close', resolve))
  return shown
}

test('a data folder is sealed with a passphrase, then with what a command prints, and its key file is gone', async () => {
  const passphrase = 'correct horse battery staple'
  const first = await start({})
  const { data } = first
  const passphraseFile = secretFile('passphrase', passphrase)
  const [former] = idsOf(done(['keys', 'rotate', '--data', data, '--new-passphrase-file', passphraseFile]))
  expect(gatehouseCommand(['keys', 'retire', former as string, '--data', data])).toMatchObject({
    status: 1,
    stderr: `gatehouse: the master key ${former} is in use here: start with another one first\n`,
  })
  await first.stop()

  const sealed = await start({ data, flags: ['--master-key-passphrase-file', passphraseFile] })
  done(['keys', 'retire', former as string, '--data', data])
  expect(existsSync(join(data, 'master.key'))).toBe(false)
  const key = randomBytes(32)
  const keyCommand = `echo ${key.toString('base64')}`
  const [ofPassphrase] = idsOf(done(['keys', 'rotate', '--data', data, '--new-key-command', keyCommand]))
  await sealed.stop()

  const byCommand = await start({ data, environment: { GATEHOUSE_MASTER_KEY_COMMAND: keyCommand } })
  await byCommand.stop()
  expect(await askedFor(data, passphrase)).toMatch(/^Passphrase: \s+[0-9a-f]{16} +passphrase .* in use\s+[0-9a-f]{16} +key /)
  // Not running: the command opens the state itself.
  done(['keys', 'retire', ofPassphrase as string, '--data', data, '--master-key-command', keyCommand])
  expect(refused(data, ['--master-key-passphrase-file', passphraseFile])).toMatchObject({
    status: 1,
    stderr: 'gatehouse: a master key opens this data folder, not a passphrase: give the key it was made with\n',
  })
})

test('where the key comes from is wrong: each is told, and no secret with it', () => {
  const data = join(folder, 'none')
  const open = secretFile('open', 'correct horse battery staple')
  chmodSync(open, 0o644)
  expect(refused(data, ['--master-key-passphrase-file', open])).toEqual({
    status: 1,
    stderr: `gatehouse: ${open} can be read by others: run chmod 600 on it\n`,
  })
  expect(refused(data, ['--master-key-passphrase-file', join(folder, 'no-such')])).toMatchObject({
    status: 1,
    stderr: `gatehouse: ${folder}/no-such is missing\n`,
  })
  expect(refused(data, ['--master-key-command', 'echo canary-canary; exit 3'])).toEqual({
    status: 1,
    stderr: 'gatehouse: --master-key-command failed, with exit code 3\n',
  })
  expect(refused(data, ['--master-key-command', 'echo canary-canary'])).toEqual({
    status: 1,
    stderr: 'gatehouse: --master-key-command: it must print 64 hexadecimal digits, or 32 bytes in base64\n',
  })
  expect(refused(data, [], { GATEHOUSE_MASTER_KEY_PASSPHRASE: 'canary' })).toEqual({
    status: 2,
    stderr: 'gatehouse: GATEHOUSE_MASTER_KEY_PASSPHRASE (hidden): must have 12 to 1024 characters\n',
  })
  expect(refused(data, ['--master-key-command', 'true', '--master-key-passphrase-file', open])).toEqual({
    status: 2,
    stderr: 'gatehouse: the master key comes from one place: leave out all but one of --master-key-command, --master-key-passphrase-file\n',
  })
  expect(refused(data, ['--master-key-passphrase-file', '-'])).toMatchObject({
    status: 1,
    stderr: 'gatehouse: there is no terminal to ask for the passphrase: name its file with --master-key-passphrase-file\n',
  })
})

test('rights of others in the data folder are taken away at start; core dumps are off, of what it starts as well', async () => {
  const data = join(folder, 'rights')
  const first = await start({ data })
  await first.stop()
  chmodSync(data, 0o755)
  chmodSync(join(data, 'gatehouse.db'), 0o644)
  const second = await start({ data, within: ['prlimit', '--core=unlimited:unlimited'] })
  expect(statSync(data).mode & 0o777).toBe(0o700)
  expect(statSync(join(data, 'gatehouse.db')).mode & 0o777).toBe(0o600)
  expect(readFileSync(`/proc/${second.process.pid}/limits`, 'utf8')).toMatch(/^Max core file size\s+0\s+0\s/m)
  await second.stop()
  chmodSync(join(data, 'master.key'), 0o640)
  expect(refused(data, [])).toEqual({ status: 1, stderr: `gatehouse: ${data}/master.key can be read by others: run chmod 600 on it\n` })
})

describe.skipIf(postgresBinaries === undefined)('nodes that share a store', () => {
  test('go on while the key is replaced: nodes with either start, then with the new one alone', async () => {
    const server = await startPostgresServer({ settings: ['fsync = off'] })
    try {
      const store = await server.createDatabase()
      const flags = ['--store', store]
      const former = randomBytes(32).toString('hex')
      const next = randomBytes(32).toString('hex')
      const one = await start({ flags, environment: { GATEHOUSE_MASTER_KEY: former } })
      await new IAMClient(settingsOf(one)).send(new CreateUserCommand({ UserName: 'ann' }))
      const [id] = idsOf(
        done(['keys', 'rotate', '--store', store, '--data', join(folder, 'cli'), '--new-key-file', secretFile('next', next)], {
          GATEHOUSE_MASTER_KEY: former,
        }),
      )
      const two = await start({ flags, environment: { GATEHOUSE_MASTER_KEY: next } })
      const three = await start({ flags, environment: { GATEHOUSE_MASTER_KEY: former } })
      for (const node of [one, two, three]) {
        const { User } = await new IAMClient(settingsOf(node)).send(new GetUserCommand({ UserName: 'ann' }))
        expect(User?.UserName).toBe('ann')
      }
      done(['keys', 'retire', id as string, '--store', store, '--data', join(folder, 'cli')], { GATEHOUSE_MASTER_KEY: next })
      expect(refused(join(folder, 'four'), flags, { GATEHOUSE_MASTER_KEY: former })).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('the master key does not open'),
      })
      const { Arn } = await new STSClient(settingsOf(one)).send(new GetCallerIdentityCommand({}))
      expect(Arn).toBe('arn:aws:iam::111122223333:user/administrator')
      for (const node of running.splice(0)) await discard(node)
    } finally {
      await server.end()
    }
  })

  test('go on while the data key is replaced, and open at once what another sealed', { timeout: 180_000 }, async () => {
    const server = await startPostgresServer()
    try {
      const store = await server.createDatabase()
      const environment = { GATEHOUSE_MASTER_KEY: randomBytes(32).toString('hex') }
      const flags = ['--store', store, '--feed-bound-seconds', '1']
      const [one, two] = [await start({ flags, environment }), await start({ flags, environment })]
      const load = { over: false, failures: [] as unknown[], calls: 0 }
      const iam = new IAMClient(settingsOf(one))
      const failed = (problem: unknown) => void load.failures.push(problem)
      const calling = (async () => {
        for (; !load.over; load.calls++) {
          const UserName = `user-${load.calls}`
          await iam.send(new CreateUserCommand({ UserName })).catch(failed)
          const made = await iam.send(new CreateAccessKeyCommand({ UserName })).catch(failed)
          const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = made?.AccessKey ?? {}
          const there = new STSClient({ ...settingsOf(two), credentials: { accessKeyId, secretAccessKey } })
          await there.send(new GetCallerIdentityCommand({})).catch(failed)
          await new Promise(resolve => setTimeout(resolve, 100))
        }
      })()
      const words = ['keys', 'renew', '--store', store, '--data', join(folder, 'renewing')]
      const env = { ...withoutAws(process.env), KUBEBUILDER_ASSETS: undefined, GATEHOUSE_FEED_BOUND_SECONDS: '1', ...environment }
      const { stdout } = await promisify(execFile)(process.execPath, [command, ...words], { env })
      expect(stdout).toMatch(/^data key {2}first +opens sessions that it signed$/m)
      load.over = true
      await calling
      expect(load.failures).toEqual([])
      expect(load.calls).toBeGreaterThan(20)
      const left = await server.query(
        `SELECT count(*)::int AS "left" FROM "accessKeys" WHERE "secret" NOT LIKE 'v2.%'`,
        store.slice(store.lastIndexOf('/') + 1),
      )
      expect(left).toEqual([{ left: 0 }])
      done(['keys', 'retire', 'first', '--end-sessions', '--store', store, '--data', join(folder, 'renewing')], environment)
      for (const node of running)
        expect((await new STSClient(settingsOf(node)).send(new GetCallerIdentityCommand({}))).Arn).toContain('administrator')
      for (const node of running.splice(0)) await discard(node)
    } finally {
      await server.end()
    }
  })
})
