import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createCluster } from './cluster.ts'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'
import { type Answer, GoCalls } from './infrastructure/go-calls.ts'
import { LivedResource, type ResourceLife } from './infrastructure/resource-tables.ts'

// eksctl's commands for access, by their calls: AWS's by the SDK for Go 2, Kubernetes' by client-go. Twice: by AWS_ENDPOINT_URL, and by the variables that eksctl reads itself.

const kubernetesClients = process.env['GATEHOUSE_TEST_GO_KUBERNETES']
if (!kubernetesClients) throw new Error('GATEHOUSE_TEST_GO_KUBERNETES is not set: run the tests with npm test')

const commands = parse(readFileSync(join(root, 'test/e2e/infrastructure/eksctl.yaml'), 'utf8')) as {
  readonly [command: string]: NonNullable<ResourceLife['read']>
}

describe.each(['AWS_ENDPOINT_URL', 'AWS_IAM_ENDPOINT and its like'])('eksctl, pointed here by %s', variable => {
  let gatehouse: TestGatehouse
  let calls: GoCalls
  const facts: { [name: string]: unknown } = {}

  beforeAll(async () => {
    gatehouse = await startGatehouse()
    const all = { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data }
    await createCluster({ ...all, KUBECONFIG: join(gatehouse.data, 'kubeconfig') }, 'demo', 'embedded')
    calls = new GoCalls(variable === 'AWS_ENDPOINT_URL' ? all : olderVariables(all))
    const described = (await output('eks', 'DescribeCluster', { name: 'demo' }))['Cluster'] as {
      Arn: string
      Endpoint: string
      CertificateAuthority: { Data: string }
      Identity: { Oidc: { Issuer: string } }
    }
    const account = (await output('sts', 'GetCallerIdentity'))['Account'] as string
    const issuer = described.Identity.Oidc.Issuer
    const issuerName = issuer.slice('https://'.length)
    Object.assign(facts, {
      cluster: described.Arn,
      endpoint: described.Endpoint,
      authority: described.CertificateAuthority.Data,
      issuer,
      issuerName,
      provider: `arn:aws:iam::${account}:oidc-provider/${issuerName}`,
      viewer: `arn:aws:iam::${account}:role/viewer`,
    })
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }] }
    await output('iam', 'CreateRole', { RoleName: 'viewer', AssumeRolePolicyDocument: JSON.stringify(trust) })
  })
  afterAll(async () => {
    calls?.close()
    await discard(gatehouse)
  })

  async function output(service: string, operation: string, input: object = {}): Promise<{ readonly [member: string]: unknown }> {
    const answer: Answer = await calls.call(service, operation, input)
    if (answer.code) throw new Error(`${operation}: ${answer.code} ${answer.message}`)
    return answer.output as { readonly [member: string]: unknown }
  }

  /** Makes a command's calls; gives what the last of its operations read. */
  async function eksctl(command: string): Promise<LivedResource> {
    const lived = new LivedResource(calls, facts)
    await lived.make(commands['every command'])
    await lived.make(commands[command])
    return lived
  }

  /** Does something to the cluster by client-go, with a token as eksctl makes them. */
  async function kubernetes(token: unknown, ...words: string[]): Promise<unknown> {
    const environment = {
      CLUSTER_ENDPOINT: facts['endpoint'] as string,
      CLUSTER_AUTHORITY: facts['authority'] as string,
      CLUSTER_TOKEN: token as string,
    }
    const { stdout } = await promisify(execFile)(join(kubernetesClients as string, 'eksctl'), words, { env: environment, timeout: 60_000 })
    return JSON.parse(stdout)
  }
  const ownToken = async () => (await calls.call('token', 'Get', { ClusterName: 'demo' })).output

  const expectRead = (lived: LivedResource, expected: { readonly [path: string]: unknown }) => {
    const { actual, wanted } = lived.compared(expected)
    expect(actual).toEqual(wanted)
  }

  test('utils associate-iam-oidc-provider', async () => {
    expectRead(await eksctl('utils associate-iam-oidc-provider'), {
      'GetOpenIDConnectProvider.ClientIDList.0': 'sts.amazonaws.com',
      'GetOpenIDConnectProvider.Url': '${issuerName}',
    })
  })

  test('create, get, update and delete iamserviceaccount', async () => {
    const made = await eksctl('create iamserviceaccount')
    const role = made.compared({ 'DescribeStacks.Stacks.0.Outputs.0.OutputValue': '' }).actual[
      'DescribeStacks.Stacks.0.Outputs.0.OutputValue'
    ]
    expect(role).toMatch(/:role\/eksctl-demo-addon-iamserviceaccount-shop-reader-Rol/)
    const token = await ownToken()
    const annotation = { 'eks.amazonaws.com/role-arn': role }
    expect(await kubernetes(token, 'create-service-account', 'shop', 'reader', role as string)).toEqual(annotation)
    expect(await kubernetes(token, 'create-service-account', 'shop', 'reader', role as string)).toEqual(annotation)
    expectRead(await eksctl('get iamserviceaccount'), { 'DescribeStacks.Stacks.0.Outputs.0.OutputKey': 'Role1' })
    await eksctl('update iamserviceaccount')
    const { AttachedPolicies } = await output('iam', 'ListAttachedRolePolicies', { RoleName: (role as string).split('/')[1] })
    expect(AttachedPolicies).toMatchObject([{ PolicyName: 'AmazonS3FullAccess' }])
    await eksctl('delete iamserviceaccount')
    expect(await kubernetes(token, 'delete-service-account', 'shop', 'reader')).toBe('reader')
  })

  test('create, get and delete iamidentitymapping: the role gets in while it is mapped', async () => {
    const { Credentials } = await output('sts', 'AssumeRole', { RoleArn: facts['viewer'], RoleSessionName: 'viewer' })
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials as { [name: string]: string }
    const viewer = new GoCalls({
      ...withoutAws(process.env),
      ...gatehouse.environment,
      HOME: gatehouse.data,
      AWS_ACCESS_KEY_ID: AccessKeyId,
      AWS_SECRET_ACCESS_KEY: SecretAccessKey,
      AWS_SESSION_TOKEN: SessionToken,
    })
    const viewerToken = (await viewer.call('token', 'Get', { ClusterName: 'demo' })).output
    viewer.close()
    await expect(kubernetes(viewerToken, 'get-mappings')).rejects.toMatchObject({ stderr: expect.stringContaining('Unauthorized') })

    await eksctl('every command')
    const arn = facts['viewer'] as string
    const mapping = { rolearn: arn, username: 'viewer', groups: ['system:masters'] }
    const token = await ownToken()
    expect(await kubernetes(token, 'create-mapping', arn, 'viewer', 'system:masters')).toEqual([mapping])
    expect(await kubernetes(viewerToken, 'get-mappings')).toEqual([mapping])
    expect(await kubernetes(token, 'delete-mapping', arn)).toEqual([])
    await expect(kubernetes(viewerToken, 'get-mappings')).rejects.toMatchObject({ stderr: expect.stringContaining('Unauthorized') })
  })

  test('create, get and delete podidentityassociation', async () => {
    await eksctl('create podidentityassociation')
    const found = await eksctl('get podidentityassociation')
    expectRead(found, { 'DescribePodIdentityAssociation.Association.ServiceAccount': 'cart' })
    await eksctl('delete podidentityassociation')
    expect((await output('eks', 'ListPodIdentityAssociations', { clusterName: 'demo' }))['Associations']).toEqual([])
  })

  test('create, get and delete accessentry', async () => {
    await eksctl('create accessentry')
    expectRead(await eksctl('get accessentry'), {
      'DescribeAccessEntry.AccessEntry.KubernetesGroups.0': 'viewers',
      'ListAssociatedAccessPolicies.AssociatedAccessPolicies.0.AccessScope.Namespaces.0': 'default',
    })
    await eksctl('delete accessentry')
    expect(await calls.call('eks', 'DescribeAccessEntry', { clusterName: 'demo', principalArn: facts['viewer'] })).toMatchObject({
      code: 'ResourceNotFoundException',
    })
  })

  test('get', async () => {
    expectRead(await eksctl('get'), { 'ListClusters.Clusters.0': 'demo', 'ListTagsForResource.Tags.gatehouse:kind': 'embedded' })
  })
})

/** The environment with eksctl's own variables in the place of AWS_ENDPOINT_URL. */
function olderVariables({ AWS_ENDPOINT_URL: endpoint, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const services = ['CLOUDFORMATION', 'EKS', 'IAM', 'STS', 'EC2', 'CLOUDTRAIL']
  return { ...rest, ...Object.fromEntries(services.map(service => [`AWS_${service}_ENDPOINT`, endpoint])) }
}
