import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'

const version = '5.2.5'

/** Where the emulator is installed: a virtual environment in the cache folder, made when there is none. Undefined where PyPI is out of reach. */
function installed(): string | undefined {
  const cache = process.env['GATEHOUSE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'gatehouse')
  const folder = join(cache, `moto-${version}`)
  const program = join(folder, 'bin', 'moto_server')
  if (existsSync(program)) return program
  const done = (command: string, words: readonly string[]) =>
    spawnSync(command, words, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  return done('python3', ['-m', 'venv', folder]) && done(join(folder, 'bin', 'pip'), ['install', '-q', `moto[server]==${version}`])
    ? program
    : undefined
}

const freePort = () =>
  new Promise<number>(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Starts moto's server, the emulator that most people use, as its users start it. @returns undefined where it cannot be installed */
export async function startMoto(): Promise<{ readonly port: number; stop(): void } | undefined> {
  const program = installed()
  if (program === undefined) return undefined
  const port = await freePort()
  const child: ChildProcess = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answer) return { port, stop: () => void child.kill() }
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  child.kill()
  throw new Error("moto's server did not answer within twenty seconds")
}
