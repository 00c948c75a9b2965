// npm run bench [-- --full] [--only server,iam] [--report FILE]: every benchmark that docs/performance.md tells of, in one report.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    report: { type: 'string', default: fileURLToPath(new URL('report.json', import.meta.url)) },
  },
})

interface Section {
  readonly script: string
  readonly words?: readonly string[]
  /** What the long form asks in their place. */
  readonly full?: readonly string[]
  /** What it needs beyond the main installation; left out where it is not there. */
  readonly needs?: string
  /** A variable that says where it has it; left out where it is not set. */
  readonly needsVariable?: string
}

/** Each prints one JSON object, its baselines of the same run among the figures. */
const sections: { readonly [name: string]: Section } = {
  server: { script: 'server/main.ts' },
  cores: { script: 'server/cores.ts' },
  iam: { script: 'iam/main.ts', full: ['--million'] },
  curves: { script: 'curves/main.ts', full: ['--million'] },
  nodes: { script: 'store/nodes.ts' },
  past: { script: 'store/past.ts' },
  kubernetes: { script: 'kubernetes/main.ts' },
  s3: { script: 's3/main.ts' },
  audit: { script: 'audit/main.ts', words: ['--json', '--records', '10000,100000'], full: ['--json', '--records', '100000,10000000'] },
  lake: { script: 'audit/lake.ts', words: ['--json'] },
  scale: { script: 'scale/main.ts' },
  console: { script: 'console/main.ts', needsVariable: 'GATEHOUSE_TEST_CHROMIUM' },
  analysis: { script: 'analysis/main.ts' },
  policy: { script: 'policy/main.ts', words: ['--json'], needs: 'node_modules' },
}

/** What a script prints. @throws Error when it fails */
function figuresOf({ script, words = [], full = words }: Section): Promise<object> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, ['--expose-gc', path, ...(values.full ? full : words)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  return new Promise((resolve, reject) =>
    child.once('close', code => {
      if (code === 0) resolve(JSON.parse(output) as object)
      else reject(new Error(`bench/${script} ended with ${code}`))
    }),
  )
}

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGibibytes: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
  node: process.version,
}

const wanted = values.only?.split(',') ?? Object.keys(sections)
const unknown = wanted.filter(name => !Object.hasOwn(sections, name))
if (unknown.length > 0) throw new Error(`there is no section ${unknown.join(', ')}: they are ${Object.keys(sections).join(', ')}`)

// What was measured before stays, so that sections can be taken one at a time.
const before = existsSync(values.report) ? (JSON.parse(readFileSync(values.report, 'utf8')) as { sections?: object }).sections : {}
const measured: { [name: string]: unknown } = { ...before }
for (const name of wanted) {
  const section = sections[name] as Section
  const isMissing =
    (section.needs && !existsSync(new URL(section.needs, import.meta.url))) ||
    (section.needsVariable && !process.env[section.needsVariable])
  if (isMissing) {
    console.error(`${name}: left out; bench/README.md tells what it needs`)
    continue
  }
  const startedAt = performance.now()
  try {
    measured[name] = { takenAt: new Date().toISOString(), full: values.full, machine, figures: await figuresOf(section) }
    console.error(`${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`)
  } catch (problem) {
    console.error(`${name}: ${(problem as Error).message}`)
    process.exitCode = 1
  }
  writeFileSync(values.report, `${JSON.stringify({ sections: measured }, undefined, 2)}\n`)
}
console.log(`figures are in ${values.report}; node scripts/performance-tables.mjs ${values.report} puts them into docs/performance.md`)
