// `npm run bench`: the benchmarks that need nothing but the main installation. bench/README.md tells of the others.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('../bench/server/main.ts', import.meta.url))], { stdio: 'inherit' })
process.exitCode = status ?? 1
