// Reads as many hostile inputs as one likes: `node scripts/fuzz.mjs --cases 10000000 --seed 7`; one target with `--target NAME`, one case of it with `--case N`.
// Ends with what each target took, and how the memory went: it must be flat.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** Bytes by which what is kept may grow from the first tenth of a target's cases to the last: caches fill, and are bounded. */
const mayGrow = 48 * 1024 * 1024

if (!globalThis.gc) {
  // Only what nothing refers to any more is not counted.
  const { status } = spawnSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
    case: { type: 'string' },
  },
})
const seed = Number(values.seed)
const { fuzz } = await import('../test/hostile/fuzz.ts')
const { targets } = await import('../test/hostile/targets.ts')
const { pipelineTarget } = await import('../test/hostile/pipeline-target.ts')
const { openPipelineHouse } = await import('../test/server/house.ts')

const house = await openPipelineHouse()
const all = [...targets, pipelineTarget(house)]
const wanted = values.target === undefined ? all : all.filter(({ name }) => name === values.target)
if (wanted.length === 0) throw new Error(`no target ${values.target}; there are: ${all.map(({ name }) => name).join(', ')}`)
const weights = wanted.reduce((sum, { weight }) => sum + weight, 0)

console.log(`seed ${seed}`)
try {
  for (const target of wanted) {
    if (values.case !== undefined) await fuzz(target, seed, 1, Number(values.case))
    else await inTenths(target, Math.ceil((Number(values.cases) * target.weight) / weights))
  }
} catch (problem) {
  console.error(problem instanceof Error ? problem.message : problem)
  process.exitCode = 1
} finally {
  await house.close()
}

async function inTenths(target, count) {
  const begun = performance.now()
  const tenth = Math.ceil(count / 10)
  const kept = []
  for (let first = 0; first < count; first += tenth) {
    await fuzz(target, seed, Math.min(tenth, count - first), first)
    globalThis.gc()
    kept.push(process.memoryUsage().heapUsed + process.memoryUsage().external)
  }
  const grown = kept.at(-1) - kept[0]
  const megabytes = bytes => (bytes / 2 ** 20).toFixed(1)
  const seconds = (performance.now() - begun) / 1000
  console.log(
    `${target.name}: ${count} cases in ${seconds.toFixed(1)} s; ${megabytes(kept[0])} MiB kept after a tenth, ${megabytes(kept.at(-1))} at the end`,
  )
  if (grown > mayGrow) throw new Error(`${target.name}, seed ${seed}: memory grew by ${megabytes(grown)} MiB`)
}
