// Builds the single-file executable for this platform: Node with Gatehouse in it, by Node's own single executable applications.
//   node scripts/executable.mjs OUTPUT
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { inject } from 'postject'
import { build } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
/** What marks the place in Node's binary. Node.js documentation, "Single executable applications". */
const sentinel = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
/** What dist does not have in itself. */
const packages = ['better-sqlite3', 'pino']
const needed = /\.(?:js|json|br|html|css|svg|png|woff2?|ico|map\.json)$|(?:^|\/)(?:LICENSE|NOTICE)[^/]*$/
const isMusl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
const addon = `prebuilds/${isMusl ? 'linuxmusl' : process.platform}-${process.arch}.node`

/** Makes the executable of what `npm run build` has built. @param output  where it is to be */
export async function makeExecutable(output) {
  const work = mkdtempSync(join(tmpdir(), 'gatehouse-executable-'))
  try {
    const files = [...ofProduct(), ...closure(packages).flatMap(ofPackage)]
    const contents = files.map(({ from }) => readFileSync(from))
    const index = files.map(({ name }, at) => ({ name, size: contents[at].length, sha256: sha256(contents[at]) }))
    writeFileSync(join(work, 'index'), JSON.stringify(index))
    writeFileSync(join(work, 'content'), gzipSync(Buffer.concat(contents), { level: 9 }))
    const configuration = {
      // As it is said here it stands in the executable: of no folder of the machine that made it.
      main: 'packaging/executable/main.cjs',
      output: join(work, 'blob'),
      disableExperimentalSEAWarning: true,
      assets: { index: join(work, 'index'), content: join(work, 'content') },
    }
    writeFileSync(join(work, 'sea.json'), JSON.stringify(configuration))
    run(process.execPath, ['--experimental-sea-config', join(work, 'sea.json')])
    copyFileSync(process.execPath, output)
    chmodSync(output, 0o755)
    const onMac = process.platform === 'darwin'
    if (onMac) run('codesign', ['--remove-signature', output])
    await inject(output, 'NODE_SEA_BLOB', readFileSync(join(work, 'blob')), {
      sentinelFuse: sentinel,
      ...(onMac && { machoSegmentName: 'NODE_SEA' }),
    })
    if (onMac) run('codesign', ['--sign', '-', output])
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

function ofProduct() {
  const dist = filesIn(join(root, 'dist')).filter(file => needed.test(file) && !file.includes('/types/'))
  const others = ['LICENSE', 'NOTICE', 'package.json'].map(name => join(root, name))
  return [
    { from: join(root, 'packaging/executable/load.cjs'), name: 'load.cjs' },
    ...[...dist, ...others].map(from => ({ from, name: relative(root, from) })),
  ]
}

function ofPackage(folder) {
  return filesIn(folder)
    .filter(file => {
      const name = relative(folder, file)
      return folder.endsWith('better-sqlite3')
        ? name === addon || /^(?:lib\/.*\.js|package\.json|LICENSE)$/.test(name)
        : needed.test(name) && !/^(?:test|docs|benchmarks|examples)\//.test(name)
    })
    .map(from => ({ from, name: relative(root, from) }))
}

/** Packages with all that they depend on, as npm has laid them out. */
function closure(names, from = modules, found = new Set()) {
  for (const name of names) {
    const folder = [join(from, name), join(modules, name)].find(candidate => existsSync(join(candidate, 'package.json')))
    if (!folder || found.has(folder)) continue
    found.add(folder)
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    closure(Object.keys(dependencies), join(folder, 'node_modules'), found)
  }
  return [...found]
}

const filesIn = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !relative(folder, entry.parentPath).split('/').includes('node_modules'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()

function run(program, words) {
  const { status, stderr } = spawnSync(program, words, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , output] = process.argv
  if (!output) {
    console.error('usage: node scripts/executable.mjs OUTPUT')
    process.exit(2)
  }
  await build()
  await makeExecutable(resolve(output))
}
