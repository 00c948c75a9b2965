import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { command, startGatehouse, type TestGatehouse, withoutAws } from '../e2e/gatehouse.ts'
import { administratorOf, logOf, outcome } from './client.ts'

const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

const folders: string[] = []
const mounts: string[] = []
const running: TestGatehouse[] = []
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'))
  folders.push(folder)
  return folder
}
const mount = (...words: string[]) => {
  execFileSync('mount', words)
  mounts.push(words.at(-1) as string)
}
const start = async (options: Parameters<typeof startGatehouse>[0]) => {
  const gatehouse = await startGatehouse(options)
  running.push(gatehouse)
  return gatehouse
}
afterEach(async () => {
  for (const gatehouse of running.splice(0)) await gatehouse.stop()
  for (const folder of mounts.splice(0).toReversed()) execFileSync('umount', [folder])
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
const refused = (data: string) => {
  const words = [command, 'start', '--data', data, '--port', '0', '--http-port', '0']
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env: withoutAws(process.env), timeout: 60_000 })
  return { status, stderr }
}

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

/** Puts an object to each endpoint, and prints what it was told. */
const objectsTooLarge = `
import boto3, json, sys
from botocore.config import Config
from botocore.exceptions import ClientError
told = []
for endpoint in sys.argv[1:]:
    s3 = boto3.client('s3', endpoint_url=endpoint, config=Config(retries={'total_max_attempts': 1}, read_timeout=20))
    s3.create_bucket(Bucket='bucket%d' % len(told))
    try:
        s3.put_object(Bucket='bucket%d' % len(told), Key='object', Body=b'a' * 30_000_000)
        told.append('taken')
    except ClientError as error:
        told.append([error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']])
print(json.dumps(told))
`

describe.skipIf(!isRoot)('a disk that is full', () => {
  const fill = (disk: string) => {
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=1k'], { stdio: 'ignore' })
    expect(statfsSync(disk).bavail).toBe(0)
  }

  test('refuses each call, as none goes unrecorded, says so in the log, loses nothing, and serves again when there is room', async () => {
    const disk = newFolder()
    mount('-t', 'tmpfs', '-o', 'size=12m,mode=0700', 'tmpfs', disk)
    const gatehouse = await start({ data: disk })
    const log = logOf(gatehouse)
    const { create, find } = administratorOf(gatehouse)
    expect(await create('before')).toBe('done')
    fill(disk)
    const made: string[] = []
    for (let n = 0; n < 40; n++) if ((await create(`during-${n}`)) === 'done') made.push(`during-${n}`)
    expect(made.length, 'room that the log had already').toBeLessThan(40)
    expect(await create('refused')).toBe('503 ServiceUnavailable')
    expect(await find('before')).toBe('503 ServiceUnavailable')
    expect((await fetch(`${gatehouse.httpEndpoint}/_gatehouse/health`)).status).toBe(200)
    await expect.poll(() => log.text).toContain('the disk is full: make room, and calls are answered again')
    rmSync(join(disk, 'filler'))
    expect(await create('after')).toBe('done')
    for (const name of ['before', ...made, 'after']) expect(await find(name)).toBe('done')
    expect(await find('refused')).toBe('404 NoSuchEntityException')
    expect(gatehouse.process.exitCode).toBeNull()

    await gatehouse.stop()
    const again = await start({ data: disk })
    for (const name of ['before', ...made, 'after']) expect(await administratorOf(again).find(name)).toBe('done')
  })

  test('refuses an object that does not fit, at once and in S3’s words, and keeps no part of it', async () => {
    const disk = newFolder()
    mount('-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', disk)
    const gatehouse = await start({ data: disk })
    const log = logOf(gatehouse)
    // As SDKs send it: over HTTPS in chunks with a checksum behind them, over HTTP signed as a whole.
    const endpoints = [gatehouse.endpoint, gatehouse.httpEndpoint]
    const { stdout } = await promisify(execFile)(join(clients, 'python'), ['-c', objectsTooLarge, ...endpoints], {
      env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: disk },
      timeout: 50_000,
    })
    expect(JSON.parse(stdout)).toEqual(endpoints.map(() => ['ServiceUnavailable', 503]))
    await expect.poll(() => log.text).toContain('the disk is full: make room')
    const kept = readdirSync(join(disk, 'objects'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    expect(kept).toEqual([])
    expect(await administratorOf(gatehouse).create('after')).toBe('done')
  })

  test('is named at start', async () => {
    const disk = newFolder()
    mount('-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', disk)
    fill(disk)
    const { status, stderr } = refused(disk)
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/ENOSPC|the disk is full/) })
    rmSync(join(disk, 'filler'))
    execFileSync('mount', ['-o', 'remount,size=12m', disk])
    expect(await administratorOf(await start({ data: disk })).create('ann')).toBe('done')
  })
})

describe.skipIf(!isRoot)('a disk that cannot be written', () => {
  test('is named at start', async () => {
    const folder = newFolder()
    const first = await start({ data: folder })
    await first.stop()
    const seen = newFolder()
    mount('--bind', folder, seen)
    execFileSync('mount', ['-o', 'remount,bind,ro', seen])
    expect(refused(seen)).toEqual({
      status: 1,
      stderr: `gatehouse: the data folder ${seen} cannot be written (EROFS): mount it for writing, or choose another with --data\n`,
    })
  })

  // An immutable file is what an ext4 file system does that turns read-only after an error: writes to open files fail.
  const turnsReadOnly = (() => {
    const probe = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'))
    const file = join(probe, 'file')
    writeFileSync(file, '')
    const works = spawnSync('chattr', ['+i', file]).status === 0
    if (works) spawnSync('chattr', ['-i', file])
    rmSync(probe, { recursive: true })
    return works
  })()
  test.skipIf(!turnsReadOnly)('while it runs: writes are refused, nothing half is left, and it serves again when it may', async () => {
    const data = newFolder()
    const gatehouse = await start({ data })
    const log = logOf(gatehouse)
    const { create, find } = administratorOf(gatehouse)
    expect(await create('before')).toBe('done')
    const files = readdirSync(data)
      .filter(name => name.startsWith('gatehouse.db') && !name.includes('lock'))
      .map(name => join(data, name))
    execFileSync('chattr', ['+i', ...files])
    try {
      expect(await create('refused')).toBe('503 ServiceUnavailable')
      await expect.poll(() => log.text).toMatch(/the disk does not do what it is asked|the data folder cannot be written/)
    } finally {
      execFileSync('chattr', ['-i', ...files])
    }
    expect(await create('after')).toBe('done')
    expect(await find('before')).toBe('done')
    expect(await find('refused')).toBe('404 NoSuchEntityException')
  })
})

test.skipIf(process.platform !== 'linux' || !has('cc'))(
  'a slow disk slows no call that another call can share its sync with, and is not lied about',
  async () => {
    const folder = newFolder()
    const library = join(folder, 'slow-disk.so')
    const source = fileURLToPath(new URL('slow-disk.c', import.meta.url))
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
    const gatehouse = await start({ data: join(folder, 'data'), environment: { LD_PRELOAD: library } })
    const { create, find } = administratorOf(gatehouse)
    const begun = performance.now()
    expect(await create('alone')).toBe('done')
    expect(performance.now() - begun, 'it waited for the disk').toBeGreaterThan(150)
    const names = Array.from({ length: 64 }, (_, number) => `together-${number}`)
    const before = performance.now()
    expect(new Set(await Promise.all(names.map(create)))).toEqual(new Set(['done']))
    expect(performance.now() - before, 'one sync for many').toBeLessThan((64 * 150) / 2)
    expect(await outcome(fetch(`${gatehouse.httpEndpoint}/_gatehouse/health`))).toBe('done')
    await gatehouse.kill()
    const again = await start({ data: gatehouse.data })
    for (const name of ['alone', ...names]) expect(await administratorOf(again).find(name)).toBe('done')
    expect(await find('alone')).not.toBe('done')
    expect(existsSync(library)).toBe(true)
  },
)
