import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts with what cannot be, and returns what was said. */
function refused(flags: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const data = join(folder, 'never-made')
  const { KUBEBUILDER_ASSETS: _assets, ...inherited } = withoutAws(process.env)
  const { status, stderr } = spawnSync(process.execPath, [command, 'start', '--data', data, ...flags], {
    env: { ...inherited, ...environment },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, lines: stderr.trim().split('\n'), made: existsSync(data) }
}

describe('bad values get a clear error before anything starts', () => {
  writeFileSync(join(folder, 'bad.yaml'), 'port: 4443\ncolour: blue\naccount: 012345678901\n')
  test.each<{ flags: string[]; environment?: NodeJS.ProcessEnv; lines: string[] }>([
    { flags: ['--port', 'abc'], lines: ['gatehouse: --port abc: must be a port number from 0 to 65535 (0 takes any free port)'] },
    { flags: ['--region', 'mars'], lines: ['gatehouse: --region mars: must be an AWS region such as eu-central-1'] },
    { flags: ['--account', '123'], lines: ['gatehouse: --account 123: must be twelve digits'] },
    {
      flags: [],
      environment: { GATEHOUSE_REGION: 'mars' },
      lines: ['gatehouse: GATEHOUSE_REGION mars: must be an AWS region such as eu-central-1'],
    },
    {
      flags: ['--port', '70000', '--host', 'here'],
      lines: [
        'gatehouse: --host here: must be an IP address',
        'gatehouse: --port 70000: must be a port number from 0 to 65535 (0 takes any free port)',
      ],
    },
    {
      flags: ['--access-key-id', 'AKIAIOSFODNN7EXAMPLE'],
      lines: ['gatehouse: --access-key-id and --secret-access-key go together: give both or neither'],
    },
    { flags: ['--control-plane-assets', folder], lines: [`gatehouse: --control-plane-assets ${folder}: holds no kube-apiserver`] },
    {
      flags: ['--config', join(folder, 'bad.yaml')],
      lines: [
        `gatehouse: ${folder}/bad.yaml: unknown setting colour`,
        `gatehouse: ${folder}/bad.yaml: account: write the account id in quotes`,
      ],
    },
  ])('$flags', ({ flags, environment, lines }) => {
    const outcome = refused(flags, environment)
    expect(outcome).toMatchObject({ status: 2, made: false })
    expect(outcome.lines).toEqual(expect.arrayContaining(lines))
  })

  test('a secret is not repeated in the error', () => {
    const { lines } = refused(['--access-key-id', 'AKIAIOSFODNN7EXAMPLE', '--secret-access-key', 'too short'])
    expect(lines.join('\n')).toContain('--secret-access-key (hidden)')
    expect(lines.join('\n')).not.toContain('too short')
  })
})

describe('a start, and the next', () => {
  const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
  const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  let gatehouse: TestGatehouse
  const aws = (...words: string[]) =>
    execFileSync(join(clients, 'aws'), words, {
      env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: folder },
      encoding: 'utf8',
    }).trim()

  beforeAll(async () => {
    const file = join(folder, 'good.yaml')
    writeFileSync(file, `account: "444455556666"\nregion: eu-central-1\naccessKeyId: ${accessKeyId}\n`)
    gatehouse = await startGatehouse({
      flags: ['--config', file],
      environment: { GATEHOUSE_SECRET_ACCESS_KEY: secretAccessKey, GATEHOUSE_REGION: 'eu-west-1' },
    })
  })
  afterAll(() => discard(gatehouse))

  test('takes settings from file and environment, the environment first, with access keys of choice', () => {
    expect(gatehouse.environment).toMatchObject({
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'eu-west-1',
    })
    expect(aws('sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text')).toBe('arn:aws:iam::444455556666:user/administrator')
  })

  test('`gatehouse env` sets what clients read, and quotes for the shell', () => {
    const lines = execFileSync(process.execPath, [command, 'env', '--data', gatehouse.data], { encoding: 'utf8' }).trim().split('\n')
    expect(lines).toContain(`export AWS_ENDPOINT_URL=${gatehouse.endpoint}`)
    expect(lines).toContain(`export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`)
    expect(lines).toContain(`export AWS_CA_BUNDLE=${join(gatehouse.data, 'ca.pem')}`)
    expect(execFileSync('npx', ['gatehouse', 'env', '--data', gatehouse.data], { cwd: root, encoding: 'utf8' }).trim().split('\n')).toEqual(
      lines,
    )
  })

  test('secrets in the data folder are for their owner alone, and encrypted in the database', () => {
    for (const file of ['master.key', 'client.json', 'gatehouse.db'])
      expect(statSync(join(gatehouse.data, file)).mode & 0o077, file).toBe(0)
    const database = Buffer.concat(
      ['gatehouse.db', 'gatehouse.db-wal']
        .filter(file => existsSync(join(gatehouse.data, file)))
        .map(file => readFileSync(join(gatehouse.data, file))),
    )
    expect(database.length).toBeGreaterThan(0)
    expect(database.includes(secretAccessKey)).toBe(false)
  })

  test('a taken port is a clear error, and another Gatehouse on the same data is refused', () => {
    const port = new URL(gatehouse.endpoint).port
    const start = (data: string) =>
      spawnSync(process.execPath, [command, 'start', '--data', data, '--port', port, '--http-port', '0'], {
        encoding: 'utf8',
        env: withoutAws(process.env),
        timeout: 60_000,
      })
    const taken = start(join(folder, 'second'))
    expect(taken).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`port ${port} on 127.0.0.1 is in use; choose another with --port or --http-port`),
    })
    expect(start(gatehouse.data)).toMatchObject({ status: 1, stderr: expect.stringContaining('another Gatehouse is running') })
  })

  test('Ctrl-C stops it cleanly, and the next start keeps everything', async () => {
    aws('iam', 'create-user', '--user-name', 'kept')
    expect(await gatehouse.stop()).toBe(0)
    gatehouse = await startGatehouse({ data: gatehouse.data, flags: ['--account', '444455556666'] })
    expect(gatehouse.environment).toMatchObject({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
    expect(aws('iam', 'get-user', '--user-name', 'kept', '--query', 'User.UserName', '--output', 'text')).toBe('kept')
  })

  test('what was acknowledged survives kill -9', async () => {
    aws('iam', 'create-user', '--user-name', 'survivor')
    const ended = new Promise(resolve => gatehouse.process.once('exit', resolve))
    gatehouse.process.kill('SIGKILL')
    await ended
    gatehouse = await startGatehouse({ data: gatehouse.data, flags: ['--account', '444455556666'] })
    expect(aws('iam', 'get-user', '--user-name', 'survivor', '--query', 'User.UserName', '--output', 'text')).toBe('survivor')
    const events = aws(
      'cloudtrail',
      'lookup-events',
      '--lookup-attributes',
      'AttributeKey=EventName,AttributeValue=CreateUser',
      '--query',
      'length(Events)',
    )
    expect(Number(events)).toBe(2)
  })

  test('another account on the same data folder is refused', async () => {
    await gatehouse.stop()
    const { status, stderr } = spawnSync(
      process.execPath,
      [command, 'start', '--data', gatehouse.data, '--account', '111122223333', '--port', '0', '--http-port', '0'],
      {
        encoding: 'utf8',
        env: withoutAws(process.env),
        timeout: 60_000,
      },
    )
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('the data folder holds account 444455556666') })
  })
})
