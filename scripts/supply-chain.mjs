// What may come in with `npm ci`: packages of lockfiles alone, from a registry, each with its digest and under a licence of the list, and not given up by its makers; none runs a program when it is installed, but
// for those below; and each that is published with us is argued in docs/dependencies.md. Part of `npm run check`. `npm audit` asks a server, so it is no part of it: docs/threat-model.md, "Dependencies".
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)

/** Name, then why it may have an install script. `.npmrc` has npm run none of them. */
const scripted = new Map([['esbuild', 'development only; the script checks the binary that npm has put there']])

/** Of what is in the published package and its development. */
const licences = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'MIT OR Apache-2.0',
  // Not part of what is published: TypeScript's own notices, CSS tools, browsers' data.
  'PSF-2.0',
  'MPL-2.0',
  'CC-BY-4.0',
])
/** Benchmarks measure beside other makers' programs, in a place of their own. */
const lockfiles = ['package-lock.json', 'test/mutation/package-lock.json']

const read = path => readFileSync(fileURLToPath(new URL(path, root)), 'utf8')

function problemsOf(lockfile) {
  const { lockfileVersion, packages } = JSON.parse(read(lockfile))
  const problems = lockfileVersion === 3 ? [] : [`lockfileVersion is ${lockfileVersion}`]
  for (const [path, entry] of Object.entries(packages)) {
    const name = path.split('node_modules/').at(-1)
    if (path === '' || entry.link) continue
    if (!(entry.integrity ?? '').startsWith('sha512-')) problems.push(`${name} has no SHA-512 digest`)
    if (entry.resolved !== undefined) problems.push(`${name} is not from whichever registry npm is set to`)
    if (entry.hasInstallScript && !scripted.has(name)) problems.push(`${name} runs a program when it is installed`)
    if (entry.deprecated !== undefined) problems.push(`${name} is not maintained: ${entry.deprecated}`)
    if (!licences.has(entry.license)) problems.push(`${name} is under ${entry.license}`)
    if (!entry.dev && /^(MPL|PSF|CC)/.test(entry.license)) problems.push(`${name} is published with us, and under ${entry.license}`)
  }
  return problems.map(problem => `${lockfile}: ${problem}`)
}

/** Exact versions alone: what is tested is what is installed. */
function looseVersions() {
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = JSON.parse(read('package.json'))
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json: ${name} is ${version}, not one version`)
}

/** docs/dependencies.md tells of what runs in Gatehouse's process, and of nothing else: package, version and licence of each. */
function unargued() {
  const { packages } = JSON.parse(read('package-lock.json'))
  const running = Object.entries(packages).filter(([path, entry]) => path !== '' && !entry.dev && !entry.link)
  const wanted = new Set(running.map(([path, { version, license }]) => `${path.split('node_modules/').at(-1)}@${version}, ${license}`))
  const told = new Set(
    [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| ([^|]+?) \|/gm)].map(([, name, licence]) => `${name}, ${licence}`),
  )
  return [
    ...[...wanted].filter(one => !told.has(one)).map(one => `docs/dependencies.md: does not argue ${one}`),
    ...[...told].filter(one => !wanted.has(one)).map(one => `docs/dependencies.md: argues ${one}, which is not there`),
  ]
}

const scriptsOff = /^ignore-scripts=true$/m.test(read('.npmrc')) ? [] : ['.npmrc: ignore-scripts is not true']
const problems = [...lockfiles.flatMap(problemsOf), ...looseVersions(), ...unargued(), ...scriptsOff]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
