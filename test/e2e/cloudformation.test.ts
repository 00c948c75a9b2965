import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let administrator: NodeJS.ProcessEnv

beforeAll(async () => {
  gatehouse = await startGatehouse()
  administrator = { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data }
})
afterAll(() => discard(gatehouse))

const aws = async (parameters: readonly string[], env = administrator): Promise<string> =>
  (await promisify(execFile)(join(clients, 'aws'), parameters, { env, timeout: 120_000 })).stdout.trim()
const refused = (parameters: readonly string[], env = administrator): Promise<string> =>
  aws(parameters, env).then(
    () => 'not refused',
    (problem: { stderr: string }) => problem.stderr.trim(),
  )

function file(name: string, content: object): string {
  const path = join(gatehouse.data, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}

/** The environment of a user who may do what a policy says. */
async function user(name: string, statements: readonly object[]): Promise<NodeJS.ProcessEnv> {
  await aws(['iam', 'create-user', '--user-name', name])
  const policy = file(`${name}.json`, { Version: '2012-10-17', Statement: statements })
  await aws(['iam', 'put-user-policy', '--user-name', name, '--policy-name', 'own', '--policy-document', `file://${policy}`])
  const created = JSON.parse(await aws(['iam', 'create-access-key', '--user-name', name])) as {
    AccessKey: { AccessKeyId: string; SecretAccessKey: string }
  }
  const { AccessKeyId, SecretAccessKey } = created.AccessKey
  return { ...administrator, AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey }
}

const trusting = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
})

/** Looks more often than the CLI's waiters do, which have half a minute between looks. */
async function settled(stack: string, status: string, env = administrator): Promise<void> {
  const look = () =>
    aws(['cloudformation', 'describe-stacks', '--stack-name', stack, '--query', 'Stacks[0].StackStatus', '--output', 'text'], env)
  let now = await look()
  for (let looks = 0; looks < 60 && now.endsWith('_IN_PROGRESS'); looks++) now = await look()
  const events = await aws(
    ['cloudformation', 'describe-stack-events', '--stack-name', stack, '--query', 'StackEvents[].ResourceStatusReason'],
    env,
  )
  expect(now, events).toBe(status)
}

/** IAM User Guide, "AWS global condition context keys", aws:CalledVia: what the article calls access "only through a service such as CloudFormation". */
test('a policy allows through a stack what it refuses directly', async () => {
  const deployer = await user('deployer', [
    { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'iam:*',
      Resource: '*',
      Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': ['cloudformation.amazonaws.com'] } },
    },
  ])
  const trust = JSON.stringify(trusting('ec2.amazonaws.com'))
  expect(await refused(['iam', 'create-role', '--role-name', 'direct', '--assume-role-policy-document', trust], deployer)).toMatch(
    /AccessDenied.*deployer is not authorized to perform: iam:CreateRole on resource: .*role\/direct because no identity-based policy allows/,
  )
  const template = file('role.json', {
    Resources: { Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trusting('ec2.amazonaws.com') } } },
  })
  const deploy = ['cloudformation', 'deploy', '--stack-name', 'app', '--template-file', template]
  expect(await refused(deploy, deployer)).toMatch(/InsufficientCapabilitiesException.*Requires capabilities : \[CAPABILITY_IAM\]/)
  expect(await aws([...deploy, '--capabilities', 'CAPABILITY_IAM'], deployer)).toContain('Successfully created/updated stack - app')
  const events = JSON.parse(
    await aws([
      'cloudtrail',
      'lookup-events',
      '--lookup-attributes',
      'AttributeKey=EventName,AttributeValue=CreateRole',
      '--query',
      'Events[].CloudTrailEvent',
    ]),
  ) as string[]
  const records = events.map(event => JSON.parse(event) as { errorCode?: string; sourceIPAddress: string; userIdentity: object })
  expect(records.find(({ errorCode }) => errorCode === undefined)).toMatchObject({
    sourceIPAddress: 'cloudformation.amazonaws.com',
    userIdentity: { userName: 'deployer', invokedBy: 'cloudformation.amazonaws.com' },
  })
  const id = await aws(['cloudformation', 'describe-stacks', '--stack-name', 'app', '--query', 'Stacks[0].StackId', '--output', 'text'])
  await aws(['cloudformation', 'delete-stack', '--stack-name', 'app'], deployer)
  await settled(id, 'DELETE_COMPLETE')
})

test('a stack of a cluster and what belongs to it', async () => {
  const ref = (Ref: string) => ({ Ref })
  const subnets = (await aws(['ec2', 'describe-subnets', '--query', 'Subnets[].SubnetId', '--output', 'text'])).split(/\s+/)
  const role = (service: string) => ({ Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trusting(service) } })
  const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] })
  const ClusterName = ref('Cluster')
  const pods = trusting('pods.eks.amazonaws.com')
  pods.Statement[0] = { ...pods.Statement[0], Action: ['sts:AssumeRole', 'sts:TagSession'] } as never
  const template = file('cluster.json', {
    Resources: {
      ClusterRole: role('eks.amazonaws.com'),
      NodeRole: role('ec2.amazonaws.com'),
      FargateRole: role('eks-fargate-pods.amazonaws.com'),
      Reader: role('ec2.amazonaws.com'),
      PodRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: pods } },
      Cluster: {
        Type: 'AWS::EKS::Cluster',
        Properties: {
          RoleArn: arn('ClusterRole'),
          ResourcesVpcConfig: { SubnetIds: subnets.slice(0, 2) },
          AccessConfig: { AuthenticationMode: 'API_AND_CONFIG_MAP' },
          Logging: { ClusterLogging: { EnabledTypes: [{ Type: 'audit' }] } },
        },
      },
      Nodes: {
        Type: 'AWS::EKS::Nodegroup',
        Properties: { ClusterName, NodeRole: arn('NodeRole'), Subnets: subnets.slice(0, 2), Labels: { tier: 'web' } },
      },
      Profile: {
        Type: 'AWS::EKS::FargateProfile',
        Properties: {
          ClusterName,
          PodExecutionRoleArn: arn('FargateRole'),
          Selectors: [{ Namespace: 'batch', Labels: [{ Key: 'a', Value: 'b' }] }],
        },
      },
      Addon: { Type: 'AWS::EKS::Addon', Properties: { ClusterName, AddonName: 'eks-pod-identity-agent' } },
      Entry: {
        Type: 'AWS::EKS::AccessEntry',
        Properties: {
          ClusterName,
          PrincipalArn: arn('Reader'),
          AccessPolicies: [
            {
              PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
              AccessScope: { Type: 'namespace', Namespaces: ['default'] },
            },
          ],
        },
      },
      Association: {
        Type: 'AWS::EKS::PodIdentityAssociation',
        Properties: { ClusterName, Namespace: 'default', ServiceAccount: 'app', RoleArn: arn('PodRole') },
      },
    },
    Outputs: { Issuer: { Value: { 'Fn::GetAtt': ['Cluster', 'OpenIdConnectIssuerUrl'] } }, Name: { Value: ClusterName } },
  })
  const create = ['cloudformation', 'create-stack', '--stack-name', 'fleet', '--template-body', `file://${template}`]
  await aws([...create, '--capabilities', 'CAPABILITY_IAM'])
  await settled('fleet', 'CREATE_COMPLETE')
  const outputs = JSON.parse(await aws(['cloudformation', 'describe-stacks', '--stack-name', 'fleet', '--query', 'Stacks[0].Outputs'])) as {
    OutputKey: string
    OutputValue: string
  }[]
  const output = (key: string) => outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? ''
  expect(output('Issuer')).toMatch(/^https:\/\/localhost:\d+\/id\//)
  const name = output('Name')
  expect(await aws(['eks', 'list-nodegroups', '--cluster-name', name, '--query', 'length(nodegroups)'])).toBe('1')
  expect(await aws(['eks', 'list-access-entries', '--cluster-name', name])).toContain('fleet-Reader-')
  const id = await aws(['cloudformation', 'describe-stacks', '--stack-name', 'fleet', '--query', 'Stacks[0].StackId', '--output', 'text'])
  await aws(['cloudformation', 'delete-stack', '--stack-name', 'fleet'])
  await settled(id, 'DELETE_COMPLETE')
  expect(await aws(['eks', 'list-clusters', '--query', 'clusters', '--output', 'text'])).toBe('')
})

test('boto3 with its waiters and paginators', async () => {
  const { stdout } = await promisify(execFile)(join(clients, 'python'), [join(root, 'test/e2e/programs/stack.py')], {
    env: administrator,
    timeout: 120_000,
  })
  expect(JSON.parse(stdout)).toEqual({
    exports: ['role-arn'],
    change: ['Modify', 'Role', 'False'],
    description: 'after',
    same: ['ValidationError', 'No updates are to be performed.'],
    drift: 'InvalidAction',
    broken: 'ROLLBACK_COMPLETE',
  })
})

/** A power cut in the midst of a stack: the next start tells of it, and the stack can be deleted with all that it made. */
test('a stack that kill -9 cut short', async () => {
  const first = await startGatehouse()
  const environment = { ...withoutAws(process.env), ...first.environment, HOME: first.data }
  const chain = Object.fromEntries(
    Array.from({ length: 150 }, (_, number) => [
      `G${number}`,
      { Type: 'AWS::IAM::Group', ...(number > 0 && { DependsOn: `G${number - 1}` }) },
    ]),
  )
  const template = file('chain.json', { Resources: chain })
  const words = ['--stack-name', 'cut', '--query', 'Stacks[0].[StackStatus,StackStatusReason]', '--output', 'text']
  const create = ['cloudformation', 'create-stack', '--stack-name', 'cut', '--template-body', `file://${template}`]
  const { StackId } = JSON.parse(await aws([...create, '--capabilities', 'CAPABILITY_IAM'], environment)) as { StackId: string }
  await first.kill()
  const second = await startGatehouse({ data: first.data })
  const again = { ...environment, ...second.environment }
  expect(await aws(['cloudformation', 'describe-stacks', ...words], again)).toBe(
    'CREATE_FAILED\tGatehouse was stopped during the operation.',
  )
  await aws(['cloudformation', 'delete-stack', '--stack-name', 'cut'], again)
  await settled(StackId, 'DELETE_COMPLETE', again)
  const groups = JSON.parse(await aws(['iam', 'list-groups', '--query', 'Groups[].GroupName'], again)) as string[]
  // What was being made at that very moment may stay, without a stack. docs/fidelity.md, "CloudFormation".
  expect(groups.filter(name => name.startsWith('cut-')).length).toBeLessThanOrEqual(1)
  await discard(second)
})

test('a stack policy, and a failed update that is looked at before it is rolled back', async () => {
  const group = (Path: string) => ({ Type: 'AWS::IAM::Group', Properties: { GroupName: 'kept', Path } })
  const template = (Resources: object) => `file://${file('kept.json', { Resources })}`
  const rule = (Effect: string, Action: string, Resource: string) => ({ Effect, Action, Principal: '*', Resource })
  const policy = { Statement: [rule('Allow', 'Update:*', '*'), rule('Deny', 'Update:Modify', 'LogicalResourceId/Kept')] }
  const capable = ['--capabilities', 'CAPABILITY_NAMED_IAM']
  const stack = ['--stack-name', 'kept']
  await aws(['cloudformation', 'create-stack', ...stack, '--template-body', template({ Kept: group('/a/') }), ...capable])
  await settled('kept', 'CREATE_COMPLETE')
  await aws(['cloudformation', 'set-stack-policy', ...stack, '--stack-policy-body', `file://${file('policy.json', policy)}`])
  expect(JSON.parse(await aws(['cloudformation', 'get-stack-policy', ...stack, '--query', 'StackPolicyBody', '--output', 'text']))).toEqual(
    policy,
  )
  const moved = ['cloudformation', 'update-stack', ...stack, '--template-body', template({ Kept: group('/b/') }), ...capable]
  await aws([...moved, '--disable-rollback'])
  await settled('kept', 'UPDATE_FAILED')
  const why = 'StackEvents[?ResourceStatus==`UPDATE_FAILED`&&LogicalResourceId==`Kept`].ResourceStatusReason'
  expect(await aws(['cloudformation', 'describe-stack-events', ...stack, '--query', why, '--output', 'text'])).toBe(
    'Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/Kept];',
  )
  await aws(['cloudformation', 'rollback-stack', ...stack])
  await settled('kept', 'UPDATE_ROLLBACK_COMPLETE')
  const override = file('override.json', { Statement: [rule('Allow', 'Update:*', '*')] })
  await aws([...moved, '--stack-policy-during-update-body', `file://${override}`])
  await settled('kept', 'UPDATE_COMPLETE')
  expect(await refused(['cloudformation', 'rollback-stack', ...stack])).toMatch(/UPDATE_COMPLETE state and can not be rolled back/)
}, 120_000)

describe('what is not served', () => {
  test.each([
    ['create-stack-set', '--stack-set-name', 's'],
    ['signal-resource', '--stack-name', 's', '--logical-resource-id', 'r', '--unique-id', 'u', '--status', 'SUCCESS'],
    ['detect-stack-drift', '--stack-name', 's'],
    ['describe-stack-resource-drifts', '--stack-name', 's'],
  ])('%s says so', async (...parameters) => {
    expect(await refused(['cloudformation', ...parameters])).toMatch(
      /InvalidAction.*Gatehouse does not serve cloudformation:\w+; "gatehouse coverage"/,
    )
  })
})
