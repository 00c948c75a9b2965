// Builds dist/ from src/, one bundle, split where the code imports lazily, and dist/console from console/. `node scripts/build.mjs` or, from the command,
// what is stale of it.
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = join(root, 'dist')

export async function build() {
  await buildServer()
  await buildConsole()
}

async function buildServer() {
  const { build: bundle } = await import('esbuild')
  const previous = existing(output)
  const { metafile } = await bundle({
    absWorkingDir: root,
    entryPoints: {
      main: 'src/cli/main.ts',
      policy: 'src/policy/index.ts',
      testing: 'src/testing/index.ts',
      'long-read-thread': 'src/store/long-read-thread.ts',
      'append-thread': 'src/store/append-thread.ts',
      'check-thread': 'src/store/check-thread.ts',
      'checkpoint-thread': 'src/store/checkpoint-thread.ts',
      'worker-process': 'src/server/workers/worker-process.ts',
    },
    outdir: output,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: true,
    metafile: true,
    // Native code stays a package of its own; CommonJS packages that read files beside themselves too.
    external: ['better-sqlite3', 'pino'],
    plugins: [jsonAsText],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
  })
  // Runners that load tests as CommonJS, as jest does, need the helper in that form.
  await bundle({
    absWorkingDir: root,
    entryPoints: { testing: 'src/testing/index.ts' },
    outdir: output,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    define: { 'import.meta.url': '__fileUrl' },
    banner: { js: "const __fileUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'warning',
  })
  const made = new Set(Object.keys(metafile.outputs).map(path => path.slice('dist/'.length)))
  // Read at run time beside the code that reads them.
  for (const file of ['documents.br', 'earlier-documents.br'])
    cpSync(join(root, 'src/catalogue/managed-policies', file), join(output, 'managed-policies', file))
  cpSync(join(root, 'src/catalogue/kubernetes-schemas.br'), join(output, 'kubernetes-schemas.br'))
  for (const file of previous) if (!made.has(file)) rmSync(join(output, file), { force: true })
}

/** Every start reads all models and the catalogue: faster as JSON than as code, by a tenth of a start. V8, "The cost of JavaScript in 2019", JSON. */
const jsonAsText = {
  name: 'json-as-text',
  setup(build) {
    build.onLoad({ filter: /\.json$/ }, ({ path }) => {
      // CommonJS packages, such as Cassandra's driver, require theirs, and would get a module in its place.
      if (!path.startsWith(join(root, 'src'))) return undefined
      const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')))
      return { contents: `export default JSON.parse(${JSON.stringify(text)})`, loader: 'js' }
    })
  },
}

async function buildConsole() {
  const { build: bundle } = await import('vite')
  const { NODE_ENV: previous } = process.env
  // Vite builds for development where this says so, as test runners do.
  process.env.NODE_ENV = 'production'
  try {
    await bundle({ configFile: join(root, 'console/vite.config.ts') })
  } finally {
    if (previous === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = previous
  }
}

/** Builds what has a source that is newer than what was made of it. */
export async function buildIfStale() {
  if (newest(join(root, 'src')) > builtAt('main.js')) await buildServer()
  const ofConsole = ['console', 'docs', 'src/wire'].map(folder => newest(join(root, folder)))
  if (Math.max(...ofConsole) > builtAt('console/index.html')) await buildConsole()
}

const builtAt = file => statSync(join(output, file), { throwIfNoEntry: false })?.mtimeMs ?? 0

const existing = folder =>
  statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder).filter(name => /\.js(\.map)?$/.test(name)) : []

const newest = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    // Pictures are in documents only, which the console shows without.
    .filter(entry => entry.isFile() && !entry.name.endsWith('.jpg'))
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0)

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
