import { execFile, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ListUsersCommand, paginateListUsers } from '@aws-sdk/client-iam'
import { afterEach, expect, test } from 'vitest'
import { command, startGatehouse, type TestGatehouse, withoutAws } from '../e2e/gatehouse.ts'
import { administratorOf, logOf, outcome } from './client.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-damage-'))
const running: TestGatehouse[] = []
const start = async (data: string) => {
  const gatehouse = await startGatehouse({ data })
  running.push(gatehouse)
  return gatehouse
}
afterEach(async () => {
  for (const gatehouse of running.splice(0)) await gatehouse.stop()
  rmSync(folder, { recursive: true, force: true })
})
const run = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], {
    encoding: 'utf8',
    timeout: 60_000,
    env: withoutAws(process.env),
  })
  return { status, stdout, stderr }
}

const pageSize = 4_096
/** Overwrites pages of a file as a broken disk may. */
function damage(file: string, firstPage: number): void {
  const descriptor = openSync(file, 'r+')
  const rubbish = Buffer.alloc(pageSize, 0xa5)
  for (let page = firstPage; page * pageSize < statSync(file).size; page++) writeSync(descriptor, rubbish, 0, pageSize, page * pageSize)
  closeSync(descriptor)
}

test('a damaged database is refused at start, told by doctor, and replaced by a snapshot', async () => {
  const data = join(folder, 'at-start')
  const snapshot = join(folder, 'at-start.snapshot')
  const first = await start(data)
  expect(await administratorOf(first).create('kept')).toBe('done')
  expect(run('export', snapshot, '--data', data)).toMatchObject({ status: 0 })
  await first.stop()
  damage(join(data, 'gatehouse.db'), 40)

  expect(run('start', '--data', data, '--port', '0', '--http-port', '0')).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^gatehouse: .*gatehouse\.db is (damaged|not a usable database) \(.*\): restore it from a snapshot/),
  })
  expect(run('doctor', '--data', data)).toMatchObject({ status: 1, stdout: expect.stringMatching(/WRONG {2}.*is damaged/) })
  expect(run('restore', snapshot, '--data', data)).toMatchObject({ status: 1, stderr: expect.stringContaining('--force') })
  expect(run('restore', snapshot, '--data', data, '--force')).toMatchObject({ status: 0, stderr: '' })
  expect(await administratorOf(await start(data)).find('kept')).toBe('done')
})

test('pages damaged while it runs make calls that read them fail, not lie; the log says what to do', async () => {
  const data = join(folder, 'running')
  const snapshot = join(folder, 'running.snapshot')
  const filling = await start(data)
  for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 30 }, (_, k) => administratorOf(filling).create(`user-${n}-${k}`)))
  expect(run('export', snapshot, '--data', data)).toMatchObject({ status: 0 })
  // What was in the write-ahead log is in the database file then.
  await filling.stop()
  const gatehouse = await start(data)
  const log = logOf(gatehouse)
  damage(join(data, 'gatehouse.db'), 3)
  const { iam } = administratorOf(gatehouse)
  expect(await outcome(iam.send(new ListUsersCommand({})))).toBe('500 InternalFailure')
  await expect.poll(() => log.text).toContain('the database is damaged: stop Gatehouse and restore it from a snapshot')
  expect(gatehouse.process.exitCode).toBeNull()

  await gatehouse.stop()
  expect(run('restore', snapshot, '--data', data, '--force')).toMatchObject({ status: 0, stderr: '' })
  expect(await administratorOf(await start(data)).find('user-9-29')).toBe('done')
})

test('a backup while eight clients write holds what was acknowledged before it, no half of anything, and is verified', async () => {
  const data = join(folder, 'backup')
  const snapshot = join(folder, 'backup.snapshot')
  const gatehouse = await start(data)
  const { create } = administratorOf(gatehouse)
  const acknowledged: string[] = []
  const load = { over: false }
  const writing = Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; !load.over; n++) {
        const name = `user-${writer}-${n}`
        if ((await create(name)) === 'done') acknowledged.push(name)
      }
    }),
  )
  await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(40)
  const before = [...acknowledged]
  await promisify(execFile)(process.execPath, [command, 'export', snapshot, '--data', data])
  load.over = true
  await writing
  expect(acknowledged.length, 'writes went on').toBeGreaterThan(before.length)

  const restored = join(folder, 'restored')
  expect(run('restore', snapshot, '--data', restored)).toMatchObject({ status: 0, stderr: '' })
  const copy = await start(restored)
  const names: string[] = []
  for await (const { Users = [] } of paginateListUsers({ client: administratorOf(copy).iam }, {}))
    names.push(...Users.map(({ UserName }) => UserName as string).filter(name => name.startsWith('user-')))
  expect(before.filter(name => !names.includes(name))).toEqual([])
  const { openSqliteStore } = await import('../../src/store/index.ts')
  await copy.stop()
  const store = await openSqliteStore(join(restored, 'gatehouse.db'))
  const records = await store.read(tx => tx.selectFrom('records').select('json').where('eventName', '=', 'CreateUser').execute())
  await store.close()
  const recorded = records.map(({ json }) => (JSON.parse(json) as { requestParameters: { userName: string } }).requestParameters.userName)
  expect(recorded.toSorted(), 'each user with its record').toEqual(names.toSorted())

  const bytes = readFileSync(snapshot)
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] as number) ^ 1
  const file = openSync(snapshot, 'w')
  writeSync(file, bytes)
  closeSync(file)
  expect(run('restore', snapshot, '--data', join(folder, 'never'))).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/damaged|cannot be read/),
  })
})

test('doctor tells a master key that is none, and one of another folder', async () => {
  const data = join(folder, 'keys')
  await (await start(data)).stop()
  const file = join(data, 'master.key')
  expect(run('doctor', '--data', data)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('nothing is wrong, 1 thing is in doubt'),
  })
  writeFileSync(file, '00\n', { mode: 0o600 })
  expect(run('doctor', '--data', data)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining(`WRONG  masterKey: ${file}: a master key is 64 hexadecimal digits`),
  })
  writeFileSync(file, `${'0'.repeat(64)}\n`)
  expect(run('doctor', '--data', data)).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(
      /WRONG {2}the master key in .* does not open this data folder: its id is \w+, not \w+\n {7}put the key there/,
    ),
  })
})
