import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, kinds, programs, roleArn, startWorkload, type Workload } from './workload.ts'

const asCheckout = ['run', '--cluster', 'demo', '--namespace', 'shop', '--service-account', 'checkout', '--pod-identity', '--']

describe.each(kinds)('a process as a pod with an EKS Pod Identity association, on a cluster of the $kind kind', ({ assets }) => {
  let workload: Workload
  beforeAll(async () => {
    workload = await startWorkload([], assets)
    await workload.createRole('checkout', 'pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
  })
  afterAll(() => workload?.close())
  test('without an association it does not start, and is told how to make one', async () => {
    const { code, stderr } = await workload.failure(...asCheckout, 'true')
    expect(code).toBe(1)
    expect(stderr).toContain('service account shop/checkout has no EKS Pod Identity association')
  })

  test.each(programs)('$name becomes the role by itself', async ({ words }) => {
    const associations = JSON.parse(await workload.aws('eks', 'list-pod-identity-associations', '--cluster-name', 'demo'))
    if (associations.associations.length === 0)
      await workload.aws(
        'eks',
        'create-pod-identity-association',
        '--cluster-name',
        'demo',
        '--namespace',
        'shop',
        '--service-account',
        'checkout',
        '--role-arn',
        roleArn('checkout'),
      )
    expect(await workload.gatehouseCommand(...asCheckout, ...words)).toMatch(
      new RegExp(`arn:aws:sts::${account}:assumed-role/checkout/eks-demo-gatehouse-[0-9a-f-]{36}`),
    )
  })

  test('the pod that stands for it is gone afterwards', async () => {
    expect(await workload.kubectl('get', 'pods', '-n', 'shop', '-o', 'name')).toBe('')
  })

  test('CloudTrail has the call of the agent and the role that EKS assumed, with the tags of the pod', async () => {
    const events = async (name: string) => {
      const answer = await workload.aws(
        'cloudtrail',
        'lookup-events',
        '--lookup-attributes',
        `AttributeKey=EventName,AttributeValue=${name}`,
      )
      return JSON.parse(answer).Events.map((event: { CloudTrailEvent: string }) => JSON.parse(event.CloudTrailEvent))
    }
    const [call] = await events('AssumeRoleForPodIdentity')
    expect(call).toMatchObject({
      eventSource: 'eks-auth.amazonaws.com',
      requestParameters: { clusterName: 'demo', token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
      additionalEventData: { podIdentity: { namespace: 'shop', serviceAccount: 'checkout' } },
    })
    const [assumed] = await events('AssumeRole')
    expect(assumed.userIdentity).toEqual({ type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' })
    expect(assumed.requestParameters.tags).toContainEqual({ key: 'kubernetes-pod-name', value: expect.stringMatching(/^gatehouse-run-/) })
  })

  test('a pod of the cluster is injected, and a trust policy that refuses is told by the SDK', async () => {
    await workload.kubectl(
      'run',
      'web',
      '-n',
      'shop',
      '--image',
      'gatehouse.invalid/web',
      '--overrides',
      '{"spec":{"serviceAccountName":"checkout"}}',
    )
    const variables = await workload.kubectl(
      'get',
      'pod',
      'web',
      '-n',
      'shop',
      '-o',
      'jsonpath={range .spec.containers[0].env[*]}{.name}={.value}{"\\n"}{end}',
    )
    expect(variables).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials')
    await workload.aws(
      'iam',
      'update-assume-role-policy',
      '--role-name',
      'checkout',
      '--policy-document',
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
    )
    const [cli] = programs
    const { stderr } = await workload.failure(
      'run',
      '--cluster',
      'demo',
      '--namespace',
      'shop',
      '--pod',
      'web',
      '--',
      ...(cli?.words ?? []),
    )
    expect(stderr).toContain(
      '(AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role.',
    )
  })
})
