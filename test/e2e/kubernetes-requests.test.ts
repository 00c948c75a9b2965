import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterEnvironment, createCluster, useToken } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'
import { namespace, requestCases } from './kubernetes-request-cases.ts'
import { ask, type Place, placeOf, type RawAnswer, type RawRequest } from './raw-requests.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
if (!clients || !assets) throw new Error('GATEHOUSE_TEST_… is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let folder: string
let embedded: Place
let real: Place

async function makeCluster(name: string, kind: 'embedded' | 'control-plane'): Promise<Place> {
  const environment = clusterEnvironment(gatehouse, folder)
  await createCluster(environment, name, kind)
  await useToken(environment, name)
  const place = await placeOf(environment, name)
  await ask(place, { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } })
  const there = { metadata: { name: 'there' }, data: { a: '1' } }
  for (let attempts = 0; attempts < 50; attempts++) {
    const { code } = await ask(place, { path: `/api/v1/namespaces/${namespace}/serviceaccounts/default` })
    if (code === 200) break
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  await ask(place, { method: 'POST', path: `/api/v1/namespaces/${namespace}/configmaps`, body: there })
  return place
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-requests-'))
  gatehouse = await startGatehouse({ environment: { KUBEBUILDER_ASSETS: assets } })
  embedded = await makeCluster('embedded', 'embedded')
  real = await makeCluster('real', 'control-plane')
})
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

interface Said {
  readonly code: number | undefined
  readonly type: string
  readonly kind: string
  readonly reason: string
  readonly message: string
}

/** What an answer says, but for what no two clusters have alike. */
function said({ code, headers, text }: RawAnswer): Said {
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? ''
  if (type !== 'application/json' || text === '') return { code, type, kind: '', reason: '', message: type === 'text/plain' ? text : '' }
  const { kind = '', reason = '', message = '' } = JSON.parse(text) as { [field: string]: string }
  return { code, type, kind, reason, message: alike(message) }
}

const alike = (message: string) =>
  message
    .replaceAll(/current: \d+|in record \(\d+\)/g, 'N')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
    // The real one shows what it was to patch, Gatehouse the patch.
    .replace(/patch: Invalid value: ".*": /s, 'patch: Invalid value: ')
    .replace(' in scheme "pkg/runtime/scheme.go:110"', '')
    .replace(', application/vnd.kubernetes.protobuf', '')
    .replace(/ \(\*core\.\w+\)$/, '')

/** What differs, and why: each is needed by some case. */
const exceptions: readonly { readonly why: string; readonly is: (request: RawRequest, embedded: Said, real: Said) => boolean }[] = [
  {
    why: 'kube-apiserver answers 500 to some that are the client’s fault',
    is: (_request, ours, theirs) => theirs.code === 500 && [400, 404, 409, 422].includes(ours.code ?? 0),
  },
  {
    why: 'a JSON patch that replaces or copies what is not there fails, as RFC 6902 has it; kube-apiserver makes it',
    is: ({ body }, ours, theirs) => JSON.stringify(body ?? '').includes('/data/nope') && ours.code === 422 && theirs.code === 200,
  },
  {
    why: 'kube-apiserver looks at an event’s place and not at its name',
    is: ({ path }, ours, theirs) => path.includes('/events') && ours.code === 422 && theirs.code === 422,
  },
]

const textOf = ({ method = 'GET', path, headers, body }: RawRequest) =>
  [method, path, headers && JSON.stringify(headers), typeof body === 'object' ? JSON.stringify(body) : body]
    .filter(part => part !== undefined)
    .join(' ')

test(`an embedded cluster answers ${requestCases.length} requests as the real kube-apiserver does, but for what is told here`, async () => {
  const differing: string[] = []
  const used = new Set<object>()
  for (const request of requestCases) {
    const [ours, theirs] = (await Promise.all([ask(embedded, request), ask(real, request)])).map(said) as [Said, Said]
    if (JSON.stringify(ours) === JSON.stringify(theirs)) continue
    const exception = exceptions.find(({ is }) => is(request, ours, theirs))
    if (exception) used.add(exception)
    else differing.push(`${textOf(request).slice(0, 300)}\n  embedded ${JSON.stringify(ours)}\n  real     ${JSON.stringify(theirs)}`)
  }
  expect(differing.join('\n')).toBe('')
  expect(exceptions.filter(exception => !used.has(exception)).map(({ why }) => why)).toEqual([])
})

test('who may list one object by its name lists it by a field selector, and watches it, and no more, on either kind', async () => {
  const apiGroup = 'rbac.authorization.k8s.io'
  const rbac = `/apis/${apiGroup}/v1/namespaces/${namespace}`
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'deletecollection'], resourceNames: ['there'] },
  ]
  const roleRef = { apiGroup, kind: 'Role', name: 'one' }
  const subjects = [{ apiGroup, kind: 'User', name: 'ann' }]
  for (const place of [embedded, real]) {
    await ask(place, { method: 'POST', path: `${rbac}/roles`, body: { metadata: { name: 'one' }, rules } })
    await ask(place, { method: 'POST', path: `${rbac}/rolebindings`, body: { metadata: { name: 'one' }, roleRef, subjects } })
  }
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`
  const asAnn = (path: string, method = 'GET') => ({ path: `${configMaps}${path}`, method, headers: { 'impersonate-user': 'ann' } })
  for (let attempts = 0; attempts < 50; attempts++) if ((await ask(real, asAnn('/there'))).code === 200) break
  const codes = async (place: Place) => {
    const requests = [
      asAnn('?fieldSelector=metadata.name%3Dthere'),
      asAnn('?fieldSelector=metadata.name%3D%3Dthere&limit=5'),
      asAnn('?fieldSelector=metadata.name%3Dthere&watch=1&timeoutSeconds=1'),
      asAnn('?fieldSelector=metadata.name%3Dthere&dryRun=All', 'DELETE'),
      asAnn('?fieldSelector=metadata.name%3Dother'),
      asAnn('?fieldSelector=metadata.name!%3Dthere'),
      asAnn('?fieldSelector=metadata.name%3Dthere,metadata.name%3Dother'),
      asAnn('?fieldSelector=metadata.name%3Dthere,metadata.name%3Dzebra'),
      asAnn('?labelSelector=a%3Db'),
      asAnn(''),
      asAnn('/there'),
      asAnn('/other'),
    ]
    return Promise.all(requests.map(async request => (await ask(place, request)).code))
  }
  const ours = await codes(embedded)
  expect(ours).toEqual(await codes(real))
  expect(ours.slice(0, 5)).toEqual([200, 200, 200, 403, 403])
})
