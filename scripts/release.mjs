// Makes a release's files: npm package, executable of this platform, bill of materials, checksums and their signature. docs/packaging.md, "Releases".
//   node scripts/release.mjs --key PRIVATE-KEY.pem [--output FOLDER]
import { spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeExecutable } from './executable.mjs'
import { makePackage } from './package.mjs'

// What is packed is for everybody to read, whoever makes it.
process.umask(0o022)
const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = readJson('package.json')
/** Semantic Versioning 2.0.0, section 2 and 9. */
const semantic = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?$/

const { values } = parseArgs({ options: { key: { type: 'string' }, output: { type: 'string', default: join(root, 'release') } } })
const problem = refusal()
if (problem) {
  console.error(`release: ${problem}`)
  process.exit(2)
}
const output = resolve(values.output)
mkdirSync(output, { recursive: true })
const leftOver = readdirSync(output)
if (leftOver.length > 0) {
  console.error(`release: ${output} is not empty: a release has its own files and no others`)
  process.exit(2)
}
const key = createPrivateKey(readFileSync(values.key, 'utf8'))
if (key.asymmetricKeyType !== 'ed25519') {
  console.error('release: the key is not an Ed25519 key: openssl genpkey -algorithm ed25519 -out release-key.pem')
  process.exit(2)
}

makePackage(output)
await makeExecutable(join(output, `gatehouse-${version}-${process.platform}-${process.arch}`))
writeFileSync(join(output, `gatehouse-${version}.cdx.json`), billOfMaterials())
for (const name of ['LICENSE', 'NOTICE']) copyFileSync(join(root, name), join(output, name))
const sums = readdirSync(output)
  .sort()
  .map(
    name =>
      `${createHash('sha256')
        .update(readFileSync(join(output, name)))
        .digest('hex')}  ${name}\n`,
  )
  .join('')
writeFileSync(join(output, 'SHA256SUMS'), sums)
writeFileSync(join(output, 'SHA256SUMS.sig'), sign(null, Buffer.from(sums), key))
writeFileSync(join(output, 'release-key.pub.pem'), createPublicKey(key).export({ type: 'spki', format: 'pem' }))
console.log(sums.trimEnd())

function refusal() {
  if (!values.key) return 'give the key that signs with --key'
  if (!semantic.test(version)) return `${version} in package.json is no semantic version`
  return undefined
}

/** Of what the lockfile has for run time, which npm's own `--omit dev` would leave out where a tool needs it too. npm calls the product as the folder is called. Without npm's time and
 * with a number that is of what it says, so that whoever makes the release again gets the same. */
function billOfMaterials() {
  const work = mkdtempSync(join(tmpdir(), 'gatehouse-release-'))
  try {
    const folder = join(work, 'gatehouse')
    mkdirSync(folder)
    const { devDependencies: _tools, ...product } = readJson('package.json')
    const lock = readJson('package-lock.json')
    const packages = Object.fromEntries(Object.entries(lock.packages).filter(([, { dev }]) => dev !== true))
    delete packages[''].devDependencies
    writeFileSync(join(folder, 'package.json'), JSON.stringify(product))
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }))
    const bill = JSON.parse(run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'], folder))
    delete bill.metadata.timestamp
    delete bill.serialNumber
    return `${JSON.stringify({ ...bill, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(bill))}` }, undefined, 2)}\n`
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** A UUID of a text's own. RFC 9562, section 5.8. */
function uuidOf(text) {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = (bytes[6] & 0x0f) | 0x80
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function readJson(name) {
  return JSON.parse(readFileSync(join(root, name), 'utf8'))
}

function run(program, words, cwd) {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(`${program} ${words[0]} failed: ${stderr || stdout}`)
  return stdout
}
