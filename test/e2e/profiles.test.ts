import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// Profiles that `gatehouse configure-profile` writes, with the unmodified clients. docs/clients.md

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const folder = mkdtempSync(join(tmpdir(), "gatehouse profiles'"))
const configFile = join(folder, 'config')
const environment = { ...withoutAws(process.env), AWS_CONFIG_FILE: configFile, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') }
let gatehouse: TestGatehouse

beforeAll(async () => {
  gatehouse = await startGatehouse({ data: join(folder, 'data') })
}, 160_000)

afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

const configure = (...words: string[]) =>
  spawnSync(join(root, 'node_modules/.bin/node'), [command, 'configure-profile', ...words, '--data', gatehouse.data], {
    env: environment,
    encoding: 'utf8',
  })
const aws = (...words: string[]) =>
  JSON.parse(execFileSync(join(clients, 'aws'), [...words, '--output', 'json'], { env: environment, encoding: 'utf8' })) as {
    [name: string]: string
  }

test('a profile is added beside what is there, holds no secret, and is replaced as a whole', () => {
  writeFileSync(configFile, '[profile other]\nregion = eu-west-1\n')
  expect(configure()).toMatchObject({ status: 0, stdout: `wrote profile gatehouse to ${configFile}\n` })
  const first = readFileSync(configFile, 'utf8')
  expect(first).toMatch(/^\[profile other\]\nregion = eu-west-1\n\n\[profile gatehouse\]\nregion = us-east-1\nendpoint_url = https:/)
  expect(first).not.toContain(gatehouse.environment['AWS_SECRET_ACCESS_KEY'])
  expect(statSync(configFile).mode & 0o777).toBe(0o600)
  writeFileSync(configFile, `${first}\n[profile third]\nregion = eu-west-2\n`)
  configure('--http')
  const second = readFileSync(configFile, 'utf8')
  expect(second.match(/\[profile gatehouse\]/g)).toHaveLength(1)
  expect(second).toContain(`endpoint_url = ${gatehouse.httpEndpoint}`)
  expect(second).toContain('[profile third]\nregion = eu-west-2\n')
  configure()
})

test('the AWS CLI is the administrator by it', () => {
  expect(aws('sts', 'get-caller-identity', '--profile', 'gatehouse')['Arn']).toBe('arn:aws:iam::111122223333:user/administrator')
})

test('and a role, by a profile for one', () => {
  const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' } }
  aws('iam', 'create-role', '--role-name', 'reader', '--assume-role-policy-document', JSON.stringify(trust), '--profile', 'gatehouse')
  expect(configure('reader', '--role-arn', 'arn:aws:iam::111122223333:role/reader')).toMatchObject({ status: 0 })
  expect(aws('sts', 'get-caller-identity', '--profile', 'reader')['Arn']).toBe(
    'arn:aws:sts::111122223333:assumed-role/reader/gatehouse-credentials',
  )
})

const cliVersion2 = process.env['GATEHOUSE_TEST_AWS_CLI_V2']
test.skipIf(!cliVersion2)('aws configure export-credentials gives what the profile does', () => {
  const text = execFileSync(cliVersion2 as string, ['configure', 'export-credentials', '--profile', 'reader'], {
    env: environment,
    encoding: 'utf8',
  })
  expect(JSON.parse(text)).toMatchObject({ Version: 1, AccessKeyId: expect.stringMatching(/^ASIA/), SessionToken: expect.any(String) })
})

test('a name that would break the file is refused', () => {
  expect(configure('a]\n[b')).toMatchObject({ status: 1, stderr: expect.stringContaining("a profile's name has letters") })
})

describe('endpoints by service', () => {
  const keys = () => {
    const { AWS_ENDPOINT_URL: _all, ...others } = gatehouse.environment
    return { ...withoutAws(process.env), ...others, AWS_CONFIG_FILE: join(folder, 'services') }
  }
  const call = (words: readonly string[], variables: NodeJS.ProcessEnv) =>
    spawnSync(join(clients, 'aws'), words, { env: { ...keys(), ...variables, AWS_MAX_ATTEMPTS: '1' }, encoding: 'utf8' }).status

  test.each([
    ['STS', ['sts', 'get-caller-identity']],
    ['IAM', ['iam', 'list-users']],
    ['EKS', ['eks', 'list-clusters']],
    ['S3', ['s3api', 'list-buckets']],
    ['CLOUDFORMATION', ['cloudformation', 'list-stacks']],
    ['ACCESSANALYZER', ['accessanalyzer', 'list-analyzers']],
  ])('AWS_ENDPOINT_URL_%s is enough for that service', (name, words) => {
    expect(call(words, { [`AWS_ENDPOINT_URL_${name}`]: gatehouse.endpoint })).toBe(0)
  })

  test('and so is a services section of the configuration', () => {
    const file = `[profile local]\nservices = gatehouse\n[services gatehouse]\nsts =\n  endpoint_url = ${gatehouse.endpoint}\n`
    writeFileSync(join(folder, 'services'), file)
    expect(call(['sts', 'get-caller-identity'], { AWS_PROFILE: 'local' })).toBe(0)
  })

  test.each(['useFipsEndpoint', 'useDualstackEndpoint'])('the SDK for JavaScript refuses %s beside an endpoint', async flag => {
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
    const client = new STSClient({ endpoint: gatehouse.httpEndpoint, region: 'us-east-1', credentials, [flag]: true })
    await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toThrow('Invalid Configuration')
    client.destroy()
  })
})
