import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command } from '../e2e/gatehouse.ts'
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
      userAgent: expect.stringMatching(/^gatehouse\/\d/),
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

  test('gatehouse agent serves the pods of a node, and answers probes', async () => {
    const { gatehouse } = workload
    const agent = spawn(
      process.execPath,
      [command, 'agent', '--cluster', 'demo', '--bind', '127.0.0.1', '--port', '0', '--probe-port', '0', '--data', gatehouse.data],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      const said = await new Promise<string>(resolve => agent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))))
      const [, uri = '', probes = ''] = /ready: (\S+); probes at (\S+)\/healthz/.exec(said) ?? []
      expect((await fetch(`${probes}/healthz`)).status).toBe(200)
      const token = await workload.kubectl(
        'create',
        'token',
        'checkout',
        '-n',
        'shop',
        '--audience',
        'pods.eks.amazonaws.com',
        '--bound-object-kind',
        'Pod',
        '--bound-object-name',
        'web',
      )
      const answer = await fetch(uri, { headers: { authorization: token } })
      expect({ status: answer.status, body: await answer.text() }).toEqual({
        status: 400,
        body: expect.stringContaining('EKS does not have permissions to assume the associated role.'),
      })
      await workload.createRole('checkout-again', 'pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
      const [id] = JSON.parse(
        await workload.aws('eks', 'list-pod-identity-associations', '--cluster-name', 'demo', '--query', 'associations[].associationId'),
      )
      await workload.aws(
        'eks',
        'update-pod-identity-association',
        '--cluster-name',
        'demo',
        '--association-id',
        id,
        '--role-arn',
        roleArn('checkout-again'),
      )
      const credentials = await (await fetch(uri, { headers: { authorization: token } })).json()
      expect(credentials).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/), AccountId: account })
    } finally {
      agent.kill('SIGINT')
    }
    expect(await new Promise(resolve => agent.once('exit', resolve))).toBe(0)
  })
})
