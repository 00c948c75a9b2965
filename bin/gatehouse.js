#!/usr/bin/env node
// The `gatehouse` command. Gatehouse needs Node 24: when an older one runs this file, it hands over to the one that `npm ci` installed.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const wantedMajor = 24
const ownNode = [`${root}/node_modules/.bin/node`, `${root}/../.bin/node`].find(path => existsSync(path))

if (Number(process.versions.node.split('.')[0]) >= wantedMajor) {
  // In a checkout the built files follow the sources; in the npm package there are only built files.
  if (existsSync(`${root}/src/cli/main.ts`)) {
    const { buildIfStale } = await import('../scripts/build.mjs')
    await buildIfStale()
  }
  const { main } = await import('../dist/main.js')
  await main(process.argv)
} else if (ownNode && !process.env.GATEHOUSE_NODE_HANDED_OVER) {
  const child = spawn(ownNode, process.argv.slice(1), { stdio: 'inherit', env: { ...process.env, GATEHOUSE_NODE_HANDED_OVER: '1' } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
} else {
  console.error(`gatehouse needs Node ${wantedMajor} or newer; this is ${process.version}.`)
  process.exit(1)
}
