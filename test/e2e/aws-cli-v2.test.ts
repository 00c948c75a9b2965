import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

/** AWS CLI version 2, which comes from no registry for Python: skipped where it cannot be had. */
const cli = process.env['GATEHOUSE_TEST_AWS_CLI_V2'] ?? ''

describe.skipIf(!cli)('AWS CLI version 2, unmodified', () => {
  let gatehouse: TestGatehouse
  const environment = () => ({
    ...withoutAws(process.env),
    ...gatehouse.environment,
    AWS_PAGER: '',
    HOME: gatehouse.data,
    KUBECONFIG: join(gatehouse.data, 'kubeconfig'),
  })
  // Old versions do not read AWS_ENDPOINT_URL.
  const aws = (...words: string[]) =>
    execFileSync(cli, ['--endpoint-url', gatehouse.endpoint, ...words], { env: environment(), encoding: 'utf8', timeout: 60_000 }).trim()

  beforeAll(async () => {
    gatehouse = await startGatehouse()
  })
  afterAll(() => discard(gatehouse))

  test('IAM and STS', () => {
    expect(execFileSync(cli, ['--version'], { encoding: 'utf8' })).toMatch(/^aws-cli\/2\./)
    expect(aws('sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text')).toBe('arn:aws:iam::111122223333:user/administrator')
    aws('iam', 'create-group', '--group-name', 'developers')
    expect(aws('iam', 'list-groups', '--query', 'Groups[].GroupName', '--output', 'text')).toBe('developers')
    expect(() => aws('iam', 'get-user', '--user-name', 'nobody')).toThrow(/NoSuchEntity.*The user with name nobody cannot be found/)
  })

  test('EKS, and kubectl by its token: signed for STS of AWS itself, verified here', async () => {
    const trust =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    aws('iam', 'create-role', '--role-name', 'eks-cluster', '--assume-role-policy-document', trust)
    aws(
      'eks',
      'create-cluster',
      '--name',
      'demo',
      '--role-arn',
      'arn:aws:iam::111122223333:role/eks-cluster',
      '--resources-vpc-config',
      'subnetIds=subnet-1,subnet-2',
    )
    aws('eks', 'wait', 'cluster-active', '--name', 'demo')
    aws('eks', 'update-kubeconfig', '--name', 'demo')
    const { status } = JSON.parse(
      execFileSync(cli, ['eks', 'get-token', '--cluster-name', 'demo'], {
        env: environment(),
        encoding: 'utf8',
      }),
    ) as { status: { token: string } }
    expect(Buffer.from(status.token.replace('k8s-aws-v1.', ''), 'base64url').toString()).toMatch(
      /^https:\/\/sts\.us-east-1\.amazonaws\.com\//,
    )
    const { stdout } = await promisify(execFile)('kubectl', ['get', 'namespaces', '-o', 'name', '--token', status.token], {
      env: environment(),
      timeout: 60_000,
    })
    expect(stdout.trim().split('\n')).toEqual([
      'namespace/default',
      'namespace/kube-node-lease',
      'namespace/kube-public',
      'namespace/kube-system',
    ])
  })
})
