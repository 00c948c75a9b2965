import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callQuery, callRestJson, openClient } from '../../src/cli/client.ts'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS'] ?? ''
const version1 = join(clients, 'aws')
/** Version 2 waits where it can be had; Debian's is too old for newer operations. */
const waiter = process.env['GATEHOUSE_TEST_AWS_CLI_V2'] || version1

const execute = promisify(execFile)
const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`
let gatehouse: TestGatehouse

async function run(program: string, words: readonly string[]): Promise<string> {
  const env = {
    ...withoutAws(process.env),
    ...gatehouse.environment,
    NODE_EXTRA_CA_CERTS: gatehouse.environment['AWS_CA_BUNDLE'] as string,
    PATH: `${clients}:${process.env['PATH']}`,
    AWS_PAGER: '',
    HOME: gatehouse.data,
    KUBECONFIG: join(gatehouse.data, 'kubeconfig'),
  }
  return (await execute(program, [...words], { env, timeout: 60_000 })).stdout.trim()
}
const aws = (line: string) => run(version1, [...line.split(' '), '--output', 'text'])
const wait = (line: string) => run(waiter, ['--endpoint-url', gatehouse.endpoint, 'eks', 'wait', ...line.split(' ')])
const refusal = (line: string) => expect(aws(line)).rejects

beforeAll(async () => {
  gatehouse = await startGatehouse({ flags: ['--old-versions', 'true'] })
  const services = { 'eks-cluster': 'eks', 'eks-local-cluster': 'ec2', node: 'ec2', fargate: 'eks-fargate-pods', app: 'pods.eks' }
  const makeRole = (RoleName: string, service: string) =>
    callQuery(openClient(gatehouse.data), { name: 'iam', version: '2010-05-08' }, 'CreateRole', {
      RoleName,
      AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"${service}.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
    })
  await Promise.all(Object.entries(services).map(([name, service]) => makeRole(name, service)))
})
afterAll(() => discard(gatehouse))

/** The CLI looks every half minute: it is asked to wait when there is little left to wait for. */
const untilActive = (name: string) =>
  expect
    .poll(
      async () => {
        const { cluster } = (await callRestJson(openClient(gatehouse.data), 'eks', 'GET', `/clusters/${name}`)) as {
          cluster: { status: string }
        }
        return cluster.status
      },
      { timeout: 60_000, interval: 100 },
    )
    .toBe('ACTIVE')

async function create(name: string, more = '', roleName = 'eks-cluster', subnets = 'subnet-1,subnet-2'): Promise<void> {
  await aws(`eks create-cluster --name ${name} --role-arn ${role(roleName)} --resources-vpc-config subnetIds=${subnets}${more}`)
  await untilActive(name)
}

describe('what belongs to a cluster, by the waiters of the AWS CLI', { timeout: 150_000 }, () => {
  test('nodes come, are let in by aws-auth, and go', async () => {
    await create('demo')
    await wait('cluster-active --name demo')
    await aws('eks update-kubeconfig --name demo')
    await aws(`eks create-nodegroup --cluster-name demo --nodegroup-name blue --subnets subnet-1 --node-role ${role('node')}`)
    await wait('nodegroup-active --cluster-name demo --nodegroup-name blue')
    await aws(
      `eks create-fargate-profile --cluster-name demo --fargate-profile-name jobs --pod-execution-role-arn ${role('fargate')} --selectors namespace=jobs`,
    )
    await wait('fargate-profile-active --cluster-name demo --fargate-profile-name jobs')
    const mapped = async () => run('kubectl', ['get', 'configmap', 'aws-auth', '-n', 'kube-system', '-o', 'jsonpath={.data.mapRoles}'])
    expect(await mapped()).toMatch(/role\/node\n[\s\S]*role\/fargate\n/)
    await refusal('eks delete-cluster --name demo').toThrow(/ResourceInUseException.*Cluster has nodegroups attached/)
    await aws('eks delete-nodegroup --cluster-name demo --nodegroup-name blue')
    await wait('nodegroup-deleted --cluster-name demo --nodegroup-name blue')
    await aws('eks delete-fargate-profile --cluster-name demo --fargate-profile-name jobs')
    await wait('fargate-profile-deleted --cluster-name demo --fargate-profile-name jobs')
    expect(await mapped()).toBe('[]')
  })

  test('an add-on comes with its association and goes with it', async () => {
    const association = `serviceAccount=aws-node,roleArn=${role('app')}`
    await aws(`eks create-addon --cluster-name demo --addon-name vpc-cni --pod-identity-associations ${association}`)
    await wait('addon-active --cluster-name demo --addon-name vpc-cni')
    const owners = () => aws('eks list-pod-identity-associations --cluster-name demo --query associations[].ownerArn')
    expect(await owners()).toMatch(/:addon\/demo\/vpc-cni\//)
    await aws('eks delete-addon --cluster-name demo --addon-name vpc-cni')
    await wait('addon-deleted --cluster-name demo --addon-name vpc-cni')
    expect(await owners()).toBe('')
    expect(await aws('eks list-insights --cluster-name demo --query insights[?insightStatus.status==`WARNING`].name')).toBe(
      'Authentication mode',
    )
    await aws('eks delete-cluster --name demo')
    await wait('cluster-deleted --name demo')
  })
})

describe('roles for service accounts', { timeout: 150_000 }, () => {
  const issuerOf = (name: string) => aws(`eks describe-cluster --name ${name} --query cluster.identity.oidc.issuer`)

  test('are there since 1.14, and since 1.13 for clusters that are updated to it', async () => {
    const versions = { old: '1.12', 'made-of-1-13': '1.13', 'made-of-1-14': '1.14' }
    await Promise.all(Object.entries(versions).map(([name, version]) => create(name, ` --kubernetes-version ${version}`)))
    expect(await issuerOf('old')).toBe('None')
    expect(await issuerOf('made-of-1-13')).toBe('None')
    expect(await issuerOf('made-of-1-14')).toMatch(/^https:/)
    await refusal('eks update-cluster-version --name old --kubernetes-version 1.14').toThrow(/from 1.12 to 1.14/)
    await aws('eks update-cluster-version --name old --kubernetes-version 1.13')
    await untilActive('old')
    expect(await issuerOf('old')).toMatch(/^https:/)
  })

  test('are not on Outposts, and each way to them says so', async () => {
    const outpost = '{"outpostArns":["arn:aws:outposts:us-east-1:111122223333:outpost/op-1"],"controlPlaneInstanceType":"m5.large"}'
    await create('local', ` --outpost-config ${outpost}`, 'eks-local-cluster', 'subnet-1')
    expect(await issuerOf('local')).toBe('None')
    const id = await aws('eks describe-cluster --name local --query cluster.id')
    await refusal(
      `eks create-pod-identity-association --cluster-name local --namespace default --service-account app --role-arn ${role('app')}`,
    ).toThrow(/EKS Pod Identity is not available: local is a local cluster on AWS Outposts/)
    const issuer = `${gatehouse.endpoint}/id/${id}`
    await refusal(`iam create-open-id-connect-provider --url ${issuer} --client-id-list sts.amazonaws.com`).toThrow(
      /is not the issuer of a cluster: local is a local cluster on AWS Outposts/,
    )
    await aws('eks update-kubeconfig --name local')
    await run('kubectl', ['create', 'serviceaccount', 'app'])
    await run('kubectl', ['annotate', 'serviceaccount', 'app', `eks.amazonaws.com/role-arn=${role('app')}`])
    const pod = ['run', 'app', '--image=app', '--overrides={"spec":{"serviceAccountName":"app"}}']
    await expect(run('kubectl', pod)).rejects.toThrow(/Forbidden.*local is a local cluster on AWS Outposts/)
    const enable = [
      'irsa',
      'enable',
      '--cluster',
      'local',
      '--service-account',
      'app',
      '--policy-arn',
      'arn:aws:iam::aws:policy/ReadOnlyAccess',
    ]
    await expect(run(process.execPath, [command, ...enable])).rejects.toThrow(
      /local has no OpenID Connect issuer: it is a local cluster on AWS Outposts/,
    )
  })
})
