import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, programs, roleArn, startWorkload, type Workload } from './workload.ts'

let workload: Workload
const asNode = (...words: string[]) => workload.gatehouseCommand('run', '--instance-profile', 'node', ...words)

beforeAll(async () => {
  workload = await startWorkload()
  await workload.createRole('node', 'ec2.amazonaws.com')
  await workload.aws('iam', 'create-instance-profile', '--instance-profile-name', 'node')
})
afterAll(() => workload?.close())

describe('a process as on an instance', () => {
  test('a profile without a role, and none at all, are told', async () => {
    expect((await workload.failure('run', '--instance-profile', 'node', '--', 'true')).stderr).toContain(
      'Instance Profile node has no role.',
    )
    expect((await workload.failure('run', '--instance-profile', 'none', '--', 'true')).stderr).toContain(
      'Instance Profile none cannot be found.',
    )
    await workload.aws('iam', 'add-role-to-instance-profile', '--instance-profile-name', 'node', '--role-name', 'node')
  })

  test.each(programs)('$name becomes the role by itself', async ({ words }) => {
    expect(await asNode('--', ...words)).toMatch(new RegExp(`arn:aws:sts::${account}:assumed-role/node/i-[0-9a-f]{17}`))
  })

  test('records tell by which version of the metadata service the credentials came', async () => {
    const events = async (name: string) => {
      const answer = await workload.aws(
        'cloudtrail',
        'lookup-events',
        '--lookup-attributes',
        `AttributeKey=EventName,AttributeValue=${name}`,
      )
      return JSON.parse(answer).Events.map((event: { CloudTrailEvent: string }) => JSON.parse(event.CloudTrailEvent))
    }
    const calls = (await events('GetCallerIdentity')).filter(
      ({ userIdentity }: never) => (userIdentity as { type: string }).type === 'AssumedRole',
    )
    expect(calls[0].userIdentity.sessionContext.ec2RoleDelivery).toBe('2.0')
    const [assumed] = await events('AssumeRole')
    expect(assumed).toMatchObject({
      userIdentity: { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' },
      requestParameters: { roleSessionName: expect.stringMatching(/^i-[0-9a-f]{17}$/) },
    })
  })

  test('a policy on ec2:RoleDelivery lets version 2 in and keeps version 1 out', async () => {
    const document = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*', Condition: { NumericGreaterThanEquals: { 'ec2:RoleDelivery': '2.0' } } },
      ],
    }
    await workload.aws(
      'iam',
      'put-role-policy',
      '--role-name',
      'node',
      '--policy-name',
      'delivery',
      '--policy-document',
      JSON.stringify(document),
    )
    const words = ['--', ...(programs[0]?.words.slice(0, 1) ?? []), 'iam', 'list-users', '--query', 'length(Users)']
    expect(await asNode(...words)).toBe('1')
    // Version 1 as a program of old asks: without a token.
    const old = `const at = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT + 'latest/meta-data/iam/security-credentials/'
      const { AccessKeyId, SecretAccessKey, Token } = await (await fetch(at + await (await fetch(at)).text())).json()
      const { IAMClient, ListUsersCommand } = await import('@aws-sdk/client-iam')
      const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token }
      await new IAMClient({ credentials }).send(new ListUsersCommand({})).then(() => console.log('in'), ({ name }) => console.log(name))`
    const asked = [process.execPath, '--input-type=module', '-e', old]
    expect(await asNode('--http-tokens', 'optional', '--', ...asked)).toBe('AccessDenied')
  })
})

describe('an instance of EC2', () => {
  let id = ''
  const ec2 = (...words: string[]) => workload.aws('ec2', ...words)
  const onInstance = (...words: string[]) => workload.gatehouseCommand('run', '--instance', id, '--', ...words)

  test('runs, with the profile that it was launched with', async () => {
    const words = ['--image-id', 'ami-0123456789abcdef0', '--iam-instance-profile', 'Name=node', '--private-ip-address', '172.31.1.2']
    id = await ec2('run-instances', ...words, '--query', 'Instances[0].InstanceId', '--output', 'text')
    await ec2('wait', 'instance-running', '--instance-ids', id)
    for (const { words: program } of programs)
      expect(await onInstance(...program)).toContain(`arn:aws:sts::${account}:assumed-role/node/${id}`)
  })

  test('is a node of clusters whose access entry names its role', async () => {
    await workload.aws('eks', 'create-access-entry', '--cluster-name', 'demo', '--principal-arn', roleArn('node'), '--type', 'EC2_LINUX')
    expect(await onInstance('kubectl', 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username} {.status.userInfo.groups}')).toMatch(
      /^system:node:ip-172-31-1-2\.ec2\.internal .*"system:nodes"/,
    )
  })

  test('has its metadata changed while a process runs on it', async () => {
    const asking = `const { execFileSync } = await import('node:child_process')
      const at = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT + 'latest/meta-data/instance-id'
      const first = (await fetch(at)).status
      execFileSync(process.env.ADMIN, ['ec2', 'modify-instance-metadata-options', '--instance-id', 'INSTANCE', '--http-tokens', 'required'],
        { env: { ...process.env, ...JSON.parse(process.env.ADMIN_KEYS) } })
      await new Promise(resolve => setTimeout(resolve, 1100))
      console.log(first, (await fetch(at)).status)`.replace('INSTANCE', id)
    await ec2('modify-instance-metadata-options', '--instance-id', id, '--http-tokens', 'optional')
    const { environment } = workload.gatehouse
    const keys = JSON.stringify({
      AWS_ACCESS_KEY_ID: environment['AWS_ACCESS_KEY_ID'],
      AWS_SECRET_ACCESS_KEY: environment['AWS_SECRET_ACCESS_KEY'],
    })
    const words = ['env', `ADMIN_KEYS=${keys}`, `ADMIN=${programs[0]?.words[0]}`, process.execPath, '--input-type=module', '-e', asking]
    expect(await onInstance(...words)).toBe('200 401')
  })

  test('that is terminated is not to be run on', async () => {
    await ec2('terminate-instances', '--instance-ids', id)
    await ec2('wait', 'instance-terminated', '--instance-ids', id)
    expect((await workload.failure('run', '--instance', id, '--', 'true')).stderr).toContain('There is no running instance')
  })
})

test('a role that does not trust EC2 is told', async () => {
  const document =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
  await workload.aws('iam', 'update-assume-role-policy', '--role-name', 'node', '--policy-document', document)
  expect((await workload.failure('run', '--instance-profile', 'node', '--', 'true')).stderr).toContain('EC2 cannot assume the role node.')
})
