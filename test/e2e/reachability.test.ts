import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roleArn, startWorkload, type Workload } from '../node/workload.ts'

let workload: Workload
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-reachability-'))
const exports = join(folder, 'exports')
const world = join(folder, 'world.json')
const alice = 'arn:aws:iam::111122223333:user/alice'
const rights = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['iam:PassRole', 'eks:CreatePodIdentityAssociation'], Resource: '*' },
    {
      Sid: 'Assume',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: '*',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    },
  ],
}

beforeAll(async () => {
  workload = await startWorkload()
  const { aws, kubectl } = workload
  await aws('iam', 'create-user', '--user-name', 'alice')
  await aws('iam', 'put-user-policy', '--user-name', 'alice', '--policy-name', 'rights', '--policy-document', JSON.stringify(rights))
  await workload.createRole('pods', 'pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
  await aws('iam', 'attach-role-policy', '--role-name', 'pods', '--policy-arn', 'arn:aws:iam::aws:policy/AdministratorAccess')
  await aws(
    'eks',
    'create-pod-identity-association',
    '--cluster-name',
    'demo',
    '--namespace',
    'shop',
    '--service-account',
    'checkout',
    '--role-arn',
    roleArn('pods'),
  )
  await kubectl('create', 'role', 'deployer', '--namespace', 'shop', '--verb', 'create', '--resource', 'pods')
  await kubectl('create', 'rolebinding', 'deployer', '--namespace', 'shop', '--role', 'deployer', '--user', 'jane')

  // As docs/reachability.md has it.
  mkdirSync(exports)
  const save = (name: string, text: string) => writeFileSync(join(exports, name), text)
  save('details.json', await aws('iam', 'get-account-authorization-details'))
  save('cluster.json', await aws('eks', 'describe-cluster', '--name', 'demo'))
  const entries = await aws('eks', 'list-access-entries', '--cluster-name', 'demo')
  save('entries.json', entries)
  for (const [i, arn] of (JSON.parse(entries) as { accessEntries: string[] }).accessEntries.entries()) {
    const one = ['--cluster-name', 'demo', '--principal-arn', arn]
    save(
      `entry-${i}.json`,
      (await aws('eks', 'describe-access-entry', ...one)) + (await aws('eks', 'list-associated-access-policies', ...one)),
    )
  }
  const associations = await aws('eks', 'list-pod-identity-associations', '--cluster-name', 'demo')
  save('associations.json', associations)
  for (const { associationId } of (JSON.parse(associations) as { associations: { associationId: string }[] }).associations)
    save(
      `association-${associationId}.json`,
      await aws('eks', 'describe-pod-identity-association', '--cluster-name', 'demo', '--association-id', associationId),
    )
  await kubectl('create', 'configmap', 'aws-auth', '--namespace', 'kube-system')
  await kubectl('run', 'web', '--namespace', 'shop', '--image', 'busybox', '--overrides', '{"spec":{"serviceAccountName":"checkout"}}')
  for (const kind of [
    'clusterroles',
    'clusterrolebindings',
    'roles',
    'rolebindings',
    'serviceaccounts',
    'pods',
    'namespaces',
    'nodes',
    'configmaps',
    'networkpolicies',
  ])
    save(`${kind}.json`, await kubectl('get', kind, '--all-namespaces', '--output', 'json'))
}, 300_000)
afterAll(async () => {
  await workload?.close()
  rmSync(folder, { recursive: true, force: true })
})

const imported = ['--import', world]

describe('questions about accounts and clusters', () => {
  test('an import of what the AWS CLI and kubectl print lacks nothing', async () => {
    const told = await workload.gatehouseCommand('import', exports, '--out', world)
    expect(told).toMatch(/2 users, 0 groups, \d+ roles, .* 1 cluster, 0 things missing$/)
  })

  test.each([
    ['the running server', () => []],
    ['the import', () => imported],
  ] as const)('who-can on %s tells whom, by which statement and on what condition', async (_, options) => {
    const told = await workload.gatehouseCommand('who-can', 'sts:AssumeRole', roleArn('pods'), ...options())
    expect(told).toBe('pods.eks.amazonaws.com\n    by trust policy of pods, statement 1')
    const { access } = JSON.parse(await workload.gatehouseCommand('who-can', 'iam:PassRole', roleArn('pods'), '--json', ...options())) as {
      access: { who: string; because: object }[]
    }
    expect(access.find(({ who }) => who === alice)?.because).toMatchObject({ outcome: 'allowed', statements: ['rights, statement 1'] })
    const cluster = await workload.gatehouseCommand('who-can', 'create', 'pods', '--namespace', 'shop', ...options())
    expect(cluster).toContain('user jane\n    RBAC: allowed by RoleBinding "deployer/shop" of Role "deployer" to User "jane"')
  })

  test.each([
    ['the running server', () => []],
    ['the import', () => imported],
  ] as const)('access tests on %s hold, or fail with witnesses, a report and a code of their own', async (_, options) => {
    const file = join(folder, 'access.yaml')
    const [report, policy] = [join(folder, 'report.xml'), join(folder, 'rights.json')]
    writeFileSync(
      file,
      `tests:\n  - {principals: alice, may: iam:PassRole}\n  - {principals: "user:jane", may: create, on: pods, namespace: shop}\n`,
    )
    expect(await workload.gatehouseCommand('test', file, ...options())).toMatch(/2 of 2 hold$/)
    writeFileSync(policy, JSON.stringify({ ...rights, Statement: rights.Statement.slice(1) }))
    const planned = await workload.failure('test', file, '--with', `${alice}#rights=${policy}`, '--junit', report, ...options())
    expect(planned).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('alice iam:PassRole on * is denied\n          no identity policy allows it'),
    })
    expect(readFileSync(report, 'utf8')).toContain('<testsuites tests="2" failures="1"')
    writeFileSync(file, 'tests:\n  - {principals: alice, mays: iam:PassRole}\n')
    expect(await workload.failure('test', file, ...options())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('access.yaml:2:25: mays'),
    })
  })

  test('an audit of the running server checks everything, and writes its reports', async () => {
    const [html, sarif] = [join(folder, 'audit.html'), join(folder, 'audit.sarif')]
    const { code, stdout } = await workload.failure('audit', '--cluster', 'demo', '--html', html, '--sarif', sarif, '--json')
    expect(code).toBe(3)
    const { findings, notChecked } = JSON.parse(stdout) as { findings: { check: string; subject: string }[]; notChecked: string[] }
    expect(notChecked).toEqual([])
    const expected = ['no-trail', 'no-analyzer', 'password-policy-missing', 'escalation-path', 'pod-identity-admin', 'rbac-create-pods']
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(expected))
    expect(findings).toContainEqual(expect.objectContaining({ check: 'pod-identity-admin', subject: 'shop/checkout' }))
    expect(readFileSync(html, 'utf8')).toContain('shop/checkout')
    expect(readFileSync(sarif, 'utf8')).toContain('"ruleId": "pod-identity-admin"')
    const offline = await workload.failure('audit', '--json', ...imported)
    expect(JSON.parse(offline.stdout).notChecked).toContain('no-trail')
  })

  test('the server and the import give the same escalations', async () => {
    const live = await workload.failure('escalations', '--json')
    const offline = await workload.failure('escalations', '--json', ...imported)
    expect([live.code, offline.code]).toEqual([3, 3])
    expect(JSON.parse(offline.stdout).escalations).toEqual(JSON.parse(live.stdout).escalations)
    expect(JSON.parse(live.stdout).dependsOn).toEqual([])
    expect(JSON.parse(live.stdout).escalations.map(({ from }: { from: string }) => from)).toEqual(
      expect.arrayContaining([alice, 'demo:user:jane', 'demo:serviceaccount:shop/checkout']),
    )
  })

  test('findings of the import are of who trusts whom outside', async () => {
    expect(await workload.gatehouseCommand('findings', imported[1] as string)).toBe('nothing is shared with outsiders')
    expect(await workload.failure('findings', join(folder, 'nothing.json'))).toMatchObject({ code: 1 })
  })

  test('path follows a user of the cluster to the account, and ends with 3', async () => {
    const { code, stdout } = await workload.failure('path', 'demo:user:jane', 'admin', ...imported)
    expect(code).toBe(3)
    expect(stdout.split('\n').filter(line => /^\S|\[/.test(line))).toEqual([
      'demo:user:jane',
      '  creates a pod with a service account of its choice [kubernetes-create-pods]',
      'demo:serviceaccount:shop/checkout',
      '  gets the role by EKS Pod Identity [pod-identity]',
      roleArn('pods'),
      '  may do everything already [administrator]',
      'administrator of account 111122223333',
    ])
    expect(await workload.gatehouseCommand('path', 'demo:user:jane', 'alice', '--json', ...imported).catch(() => 'found')).toBe('found')
  })

  test('what-can tells what a user may do and whom it can become', async () => {
    const told = await workload.gatehouseCommand('what-can', 'alice', ...imported)
    expect(told).toContain('rights, statement 1, on *\n    allowed: iam:PassRole, eks:CreatePodIdentityAssociation')
    expect(told).toContain('allowed under conditions: sts:AssumeRole\n      if aws:MultiFactorAuthPresent Bool true')
    expect(told).toContain(`[eks-create-pod-identity-association]: ${roleArn('pods')}`)
  })

  test('the same questions at a past moment are answered as they were then', async () => {
    const tested = join(folder, 'past.yaml')
    writeFileSync(
      tested,
      `tests:\n  - {principals: alice, may: iam:PassRole}\n  - {principals: "user:jane", may: create, on: pods, namespace: shop}\n`,
    )
    await setTimeout(10)
    const at = ['--at', new Date().toISOString()]
    await setTimeout(10)
    await workload.aws('iam', 'delete-user-policy', '--user-name', 'alice', '--policy-name', 'rights')
    await workload.kubectl('delete', 'rolebinding', 'deployer', '--namespace', 'shop')
    const ask = (...words: string[]) => workload.gatehouseCommand(...words)
    expect(await ask('who-can', 'iam:PassRole', roleArn('pods'))).not.toContain('alice')
    expect(await ask('who-can', 'iam:PassRole', roleArn('pods'), ...at)).toContain(`${alice}\n    by rights, statement 1`)
    expect(await ask('who-can', 'create', 'pods', '--namespace', 'shop')).not.toContain('jane')
    expect(await ask('who-can', 'create', 'pods', '--namespace', 'shop', ...at)).toContain('user jane')
    expect(await ask('what-can', 'alice', ...at)).toContain('allowed: iam:PassRole')
    expect(await ask('path', 'alice', 'admin')).toBe('there is no path')
    expect(await workload.failure('path', 'alice', 'admin', ...at)).toMatchObject({ code: 3 })
    const then = JSON.parse((await workload.failure('escalations', '--json', ...at)).stdout) as {
      escalations: object[]
      dependsOn: string[]
    }
    const imports = JSON.parse((await workload.failure('escalations', '--json', ...imported)).stdout) as { escalations: object[] }
    expect(then).toMatchObject({ escalations: imports.escalations, dependsOn: [] })
    expect(await ask('test', tested, ...at)).toMatch(/2 of 2 hold$/)
    expect((await workload.failure('test', tested)).stdout).toMatch(/0 of 2 hold/)
    expect(JSON.parse((await workload.failure('audit', '--json', ...at)).stdout).notChecked).toContain('no-trail')
    expect(await workload.failure('who-can', 'iam:PassRole', '--at', '2020-01-01T00:00Z')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/how it was at 2020-01-01T00:00:00.000Z is not known: what is kept begins at 20/),
    })
  })

  test('mistakes are told in a line', async () => {
    expect(await workload.failure('path', 'nobody', 'admin', ...imported)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no nobody: give an ARN'),
    })
    for (const [words, told] of [
      [['s3:GetObjekt'], 's3:GetObjekt is not an action of AWS'],
      [['s3:*'], 's3:* is not an action of AWS'],
      [['s3:GetObject', 'books/moby'], 'books/moby is not an ARN'],
    ] as const)
      expect(await workload.failure('who-can', ...words, ...imported)).toMatchObject({ code: 1, stderr: expect.stringContaining(told) })
    expect(await workload.failure('who-can', 'get', 'gadgets', ...imported)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the API group of gadgets is not known'),
    })
    expect(await workload.failure('escalations', '--import', join(exports, 'details.json'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not what gatehouse import writes'),
    })
  })
})
