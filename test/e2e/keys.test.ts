import { execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateAccessKeyCommand, CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
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
    env: { ...withoutAws(process.env), ...environment },
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
})
