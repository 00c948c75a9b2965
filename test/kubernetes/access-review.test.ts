import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessPolicies, accessPolicy, clusterAdminPolicyArn } from '../../src/catalogue/access-policies.ts'
import { createGrantDirectory, type GrantDirectory } from '../../src/kubernetes/access-review/access-grants.ts'
import type { AccessGrant } from '../../src/cluster-access/access-policy-grants.ts'
import { reviewAccess } from '../../src/kubernetes/access-review/access-review.ts'
import { recordChange, type Store } from '../../src/store/index.ts'
import { openTestStore, type TestStore } from '../store/test-store.ts'
import { account, insertCluster, testLog } from './support/cluster.ts'

const clusterId = 'D539D4633E53DE1B710A1B2C3D4E5F60'
const principalArn = `arn:aws:iam::${account}:role/team/apps/Developer`
const principalId = 'AROADEVELOPEREXAMPLE1'
const user = {
  user: `arn:aws:sts::${account}:assumed-role/Developer/alice`,
  uid: `aws-iam-authenticator:${account}:${principalId}`,
  groups: ['system:authenticated'],
  extra: {
    accessKeyId: ['ASIAIOSFODNN7EXAMPLE'],
    arn: [`arn:aws:sts::${account}:assumed-role/Developer/alice`],
    canonicalArn: [`arn:aws:iam::${account}:role/Developer`],
    principalId: [principalId],
    sessionName: ['alice'],
  },
}

const policyArn = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`
const inCluster = (name: string): AccessGrant => ({ policyArn: policyArn(name), scope: 'cluster', namespaces: [] })
const inNamespaces = (name: string, ...namespaces: string[]): AccessGrant => ({
  policyArn: policyArn(name),
  scope: 'namespace',
  namespaces,
})
const directoryOf =
  (...grants: AccessGrant[]): GrantDirectory =>
  async (cluster, id) =>
    cluster === clusterId && id === principalId ? [{ principalArn, grants }] : []

type Attributes = { readonly [name: string]: string }
const resource = (verb: string, what: string, namespace = '', group = ''): { resourceAttributes: Attributes } => {
  const [resource = '', subresource = ''] = what.split('/')
  return { resourceAttributes: { verb, group, resource, subresource, namespace, version: 'v1' } }
}

async function review(spec: object, directory: GrantDirectory, apiVersion = 'authorization.k8s.io/v1') {
  const body = JSON.stringify({ apiVersion, kind: 'SubjectAccessReview', spec })
  const { status, body: answer } = await reviewAccess(body, { cluster: { id: clusterId, name: 'demo' }, directory }, testLog())
  expect(status).toBe(200)
  return (answer as { status: { allowed: boolean; denied: boolean; reason?: string } }).status
}

describe('Review access policy permissions', () => {
  test.each([
    ['AmazonEKSClusterAdminPolicy', resource('escalate', 'clusterroles', '', 'rbac.authorization.k8s.io'), true],
    ['AmazonEKSClusterAdminPolicy', { nonResourceAttributes: { verb: 'get', path: '/metrics' } }, true],
    ['AmazonEKSAdminPolicy', resource('create', 'rolebindings', 'shop', 'rbac.authorization.k8s.io'), true],
    ['AmazonEKSAdminPolicy', resource('create', 'clusterrolebindings', '', 'rbac.authorization.k8s.io'), false],
    ['AmazonEKSAdminPolicy', resource('create', 'localsubjectaccessreviews', 'shop', 'authorization.k8s.io'), true],
    ['AmazonEKSAdminPolicy', resource('impersonate', 'serviceaccounts', 'shop'), true],
    ['AmazonEKSAdminPolicy', resource('impersonate', 'users'), false],
    ['AmazonEKSAdminPolicy', resource('list', 'secrets', 'shop'), true],
    ['AmazonEKSAdminPolicy', resource('get', 'nodes'), false],
    ['AmazonEKSAdminPolicy', resource('create', 'namespaces'), false],
    ['AmazonEKSAdminViewPolicy', resource('list', 'secrets', 'kube-system'), true],
    ['AmazonEKSAdminViewPolicy', resource('get', 'nodes'), true],
    ['AmazonEKSAdminViewPolicy', resource('delete', 'pods', 'shop'), false],
    ['AmazonEKSAdminViewPolicy', { nonResourceAttributes: { verb: 'get', path: '/metrics' } }, false],
    ['AmazonEKSEditPolicy', resource('create', 'deployments', 'shop', 'apps'), true],
    ['AmazonEKSEditPolicy', resource('update', 'deployments/scale', 'shop', 'apps'), true],
    ['AmazonEKSEditPolicy', resource('create', 'pods/exec', 'shop'), true],
    ['AmazonEKSEditPolicy', resource('list', 'secrets', 'shop'), true],
    ['AmazonEKSEditPolicy', resource('create', 'roles', 'shop', 'rbac.authorization.k8s.io'), false],
    ['AmazonEKSViewPolicy', resource('list', 'pods', 'shop'), true],
    ['AmazonEKSViewPolicy', resource('get', 'pods/log', 'shop'), true],
    ['AmazonEKSViewPolicy', resource('get', 'pods/exec', 'shop'), false],
    ['AmazonEKSViewPolicy', resource('get', 'secrets', 'shop'), false],
    ['AmazonEKSViewPolicy', resource('create', 'deployments', 'shop', 'apps'), false],
    ['AmazonEKSViewPolicy', resource('list', 'namespaces'), true],
    ['AmazonEKSSecretReaderPolicy', resource('watch', 'secrets', 'shop'), true],
    ['AmazonEKSSecretReaderPolicy', resource('get', 'configmaps', 'shop'), false],
    ['AmazonEKSHybridPolicy', resource('list', 'nodes'), true],
    ['AmazonEKSHybridPolicy', resource('get', 'nodes'), false],
    ['AmazonARCRegionSwitchScalingPolicy', resource('update', 'deployments/scale', 'shop', 'apps'), true],
    ['AmazonARCRegionSwitchScalingPolicy', resource('update', 'deployments', 'shop', 'apps'), false],
    ['AmazonEKSEventPolicy', resource('get', 'events', 'shop'), false],
  ] as const)('%s on %o: %s', async (name, attributes, allowed) => {
    const status = await review({ ...user, ...attributes }, directoryOf(inCluster(name)))
    expect(status).toEqual(
      allowed
        ? { allowed: true, denied: false, reason: `EKS Access Policy: allowed by ${name} of access entry ${principalArn}` }
        : { allowed: false, denied: false },
    )
  })

  test('every policy is found by its ARN, and only published rules allow anything', () => {
    expect(new Set(accessPolicies.map(({ name }) => name)).size).toBe(accessPolicies.length)
    expect(accessPolicies.map(({ name }) => name)).toEqual(accessPolicies.map(({ name }) => name).sort())
    for (const policy of accessPolicies) {
      expect(accessPolicy(policy.arn)).toBe(policy)
      expect(policy.rules.length === 0).toBe(policy.published === 'none')
      for (const rule of policy.rules) expect(rule.verbs.length).toBeGreaterThan(0)
    }
    expect(accessPolicy(clusterAdminPolicyArn)?.name).toBe('AmazonEKSClusterAdminPolicy')
    expect(accessPolicy('arn:aws:eks::aws:cluster-access-policy/AmazonEKSNoSuchPolicy')).toBeUndefined()
  })
})

describe('an access scope of namespaces', () => {
  test.each([
    { namespaces: ['shop'], asked: resource('list', 'pods', 'shop'), allowed: true },
    { namespaces: ['shop'], asked: resource('list', 'pods', 'shop-2'), allowed: false },
    { namespaces: ['shop'], asked: resource('list', 'pods'), allowed: false },
    { namespaces: ['shop'], asked: resource('get', 'namespaces', 'shop'), allowed: true },
    { namespaces: ['shop'], asked: resource('list', 'namespaces'), allowed: false },
    { namespaces: ['a', 'shop'], asked: resource('list', 'pods', 'shop'), allowed: true },
    { namespaces: ['dev-*'], asked: resource('list', 'pods', 'dev-1'), allowed: true },
    { namespaces: ['dev-*'], asked: resource('list', 'pods', 'dev'), allowed: false },
    { namespaces: ['dev-*'], asked: resource('list', 'pods', 'my-dev-1'), allowed: false },
    { namespaces: ['*-dev'], asked: resource('list', 'pods', 'my-dev'), allowed: true },
    { namespaces: ['a*b*c'], asked: resource('list', 'pods', 'a1b2c'), allowed: true },
    { namespaces: ['ab*ba'], asked: resource('list', 'pods', 'aba'), allowed: false },
    { namespaces: ['*'], asked: resource('list', 'pods', 'kube-system'), allowed: true },
    { namespaces: ['*'], asked: resource('list', 'pods'), allowed: false },
    { namespaces: [], asked: resource('list', 'pods', 'shop'), allowed: false },
  ])('$namespaces, asked for $asked.resourceAttributes: $allowed', async ({ namespaces, asked, allowed }) => {
    expect((await review({ ...user, ...asked }, directoryOf(inNamespaces('AmazonEKSViewPolicy', ...namespaces)))).allowed).toBe(allowed)
  })

  test('paths belong to no namespace', async () => {
    const asked = { nonResourceAttributes: { verb: 'get', path: '/metrics' } }
    expect((await review({ ...user, ...asked }, directoryOf(inNamespaces('AmazonEKSClusterAdminPolicy', '*')))).allowed).toBe(false)
  })

  test('all associated policies count, each with its own scope', async () => {
    const directory = directoryOf(inNamespaces('AmazonEKSAdminPolicy', 'shop'), inCluster('AmazonEKSViewPolicy'))
    expect((await review({ ...user, ...resource('delete', 'pods', 'shop') }, directory)).allowed).toBe(true)
    expect((await review({ ...user, ...resource('delete', 'pods', 'other') }, directory)).allowed).toBe(false)
    expect((await review({ ...user, ...resource('list', 'pods', 'other') }, directory)).allowed).toBe(true)
  })
})

describe('only the IAM principal itself has the permissions of its access entry', () => {
  const asked = resource('list', 'pods', 'shop')
  const { extra } = user
  const directory = directoryOf(inCluster('AmazonEKSClusterAdminPolicy'))

  test.each([
    { name: 'the principal', spec: user, allowed: true },
    {
      name: 'fields in lower case, as aggregated API servers pass them on',
      spec: { ...user, extra: { canonicalarn: extra.canonicalArn, principalid: extra.principalId } },
      allowed: true,
    },
    { name: 'no uid, as some callers', spec: { ...user, uid: undefined }, allowed: true },
    { name: 'impersonated by user name', spec: { user: user.user, groups: ['system:authenticated'] }, allowed: false },
    { name: 'the uid of another', spec: { ...user, uid: `aws-iam-authenticator:${account}:AROAOTHEREXAMPLE12345` }, allowed: false },
    { name: 'a uid of another authenticator', spec: { ...user, uid: principalId }, allowed: false },
    {
      name: 'the ARN of another',
      spec: { ...user, extra: { ...extra, canonicalArn: [`arn:aws:iam::${account}:role/Other`] } },
      allowed: false,
    },
    {
      name: 'a role deleted and made anew',
      spec: { ...user, uid: '', extra: { ...extra, principalId: ['AROANEWDEVELOPER12345'] } },
      allowed: false,
    },
    { name: 'a field given twice', spec: { ...user, extra: { ...extra, principalid: [principalId] } }, allowed: false },
    { name: 'a field with two values', spec: { ...user, extra: { ...extra, principalId: [principalId, principalId] } }, allowed: false },
    { name: 'no principal', spec: { user: 'system:serviceaccount:shop:checkout', groups: [] }, allowed: false },
  ])('$name: $allowed', async ({ spec, allowed }) => {
    expect((await review({ ...spec, ...asked }, directory)).allowed).toBe(allowed)
  })
})

describe('the answer is never a denial, and never an error that a good review could cause', () => {
  const directory = directoryOf(inCluster('AmazonEKSClusterAdminPolicy'))
  const call = (body: string | Uint8Array, how = directory, log = testLog()) =>
    reviewAccess(body, { cluster: { id: clusterId, name: 'demo' }, directory: how }, log)

  test('v1beta1 is answered in v1beta1', async () => {
    const body = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1beta1',
      kind: 'SubjectAccessReview',
      spec: { ...user, ...resource('get', 'pods') },
    })
    expect((await call(body)).body).toMatchObject({ apiVersion: 'authorization.k8s.io/v1beta1', status: { allowed: true } })
  })

  test('a fault of ours is no opinion, logged', async () => {
    const log = testLog()
    const body = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { ...user, ...resource('get', 'pods') },
    })
    const answer = await call(body, () => Promise.reject(new Error('broken')), log)
    expect(answer).toMatchObject({ status: 200, body: { status: { allowed: false, denied: false } } })
    expect(log.lines).toMatchObject([{ level: 'error' }])
  })

  test.each([
    { name: 'not JSON', body: '{', reason: 'the body is not JSON' },
    { name: 'another version', spec: {}, version: 'v2', reason: 'apiVersion is not one of' },
    { name: 'nothing asked', spec: user, reason: 'spec has not exactly one of' },
    { name: 'two things asked', spec: { ...resource('get', 'pods'), nonResourceAttributes: {} }, reason: 'spec has not exactly one of' },
    { name: 'a verb that is no text', spec: { resourceAttributes: { verb: 1 } }, reason: 'an attribute is not text' },
    {
      name: 'extra fields that are no lists',
      spec: { ...resource('get', 'pods'), extra: { principalId } },
      reason: 'an attribute is not a list',
    },
    { name: 'huge', body: ' '.repeat(1_048_577), reason: 'the body is longer than' },
  ])('400 with a reason: $name', async ({ body, spec, version = 'v1', reason }) => {
    const text = body ?? JSON.stringify({ apiVersion: `authorization.k8s.io/${version}`, kind: 'SubjectAccessReview', spec })
    expect(await call(text)).toMatchObject({ status: 400, body: { message: expect.stringContaining(reason) } })
  })

  test('any bytes get an answer that does not deny', async () => {
    const specs = fc.json().map(spec => `{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":${spec}}`)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.json(), specs), async body => {
        const { status, body: answer } = await call(body)
        if (status !== 400) expect(answer).toMatchObject({ status: { denied: false, allowed: false } })
      }),
      { numRuns: 300 },
    )
  })
})

describe('grants come from the store and follow its changes', () => {
  let opened: TestStore
  beforeAll(async () => {
    opened = await openTestStore()
  })
  afterAll(() => opened.end())

  const entry = {
    clusterId,
    principalArn,
    principalId,
    entryId: 'e',
    type: 'STANDARD',
    username: 'x',
    groups: '[]',
    createdAt: 0,
    modifiedAt: 0,
  }
  const changed = (store: Store, work: Parameters<Store['write']>[0]) =>
    store.write(async tx => {
      await work(tx)
      await recordChange(tx, { account, kind: 'cluster', id: clusterId, at: 0 })
    })

  test('entry, association, mode', async () => {
    const { store } = opened
    const directory = createGrantDirectory(store)
    await insertCluster(store, { id: clusterId, authenticationMode: 'API' })
    expect(await directory(clusterId, principalId)).toEqual([])
    await changed(store, tx => tx.insertInto('accessEntries').values(entry).execute())
    expect(await directory(clusterId, principalId)).toEqual([{ principalArn, grants: [] }])
    const association = {
      clusterId,
      principalArn,
      policyArn: policyArn('AmazonEKSViewPolicy'),
      scope: 'namespace',
      namespaces: '["shop"]',
      associatedAt: 0,
      modifiedAt: 0,
    } as const
    await changed(store, tx => tx.insertInto('accessPolicyAssociations').values(association).execute())
    const granted = [{ principalArn, grants: [inNamespaces('AmazonEKSViewPolicy', 'shop')] }]
    expect(await directory(clusterId, principalId)).toEqual(granted)
    expect(await directory(clusterId, principalId)).toBe(await directory(clusterId, principalId))
    expect(await directory('other', principalId)).toEqual([])
    await changed(store, tx => tx.updateTable('clusters').set({ authenticationMode: 'CONFIG_MAP' }).execute())
    expect(await directory(clusterId, principalId)).toEqual([])
  })
})
