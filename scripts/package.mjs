// Makes the npm package from what is built now. npm's own hooks do not run where scripts are ignored, as .npmrc has it: `npm pack` alone would pack what there happens to be.
//   node scripts/package.mjs [FOLDER]
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds, packs, and returns the path of the package. @param folder  where it goes */
export function makePackage(folder) {
  mkdirSync(folder, { recursive: true })
  run(process.execPath, ['scripts/build.mjs'])
  run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.package.json'])
  const packed = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder])
  return join(folder, packed.trim())
}

function run(program, words) {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${words[0]} failed: ${stderr || stdout}`)
  return stdout
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(makePackage(resolve(process.argv[2] ?? '.')))
