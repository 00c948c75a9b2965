import { execFile } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kubectl, until } from '../kubernetes/support/control-plane.ts'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'
import { type PlainCluster, plainIssuer, startPlainCluster } from './plain-cluster.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS'] ?? ''
const execute = promisify(execFile)
const account = '111122223333'
let gatehouse: TestGatehouse
let plain: PlainCluster
let out: string

async function run(program: string, words: readonly string[]): Promise<string> {
  const env = {
    ...withoutAws(process.env),
    ...gatehouse.environment,
    PATH: `${clients}:${process.env['PATH']}`,
    HOME: gatehouse.data,
    KUBECONFIG: join(gatehouse.data, 'kubeconfig'),
  }
  return (await execute(program, [...words], { env, timeout: 60_000 })).stdout.trim()
}
const aws = (...words: string[]) => run(join(clients, 'aws'), [...words, '--output', 'text'])
const node = join(root, 'node_modules', '.bin', 'node')
const cluster = (...words: string[]) => run(node, [command, 'cluster', ...words, '--kubeconfig', plain.kubeconfig])
const attach = () => cluster('attach', '--name', 'edge', '--out', out, '--node-folder', plain.nodeFolder)
const doctor = () => cluster('doctor', '--cluster', 'edge').catch((problem: { stdout: string }) => problem.stdout)
const wrongSteps = async () => (await doctor()).split('\n').filter(line => line.startsWith('WRONG '))
/** As the administrator of the cluster, by its own certificate. */
const admin = (...words: string[]) => kubectl(plain.kubeconfig, ...words)
/** As a user of EKS, by a token of the AWS CLI. */
const asCaller = (...words: string[]) => run('kubectl', words)

/** As an API server calls a webhook. */
function post(url: string, body: object, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ca = readFileSync(gatehouse.environment['AWS_CA_BUNDLE'] ?? '')
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers, ca }, response => void text(response).then(resolve, reject))
    call.on('error', reject).end(JSON.stringify(body))
  })
}

beforeAll(async () => {
  ;[gatehouse, plain] = await Promise.all([startGatehouse({ flags: ['--cluster-networks', '127.0.0.0/8'] }), startPlainCluster()])
  out = join(gatehouse.data, 'attach')
  await admin('create', 'namespace', 'shop')
  for (const name of ['app', 'stranger']) await admin('create', 'serviceaccount', name, '--namespace=shop')
  // A controller manager's, of which there is none.
  await admin('create', 'serviceaccount', 'default', '--namespace=default')
}, 1_200_000)
afterAll(async () => {
  await plain?.stop()
  await discard(gatehouse)
})

describe('a cluster that runs elsewhere', () => {
  test('is registered with its own issuer and endpoint', async () => {
    expect(await attach()).toContain(`its issuer is ${plainIssuer}, with 1 key`)
    const described = await aws('eks', 'describe-cluster', '--name', 'edge', '--query', 'cluster.[status,identity.oidc.issuer,version]')
    expect(described.split('\t')).toEqual(['ACTIVE', plainIssuer, '1.34'])
  })

  test('gets files that its administrator alone can read, and a page for each distribution', () => {
    expect(statSync(join(out, 'token-webhook.yaml')).mode & 0o777).toBe(0o600)
    const page = readFileSync(join(out, 'INSTRUCTIONS.md'), 'utf8')
    for (const distribution of ['kubeadm', 'kind', 'k3s', 'RKE2', 'Talos']) expect(page).toContain(`## ${distribution}\n`)
  })

  test('that knows nothing of Gatehouse yet is told what is missing', async () => {
    expect(await wrongSteps()).toEqual([
      expect.stringContaining('authentication-token-webhook-config-file'),
      expect.stringContaining('authorization-webhook-config-file'),
      expect.stringContaining('kubectl apply -f pod-identity-webhook.yaml'),
      expect.stringContaining('admission-control-config-file'),
    ])
  })

  test('obeys when its API server has what the page says', async () => {
    const page = readFileSync(join(out, 'INSTRUCTIONS.md'), 'utf8')
    const flags = /## Any kube-apiserver\n\n```\n([^`]*)```/.exec(page)?.[1]?.trim().split('\n') ?? []
    await plain.configure(out, flags)
    await admin('apply', '-f', join(out, 'pod-identity-webhook.yaml'))
    expect((await doctor()).split('\n').map(line => line.slice(0, 5))).toEqual(Array.from({ length: 8 }, () => 'ok   '))
  })

  test.each([
    {
      broken: 'an API server that has no token for the admission webhook',
      flags: (all: readonly string[]) => all.filter(flag => !flag.includes('admission-control-config')),
      step: 'new pods come to Gatehouse (admission-control-config-file)',
    },
    {
      broken: 'an API server that asks nobody what is allowed',
      flags: (all: readonly string[]) => all.filter(flag => !flag.includes('authorization')).concat('--authorization-mode=Node,RBAC'),
      step: 'the API server asks Gatehouse what is allowed (authorization-webhook-config-file)',
    },
  ])('$broken is told apart', async ({ flags, step }) => {
    const page = readFileSync(join(out, 'INSTRUCTIONS.md'), 'utf8')
    const all = /## Any kube-apiserver\n\n```\n([^`]*)```/.exec(page)?.[1]?.trim().split('\n') ?? []
    await plain.configure(out, flags(all))
    expect((await wrongSteps()).map(line => line.slice('WRONG '.length, 'WRONG '.length + step.length))).toEqual([step])
    await plain.configure(out, all)
    expect(await wrongSteps()).toEqual([])
  })

  test.each([
    {
      broken: 'an authority that is not the API server’s',
      changed: { cluster: { 'certificate-authority': () => gatehouse.environment['AWS_CA_BUNDLE'] } },
      said: "the API server answers: its certificate is not of the kubeconfig's certificate-authority",
      unseen: 5,
    },
    {
      broken: 'another port',
      changed: { cluster: { server: () => 'https://127.0.0.1:9' } },
      said: 'the API server answers: nobody answers at https://127.0.0.1:9',
      unseen: 5,
    },
    {
      broken: 'a token that nobody has',
      changed: { user: { 'client-certificate': () => undefined, 'client-key': () => undefined, token: () => 'nonsense' } },
      said: "the API server answers: it does not take the kubeconfig's credentials (401)",
      unseen: 3,
    },
  ])('a kubeconfig with $broken is told apart, and nothing is said of what cannot be seen then', async ({ changed, said, unseen }) => {
    const config = parse(readFileSync(plain.kubeconfig, 'utf8'))
    const values = (fields: object) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value()]))
    Object.assign(config.clusters[0].cluster, values(changed.cluster ?? {}))
    Object.assign(config.users[0].user, values(changed.user ?? {}))
    const broken = join(gatehouse.data, 'broken.kubeconfig')
    writeFileSync(broken, JSON.stringify(config))
    const told = await run(node, [command, 'cluster', 'doctor', '--cluster', 'edge', '--kubeconfig', broken]).catch(
      (problem: { stdout: string }) => problem.stdout,
    )
    expect(told).toContain(`WRONG ${said}`)
    expect(told.match(/this can be seen when "the API server answers" holds/g)?.length).toBe(unseen)
  })

  test.each([
    { what: 'a server below a path', fields: { server: 'https://proxy.example.com/k8s/clusters/c-1' }, user: {}, said: 'below a path' },
    {
      what: 'no authority',
      fields: { 'certificate-authority': null, 'insecure-skip-tls-verify': true },
      user: {},
      said: 'insecure-skip-tls-verify',
    },
    {
      what: 'a program for credentials',
      fields: {},
      user: { 'client-certificate': null, exec: { command: 'aws' } },
      said: 'proves its user by exec',
    },
  ])('is not attached by a kubeconfig with $what', async ({ fields, user, said }) => {
    const config = parse(readFileSync(plain.kubeconfig, 'utf8'))
    Object.assign(config.clusters[0].cluster, fields)
    Object.assign(config.users[0].user, user)
    const refused = join(gatehouse.data, 'refused.kubeconfig')
    writeFileSync(refused, JSON.stringify(config))
    const attempt = run(node, [command, 'cluster', 'attach', '--name', 'other', '--kubeconfig', refused])
    await expect(attempt).rejects.toMatchObject({ stderr: expect.stringContaining(said) })
  })

  test('lets in whom access entries let in, through the AWS CLI and kubectl', async () => {
    await aws('eks', 'update-kubeconfig', '--name', 'edge')
    expect(await asCaller('auth', 'whoami', '--output', 'jsonpath={.status.userInfo.extra.arn[0]}')).toContain(`:${account}:`)
    expect(await asCaller('get', 'namespaces', '--output', 'name')).toContain('namespace/shop')
  })

  test('lets a role into the namespaces of its access entry alone, and one of aws-auth by its groups', async () => {
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }] }
    const arnOf = (role: string) => `arn:aws:iam::${account}:role/${role}`
    for (const role of ['viewer', 'mapped'])
      await aws('iam', 'create-role', '--role-name', role, '--assume-role-policy-document', JSON.stringify(trust))
    await aws('eks', 'create-access-entry', '--cluster-name', 'edge', '--principal-arn', arnOf('viewer'))
    const association = 'eks associate-access-policy --cluster-name edge --access-scope type=namespace,namespaces=sh*'
    const policy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'
    await aws(...association.split(' '), '--policy-arn', policy, '--principal-arn', arnOf('viewer'))
    const mapRoles = JSON.stringify([{ rolearn: arnOf('mapped'), username: 'mapped:{{SessionName}}', groups: ['lookers'] }])
    await admin('create', 'configmap', 'aws-auth', '--namespace=kube-system', `--from-literal=mapRoles=${mapRoles}`)
    // Nothing fills the role `view` here: it gathers others, which a controller manager does.
    await admin('create', 'clusterrole', 'looker', '--verb=list', '--resource=pods')
    await admin('create', 'clusterrolebinding', 'lookers', '--clusterrole=looker', '--group=lookers')
    const tokenOf = (role: string) =>
      aws('eks', 'get-token', '--cluster-name', 'edge', '--role-arn', arnOf(role), '--query', 'status.token')
    const [viewer, mapped] = [await tokenOf('viewer'), await tokenOf('mapped')]
    const mayList = (token: string, namespace: string) =>
      asCaller('--token', token, 'get', 'pods', '--namespace', namespace).then(
        () => true,
        (problem: { stderr: string }) => (/forbidden/.test(problem.stderr) ? false : Promise.reject(problem)),
      )
    expect([await mayList(viewer, 'shop'), await mayList(viewer, 'default')]).toEqual([true, false])
    expect([await mayList(mapped, 'shop'), await mayList(mapped, 'default')]).toEqual([true, true])
    expect(await asCaller('--token', mapped, 'auth', 'whoami', '--output', 'jsonpath={.status.userInfo.username}')).toMatch(
      /^mapped:EKSGetTokenAuth/,
    )
  })

  test('has its tokens taken by AssumeRoleWithWebIdentity', async () => {
    // Nobody but the cluster reaches such an issuer: without a thumbprint IAM would ask it for its certificate.
    const provider = ['--url', plainIssuer, '--client-id-list', 'sts.amazonaws.com', '--thumbprint-list', 'a'.repeat(40)]
    await aws('iam', 'create-open-id-connect-provider', ...provider)
    const host = plainIssuer.slice('https://'.length)
    const trust = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${host}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${host}:sub`]: 'system:serviceaccount:shop:app' } },
        },
      ],
    }
    await aws('iam', 'create-role', '--role-name', 'shop', '--assume-role-policy-document', JSON.stringify(trust))
    const assumed = `sts assume-role-with-web-identity --role-arn arn:aws:iam::${account}:role/shop --role-session-name pod --query AssumedRoleUser.Arn`
    const assume = (token: string) => aws(...assumed.split(' '), '--web-identity-token', token)
    const token = (name: string) => admin('create', 'token', name, '--namespace=shop', '--audience=sts.amazonaws.com')
    expect(await assume(await token('app'))).toBe(`arn:aws:sts::${account}:assumed-role/shop/pod`)
    await expect(token('stranger').then(assume)).rejects.toThrow('AccessDenied')
  })

  test('has its pods given the role of their service account', async () => {
    await admin('annotate', 'serviceaccount', 'app', '--namespace=shop', `eks.amazonaws.com/role-arn=arn:aws:iam::${account}:role/shop`)
    const overrides = JSON.stringify({ spec: { serviceAccountName: 'app' } })
    await admin('run', 'web', '--namespace=shop', '--image=web', `--overrides=${overrides}`)
    const environment = await admin('get', 'pod', 'web', '--namespace=shop', '--output=jsonpath={.spec.containers[0].env[*].name}')
    expect(environment.split(' ')).toEqual(expect.arrayContaining(['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE']))
  })

  test('takes the manifests of a Gatehouse that runs in it, and those by which it calls that by its service', async () => {
    const service = ['--admission-service', 'gatehouse/gatehouse', '--failure-policy', 'Fail']
    const folder = join(gatehouse.data, 'in-cluster')
    await cluster('attach', '--name', 'edge', '--out', folder, '--node-folder', plain.nodeFolder, ...service)
    const manifest = join(folder, 'deployment.yaml')
    const words = ['cluster', 'deployment', '--service', 'gatehouse/gatehouse', '--image', 'example.com/gatehouse']
    writeFileSync(manifest, await run(node, [command, ...words]))
    await admin('create', 'namespace', 'gatehouse', '--save-config')
    // Warnings would be of the namespace's Pod Security Standard, or of fields that the server does not know.
    const strict = ['--dry-run=server', '--validate=strict', '--warnings-as-errors']
    await admin(
      'label',
      'namespace',
      'gatehouse',
      'pod-security.kubernetes.io/enforce=restricted',
      'pod-security.kubernetes.io/warn=restricted',
    )
    const applied = await admin('apply', ...strict, '-f', manifest, '-f', join(folder, 'pod-identity-webhook.yaml'))
    expect(applied.split('\n').map(line => line.split(' ')[0])).toEqual([
      'namespace/gatehouse',
      'persistentvolumeclaim/gatehouse',
      'deployment.apps/gatehouse',
      'service/gatehouse',
      'mutatingwebhookconfiguration.admissionregistration.k8s.io/pod-identity-webhook',
    ])
    const [webhook] = parse(readFileSync(join(folder, 'pod-identity-webhook.yaml'), 'utf8')).webhooks
    expect(webhook).toMatchObject({
      failurePolicy: 'Fail',
      clientConfig: { service: { namespace: 'gatehouse', name: 'gatehouse', port: 443, path: expect.stringMatching(/\/pod-identity$/) } },
      namespaceSelector: { matchExpressions: [{ operator: 'NotIn', values: ['kube-system', 'gatehouse'] }] },
    })
    // By this name the API server finds the token that it shows.
    const [{ name, user }] = parse(readFileSync(join(folder, 'admission-webhook.yaml'), 'utf8')).users
    expect(name).toBe('gatehouse.gatehouse.svc')
    const pod = { metadata: { namespace: 'shop' }, spec: { serviceAccountName: 'app', containers: [{ name: 'web', image: 'web' }] } }
    const review = {
      uid: '1',
      operation: 'CREATE',
      namespace: 'shop',
      resource: { group: '', version: 'v1', resource: 'pods' },
      object: pod,
    }
    const call = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: review }
    const answer = await post(`${gatehouse.endpoint}${webhook.clientConfig.service.path}`, call, user.token)
    expect(JSON.parse(answer).response).toMatchObject({ uid: '1', allowed: true, patchType: 'JSONPatch' })
  })

  test('does what docs/clusters.md says while Gatehouse is away, and obeys again when it is back, without being touched', async () => {
    const token = await aws('eks', 'get-token', '--cluster-name', 'edge', '--query', 'status.token')
    const { port } = new URL(gatehouse.endpoint)
    await gatehouse.stop()
    // Answers of the webhook are kept for ten seconds: a token that the API server has not seen is refused at once.
    await expect(asCaller('--token', `${token}x`, 'get', 'namespaces')).rejects.toThrow(/Unauthorized|must be logged in/)
    expect(
      await admin('auth', 'can-i', 'create', 'pods', '--as=somebody').catch((problem: { stdout: string }) => problem.stdout.trim()),
    ).toMatch(/^no/)
    await admin(
      'run',
      'lonely',
      '--namespace=shop',
      '--image=web',
      `--overrides=${JSON.stringify({ spec: { serviceAccountName: 'app' } })}`,
    )
    expect(await admin('get', 'pod', 'lonely', '--namespace=shop', '--output=jsonpath={.spec.containers[0].env}')).toBe('')
    gatehouse = await startGatehouse({ data: gatehouse.data, flags: ['--cluster-networks', '127.0.0.0/8', '--port', port] })
    // The old token is still good: it is the caller's, not the process's.
    await until('tokens are taken again', () =>
      asCaller('--token', token, 'get', 'namespaces').then(
        () => true,
        () => false,
      ),
    )
    expect(await asCaller('get', 'namespaces', '--output', 'name')).toContain('namespace/shop')
  })

  test('obeys as before when its API server starts again', async () => {
    await plain.restart()
    expect(await asCaller('get', 'namespaces', '--output', 'name')).toContain('namespace/shop')
    expect((await doctor()).split('\n').map(line => line.slice(0, 5))).toEqual(Array.from({ length: 8 }, () => 'ok   '))
  })

  test('keeps its issuer to itself: no second cluster of the account can claim it', async () => {
    await expect(cluster('attach', '--name', 'other', '--out', join(gatehouse.data, 'other'))).rejects.toThrow(
      `The issuer ${plainIssuer} is another's already`,
    )
  })
})
