// `npm run bench`: builds, and runs every benchmark; bench/README.md tells of each.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const script = fileURLToPath(new URL('../bench/main.ts', import.meta.url))
process.exitCode = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
