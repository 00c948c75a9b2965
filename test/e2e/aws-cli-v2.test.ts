import { execFile, execFileSync, spawnSync } from 'node:child_process'
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

  /** The status and what was written of the error. */
  function refused(...words: string[]): { readonly status: number | null; readonly stderr: string } {
    const { status, stderr } = spawnSync(cli, ['--endpoint-url', gatehouse.endpoint, ...words], { env: environment(), encoding: 'utf8' })
    return { status, stderr: stderr.trim() }
  }

  test('an IAM and STS life cycle: waiters, pages, sessions and errors', () => {
    const trust =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}'
    const read = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetUser","iam:ListUsers"],"Resource":"*"}]}'
    for (const name of ['ann', 'ben', 'cid'])
      aws('iam', 'create-user', '--user-name', name, '--path', '/people/', '--tags', 'Key=team,Value=shop')
    const created = JSON.parse(aws('iam', 'create-role', '--role-name', 'reader', '--assume-role-policy-document', trust)) as {
      Role: { Arn: string; AssumeRolePolicyDocument: unknown; CreateDate: string }
    }
    expect(created.Role.AssumeRolePolicyDocument).toEqual(JSON.parse(trust))
    // Version 2 writes times as ISO 8601 with their offset.
    expect(created.Role.CreateDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
    aws('iam', 'put-role-policy', '--role-name', 'reader', '--policy-name', 'read', '--policy-document', read)
    const policy = aws(
      'iam',
      'create-policy',
      '--policy-name',
      'read',
      '--policy-document',
      read,
      '--query',
      'Policy.Arn',
      '--output',
      'text',
    )
    aws('iam', 'create-instance-profile', '--instance-profile-name', 'web')
    expect(aws('iam', 'wait', 'user-exists', '--user-name', 'ann')).toBe('')
    expect(aws('iam', 'wait', 'role-exists', '--role-name', 'reader')).toBe('')
    expect(aws('iam', 'wait', 'policy-exists', '--policy-arn', policy)).toBe('')
    expect(aws('iam', 'wait', 'instance-profile-exists', '--instance-profile-name', 'web')).toBe('')

    const users = ['iam', 'list-users', '--path-prefix', '/people/']
    expect(aws(...users, '--page-size', '1', '--query', 'length(Users)')).toBe('3')
    const first = JSON.parse(aws(...users, '--max-items', '2')) as { Users: object[]; NextToken: string }
    expect(first.Users).toHaveLength(2)
    expect(aws(...users, '--starting-token', first.NextToken, '--query', 'Users[].UserName', '--output', 'text')).toBe('cid')
    expect(aws('iam', 'list-user-tags', '--user-name', 'ann', '--output', 'text')).toMatch(/TAGS\tteam\tshop/)

    const { Credentials } = JSON.parse(aws('sts', 'assume-role', '--role-arn', created.Role.Arn, '--role-session-name', 'visit')) as {
      Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string }
    }
    const session = {
      ...environment(),
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    }
    const asVisitor = (...words: string[]) =>
      spawnSync(cli, ['--endpoint-url', gatehouse.endpoint, ...words], { env: session, encoding: 'utf8' })
    expect(JSON.parse(asVisitor('sts', 'get-caller-identity').stdout)).toMatchObject({
      Arn: 'arn:aws:sts::111122223333:assumed-role/reader/visit',
    })
    expect(asVisitor('iam', 'delete-user', '--user-name', 'ann')).toMatchObject({
      status: 254,
      stderr: expect.stringContaining(
        '(AccessDenied) when calling the DeleteUser operation: User: arn:aws:sts::111122223333:assumed-role/reader/visit',
      ),
    })

    expect(refused('iam', 'create-user', '--user-name', 'ANN')).toEqual({
      status: 254,
      stderr: 'An error occurred (EntityAlreadyExists) when calling the CreateUser operation: User with name ANN already exists.',
    })
    expect(refused('iam', 'delete-role', '--role-name', 'reader')).toEqual({
      status: 254,
      stderr: 'An error occurred (DeleteConflict) when calling the DeleteRole operation: Cannot delete entity, must delete policies first.',
    })
    expect(
      refused('sts', 'assume-role', '--role-arn', created.Role.Arn, '--role-session-name', 'visit', '--duration-seconds', '7200'),
    ).toMatchObject({
      status: 254,
      stderr: expect.stringContaining('(ValidationError) when calling the AssumeRole operation'),
    })
    // What the CLI refuses by itself does not reach the server.
    expect(refused('iam', 'create-user').status).toBe(252)
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
