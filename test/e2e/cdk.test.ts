import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// The command of AWS's CDK, on what the CDK wrote of an app with two stacks: a role, and a bucket that it reads. They differ in their synthesizers:
// `Legacy` has LegacyStackSynthesizer, `Cli` CliCredentialsStackSynthesizer({ generateBootstrapVersionRule: false }). docs/infrastructure-as-code.md, "AWS CDK".

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
const home = mkdtempSync(join(tmpdir(), 'gatehouse-cdk-'))
beforeAll(async () => {
  gatehouse = await startGatehouse()
  // The command keeps a lock beside what it reads.
  cpSync(join(root, 'test/e2e/infrastructure/cdk.out'), join(home, 'cdk.out'), { recursive: true })
})
afterAll(async () => {
  await discard(gatehouse)
  rmSync(home, { recursive: true, force: true })
})

const environment = () => ({
  ...withoutAws(process.env),
  ...gatehouse.environment,
  NODE_EXTRA_CA_CERTS: gatehouse.environment['AWS_CA_BUNDLE'],
  HOME: home,
  // It would tell its makers of each run, and ask them for news.
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CDK_DISABLE_VERSION_CHECK: '1',
})

/** What the command says, on either stream, and its exit code. */
async function cdk(...words: string[]): Promise<{ code: number; said: string }> {
  const common = ['--app', 'cdk.out', '--no-notices', '--ci', '--no-color']
  const options = { env: environment(), cwd: home, timeout: 120_000 }
  try {
    const { stdout, stderr } = await promisify(execFile)(join(root, 'node_modules/.bin/cdk'), [...words, ...common], options)
    return { code: 0, said: stdout + stderr }
  } catch (problem) {
    const { code, stdout, stderr } = problem as { code: number; stdout: string; stderr: string }
    return { code, said: stdout + stderr }
  }
}

const aws = async (...words: string[]) =>
  (await promisify(execFile)(join(clients, 'aws'), [...words, '--output', 'text'], { env: environment(), timeout: 60_000 })).stdout.trim()

test.each(['Legacy', 'Cli'])('deploys, compares and destroys a stack: %s', async stack => {
  // What bootstrapping makes, and this way of the CDK needs alone.
  if (stack === 'Cli') await aws('s3', 'mb', 's3://cdk-hnb659fds-assets-111122223333-us-east-1')
  const deployed = await cdk('deploy', stack, '--require-approval', 'never')
  expect(deployed).toEqual({ code: 0, said: expect.stringContaining(`${stack}.RoleArn = arn:aws:iam::111122223333:role/${stack}-Reader`) })
  const again = await cdk('deploy', stack, '--require-approval', 'never')
  expect(again).toEqual({ code: 0, said: expect.stringContaining('(no changes)') })
  expect(await cdk('diff', stack)).toEqual({ code: 0, said: expect.stringContaining('Number of stacks with differences: 0') })

  const query = 'StackResources[?ResourceType==`AWS::S3::Bucket`].PhysicalResourceId'
  const bucket = await aws('cloudformation', 'describe-stack-resources', '--stack-name', stack, '--query', query)
  expect(await aws('s3api', 'get-bucket-tagging', '--bucket', bucket, '--query', 'TagSet[].Key')).toContain('aws:cloudformation:stack-name')
  expect(await cdk('destroy', stack, '--force')).toEqual({ code: 0, said: expect.stringContaining('destroyed') })
})

test('bootstrap is refused with the types that are not there', async () => {
  const refused = await cdk('bootstrap', 'aws://111122223333/us-east-1')
  expect(refused.code).toBe(1)
  expect(refused.said).toContain('Unrecognized resource types: [AWS::KMS::Key, AWS::KMS::Alias, AWS::ECR::Repository, AWS::SSM::Parameter]')
})
