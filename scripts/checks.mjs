// The checks that need nothing but the tree: types, lint, format, layers, dead code. `npm run check` runs them by themselves.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Name, then command and its words. */
export const checks = [
  ['types', ['tsc', '--noEmit', '-p', '.']],
  ['types of the console', ['tsc', '--noEmit', '-p', 'console']],
  ['lint', ['oxlint', '--type-aware', '--deny-warnings', 'src', 'console', 'test', 'bench', 'scripts', 'bin']],
  ['format', ['biome', 'format', '.']],
  ['layers', ['depcruise', 'src', 'console', '--config', '.dependency-cruiser.cjs', '--output-type', 'err']],
  ['dead code', ['knip']],
  ['supply chain', ['node', 'scripts/supply-chain.mjs']],
]

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  for (const [name, words] of checks) {
    const { status } = spawnSync(join(root, 'node_modules/.bin', words[0]), words.slice(1), { cwd: root, stdio: 'inherit' })
    if (status !== 0) {
      console.error(`check failed: ${name}`)
      process.exitCode = 1
    }
  }
}
