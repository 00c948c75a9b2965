// Writes src/catalogue/kubernetes-schemas.br: the schemas of the kinds that embedded clusters serve, as the real kube-apiserver publishes them in
// /openapi/v3. Give it a kubeconfig of a control plane: `npm run generate:kubernetes -- --kubeconfig FILE`; kubectl must be on the path.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { resourceTypes } from '../src/kubernetes/embedded/resource-types.ts'

const output = fileURLToPath(new URL('../src/catalogue/kubernetes-schemas.br', import.meta.url))
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
const text = JSON.stringify({ version: gitVersion, kinds, schemas })
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

function groupVersions() {
  const seen = new Map(resourceTypes.map(({ group, version }) => [`${group}/${version}`, { group, version }]))
  return [...seen.values()]
}
