import { IAMClient, CreateUserCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type * as testing from '../../src/testing/index.ts'
import { command, root, withoutAws } from './gatehouse.ts'

// The helpers that others' tests use, each in its own language and runner. testing/README.md

/** As the built package has it. */
type Testing = typeof testing

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const environment = { ...withoutAws(process.env), GATEHOUSE_COMMAND: `${join(root, 'node_modules/.bin/node')} ${command}` }

test('gatehouse/testing, in vitest', async () => {
  const { startGatehouse } = (await import(join(root, 'dist/testing.js'))) as Testing
  const seed = join(mkdtempSync(join(tmpdir(), 'gatehouse-seed-')), 'seed.yaml')
  writeFileSync(seed, 'calls:\n  - iam:CreateUser: { UserName: seeded }\n')
  const gatehouse = await startGatehouse({ seed, flags: ['--region', 'eu-central-1'] })
  try {
    expect(gatehouse.environment).toMatchObject({ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: gatehouse.endpoint })
    const credentials = {
      accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] as string,
      secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] as string,
    }
    const iam = new IAMClient({ endpoint: gatehouse.httpEndpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    await gatehouse.reset()
    const { Users = [] } = await iam.send(new ListUsersCommand({}))
    expect(Users.map(({ UserName }) => UserName)).toEqual(['administrator', 'seeded'])
  } finally {
    await gatehouse.stop()
    rmSync(dirname(seed), { recursive: true, force: true })
  }
}, 60_000)

test('gatehouse/testing, in a runner that loads tests as CommonJS, as jest does', () => {
  const program = `const { startGatehouse } = require(${JSON.stringify(join(root, 'dist/testing.cjs'))})
    startGatehouse().then(async gatehouse => {
      await gatehouse.reset()
      console.log(gatehouse.environment.AWS_ACCESS_KEY_ID.length)
      await gatehouse.stop()
    })`
  const node = join(root, 'node_modules/.bin/node')
  expect(execFileSync(node, ['--no-experimental-require-module', '-e', program], { encoding: 'utf8' })).toBe('20\n')
})

test('gatehouse/testing says why Gatehouse does not start', async () => {
  const { startGatehouse } = (await import(join(root, 'dist/testing.js'))) as Testing
  await expect(startGatehouse({ flags: ['--region', 'mars'] })).rejects.toThrow('must be an AWS region such as eu-central-1')
}, 60_000)

test("pytest's fixtures, with boto3", () => {
  const { status, stdout } = spawnSync(
    join(clients, 'pytest'),
    ['-p', 'gatehouse_testing.plugin', '-p', 'no:cacheprovider', '-q', 'tests'],
    {
      cwd: join(root, 'testing/python'),
      env: { ...environment, PYTHONPATH: join(root, 'testing/python/src'), PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
    },
  )
  expect({ status, last: stdout.trim().split('\n').at(-1) }).toEqual({ status: 0, last: expect.stringMatching(/^4 passed/) })
}, 120_000)

test("Go's helper", () => {
  const { status, stdout, stderr } = spawnSync('go', ['test', '-count=1', '-v', './...'], {
    cwd: join(root, 'testing/go'),
    env: { ...environment, GOWORK: 'off', GOFLAGS: '-mod=readonly' },
    encoding: 'utf8',
  })
  expect({ status, stderr, passed: stdout.includes('--- PASS: TestServesUntilTheTestEnds') }).toEqual({
    status: 0,
    stderr: '',
    passed: true,
  })
}, 180_000)
