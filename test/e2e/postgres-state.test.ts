import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresBinaries, type PostgresServer, startPostgresServer } from '../store/postgres-server.ts'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// What the commands of docs/snapshots.md do for a state that nodes share, and how PostgreSQL's own tools carry it over.

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

describe.skipIf(postgresBinaries === undefined)('a state in PostgreSQL', () => {
  const key = { GATEHOUSE_MASTER_KEY: randomBytes(32).toString('hex') }
  let server: PostgresServer
  let gatehouse: TestGatehouse
  let restored: TestGatehouse | undefined
  const addressOf = (database: string) => `postgres://gatehouse@127.0.0.1:${server.port}/${database}`
  const run = (words: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
    spawnSync(join(root, 'node_modules/.bin/node'), [command, ...words, '--data', gatehouse.data], {
      encoding: 'utf8',
      env: { ...withoutAws(process.env), ...environment },
      timeout: 60_000,
    })
  const usersOf = ({ environment }: TestGatehouse) =>
    execFileSync(join(clients, 'aws'), ['iam', 'list-users', '--query', 'Users[].UserName', '--output', 'text'], {
      env: { ...withoutAws(process.env), ...environment },
      encoding: 'utf8',
    }).trim()

  beforeAll(async () => {
    server = await startPostgresServer()
    await server.query('CREATE DATABASE gatehouse')
    gatehouse = await startGatehouse({ flags: ['--store', addressOf('gatehouse')], environment: key })
  }, 120_000)
  afterAll(async () => {
    await discard(gatehouse)
    await discard(restored)
    await server?.end()
  })

  test('is filled by a seed, through the node that runs', () => {
    const seed = join(gatehouse.data, 'seed.yaml')
    writeFileSync(seed, 'calls:\n  - iam:CreateUser: { UserName: ci }\n')
    expect(run(['seed', seed])).toMatchObject({ status: 0, stdout: `seeded ${gatehouse.data} from ${seed}\n` })
    expect(usersOf(gatehouse)).toBe('administrator\tci')
  })

  test.each([
    ['export', ['export', 'file.snapshot']],
    ['restore', ['restore', 'file.snapshot', '--force']],
    ['reset', ['reset']],
    ['reset --keep', ['reset', '--keep']],
    ['seed --keep', ['seed', '--keep', join(root, 'test/e2e/nothing.yaml')]],
  ])('is not touched by %s, which says what does', (_what, words) => {
    const seed = join(gatehouse.data, 'empty.yaml')
    writeFileSync(seed, 'calls: []\n')
    const { status, stderr } = run(words.map(word => (word.endsWith('nothing.yaml') ? seed : word)))
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('the state is in PostgreSQL, which nodes share: back it up with pg_dump'),
    })
    expect(usersOf(gatehouse)).toBe('administrator\tci')
  })

  test('nor by a restore into a folder where the environment names the database', () => {
    const { status, stderr } = spawnSync(
      join(root, 'node_modules/.bin/node'),
      [command, 'restore', 'file.snapshot', '--data', join(gatehouse.data, 'other')],
      {
        encoding: 'utf8',
        env: { ...withoutAws(process.env), GATEHOUSE_STORE: addressOf('gatehouse') },
      },
    )
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('pg_restore') })
  })

  test('goes elsewhere whole by pg_dump and pg_restore, with the master key beside', async () => {
    const dump = join(server.folder, 'gatehouse.dump')
    const place = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'gatehouse']
    server.run('pg_dump', ['--format=custom', `--file=${dump}`, ...place, 'gatehouse'])
    await server.query('CREATE DATABASE elsewhere')
    server.run('pg_restore', ['--clean', '--if-exists', '--exit-on-error', '--single-transaction', '--dbname=elsewhere', ...place, dump])
    restored = await startGatehouse({ flags: ['--store', addressOf('elsewhere')], environment: key })
    expect(usersOf(restored)).toBe('administrator\tci')
    expect(restored.environment['AWS_ACCESS_KEY_ID']).toBe(gatehouse.environment['AWS_ACCESS_KEY_ID'])
  }, 90_000)
})
