import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Binding, evaluateRbac, type RbacObjects, type Subject } from '../../src/cluster-access/evaluate.ts'
import type { PolicyRule, RequestAttributes, UserInfo } from '../../src/cluster-access/rules.ts'
import { type ControlPlane, startControlPlane } from '../../src/kubernetes/control-plane/control-plane.ts'
import { controlPlaneAssets, optionsFor, startWebhooks, testAuthority, until } from '../kubernetes/support/control-plane.ts'

/** Reviews that are generated; a nightly run may ask for more. */
const reviews = Number(process.env['GATEHOUSE_RBAC_REVIEWS'] ?? 4_000)

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rbac-'))
const authority = testAuthority()
let webhooks: Awaited<ReturnType<typeof startWebhooks>>
let cluster: ControlPlane
let post: (path: string, body: object) => Promise<{ readonly [member: string]: unknown }>

beforeAll(async () => {
  webhooks = await startWebhooks(authority)
  // What RBAC does not allow is asked of the webhook, which has no opinion here.
  webhooks.answers['/access-review'] = () => ({ status: { allowed: false } })
  const options = optionsFor(controlPlaneAssets(), join(folder, 'cluster'), authority, webhooks.url)
  cluster = await startControlPlane(options)
  const { certificatePem: cert, keyPem: key } = options.clientCertificate
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca: authority.certificatePem, cert, key })
  post = (path, body) => send(agent, new URL(path, cluster.endpoint), body)
}, 1_200_000)

afterAll(async () => {
  await cluster?.stop()
  await webhooks?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function send(agent: Agent, url: URL, body: object): Promise<{ readonly [member: string]: unknown }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json' } }, incoming => {
      let text = ''
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      incoming.on('end', () => {
        if (incoming.statusCode === 201) resolve(JSON.parse(text) as { [member: string]: unknown })
        else reject(new Error(`${url.pathname}: ${incoming.statusCode} ${text}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}

// Few names each, so that rules, bindings and questions meet.
const namespaces = ['blue', 'green']
const verb = fc.constantFrom(
  'get',
  'list',
  'watch',
  'create',
  'delete',
  'deletecollection',
  'impersonate',
  'escalate',
  'bind',
  'frobnicate',
)
const group = fc.constantFrom('', 'apps', 'rbac.authorization.k8s.io', 'authentication.k8s.io', 'example.com')
// What is impersonated is asked for as users, groups, service accounts, uids and userextras.
const resource = fc.constantFrom('pods', 'secrets', 'deployments', 'clusterroles', 'widgets', 'users', 'groups', 'uids', 'userextras')
const subresource = fc.constantFrom('log', 'exec', 'scale', 'status', 'scopes', '*')
const accountName = fc.constantFrom('a', 'b', 'c')
// Whom or what: impersonation asks for groups by name.
const objectName = fc.constantFrom('a', 'b', 'c', 'system:masters')
const path = fc.constantFrom('/healthz', '/healthz/etcd', '/healthz/', '/metrics', '/logs/a', '/lo*', '/')
const roleName = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5')

const some = (item: fc.Arbitrary<string>) => fc.uniqueArray(item, { minLength: 1, maxLength: 3 })
const resourceRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some(fc.oneof({ weight: 6, arbitrary: verb }, fc.constant('*'))),
  apiGroups: some(fc.oneof({ weight: 6, arbitrary: group }, fc.constant('*'))),
  resources: some(
    fc.oneof(
      { weight: 6, arbitrary: resource },
      { weight: 3, arbitrary: fc.tuple(resource, subresource).map(parts => parts.join('/')) },
      subresource.map(name => `*/${name}`),
      fc.constant('*'),
    ),
  ),
  resourceNames: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.uniqueArray(objectName, { minLength: 1, maxLength: 2 })),
})
const pathRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some(fc.oneof({ weight: 6, arbitrary: verb }, fc.constant('*'))),
  nonResourceURLs: some(fc.oneof({ weight: 4, arbitrary: path }, fc.constantFrom('/healthz/*', '/lo*', '/lo**', '/*', '*'))),
})
const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.constantFrom('ann', 'bob', 'system:serviceaccount:blue:a').map(name => ({ kind: 'User', name })),
  fc.constantFrom('team', 'ops', 'system:serviceaccounts:green').map(name => ({ kind: 'Group', name })),
  fc.record({ kind: fc.constant('ServiceAccount'), name: accountName, namespace: fc.constantFrom(...namespaces) }),
)
const subjects = fc.array(subject, { minLength: 1, maxLength: 3 })

const user: fc.Arbitrary<UserInfo> = fc.record({
  username: fc.constantFrom('ann', 'bob', 'eve', 'system:serviceaccount:blue:a', 'system:serviceaccount:green:b'),
  groups: fc.oneof(
    { weight: 20, arbitrary: fc.uniqueArray(fc.constantFrom('team', 'ops', 'other', 'system:serviceaccounts:green'), { maxLength: 2 }) },
    fc.constantFrom(['system:masters'], ['System:Masters'], ['system:serviceaccounts:green', 'system:serviceaccounts']),
  ),
  extra: fc.constant({}),
})
const attributes: fc.Arbitrary<RequestAttributes> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('resource' as const),
      verb: fc.oneof({ weight: 12, arbitrary: verb }, fc.constant('*')),
      apiGroup: fc.oneof({ weight: 12, arbitrary: group }, fc.constant('*')),
      resource: fc.oneof({ weight: 12, arbitrary: resource }, fc.constant('*')),
      subresource: fc.option(subresource, { nil: undefined }),
      namespace: fc.option(fc.constantFrom(...namespaces), { nil: undefined }),
      name: fc.option(objectName, { nil: undefined }),
    }),
  },
  fc.record({ kind: fc.constant('nonResource' as const), verb, path }),
)

/** Selectors of a list are no matter for RBAC: whoever may list may choose. KEP 4601. */
const selected = ({ verb: asked }: RequestAttributes) =>
  ['list', 'watch', 'deletecollection'].includes(asked)
    ? {
        labelSelector: { rawSelector: 'app=web' },
        fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n'] }] },
      }
    : {}

const apiVersion = 'rbac.authorization.k8s.io/v1'
const rbac = `/apis/${apiVersion}`
const apiGroup = 'rbac.authorization.k8s.io'
const inApi = (of: readonly Subject[]) => of.map(one => (one.kind === 'ServiceAccount' ? one : { ...one, apiGroup }))

test(`${reviews} generated reviews are decided as the real kube-apiserver decides them`, { timeout: 600_000 }, async () => {
  const seed = Number(process.env['GATEHOUSE_RBAC_SEED'] ?? 20_261_126)
  const sample = <Value>(of: fc.Arbitrary<Value>, numRuns: number, salt: number) => fc.sample(of, { numRuns, seed: seed + salt })
  const names = ['r1', 'r2', 'r3', 'r4', 'r5']
  const rules = (salt: number, withPaths: boolean) =>
    sample(fc.array(withPaths ? fc.oneof({ weight: 3, arbitrary: resourceRule }, pathRule) : resourceRule, { maxLength: 3 }), 5, salt)

  for (const namespace of namespaces) await post('/api/v1/namespaces', { metadata: { name: namespace } })
  const clusterRoles = new Map(rules(1, true).map((given, place) => [`generated-${names[place]}`, given]))
  for (const [name, given] of clusterRoles) await post(`${rbac}/clusterroles`, { apiVersion, metadata: { name }, rules: given })
  const roles = new Map<string, readonly PolicyRule[]>()
  for (const [salt, namespace] of namespaces.entries())
    for (const [place, given] of rules(2 + salt, false).entries()) {
      roles.set(`${namespace}/${names[place]}`, given)
      await post(`${rbac}/namespaces/${namespace}/roles`, { apiVersion, metadata: { name: names[place] }, rules: given })
    }
  const clusterRoleBindings: Binding[] = sample(fc.tuple(subjects, roleName), 4, 10).map(([of, name], place) => ({
    name: `generated-${place}`,
    subjects: of,
    roleRef: { kind: 'ClusterRole', name: `generated-${name}` },
  }))
  const roleBindings: Binding[] = namespaces.flatMap((namespace, salt) =>
    sample(fc.tuple(subjects, fc.boolean(), roleName), 8, 20 + salt).map(([of, ofCluster, name], place) => ({
      name: `generated-${place}`,
      namespace,
      subjects: of,
      roleRef: ofCluster ? { kind: 'ClusterRole', name: `generated-${name}` } : { kind: 'Role', name },
    })),
  )
  for (const { name, namespace, subjects: of, roleRef } of [...clusterRoleBindings, ...roleBindings]) {
    const kind = namespace === undefined ? 'clusterrolebindings' : `namespaces/${namespace}/rolebindings`
    await post(`${rbac}/${kind}`, { apiVersion, metadata: { name }, subjects: inApi(of), roleRef: { ...roleRef, apiGroup } })
  }
  const objects: RbacObjects = {
    clusterRole: name => clusterRoles.get(name),
    role: (namespace, name) => roles.get(`${namespace}/${name}`),
    clusterRoleBindings,
    roleBindings: namespace => roleBindings.filter(binding => binding.namespace === namespace),
  }

  const theirs = async (who: UserInfo, asked: RequestAttributes): Promise<boolean> => {
    const { kind: _kind, ...rest } = asked
    const asking =
      asked.kind === 'nonResource'
        ? { nonResourceAttributes: rest }
        : { resourceAttributes: { ...rest, group: asked.apiGroup, ...selected(asked) } }
    const { status } = await post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: who.username, groups: who.groups, ...asking },
    })
    return (status as { allowed: boolean }).allowed
  }
  const questions = sample(fc.tuple(user, attributes), reviews, 30)
  const ours = questions.map(([who, asked]) => evaluateRbac(objects, who, asked).allowed)

  // The server's own view of the objects follows by watches.
  const first = ours.indexOf(true)
  expect(first).toBeGreaterThanOrEqual(0)
  await until('the server has seen the bindings', () => theirs(...(questions[first] as [UserInfo, RequestAttributes])))
  await new Promise(resolve => setTimeout(resolve, 1_000))

  const different: object[] = []
  let next = 0
  const worker = async () => {
    for (let place = next++; place < questions.length; place = next++) {
      const [who, asked] = questions[place] as [UserInfo, RequestAttributes]
      const allowed = await theirs(who, asked)
      if (allowed !== ours[place]) different.push({ who, asked, theirs: allowed })
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  expect(different).toEqual([])
  // Questions that all end alike would prove little.
  const allowed = ours.filter(Boolean).length
  expect(allowed).toBeGreaterThan(reviews / 20)
  expect(allowed).toBeLessThan(reviews * 0.8)
})
