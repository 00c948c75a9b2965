import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterEnvironment, createCluster, useToken } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'
import { ask as askRaw, type Place, placeOf } from './raw-requests.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
if (!clients || !assets) throw new Error('GATEHOUSE_TEST_… is not set: run the tests with npm test')

interface Status {
  readonly code: number | undefined
  readonly reason?: string
  readonly message?: string
}

let gatehouse: TestGatehouse
let folder: string
const places = new Map<string, Place>()

const environment = () => clusterEnvironment(gatehouse, folder)

const ask = (context: string, path: string, body?: object) =>
  askRaw(places.get(context) as Place, { path, ...(body && { body, method: 'POST' }) })

/** What a refusal says, but for the version that the objects have now. */
async function statusOf(context: string, path: string, body?: object): Promise<Status> {
  const { code, text } = await ask(context, path, body)
  const { kind, reason, message } = JSON.parse(text) as { kind: string; reason?: string; message?: string }
  return kind === 'Status' ? { code, reason: reason ?? '', message: (message ?? '').replace(/current: \d+/, 'current: N') } : { code }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-parameters-'))
  gatehouse = await startGatehouse({ environment: { KUBEBUILDER_ASSETS: assets } })
  await createCluster(environment(), 'embedded', 'embedded')
  await createCluster(environment(), 'real', 'control-plane')
  for (const name of ['embedded', 'real']) {
    await useToken(environment(), name)
    places.set(name, await placeOf(environment(), name))
  }
})
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

const configMaps = '/api/v1/namespaces/default/configmaps'

describe('an embedded cluster takes and refuses parameters of lists and watches as the real kube-apiserver does', () => {
  test.each([
    'resourceVersion=abc',
    'resourceVersion=0',
    'resourceVersion=99999999',
    'resourceVersionMatch=Exact',
    'resourceVersionMatch=Newest&resourceVersion=1',
    'resourceVersionMatch=Exact&resourceVersion=0',
    'resourceVersionMatch=NotOlderThan&resourceVersion=0',
    'resourceVersionMatch=NotOlderThan&resourceVersion=99999999',
    'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    'limit=x',
    'limit=-1',
    'watch=1&timeoutSeconds=x',
    'watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=0&timeoutSeconds=1',
    'watch=1&sendInitialEvents=true&timeoutSeconds=1',
    'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&timeoutSeconds=1',
  ])('%s', async parameters => {
    const path = `${configMaps}?${parameters}`
    expect(await statusOf('embedded', path)).toEqual(await statusOf('real', path))
  })

  test('but of exactly one earlier version it says that it is too old, as kube-apiserver does once it was compacted', async () => {
    expect(await statusOf('embedded', `${configMaps}?resourceVersionMatch=Exact&resourceVersion=1`)).toEqual({
      code: 410,
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
    })
  })

  test('but a watch from what is no version is refused as the client that sent it is wrong', async () => {
    const path = `${configMaps}?watch=1&resourceVersion=abc`
    const [embedded, real] = [await statusOf('embedded', path), await statusOf('real', path)]
    expect({ ...embedded, code: 500, reason: '' }).toEqual(real)
    expect(embedded).toMatchObject({ code: 400, reason: 'BadRequest' })
  })
})

test.each(['embedded', 'real'])('a streaming list of the cluster %s tells where its initial events end', async context => {
  const parameters = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=2'
  const { text } = await ask(context, `${configMaps}?${parameters}`)
  const [first, second] = text.split('\n').map(line => JSON.parse(line || 'null'))
  expect(first).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'kube-root-ca.crt' } } })
  expect(second).toMatchObject({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  })
  expect(Number(second.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(first.object.metadata.resourceVersion))
})

describe('an embedded cluster refuses reviews that ask for nothing as the real kube-apiserver does', () => {
  const pods = { verb: 'get', resource: 'pods' }
  const authorization = '/apis/authorization.k8s.io/v1'
  test.each([
    ['nothing', 'subjectaccessreviews', 'SubjectAccessReview', { user: 'bob' }],
    ['of nobody', 'subjectaccessreviews', 'SubjectAccessReview', { resourceAttributes: pods }],
    [
      'two things',
      'subjectaccessreviews',
      'SubjectAccessReview',
      { user: 'bob', resourceAttributes: pods, nonResourceAttributes: { verb: 'get', path: '/api' } },
    ],
    ['nothing of oneself', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', {}],
    ['rules of no namespace', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { namespace: '' }],
    ['rules', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { namespace: 'default' }],
    ['something', 'subjectaccessreviews', 'SubjectAccessReview', { user: 'bob', resourceAttributes: pods }],
  ])('%s', async (_what, resource, kind, spec) => {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind, spec }
    const path = `${authorization}/${resource}`
    expect(await statusOf('embedded', path, review)).toEqual(await statusOf('real', path, review))
  })

  test('another namespace than that of the path', async () => {
    const spec = { user: 'bob', resourceAttributes: { ...pods, namespace: 'other' } }
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'LocalSubjectAccessReview', metadata: { namespace: 'default' }, spec }
    const path = `${authorization}/namespaces/default/localsubjectaccessreviews`
    expect(await statusOf('embedded', path, review)).toEqual(await statusOf('real', path, review))
  })
})

test('a deployment has the defaults of its own fields that the real kube-apiserver gives it', async () => {
  const labels = { app: 'web' }
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } },
  }
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec }
  const specs = await Promise.all(
    ['embedded', 'real'].map(async context => {
      const { text } = await ask(context, '/apis/apps/v1/namespaces/default/deployments', deployment)
      return { ...JSON.parse(text).spec, template: undefined }
    }),
  )
  expect(specs[0]).toEqual(specs[1])
  const { stdout } = await promisify(execFile)('kubectl', ['--context', 'embedded', 'describe', 'deployment', 'web'], {
    env: environment(),
  })
  expect(stdout).toMatch(/Replicas: +1 desired/)
  expect(stdout).toMatch(/RollingUpdateStrategy: +25% max unavailable, 25% max surge/)
})
