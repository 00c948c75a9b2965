import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KubernetesObject, migrationPlan } from '../../src/cli/irsa-migrate-plan.ts'
import { account, roleArn, startWorkload, type Workload } from './workload.ts'

const world = { issuer: 'https://issuer.example.com/id/1', audience: 'sts.amazonaws.com', baseRoleArn: `arn:aws:iam::${account}:role/` }
const role = (name: string) => ({ 'iam.amazonaws.com/role': name })
const template = (annotations: { readonly [key: string]: string }, serviceAccountName?: string) => ({
  metadata: { annotations },
  spec: { ...(serviceAccountName && { serviceAccountName }) },
})
const workloadOf = (
  kind: string,
  name: string,
  annotations: { readonly [key: string]: string },
  serviceAccount?: string,
): KubernetesObject => {
  const pods = template(annotations, serviceAccount)
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template: pods } } } : { template: pods }
  return { kind, metadata: { name, namespace: 'shop' }, spec }
}
const namespace = (annotations: { readonly [key: string]: string }): KubernetesObject => ({
  kind: 'Namespace',
  metadata: { name: 'shop', annotations },
})
const planOf = (...objects: KubernetesObject[]) => migrationPlan(objects, world)
const rolesOf = (...objects: KubernetesObject[]) => planOf(...objects).groups.map(({ roleArn: arn }) => arn)

describe('the plan', () => {
  test.each(['Deployment', 'DaemonSet', 'StatefulSet', 'CronJob', 'Job'])('reads the template of a %s', kind => {
    const [group] = planOf(workloadOf(kind, 'web', role('checkout'), 'checkout')).groups
    expect(group).toMatchObject({
      namespace: 'shop',
      serviceAccount: 'checkout',
      target: 'checkout',
      conflicts: [],
      workloads: [`${kind}/web`],
      providerArn: `arn:aws:iam::${account}:oidc-provider/issuer.example.com/id/1`,
      statement: {
        Condition: {
          StringEquals: {
            'issuer.example.com/id/1:sub': 'system:serviceaccount:shop:checkout',
            'issuer.example.com/id/1:aud': 'sts.amazonaws.com',
          },
        },
      },
    })
  })

  test.each([
    ['checkout', roleArn('checkout')],
    ['/team/checkout', roleArn('team/checkout')],
    ['team/checkout', roleArn('team/checkout')],
    ['arn:aws:iam::444455556666:role/other', 'arn:aws:iam::444455556666:role/other'],
  ])('takes %s for %s', (text, arn) => {
    expect(rolesOf(workloadOf('Deployment', 'web', role(text), 'web'))).toEqual([arn])
  })

  test('wants the provider in the account of the role', () => {
    const [group] = planOf(workloadOf('Deployment', 'web', role('arn:aws:iam::444455556666:role/other'), 'web')).groups
    expect(group?.providerArn).toBe('arn:aws:iam::444455556666:oidc-provider/issuer.example.com/id/1')
  })

  test.each([
    ['iam.amazonaws.com/permitted', '.*', true],
    ['iam.amazonaws.com/permitted', '^checkout$', true],
    ['iam.amazonaws.com/permitted', '^billing', false],
    ['iam.amazonaws.com/permitted', '(', false],
    ['iam.amazonaws.com/allowed-roles', '["check*"]', true],
    ['iam.amazonaws.com/allowed-roles', `["${roleArn('checkout')}"]`, true],
    ['iam.amazonaws.com/allowed-roles', '["check"]', false],
    ['iam.amazonaws.com/allowed-roles', '["*out*out"]', false],
    ['iam.amazonaws.com/allowed-roles', '[]', false],
    ['iam.amazonaws.com/allowed-roles', 'checkout', false],
  ])('of a namespace with %s %s: %s', (key, value, permitted) => {
    const plan = planOf(namespace({ [key]: value }), workloadOf('Deployment', 'web', role('checkout'), 'web'))
    expect([plan.groups.length, plan.refused.length]).toEqual(permitted ? [1, 0] : [0, 1])
    if (!permitted) expect(plan.refused[0]).toMatchObject({ workload: 'shop: Deployment/web', reason: expect.stringContaining(key) })
  })

  test('does not try an expression for ages', () => {
    const plan = planOf(namespace({ 'iam.amazonaws.com/permitted': '^(.+)+!$' }), workloadOf('Deployment', 'web', role('checkout'), 'web'))
    expect(plan.refused).toEqual([{ workload: 'shop: Deployment/web', reason: expect.stringContaining('takes too long to match') }])
  })

  test('gives each of two roles on a service account one of its own, with a name that is free', () => {
    const { groups } = planOf(
      { kind: 'ServiceAccount', metadata: { name: 'web-billing', namespace: 'shop' } },
      workloadOf('Deployment', 'a', role('billing'), 'web'),
      workloadOf('Deployment', 'b', role('Check_Out'), 'web'),
    )
    expect(groups.map(({ target }) => target)).toEqual(['web-check-out', 'web-billing-2'])
    expect(groups[1]?.conflicts).toEqual([`other workloads of the service account have "${roleArn('Check_Out')}"`])
  })

  test('keeps a role from workloads that have none', () => {
    const { groups } = planOf(workloadOf('Deployment', 'a', role('billing')), workloadOf('Deployment', 'b', {}))
    expect(groups).toMatchObject([
      { serviceAccount: 'default', target: 'default-billing', conflicts: ['workloads of the service account have no role: Deployment/b'] },
    ])
  })

  test('leaves the role that a service account has', () => {
    const annotations = { 'eks.amazonaws.com/role-arn': roleArn('present') }
    const { groups } = planOf(
      { kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'shop', annotations } },
      workloadOf('Deployment', 'a', role('billing'), 'web'),
    )
    expect(groups).toMatchObject([{ target: 'web-billing', conflicts: [`the service account has "${roleArn('present')}" already`] }])
  })

  test("counts pods with their template, and those of an unknown kind's", () => {
    const pod = (name: string, annotations: { readonly [key: string]: string }, account_: string): KubernetesObject => ({
      kind: 'Pod',
      metadata: { name, namespace: 'shop', annotations, ownerReferences: [{}] },
      spec: { serviceAccountName: account_ },
    })
    const { groups } = planOf(
      workloadOf('Deployment', 'web', role('billing'), 'web'),
      pod('web-1', role('billing'), 'web'),
      pod('rollout-1', role('stock'), 'stock'),
    )
    expect(groups.map(({ workloads }) => workloads)).toEqual([['Pod/rollout-1'], ['Deployment/web']])
  })

  test('lets nothing of an annotation begin a line of the script', () => {
    const { refused } = planOf(workloadOf('Deployment', 'web', role('x\nrm -rf /'), 'web'))
    expect(refused).toEqual([{ workload: 'shop: Deployment/web', reason: '"x\\nrm -rf /" is no role' }])
    expect(() => planOf(workloadOf('Deployment', 'web;x', role('x')))).toThrow('"web;x" is no name')
  })
})

describe('gatehouse irsa migrate', () => {
  let workload: Workload
  let folder: string

  beforeAll(async () => {
    workload = await startWorkload()
    folder = await mkdtemp(join(tmpdir(), 'irsa-migrate-'))
  })
  afterAll(async () => {
    await workload?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const fileOf = async (...items: KubernetesObject[]) => {
    const file = join(folder, 'all.json')
    await writeFile(file, JSON.stringify({ kind: 'List', items }))
    return file
  }

  test('reads pods and namespaces of a cluster', async () => {
    await workload.kubectl('run', 'cart', '-n', 'shop', '--image=cart', `--annotations=iam.amazonaws.com/role=team/cart`)
    const plan = JSON.parse(await workload.gatehouseCommand('irsa', 'migrate', '--cluster', 'demo', '--json')) as {
      groups: readonly { readonly roleArn: string; readonly workloads: readonly string[] }[]
    }
    expect(plan.groups).toMatchObject([{ roleArn: roleArn('team/cart'), workloads: ['Pod/cart'], namespace: 'shop' }])
    await workload.kubectl('annotate', 'namespace', 'shop', 'iam.amazonaws.com/permitted=^none$')
    expect(await workload.gatehouseCommand('irsa', 'migrate', '--cluster', 'demo')).toContain('# left out: shop: Pod/cart')
  })

  test('prints the statement, the annotation and the patch from files', async () => {
    const file = await fileOf(workloadOf('CronJob', 'night', role('stock'), 'stock'), workloadOf('Deployment', 'web', role('web')), {
      kind: 'Deployment',
      metadata: { name: 'plain', namespace: 'shop' },
      spec: { template: {} },
    })
    const text = await workload.gatehouseCommand(
      'irsa',
      'migrate',
      '--from',
      file,
      '--issuer',
      world.issuer,
      '--base-role-arn',
      world.baseRoleArn,
    )
    const lines = text.split('\n')
    expect(lines).toContain(`kubectl annotate --overwrite serviceaccount stock -n shop eks.amazonaws.com/role-arn=${roleArn('stock')}`)
    expect(lines).toContain('  name: default-web')
    expect(text).toContain(
      `kubectl patch cronjob night -n shop --type merge -p '{"spec":{"jobTemplate":{"spec":{"template":{"metadata":{"annotations":{"iam.amazonaws.com/role":null}},"spec":{"serviceAccountName":"stock"}}}}}}'`,
    )
  })

  test('says what it lacks', async () => {
    const file = await fileOf()
    expect(await workload.failure('irsa', 'migrate', '--from', file)).toMatchObject({ stderr: expect.stringContaining('give --issuer') })
    expect(await workload.failure('irsa', 'migrate')).toMatchObject({ stderr: expect.stringContaining('give --cluster, or --from') })
  })
})
