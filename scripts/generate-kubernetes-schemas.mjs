// Writes src/catalogue/kubernetes-schemas.br: the schemas of the kinds that embedded clusters serve, as the real kube-apiserver publishes them in
// /openapi/v3, and their protobuf messages, as the Go module in test/control-plane has them. Give it a kubeconfig of a control plane: `npm run generate:kubernetes -- --kubeconfig FILE`; kubectl must be on the path.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { resourceTypes } from '../src/kubernetes/embedded/resource-types.ts'

const output = fileURLToPath(new URL('../src/catalogue/kubernetes-schemas.br', import.meta.url))
const controlPlane = fileURLToPath(new URL('../test/control-plane/', import.meta.url))
const scalars = { string: 'string', bytes: 'bytes', bool: 'bool', int32: 'int', int64: 'int', double: 'double' }
/** Messages that JSON writes in a form of its own. */
const special = new Set([
  'k8s.io.apimachinery.pkg.apis.meta.v1.Time',
  'k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime',
  'k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1',
  'k8s.io.apimachinery.pkg.api.resource.Quantity',
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString',
  'k8s.io.apimachinery.pkg.runtime.RawExtension',
])
const kubectl = (...words) =>
  JSON.parse(execFileSync('kubectl', [...process.argv.slice(2), ...words], { encoding: 'utf8', maxBuffer: 64 << 20 }))
const { gitVersion } = kubectl('get', '--raw', '/version')

const schemas = {}
const kinds = {}
for (const { group, version } of groupVersions()) {
  const all = kubectl('get', '--raw', group === '' ? `/openapi/v3/api/${version}` : `/openapi/v3/apis/${group}/${version}`).components
    .schemas
  for (const type of resourceTypes.filter(type => type.group === group && type.version === version)) {
    const isOfType = schema =>
      schema['x-kubernetes-group-version-kind']?.some(
        named => named.group === group && named.version === version && named.kind === type.kind,
      )
    const name = Object.keys(all).find(key => isOfType(all[key]))
    if (!name) throw new Error(`kube-apiserver ${gitVersion} has no schema of ${type.kind}`)
    kinds[`${group}/${version}/${type.kind}`] = name
    take(name, all)
  }
}
const declared = {
  ...declarations('k8s.io/api', [
    'core',
    'apps',
    'autoscaling',
    'batch',
    'rbac',
    'authentication',
    'authorization',
    'networking',
    'policy',
  ]),
  ...declarations('k8s.io/apimachinery'),
}
const messages = {}
for (const { group, version, kind } of resourceTypes)
  takeMessage(`k8s.io.api.${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`)
takeMessage('k8s.io.api.autoscaling.v1.Scale')
takeMessage('k8s.io.api.policy.v1.Eviction')
takeMessage('k8s.io.api.authentication.v1.TokenRequest')
takeMessage('k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions')
const text = JSON.stringify({ version: gitVersion, kinds, schemas, messages })
const compressed = brotliCompressSync(text, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 22,
    [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text),
  },
})
writeFileSync(output, compressed)
console.log(
  `${Object.keys(kinds).length} kinds, ${Object.keys(schemas).length} schemas of kube-apiserver ${gitVersion}, ${compressed.length} bytes`,
)

/** A schema and all that it refers to. */
function take(name, all) {
  if (schemas[name]) return
  schemas[name] = all[name]
  for (const [, referred] of JSON.stringify(all[name]).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) take(referred, all)
}

/** A message and all that it holds. */
function takeMessage(name) {
  if (messages[name] || special.has(name)) return
  if (!declared[name]) throw new Error(`no .proto file declares ${name}`)
  messages[name] = withInlined(name, declared[name])
  for (const [, type] of Object.values(declared[name])) {
    const held = type.replace('map:', '').replace('[]', '')
    if (held.includes('.')) takeMessage(held)
  }
}

/** What Go inlines into JSON has no name there: the schema does not have it. */
function withInlined(name, fields) {
  const properties = schemas[`io.${name}`.replace('io.k8s.io', 'io.k8s')]?.properties
  const isInlined = (field, type) => properties && !properties[field] && type.includes('.')
  return Object.fromEntries(Object.entries(fields).map(([number, [field, type]]) => [number, [isInlined(field, type) ? '' : field, type]]))
}

/** Every message of a module's .proto files: fields by number, as JSON name and type; `[]` after a type repeats it, `map:` before it is a map of texts to it. */
function declarations(module, groups) {
  const root = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: controlPlane, encoding: 'utf8' }).trim()
  const files = groups
    ? groups.map(group => join(root, group, 'v1', 'generated.proto'))
    : ['apis/meta/v1', 'runtime', 'util/intstr', 'api/resource'].map(folder => join(root, 'pkg', folder, 'generated.proto'))
  return Object.fromEntries(files.flatMap(file => messagesIn(readFileSync(file, 'utf8'))))
}

function messagesIn(text) {
  const own = /^package (\S+);/m.exec(text)[1]
  const typeOf = type => (type in scalars ? scalars[type] : type.startsWith('.') ? type.slice(1) : `${own}.${type}`)
  return [...text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)].map(([, name, body]) => [
    `${own}.${name}`,
    Object.fromEntries(
      [...body.matchAll(/^ {2}(optional|repeated|map<string, (\S+)>) ?(\S*) (\w+) = (\d+);/gm)].map(
        ([, label, value, type, field, number]) => [
          number,
          [field, value ? `map:${typeOf(value)}` : label === 'repeated' ? `${typeOf(type)}[]` : typeOf(type)],
        ],
      ),
    ),
  ])
}

function groupVersions() {
  const seen = new Map(resourceTypes.map(({ group, version }) => [`${group}/${version}`, { group, version }]))
  return [...seen.values()]
}
