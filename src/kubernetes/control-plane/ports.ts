import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

export interface Ports {
  readonly etcd: number
  /** Where etcd would talk to other members. */
  readonly peer: number
  readonly apiserver: number
}

/** Ports on loopback: those of the last start on this data when they are free, so that kubeconfigs go on working; else new ones. */
export async function choosePorts(dataFolder: string): Promise<Ports> {
  const file = join(dataFolder, 'ports.json')
  const last = lastPorts(file)
  const ports = { etcd: await freePort(last.etcd), peer: await freePort(last.peer), apiserver: await freePort(last.apiserver) }
  writeFileSync(file, JSON.stringify(ports))
  return ports
}

function lastPorts(file: string): Partial<Ports> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ports
  } catch {
    // The first start, or one that was cut short while it wrote.
    return {}
  }
}

/** A process that was killed holds its ports a little longer than the system lists it. */
const patienceMilliseconds = 2_000

async function freePort(wanted = 0): Promise<number> {
  const deadline = performance.now() + patienceMilliseconds
  for (;;) {
    const port = await tryPort(wanted)
    if (port !== undefined) return port
    if (performance.now() > deadline) return freePort()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** @returns undefined when another has it */
function tryPort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', problem => (wanted === 0 ? reject(problem) : resolve(undefined)))
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
