import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterEnvironment, createCluster, useToken } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let folder: string

const environment = () => clusterEnvironment(gatehouse, folder)

interface Answer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs kubectl with a cluster, by its context. */
function kubectl(context: string, words: readonly string[], input = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', ['--context', context, '--request-timeout=20s', ...words], { env: environment(), timeout: 60_000 })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout, stderr }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** What differs from run to run. */
const normal = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
    .replaceAll(/(resourceVersion"?:\s*)"\d+"/g, '$1"N"')
    .replaceAll(/\s+\d+s$/gm, ' AGE')

beforeAll(async () => {
  const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
  if (!assets) throw new Error('GATEHOUSE_TEST_CONTROL_PLANE is not set: run the tests with npm test')
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-kubectl-'))
  gatehouse = await startGatehouse({ environment: { KUBEBUILDER_ASSETS: assets } })
  await createCluster(environment(), 'embedded', 'embedded')
  await createCluster(environment(), 'real', 'control-plane')
  for (const name of ['embedded', 'real']) await useToken(environment(), name)
})
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

const configMap = (data: object, more: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data, ...more })
const container = (name: string, more: object = {}) => ({ name, image: 'nginx:1.27', ...more })
const deployment = (containers: readonly object[], spec: object = {}) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
      ...spec,
    },
  })
const applied = (names: readonly string[]) => deployment(names.map(name => container(name))).replace('"web"', '"other"')
const managers = 'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation} {.subresource} {.fieldsV1}{"\\n"}{end}'
const ssa = (manager: string, ...more: string[]) => ['apply', '--server-side', '--field-manager', manager, ...more, '-f', '-']

const stepsOf = (listed: readonly (readonly [name: string, words: readonly string[], input?: string])[]) =>
  listed.map(([name, words, input]) => ({ name, words, input }))

/** What is done, one after the other, as kubectl's words and what it reads. */
const steps: readonly { readonly name: string; readonly words: readonly string[]; readonly input?: string | undefined }[] = stepsOf([
  ['create a namespace', ['create', 'namespace', 'shop']],
  ['who am I', ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username} {.status.userInfo.groups}']],
  ['what may I do', ['auth', 'can-i', 'create', 'pods', '-n', 'shop']],
  ['what may others do', ['auth', 'can-i', 'create', 'pods', '-n', 'shop', '--as=somebody']],
  [
    'what may a member of two groups do',
    ['auth', 'whoami', '--as=somebody', '--as-group=one, two', '--as-group=three', '-o', 'jsonpath={.status.userInfo.groups}'],
  ],
  ['apply with an unknown field', ['apply', '-n', 'shop', '-f', '-'], configMap({ a: '1' }, { bogus: 1 })],
  [
    'create with an unknown field, warned',
    ['create', '--validate=warn', '--dry-run=server', '-n', 'shop', '-f', '-'],
    configMap({ a: '1' }, { bogus: 1 }),
  ],
  ['apply with a value of the wrong type', ['apply', '-n', 'shop', '-f', '-'], configMap({ a: 1 })],
  ['apply', ['apply', '-n', 'shop', '-f', '-'], configMap({ a: '1', b: '2' })],
  ['apply the same again', ['apply', '-n', 'shop', '-f', '-'], configMap({ a: '1', b: '2' })],
  ['apply a change', ['apply', '-n', 'shop', '-f', '-'], configMap({ a: '2' })],
  ['what was applied', ['get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data}']],
  ['who manages it', ['get', 'configmap', 'settings', '-n', 'shop', '-o', managers]],
  ['diff', ['diff', '-n', 'shop', '-f', '-'], configMap({ a: '2' })],
  ['label', ['label', 'configmap', 'settings', '-n', 'shop', 'tier=front']],
  ['label over', ['label', 'configmap', 'settings', '-n', 'shop', 'tier=back']],
  ['unlabel', ['label', 'configmap', 'settings', '-n', 'shop', 'tier-']],
  ['annotate', ['annotate', 'configmap', 'settings', '-n', 'shop', 'note=hello']],
  ['merge patch', ['patch', 'configmap', 'settings', '-n', 'shop', '--type=merge', '-p', '{"data":{"c":"3","a":null}}']],
  ['JSON patch', ['patch', 'configmap', 'settings', '-n', 'shop', '--type=json', '-p', '[{"op":"replace","path":"/data/c","value":"4"}]']],
  ['describe', ['describe', 'configmap', 'settings', '-n', 'shop']],
  ['apply on the server over others', ssa('one', '-n', 'shop'), configMap({ c: '5' })],
  ['apply on the server what others do not manage', ssa('one', '-n', 'shop'), configMap({ d: '1', e: '1' })],
  ['another applies something else', ssa('two', '-n', 'shop'), configMap({ d: '2' })],
  ['another applies the same', ssa('two', '-n', 'shop'), configMap({ d: '1' })],
  ['the first lets go', ssa('one', '-n', 'shop'), configMap({ e: '1' })],
  ['what is shared stays', ['get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data}']],
  ['force', ssa('one', '-n', 'shop', '--force-conflicts'), configMap({ d: '3', c: '6' })],
  ['what is nobody’s any more goes', ['get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data}']],
  ['who manages it now', ['get', 'configmap', 'settings', '-n', 'shop', '-o', managers]],
  [
    'apply a kind of another name',
    ssa('one', '-n', 'shop', '--validate=false'),
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","managedFields":[{"manager":"x"}]}}',
  ],
  ['from client to server', ['apply', '--server-side', '-n', 'shop', '-f', '-'], configMap({ z: '1' })],
  ['forget managers', ['patch', 'configmap', 'settings', '-n', 'shop', '--type=merge', '-p', '{"metadata":{"managedFields":[{}]}}']],
  ['nobody manages', ['get', 'configmap', 'settings', '-n', 'shop', '-o', managers]],
  ['before the first application', ssa('one', '-n', 'shop'), configMap({ z: '9' })],

  [
    'apply a deployment on the server',
    ssa('one', '-n', 'shop'),
    deployment(
      [
        container('a', {
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
          ports: [{ containerPort: 80 }],
        }),
        container('b'),
      ],
      { replicas: 2 },
    ),
  ],
  ['who manages the deployment', ['get', 'deployment', 'web', '-n', 'shop', '-o', managers]],
  [
    'another container beside',
    ssa('two', '-n', 'shop'),
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { template: { spec: { containers: [container('c')] } } },
    }),
  ],
  [
    'change an item that others manage',
    ssa('two', '-n', 'shop'),
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 5, template: { spec: { containers: [container('a', { image: 'nginx:2', env: [{ name: 'A', value: '9' }] })] } } },
    }),
  ],
  [
    'leave out items',
    ssa('one', '-n', 'shop'),
    deployment([container('a', { env: [{ name: 'B', value: '2' }], ports: [{ containerPort: 80 }] })]),
  ],
  [
    'items that are left',
    ['get', 'deployment', 'web', '-n', 'shop', '-o', 'jsonpath={range .spec.template.spec.containers[*]}{.name} {.env}{"\\n"}{end}'],
  ],
  [
    'strategic merge patch',
    [
      'patch',
      'deployment',
      'web',
      '-n',
      'shop',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"a","env":[{"name":"C","value":"3"}]},{"name":"c","$patch":"delete"}]}}}}',
    ],
  ],
  [
    'items after the patch',
    ['get', 'deployment', 'web', '-n', 'shop', '-o', 'jsonpath={range .spec.template.spec.containers[*]}{.name} {.env}{"\\n"}{end}'],
  ],
  ['set an image', ['set', 'image', 'deployment/web', '-n', 'shop', 'a=nginx:3']],
  [
    'create with a wrong number',
    ['create', '-n', 'shop', '-f', '-'],
    deployment([container('a')], { replicas: 'many' }).replace('"web"', '"worse"'),
  ],
  [
    'strict about nested fields',
    ['create', '-n', 'shop', '-f', '-'],
    deployment([container('a', { imagee: 'x' })]).replace('"web"', '"worse"'),
  ],

  ['apply a deployment', ['apply', '-n', 'shop', '-f', '-'], applied(['x', 'y', 'z'])],
  ['apply it in another order', ['apply', '-n', 'shop', '-f', '-'], applied(['z', 'w', 'x'])],
  ['its containers', ['get', 'deployment', 'other', '-n', 'shop', '-o', 'jsonpath={.spec.template.spec.containers[*].name}']],
  [
    'a custom resource definition',
    ['create', '-f', '-', '--validate=false'],
    JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } }),
  ],
  ['create a service account', ['create', 'serviceaccount', 'checkout', '-n', 'shop']],
  [
    'annotate a service account',
    ['annotate', 'serviceaccount', 'checkout', '-n', 'shop', 'eks.amazonaws.com/role-arn=arn:aws:iam::111122223333:role/checkout'],
  ],
  ['create a role', ['create', 'role', 'reader', '--verb=get,list', '--resource=pods', '-n', 'shop']],
  ['describe a role', ['describe', 'role', 'reader', '-n', 'shop']],
  ['bind it', ['create', 'rolebinding', 'readers', '--role=reader', '--serviceaccount=shop:checkout', '-n', 'shop']],
  [
    'reconcile',
    ['auth', 'reconcile', '-n', 'shop', '-f', '-'],
    JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader' },
      rules: [{ verbs: ['watch'], apiGroups: [''], resources: ['pods'] }],
    }),
  ],
  ['what the account may do', ['auth', 'can-i', 'list', 'pods', '-n', 'shop', '--as=system:serviceaccount:shop:checkout']],
  ['what it may not do', ['auth', 'can-i', 'delete', 'pods', '-n', 'shop', '--as=system:serviceaccount:shop:checkout']],
  ['a generic secret', ['create', 'secret', 'generic', 'key', '-n', 'shop', '--from-literal=password=hunter2']],
  ['describe a secret', ['describe', 'secret', 'key', '-n', 'shop']],
  ['replace', ['replace', '-n', 'shop', '-f', '-'], configMap({ whole: 'new' })],
  ['replace what is not there', ['replace', '-n', 'shop', '-f', '-'], configMap({}).replace('settings', 'nothing')],
  ['create again', ['create', '-n', 'shop', '-f', '-'], configMap({})],
  ['a definition of a custom resource', ['get', 'widgets.example.com']],
  ['explain a kind', ['explain', 'configmap']],
  ['explain a field', ['explain', 'deployment.spec.strategy.rollingUpdate']],
  ['explain all fields', ['explain', 'pod', '--recursive']],
  ['explain a review', ['explain', 'tokenreview.spec']],
  ['explain what is not there', ['explain', 'pod.spec.nothing']],
  ['delete with a dry run', ['delete', 'configmap', 'settings', '-n', 'shop', '--dry-run=server']],
  ['delete', ['delete', 'configmap', 'settings', '-n', 'shop']],
  ['delete again', ['delete', 'configmap', 'settings', '-n', 'shop']],
  ['delete by label', ['delete', 'deployment', '-l', 'app=web', '-n', 'shop']],
  ['list what is left', ['get', 'configmaps,deployments', '-n', 'shop', '-o', 'name']],
])

describe('kubectl says the same to an embedded cluster as to the real kube-apiserver', () => {
  test.each(steps)('$name', async ({ words, input }) => {
    const [embedded, real] = await Promise.all([kubectl('embedded', words, input), kubectl('real', words, input)])
    const told = ({ code, stdout, stderr }: Answer) => ({ code, stdout: normal(stdout), stderr: normal(stderr) })
    expect(told(embedded)).toEqual(told(real))
  })
})

test('a watch tells what comes, changes and goes', async () => {
  const watched = kubectl('embedded', ['get', 'configmaps', '-n', 'default', '--watch', '--output-watch-events', '--request-timeout=6s'])
  await new Promise(resolve => setTimeout(resolve, 1_500))
  for (const words of [
    ['create', 'configmap', 'seen', '-n', 'default'],
    ['label', 'configmap', 'seen', '-n', 'default', 'a=b'],
    ['label', 'configmap', 'seen', '-n', 'default', 'a=b'],
    ['delete', 'configmap', 'seen', '-n', 'default'],
  ])
    expect((await kubectl('embedded', words)).code).toBe(0)
  // What changes nothing is no event: the second label is not seen.
  const events = (await watched).stdout.split('\n').filter(line => line.includes('seen'))
  expect(events.map(line => line.split(' ')[0])).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
})

describe('what an embedded cluster does not do is refused in words that say why', () => {
  beforeAll(async () => {
    await kubectl('embedded', ['run', 'web', '--image=nginx', '-n', 'default'])
  })
  test.each([
    { words: ['logs', 'web'], what: 'log' },
    { words: ['exec', 'web', '--', 'true'], what: 'exec' },
    { words: ['attach', 'web'], what: 'attach' },
    { words: ['cp', 'web:/etc/hosts', 'hosts'], what: 'exec' },
  ])('$words.0', async ({ words, what }) => {
    const { code, stderr } = await kubectl('embedded', [...words, '-n', 'default'])
    expect(code).not.toBe(0)
    expect(stderr).toContain(`(NotImplemented): pods of an embedded cluster do not run: ${what} has nothing to connect to`)
  })
  test('port-forward', async () => {
    const { code, stderr } = await kubectl('embedded', ['port-forward', 'web', '8080:80', '-n', 'default'])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: unable to forward port because pod is not running. Current status=Pending\n',
    })
  })
  test('custom resource definitions', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
    }
    const { code, stderr } = await kubectl('embedded', ['create', '-f', '-'], JSON.stringify(definition))
    expect(code).toBe(1)
    expect(stderr).toContain('no matches for kind "CustomResourceDefinition" in version "apiextensions.k8s.io/v1"')
  })
})

test('each type that an embedded cluster lists is listed alike by the real kube-apiserver', async () => {
  const rowsOf = async (context: string) =>
    (await kubectl(context, ['api-resources', '--no-headers', '-o', 'wide'])).stdout.split('\n').map(line => line.split(/ {2,}/).join('|'))
  const [embedded, real] = [await rowsOf('embedded'), await rowsOf('real')]
  expect(embedded.length).toBeGreaterThan(15)
  expect(embedded.filter(row => !real.includes(row))).toEqual([])
})

test('a token that kubectl makes for a service account is taken', async () => {
  const { stdout: token } = await kubectl('embedded', ['create', 'token', 'default', '-n', 'default', '--duration=20m'])
  const { stdout } = await kubectl('embedded', [
    '--token',
    token.trim(),
    '--user=',
    'auth',
    'whoami',
    '-o',
    'jsonpath={.status.userInfo.username}',
  ])
  expect(stdout).toBe('system:serviceaccount:default:default')
})
