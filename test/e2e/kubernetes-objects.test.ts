import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterEnvironment, createCluster, useToken } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
if (!assets) throw new Error('GATEHOUSE_TEST_… is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let folder: string

/** Runs kubectl with a cluster, by its context; what it prints, but for what differs from run to run. */
function kubectl(context: string, words: readonly string[], input: unknown = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const environment = clusterEnvironment(gatehouse, folder)
    const child = spawn('kubectl', ['--context', context, ...words], { env: environment, timeout: 60_000 })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    child.once('error', reject)
    child.once('close', () => resolve(normal(text)))
    child.stdin.on('error', () => undefined)
    child.stdin.end(typeof input === 'string' ? input : JSON.stringify(input))
  })
}

const normal = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]+ \+0000/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
    .replaceAll(/resourceVersion: "\d+"/g, 'resourceVersion: N')
    .replaceAll(/10\.100\.\d+\.\d+/g, 'ADDRESS')
    .replaceAll(/nodePort: 3\d{4}|:3\d{4}\//g, 'NODEPORT')
    .replaceAll(/kube-api-access-\w{5}/g, 'kube-api-access')
    .replaceAll(/\d+s(?= |$)/gm, 'AGE')
    .replaceAll(/ +/g, ' ')

async function expectAlike(words: readonly string[], input?: unknown): Promise<string> {
  const [embedded, real] = await Promise.all([kubectl('embedded', words, input), kubectl('real', words, input)])
  expect(embedded).toBe(real)
  return embedded
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-objects-'))
  gatehouse = await startGatehouse({ environment: { KUBEBUILDER_ASSETS: assets } })
  await createCluster(clusterEnvironment(gatehouse, folder), 'embedded', 'embedded')
  await createCluster(clusterEnvironment(gatehouse, folder), 'real', 'control-plane')
  for (const name of ['embedded', 'real']) await useToken(clusterEnvironment(gatehouse, folder), name)
})
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

const labels = { app: 'web' }
const data = (kind: string, name: string, more: object) => ({ apiVersion: 'v1', kind, metadata: { name }, ...more })
const container = { name: 'c', image: 'shop/web:1' }
const template = (spec: object = {}) => ({ metadata: { labels }, spec: { containers: [container], ...spec } })
const selector = { matchLabels: labels }
const apps = (kind: string, name: string, spec: object) => ({ apiVersion: 'apps/v1', kind, metadata: { name }, spec })
const batch = (kind: string, name: string, spec: object) => ({ apiVersion: 'batch/v1', kind, metadata: { name }, spec })
const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec })

const everyField = {
  serviceAccountName: 'default',
  containers: [
    {
      name: 'web',
      image: 'web',
      ports: [{ containerPort: 80 }],
      env: [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { grpc: { port: 9 } },
      resources: { limits: { cpu: '1000m', memory: '1024Mi' }, requests: { cpu: 0.5 } },
    },
  ],
  volumes: [
    { name: 'secret', secret: { secretName: 'x' } },
    { name: 'none' },
    { name: 'settings', configMap: { name: 'x' } },
    { name: 'host', hostPath: { path: '/x' } },
    {
      name: 'projected',
      projected: {
        sources: [
          { serviceAccountToken: { path: 't' } },
          { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    },
  ],
}
const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
const hostNetwork = { hostNetwork: true, nodeSelector: { os: 'linux' }, containers: [{ ...container, ports: [{ containerPort: 80 }] }] }

const revision = (name: string, more: object) => ({ apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name }, ...more })

const objects = [
  apps('Deployment', 'web', { selector, template: template(everyField) }),
  apps('DaemonSet', 'agent', { selector, template: template(hostNetwork) }),
  apps('StatefulSet', 'db', { serviceName: 'db', selector, template: template(), volumeClaimTemplates: [claim] }),
  apps('ReplicaSet', 'few', { selector, template: template() }),
  revision('agent-1', { revision: 1, data: { spec: { template: {} } } }),
  revision('agent-2', { revision: 2, data: {} }),
  batch('Job', 'once', { template: template({ restartPolicy: 'Never' }) }),
  batch('CronJob', 'nightly', {
    schedule: '0 3 * * *',
    jobTemplate: { spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [container] } } } },
  }),
  service('web', { selector: labels, ports: [{ port: 80 }] }),
  service('headless', { clusterIP: 'None', selector: labels, ports: [{ port: 80, targetPort: 'http' }] }),
  service('named', { type: 'ExternalName', externalName: 'example.com' }),
  service('node', { type: 'NodePort', sessionAffinity: 'ClientIP', ports: [{ port: 80, protocol: 'UDP' }] }),
  service('balanced', { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30080 }] }),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'policy' },
    spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: {
      ...hostNetwork,
      containers: [{ name: 'c', image: 'c:latest', ports: [{ containerPort: 80 }], resources: { limits: { cpu: '0.1', memory: '1e3' } } }],
      tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret' }, stringData: { a: 'b' } },
]
const list = { apiVersion: 'v1', kind: 'List', items: objects }

describe('an embedded cluster makes of objects what the real kube-apiserver does', () => {
  beforeAll(() => expectAlike(['create', '-f', '-'], list))

  test.each(objects.map(({ kind, metadata }) => [kind, metadata.name]))(
    'defaults, status and managed fields of the %s %s',
    async (kind, name) => {
      expect(await expectAlike(['get', kind, name, '-o', 'yaml', '--show-managed-fields'])).toContain(`name: ${name}`)
    },
  )

  test.each(['deploy', 'ds', 'sts', 'rs', 'controllerrevisions', 'job', 'cj', 'svc', 'netpol', 'pod', 'secret'])(
    'columns of %s',
    async kind => {
      expect(await expectAlike(['get', kind, '-o', 'wide'])).toMatch(/^NAME/)
    },
  )

  test.each([
    ['ds', 'agent'],
    ['sts', 'db'],
    ['cronjob', 'nightly'],
    ['job', 'once'],
    ['svc', 'balanced'],
    ['deploy', 'web'],
  ])('kubectl describe %s %s', async (kind, name) => {
    expect(await expectAlike(['describe', kind, name])).toMatch(/^Name:/)
  })

  test.each([
    'scale deployment web --replicas=3',
    'scale sts db --replicas=-1',
    'scale rs few --replicas=2 --current-replicas=9',
    'scale rs few --replicas=2',
    'scale ds agent --replicas=1',
    'set image ds/agent c=agent:2',
    'get ds agent -o yaml',
    'patch sts db -p {"spec":{"serviceName":"other"}}',
    'patch deployment web -p {"spec":{"selector":{"matchLabels":{"app":"z"}},"template":{"metadata":{"labels":{"app":"z"}}}}}',
    'patch deployment web --type=merge -p {"spec":{"selector":{"matchLabels":{"app":"z"}}}}',
    'patch job once -p {"spec":{"parallelism":2}}',
    'patch controllerrevision agent-1 --type=merge -p {"data":{"x":"y"}}',
    'patch controllerrevision agent-1 --type=merge -p {"revision":7}',
    'rollout history ds/agent',
    'patch svc web -p {"spec":{"type":"NodePort"}}',
    'get svc web -o yaml',
    'patch svc web --type=json -p [{"op":"remove","path":"/spec/ports"}]',
    'expose deployment web --name=exposed --port=81 --target-port=x',
    'create svc clusterip taken --clusterip=10.100.0.1 --tcp=80',
    'create svc clusterip outside --clusterip=10.9.0.1 --tcp=80',
    'create job manual --from=cronjob/nightly',
    'create cronjob often --image=x --schedule=* --restart=Always',
    'get deploy web -o yaml',
    'get cronjobs,jobs,daemonsets,statefulsets,deployments -A',
  ])('kubectl %s', async words => {
    await expectAlike(words.split(' '))
  })
})

describe('an embedded cluster refuses objects in the words of the real kube-apiserver', () => {
  test.each([
    ['a deployment without a selector', apps('Deployment', 'bad', { template: template() })],
    [
      'a selector of other pods, pods that end, two containers of one name',
      apps('DaemonSet', 'bad', {
        selector: { matchLabels: { x: 'y' } },
        template: template({ restartPolicy: 'Never', containers: [container, container] }),
      }),
    ],
    [
      'an empty selector, a negative size',
      apps('StatefulSet', 'Bad', { replicas: -1, selector: {}, template: { spec: { containers: [] } } }),
    ],
    [
      'a job whose pods never end',
      batch('Job', 'bad', { completions: -1, template: { spec: { containers: [{ name: 'C_', image: '' }] } } }),
    ],
    ['ports that there are not', service('bad', { type: 'Odd', ports: [{ port: 0 }, { name: 'A', port: 70_000, protocol: 'X' }] })],
    ['a revision without data', revision('bad', { revision: -1 })],
    ['a revision whose data is no object', revision('bad', { data: 'text' })],
    ['a name without an address', service('9bad', { type: 'ExternalName' })],
    [
      'a port twice',
      service('bad', {
        ports: [
          { name: 'a', port: 1, nodePort: 30_000 },
          { name: 'a', port: 1 },
        ],
      }),
    ],
    [
      'keys and values that are none',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bad_1', labels: { 'a/b/c': 'd' }, annotations: { '-': 'x' } } },
    ],
    ['a config map that is too large', data('ConfigMap', 'bad', { data: { a: 'x'.repeat(2 ** 20) }, binaryData: { b: 'eA==' } })],
    ['a secret that is too large', data('Secret', 'bad', { stringData: { a: 'x'.repeat(2 ** 20 + 1) } })],
    ['a key of data that no file is called', data('ConfigMap', 'bad', { data: { 'a b': 'x' } })],
    ['a key of data that is a folder', data('Secret', 'bad', { stringData: { '..': 'x' } })],
    ['a key of data that begins like one', data('ConfigMap', 'bad', { binaryData: { '..c': 'eA==' } })],
    ['a key of data that is too long', data('ConfigMap', 'bad', { data: { ['k'.repeat(254)]: 'x' } })],
    ['a key in both kinds of data', data('ConfigMap', 'bad', { data: { a: 'x' }, binaryData: { a: 'eA==' } })],
  ])('%s', async (_what, object) => {
    expect(await expectAlike(['create', '-f', '-'], object)).toMatch(/invalid/)
  })
  test.each(['ConfigMap', 'Secret'])('changes of a %s that is immutable', async kind => {
    const [field, value, other] = kind === 'ConfigMap' ? ['data', 'x', 'y'] : ['data', 'eA==', 'eQ==']
    await expectAlike(['create', '-f', '-'], data(kind, 'fixed', { [field]: { a: value }, immutable: true }))
    const patch = (change: object) => expectAlike(['patch', kind, 'fixed', '--type=merge', '-p', JSON.stringify(change)])
    expect(await patch({ [field]: { a: other } })).toMatch(/invalid/)
    expect(await patch({ [field]: { b: value }, immutable: false })).toMatch(/invalid/)
    expect(await patch({ immutable: null })).toMatch(/invalid/)
    expect(await patch({ metadata: { labels: { a: 'b' } } })).toMatch(/patched/)
    await expectAlike(['delete', kind, 'fixed'])
  })
  test('what is just small enough is taken', async () => {
    await expectAlike(['create', '-f', '-'], data('ConfigMap', 'just', { data: { a: 'x'.repeat(2 ** 20) } }))
    await expectAlike(['delete', 'configmap', 'just'])
  })
})

describe('an embedded cluster reads selectors as the real kube-apiserver does', () => {
  test.each([
    'a=b=c',
    'a in',
    'a in (b',
    'a in ()',
    '!',
    'a=b,',
    'a==b c',
    '-a',
    'a/b/c',
    'a=-',
    'a>x',
    'a>1',
    'a in (b,,c)',
    ',a',
    '!a',
    'a!=b',
  ])('labels: %s', async text => {
    await expectAlike(['get', 'configmaps', '-l', text])
  })
  test.each([
    ['configmaps', 'metadata.name=x'],
    ['configmaps', 'metadata.nam=x'],
    ['configmaps', 'a'],
    ['configmaps', 'metadata.name=a=b'],
    ['configmaps', String.raw`metadata.name=a\=b`],
    ['pods', 'spec.hostNetwork=true'],
    ['pods', 'spec.color=red'],
    ['services', 'spec.type!=ClusterIP'],
    ['jobs', 'status.failed=1'],
    ['secrets', 'type=Opaque'],
  ])('fields of %s: %s', async (kind, text) => {
    await expectAlike(['get', kind, '--field-selector', text])
  })
})
