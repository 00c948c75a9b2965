import type { RawRequest } from './raw-requests.ts'

/** Where the requests of the cases are made; the suite makes it before. */
export const namespace = 'requests'

const configMaps = `/api/v1/namespaces/${namespace}/configmaps`
const configMap = (metadata: object, more: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...more })
const long = (count: number) => 'x'.repeat(count)

const mergePatch = 'application/merge-patch+json'
const strategicPatch = 'application/strategic-merge-patch+json'
const jsonPatch = 'application/json-patch+json'
const applyPatch = 'application/apply-patch+yaml'

const get = (path: string, headers?: { readonly [name: string]: string }): RawRequest => ({ path, ...(headers && { headers }) })
const create = (body: object | string, query = 'dryRun=All'): RawRequest => ({ method: 'POST', path: `${configMaps}?${query}`, body })
const replace = (body: object, query = 'dryRun=All'): RawRequest => ({ method: 'PUT', path: `${configMaps}/there?${query}`, body })
const patch = (type: string, body: object | string, query = 'dryRun=All', name = 'there'): RawRequest => ({
  method: 'PATCH',
  path: `${configMaps}/${name}?${query}`,
  body,
  headers: { 'content-type': type },
})
const remove = (body?: object | string, query = 'dryRun=All'): RawRequest => ({
  method: 'DELETE',
  path: `${configMaps}/there?${query}`,
  ...(body !== undefined && { body }),
})

/** The text of a continue token. */
const token = (text: string) => Buffer.from(text).toString('base64url')

const numbers = ['', 'x', '-1', '0', '1', '1.5', '%2B1', '%201', '0x10', '1_0', '9223372036854775807', '9223372036854775808', long(3)]
const booleans = ['', 'x', 'true', 'false', 'False', '0', 'no']
const labelSelectors =
  'a|a=b|a==b|!a|a in (b)|a in ()|a in|a in (b|a notin (b,c)|a!=b|,|a,,b|a=|=a|a=b=c|a>1|a>x|a<1|a=b c|-a|a-|a/b/c|A.b/c|/c|a/|a=-x|a exists|a foo (b)|!|!a=b|a in b|a in (b,)|a in (,)|(a)|a=(b)|a = b|in|notin|in in (in)|a IN (b)|a\n|a>=b|a=!b|a!b|ä'.split(
    '|',
  )
const fieldSelectors =
  'metadata.name=x|metadata.name!=x|metadata.namespace=requests|metadata.uid=x|data.a=b|x|x=y|metadata.name|metadata.name=|metadata.name=x,metadata.namespace=y|,|metadata.name in (x)|metadata.name==x|metadata.name=x\\,y|metadata.name=x\\y|=x|metadata.name=x=y|!metadata.name'.split(
    '|',
  )
const versions = [
  'resourceVersion=abc',
  'resourceVersion=-1',
  'resourceVersion=0',
  'resourceVersion=1.5',
  `resourceVersion=${'9'.repeat(23)}`,
]

/** Query parameters of lists. */
const lists = [
  ...numbers.flatMap(value => [`limit=${value}`, `timeoutSeconds=${value}`]),
  ...['', 'junk', '%00', 'e30'].map(value => `continue=${value}`),
  ...['{"v":"stuff"}', '{"v":"meta.k8s.io/v1","rv":0,"start":"a"}'].map(text => `continue=${token(text)}`),
  ...versions,
  ...['Exact', 'exact', 'NotOlderThan&resourceVersion=0', 'NotOlderThan&resourceVersion=1&continue=x', ''].map(
    match => `resourceVersionMatch=${match}`,
  ),
  ...['x', '5', '0', '-1s', '1s', '1h1m', '.5s', 'h'].map(value => `timeout=${value}`),
  ...booleans.flatMap(value => [`sendInitialEvents=${value}`, `allowWatchBookmarks=${value}`, `pretty=${value}`]),
  ...['false', 'False', '0'].map(value => `watch=${value}`),
  'unknown=1',
  'labelSelector=a;b',
  ...labelSelectors.map(text => `labelSelector=${encodeURIComponent(text)}`),
  ...[`a=${long(64)}`, long(64), `${long(254)}/a`].map(text => `labelSelector=${encodeURIComponent(text)}`),
  ...fieldSelectors.map(text => `fieldSelector=${encodeURIComponent(text)}`),
].map(query => get(`${configMaps}?${query}`))

/** Of watches those that are refused: others last. */
const watches = [
  'limit=x',
  'continue=junk',
  'timeoutSeconds=x',
  ...versions.filter(version => version !== 'resourceVersion=0'),
  'resourceVersionMatch=Exact',
  'sendInitialEvents=',
  'labelSelector=a%3Db%3Dc',
  'fieldSelector=x',
].map(query => get(`${configMaps}?watch=1&${query}`))

const ofKinds = [
  ['pods', ['spec.nodeName=x', 'status.podIPs=x', 'spec.foo=x']],
  ['events', ['involvedObject.name=x', 'foo=x']],
  ['secrets', ['type=Opaque', 'data=x']],
  ['namespaces', ['status.phase=Other', 'metadata.namespace=x']],
  ['nodes', ['spec.unschedulable=true', 'metadata.namespace=x', 'x=y']],
  ['services', ['spec.type=LoadBalancer', 'x=y']],
].flatMap(([resource, selectors]) =>
  (selectors as string[]).map(text => get(`/api/v1/${String(resource)}?fieldSelector=${encodeURIComponent(text)}`)),
)

const places = [
  '/api/v2 /api/v1/nope /api/v1/nope/x /api/v1/namespaces/default/nope /api/v1/namespaces/default/nodes /api/v1/namespaces/default/nodes/x',
  '/api/v1/configmaps/x /api/v1/namespaces/nope /api/v1/namespaces/nope/configmaps/x /api/v1//namespaces /api/v1/namespaces/default//configmaps',
  `${configMaps}//x ${configMaps}/there/status ${configMaps}/there/x/y ${configMaps}/a%2Fb ${configMaps}/.. ${configMaps}/%2e%2e`,
  `${configMaps}/a%20b /api/v1/namespaces/def%2Fault/configmaps /api/V1/namespaces /api/v1/Namespaces /healthz /healthz/ /healthz/ping /livez /readyz`,
  '/foo /foo/bar /swagger.json /favicon.ico /apis/apps/v1beta1 /apis/rbac.authorization.k8s.io/v1/namespaces/default/clusterroles',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews /apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x',
  '/apis/authorization.k8s.io/v1/localsubjectaccessreviews /api/v1/namespaces/default/serviceaccounts/default/token',
]
  .flatMap(line => line.split(' '))
  .map(path => get(path))

/** Paths that are asked for with each method. */
const paths = [
  configMaps,
  `${configMaps}/absent`,
  `${configMaps}/absent/nope`,
  '/api/v1/pods',
  '/api/v1/nope',
  '/api/v1/namespaces/absent/status',
  '/api/v1/namespaces/absent/finalize',
  ...['log', 'status', 'eviction', 'exec', 'portforward', 'attach'].map(part => `/api/v1/namespaces/${namespace}/pods/absent/${part}`),
  `/api/v1/namespaces/${namespace}/serviceaccounts/absent/token`,
  `/apis/apps/v1/namespaces/${namespace}/deployments/absent/scale`,
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles/absent',
  '/healthz',
  '/nope',
]
const methods = paths.flatMap(path => [
  ...['HEAD', 'OPTIONS', 'TRACE', 'GET'].map(method => ({ method, path })),
  ...['POST', 'PUT'].map(method => ({ method, path: `${path}?dryRun=All`, body: '{}' })),
  { method: 'PATCH', path: `${path}?dryRun=All`, body: '{}', headers: { 'content-type': mergePatch } },
  { method: 'DELETE', path: `${path}?dryRun=All` },
])

const forms = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList', 'Nope'].flatMap(as =>
  ['', ';v=v1;g=meta.k8s.io', ';v=v1beta1;g=meta.k8s.io', ';v=v2;g=meta.k8s.io'].map(version => `application/json;as=${as}${version}`),
)
const accepts = [
  '',
  '*/*',
  'application/json',
  'application/yaml',
  'application/json;q=0',
  'application/json;charset=utf-8',
  'application/cbor,application/json',
  'text/html,application/xhtml+xml,*/*;q=0.8',
  'text/plain,application/json',
  'application/yaml,application/json',
  'application/json;stream=watch',
  ...forms,
  ...forms.map(form => `${form},application/json`),
].flatMap(accept => [configMaps, `${configMaps}/there`, `${configMaps}/absent`].map(path => get(path, { accept })))

const names = ['', 'A', 'a b', 'a_b', '-a', 'a-', '.a', 'a..b', 'a.b', 'a/b', 'a%b', '..', 'ä', long(253), long(254), 'a\n', ' a', 'a:b']
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' }
const metadata = [
  ...[{ 'a b': 'x' }, { a: 'x y' }, { '': 'x' }, { 'a/b/c': 'x' }, { a: long(64) }, { a: 1 }, [], 'x'].map(labels => ({ labels })),
  ...[{ 'a b': 'x' }, { 'A.B/c': 'x' }, { a: long(262_145) }, { a: true }].map(annotations => ({ annotations })),
  ...[['x'], ['a/b'], ['A b'], [''], ['kubernetes'], ['orphan', 'foregroundDeletion'], 'x'].map(finalizers => ({ finalizers })),
  { ownerReferences: [owner] },
  ...Object.keys(owner).map(field => ({ ownerReferences: [{ ...owner, [field]: '' }] })),
  ...[{ apiVersion: 'a/b/c' }, { kind: 'Event' }, { blockOwnerDeletion: true }].map(more => ({ ownerReferences: [{ ...owner, ...more }] })),
  { ownerReferences: {} },
  ...['other', ''].map(place => ({ namespace: place })),
  ...['1', '0', 'abc'].map(resourceVersion => ({ resourceVersion })),
  ...[5, -1].map(generation => ({ generation })),
  { uid: 'x' },
  { generateName: 'g-' },
  { unknown: 1 },
].map(more => create(configMap({ name: 'made', ...more })))

const bodies = [
  ...[{ a: 1 }, { 'a b': 'x' }, { '..': 'x' }, []].map(data => configMap({ name: 'made' }, { data })),
  configMap({ name: 'made' }, { immutable: 'x' }),
  configMap({ name: 'made' }, { unknown: 1 }),
  { ...configMap({ name: 'made' }), kind: 'Nope' },
  { metadata: { name: 'made' } },
  { kind: 'ConfigMap', metadata: 'x' },
  { kind: 'ConfigMap', metadata: [] },
].flatMap(body => [create(body), create(body, 'dryRun=All&fieldValidation=Strict')])

/** Parameters of writes; what is not refused is a dry run. */
const options = [
  'dryRun=',
  'dryRun=x',
  'dryRun=all',
  'dryRun=All&dryRun=x',
  'fieldManager=',
  'fieldManager=a%20b',
  'fieldManager=%C3%A4',
  `fieldManager=${long(128)}`,
  `fieldManager=${long(129)}`,
  'fieldValidation=strict',
  'fieldValidation=',
  'force=true',
  'force=x',
  'pretty=x',
  'propagationPolicy=x',
  'gracePeriodSeconds=x',
  'limit=x',
  'timeout=x',
  'unknown=1',
  'dryRun=x&fieldValidation=x',
].flatMap(option => {
  const query = option.startsWith('dryRun') ? option : `${option}&dryRun=All`
  const same = configMap({ name: 'there' })
  return [
    create(configMap({ name: 'made' }), query),
    replace(same, query),
    patch(mergePatch, {}, query),
    patch(applyPatch, same, query),
    remove(undefined, query),
  ]
})

const deletions = [
  {},
  { gracePeriodSeconds: 0 },
  { gracePeriodSeconds: -1 },
  { propagationPolicy: 'Background' },
  { propagationPolicy: 'x' },
  { propagationPolicy: '' },
  { orphanDependents: false },
  {
    orphanDependents: true,
    propagationPolicy: 'Orphan',
  },
  { dryRun: ['x'] },
  { preconditions: { uid: 'x' } },
  { preconditions: { resourceVersion: '1' } },
  { unknown: 1 },
  {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
  },
  {
    kind: 'DeleteOptions',
    apiVersion: 'apps/v1',
  },
].map(body => remove({ dryRun: ['All'], ...body }))
const deletionsByQuery = [
  'uid=x',
  'resourceVersion=1',
  'gracePeriodSeconds=',
  'propagationPolicy=foreground',
  'orphanDependents=true&propagationPolicy=Background',
].map(query => remove(undefined, `${query}&dryRun=All`))
const collections = [
  'labelSelector=%3D%3D',
  'fieldSelector=x',
  'limit=x',
  'resourceVersion=abc',
  'resourceVersionMatch=x',
  'continue=x',
  'labelSelector=never',
].map(query => ({ method: 'DELETE', path: `${configMaps}?${query}&dryRun=All` }))

const patchTypes = [
  mergePatch,
  strategicPatch,
  jsonPatch,
  applyPatch,
  'application/json',
  'application/yaml',
  'text/plain',
  '',
  `${mergePatch}; charset=utf-8`,
  'garbage;;',
]
const patches = [
  ...patchTypes.flatMap(type => ['{}', '[]', 'null', '"x"', '5'].map(body => patch(type, body, 'dryRun=All&fieldManager=t'))),
  ...[
    { name: 'v' },
    { namespace: 'v' },
    { uid: 'v' },
    { resourceVersion: '1' },
    null,
    { name: null },
    { labels: { 'a b': 'c' } },
    { finalizers: ['x'] },
  ].map(changed => patch(mergePatch, { metadata: changed })),
  ...[{ data: null }, { nope: 1 }, { kind: null }].map(changed => patch(mergePatch, changed)),
  ...[{ $patch: 'delete' }, { metadata: { finalizers: ['a/b'] } }, { metadata: { ownerReferences: [owner] } }].map(changed =>
    patch(strategicPatch, changed),
  ),
  ...[
    [{ op: 'remove', path: '/data/nope' }],
    [{ op: 'replace', path: '/data/nope', value: '1' }],
    [{ op: 'add', path: '/nope/x', value: '1' }],
    [{ op: 'test', path: '/nope', value: null }],
    [{ op: 'test', path: '/data/a', value: '2' }],
    [{ op: 'test', path: '/data/a', value: '1' }],
    [{ op: 'move', path: '/data/y' }],
    [{ op: 'copy', from: '/data/nope', path: '/data/y' }],
    [{ op: 'x', path: '/data/y' }],
    [{ path: '/data/y' }],
    [{ op: 'add', value: 'x' }],
    [{ op: 'replace', path: '/metadata/name', value: 'v' }],
    [{ op: 'add', path: '/metadata/finalizers/x', value: 'a/c' }],
    [1],
  ].map(operations => patch(jsonPatch, operations)),
  ...[
    configMap({ name: 'there' }),
    configMap({ name: 'other' }),
    { ...configMap({ name: 'there' }), kind: 'Secret' },
    { metadata: { name: 'there' } },
  ].map(configuration => patch(applyPatch, configuration, 'dryRun=All&fieldManager=t')),
  ...[{ managedFields: [] }, { managedFields: [{}] }, { resourceVersion: '1' }, { uid: '1' }, { namespace: 'x' }].map(more =>
    patch(applyPatch, configMap({ name: 'there', ...more }), 'dryRun=All&fieldManager=t'),
  ),
  ...[mergePatch, jsonPatch, strategicPatch].map(type => patch(type, type === jsonPatch ? [] : {}, 'dryRun=All', 'absent')),
]
const replacements = [
  {},
  { name: '' },
  { name: 'other' },
  { name: 'there', namespace: 'other' },
  { name: 'there', resourceVersion: '1' },
  { name: 'there', resourceVersion: '0' },
].map(changed => replace(configMap(changed)))

/** Types of which an object that says nothing but its name is made, put, patched and deleted. */
const kinds = [
  ...['pods', 'secrets', 'serviceaccounts', 'services', 'events'].map(resource => ({ root: '/api/v1', resource, namespaced: true })),
  ...['namespaces', 'nodes'].map(resource => ({ root: '/api/v1', resource, namespaced: false })),
  { root: '/apis/networking.k8s.io/v1', resource: 'networkpolicies', namespaced: true },
  ...['roles', 'rolebindings'].map(resource => ({ root: '/apis/rbac.authorization.k8s.io/v1', resource, namespaced: true })),
  ...['clusterroles', 'clusterrolebindings'].map(resource => ({ root: '/apis/rbac.authorization.k8s.io/v1', resource, namespaced: false })),
].flatMap(({ root, resource, namespaced }) => {
  const path = `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${resource}`
  const named = ['A_b', 'x:y', 'fine', ''].map(name => ({ method: 'POST', path: `${path}?dryRun=All`, body: { metadata: { name } } }))
  return [
    ...named,
    { method: 'PUT', path: `${path}/absent?dryRun=All`, body: { metadata: { name: 'absent' } } },
    { method: 'PATCH', path: `${path}/absent?dryRun=All`, body: {}, headers: { 'content-type': mergePatch } },
    { method: 'DELETE', path: `${path}/absent?dryRun=All` },
  ]
})

/** Requests that a cluster answers, whatever its kind; none changes anything. */
export const requestCases: readonly RawRequest[] = [
  ...lists,
  ...watches,
  ...ofKinds,
  ...places,
  ...methods,
  ...accepts,
  ...names.map(name => create(configMap({ name }))),
  ...metadata,
  ...bodies,
  ...options,
  ...deletions,
  ...deletionsByQuery,
  ...collections,
  ...patches,
  ...replacements,
  ...kinds,
]
