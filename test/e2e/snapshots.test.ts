import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// Whole states: export, restore, reset, seed, on a running Gatehouse and on a folder at rest. docs/snapshots.md

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-snapshots-'))
let gatehouse: TestGatehouse

beforeAll(async () => {
  gatehouse = await startGatehouse()
}, 160_000)

afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

const run = (...words: string[]) =>
  spawnSync(process.execPath, [command, ...words], { encoding: 'utf8', timeout: 120_000, env: withoutAws(process.env) })

const settingsOf = ({ httpEndpoint, environment }: TestGatehouse) => ({
  endpoint: httpEndpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  forcePathStyle: true,
  credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] as string, secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] as string },
})
const createUser = (name: string, at = gatehouse) => new IAMClient(settingsOf(at)).send(new CreateUserCommand({ UserName: name }))
const users = async (at = gatehouse) => {
  const { Users = [] } = await new IAMClient(settingsOf(at)).send(new ListUsersCommand({}))
  return Users.map(({ UserName }) => UserName)
}

const seedFile = join(folder, 'seed.yaml')
const seed = `
stacks: []
calls:
  - iam:CreateUser: { UserName: ann }
  - iam:PutUserPolicy:
      UserName: ann
      PolicyName: keys
      PolicyDocument: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListAccessKeys","Resource":"*"}}'
accessKeys:
  - { user: ann, id: AKIAIOSFODNN7EXAMPLE, secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY }
`

describe('a seed with stacks', () => {
  const template = (body: string) => {
    const place = mkdtempSync(join(folder, 'stacks-'))
    writeFileSync(join(place, 'template.yaml'), body)
    const file = join(place, 'seed.yaml')
    writeFileSync(file, 'stacks:\n  - { name: roles, template: template.yaml, parameters: { Team: billing } }\n')
    return file
  }
  const parameters = 'Parameters: { Team: { Type: String } }\nResources:\n'

  test('makes them from templates beside it, before all else', () => {
    const user = "  User: { Type: AWS::IAM::User, Properties: { UserName: !Sub '${Team}-bot' } }\n"
    const file = template(parameters + user)
    appendFileSync(file, 'calls:\n  - iam:TagUser: { UserName: billing-bot, Tags: [{ Key: team, Value: billing }] }\n')
    const asked = [
      join(clients, 'aws'),
      'iam',
      'list-user-tags',
      '--user-name',
      'billing-bot',
      '--query',
      'Tags[].Value',
      '--output',
      'text',
    ]
    expect(run('up', '--ephemeral', '--seed', file, '--', ...asked)).toMatchObject({ status: 0, stdout: 'billing\n' })
  })

  test('says which resource of which stack could not be made, and why', () => {
    const file = template(`${parameters}  User: { Type: AWS::IAM::User, Properties: { UserName: 'no spaces' } }\n`)
    const { status, stderr } = run('up', '--ephemeral', '--seed', file, '--', 'true')
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/stack roles: ROLLBACK_COMPLETE: User: .*userName/s) })
  })
})

describe('a running Gatehouse', () => {
  test('is exported while it works, objects and keys included, and the copy lives elsewhere', async () => {
    const s3 = new S3Client(settingsOf(gatehouse))
    await s3.send(new CreateBucketCommand({ Bucket: 'kept' }))
    await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'a', Body: 'what is in it' }))
    const writing = Promise.all(Array.from({ length: 40 }, (_, index) => createUser(`user-${index}`)))
    const file = join(folder, 'whole.snapshot')
    expect(run('export', file, '--data', gatehouse.data)).toMatchObject({ status: 0, stdout: `wrote ${file}\n` })
    await writing
    expect(statSync(file).mode & 0o777).toBe(0o600)

    const data = join(folder, 'elsewhere')
    expect(run('restore', file, '--data', data)).toMatchObject({ status: 0 })
    const copy = await startGatehouse({ data })
    try {
      expect(await users(copy)).toContain('administrator')
      const { Body } = await new S3Client(settingsOf(copy)).send(new GetObjectCommand({ Bucket: 'kept', Key: 'a' }))
      expect(await Body?.transformToString()).toBe('what is in it')
    } finally {
      await copy.stop()
    }
  }, 120_000)

  test('goes back to its first start by reset, with the same keys on the same ports', async () => {
    await createUser('short-lived')
    expect(run('reset', '--data', gatehouse.data)).toMatchObject({ status: 0, stdout: `reset ${gatehouse.data}\n` })
    expect(await users()).toEqual(['administrator'])
  })

  test('is seeded, kept so, and reset to that', async () => {
    writeFileSync(seedFile, seed)
    expect(run('seed', seedFile, '--keep', '--data', gatehouse.data)).toMatchObject({ status: 0 })
    await createUser('short-lived')
    expect(run('reset', '--data', gatehouse.data)).toMatchObject({ status: 0 })
    expect(await users()).toEqual(['administrator', 'ann'])
    const ann = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
    const { Arn } = await new STSClient({ ...settingsOf(gatehouse), credentials: ann }).send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe('arn:aws:iam::111122223333:user/ann')
  })

  test("a seed's failure is the service's own, by entry", () => {
    expect(run('seed', seedFile, '--data', gatehouse.data)).toMatchObject({
      status: 1,
      stderr: 'gatehouse: iam:CreateUser: User with name ann already exists.\n',
    })
  })

  test('takes another state over only by force', async () => {
    const file = join(folder, 'one.snapshot')
    run('export', file, '--data', gatehouse.data)
    await createUser('after')
    expect(run('restore', file, '--data', gatehouse.data)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('holds a state: --force replaces it'),
    })
    expect(run('restore', file, '--force', '--data', gatehouse.data)).toMatchObject({ status: 0 })
    expect(await users()).not.toContain('after')
  })

  test('lets nobody near its state who lacks the token, nor says that there is such a thing', async () => {
    for (const headers of [{}, { authorization: 'Bearer guessed' }]) {
      const response = await fetch(`${gatehouse.httpEndpoint}/_gatehouse/state`, { method: 'POST', headers, body: '{"kind":"reset"}' })
      expect(response.status).toBe(404)
    }
  })
})

describe('a snapshot that is not to be trusted is refused before anything is touched', () => {
  const intoNew = (file: string) => run('restore', file, '--data', join(folder, 'never-filled'))

  test('one byte changed', () => {
    const bytes = readFileSync(join(folder, 'one.snapshot'))
    bytes[bytes.length - 200] = (bytes[bytes.length - 200] as number) ^ 1
    writeFileSync(join(folder, 'changed.snapshot'), bytes)
    const { status, stderr } = intoNew(join(folder, 'changed.snapshot'))
    expect(status).toBe(1)
    expect(stderr).toMatch(/cannot be read as a snapshot|is damaged|differ about/)
  })

  test('no snapshot at all', () => {
    expect(intoNew(seedFile)).toMatchObject({ status: 1, stderr: expect.stringContaining('snapshot') })
  })

  test('a name that no snapshot has', async () => {
    writeFileSync(join(folder, 'authorized_keys'), 'x')
    await create({ gzip: true, file: join(folder, 'strange.snapshot'), cwd: folder }, ['authorized_keys'])
    expect(intoNew(join(folder, 'strange.snapshot'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('holds "authorized_keys", which no snapshot holds'),
    })
  })
})

describe('gatehouse up --ephemeral', () => {
  test('runs a command as the administrator, stops with it, and gives its exit code', () => {
    writeFileSync(seedFile, seed)
    const { status, stdout } = run(
      'up',
      '--ephemeral',
      '--seed',
      seedFile,
      '--',
      process.execPath,
      '-e',
      'console.log(process.env.AWS_ENDPOINT_URL, process.env.AWS_ACCESS_KEY_ID); process.exit(7)',
    )
    expect(status).toBe(7)
    expect(stdout).toMatch(/^https:\/\/localhost:\d+ AKIA\w+\n$/)
  })

  test.each([
    ['calls: 1', 'calls must be a list'],
    ['users: []', 'users: a seed has stacks, calls and accessKeys'],
    ['calls: [{CreateUser: {}}]', 'calls[0] must be one call, such as iam:CreateUser: {UserName: ann}'],
    ['accessKeys: [{user: ann, id: x, secret: y}]', 'accessKeys[0].id must be AKIA and upper-case letters and digits'],
  ])('a seed such as %s is refused before anything starts', (text, message) => {
    const file = join(folder, 'bad.yaml')
    writeFileSync(file, text)
    expect(run('up', '--ephemeral', '--seed', file, '--', 'true')).toMatchObject({ status: 1, stderr: `gatehouse: ${message}\n` })
  })
})
