import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgresStore } from '../../src/store/index.ts'
import { postgresBinaries, type PostgresServer, startPostgresServer } from './postgres-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One suite of each kind of SQL: names and pages, ranges of keys, long reads, trees, records in their order, stacks that a stop cut short; `GATEHOUSE_POSTGRES_SUITES` names others, or all by test/services. */
const suites = (
  process.env['GATEHOUSE_POSTGRES_SUITES'] ??
  'test/services/iam/users.test.ts test/services/s3/objects.test.ts test/services/cloudtrail/lookup-events.test.ts test/services/cloudtrail/lake-queries.test.ts test/services/cloudtrail/delivery.test.ts test/server/lake-imports.test.ts test/server/logging-times.test.ts test/services/cloudformation/interrupted.test.ts'
).split(' ')

describe.skipIf(postgresBinaries === undefined)('on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    // What a disk keeps is proved elsewhere.
    server = await startPostgresServer({ settings: ['fsync = off', 'full_page_writes = off'] })
    await server.query('CREATE DATABASE template_of_tests')
    await (await openPostgresStore(`postgres://gatehouse@127.0.0.1:${server.port}/template_of_tests`)).close()
  })
  afterAll(() => server?.end())

  test('services answer as they do on SQLite', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const environment = { ...process.env, GATEHOUSE_TEST_POSTGRES: `postgres://gatehouse@127.0.0.1:${server.port}` }
    const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'run', ...suites], { cwd: root, env: environment })
    expect(stdout).toMatch(/Tests .*passed/)
    expect(stdout).not.toMatch(/Tests .*failed/)
  }, 900_000)
})
