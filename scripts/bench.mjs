// `npm run bench`: the benchmarks that need nothing but the main installation. bench/README.md tells of the others.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

const scripts = [new URL('../bench/server/main.ts', import.meta.url), new URL('../bench/iam/main.ts', import.meta.url)]

await build()
for (const script of scripts) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(script), ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode ||= status ?? 1
}
