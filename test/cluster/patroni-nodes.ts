import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { parse, stringify } from 'yaml'
import { root } from '../e2e/gatehouse.ts'
import { freePort } from '../free-port.ts'
import { postgresBinaries } from '../store/postgres-server.ts'

/** The folder of Patroni's modules, and that of etcd; `npm run test:cluster` sets them. */
export const patroniModules = process.env['GATEHOUSE_TEST_PATRONI']
const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE'] as string

/** PostgreSQL under Patroni, with etcd, on this machine. */
export interface PatroniNodes {
  /** Ports of PostgreSQL, one a node. */
  readonly ports: readonly number[]
  /** The primary's number, once there is one with a synchronous standby. */
  primary(): Promise<number>
  /** Ends a node, Patroni and PostgreSQL, as a power cut does. */
  kill(node: number): Promise<void>
  query(node: number, sql: string): Promise<void>
  end(): Promise<void>
}

interface Node {
  readonly port: number
  readonly apiPort: number
  readonly data: string
  readonly process: ChildProcess
}

/** Neither Patroni nor PostgreSQL runs as root. */
const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

/** What our documents tell people to write. */
function documented(): object {
  const text = readFileSync(join(root, 'docs/high-availability.md'), 'utf8')
  const [, block = ''] = /```yaml\n(bootstrap:[\s\S]*?)```/.exec(text) ?? []
  return (parse(block) as { bootstrap: { dcs: object } }).bootstrap.dcs
}

export async function startPatroni(count: number): Promise<PatroniNodes> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-patroni-'))
  const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined
  const own = (path: string) => owner && chownSync(path, owner.uid, owner.gid)
  chmodSync(folder, 0o755)
  own(folder)
  // Where it was installed its user may not look.
  cpSync(patroniModules as string, join(folder, 'modules'), { recursive: true })
  const [clientPort, peerPort] = [await freePort(), await freePort()]
  const etcd = spawn(join(assets, 'etcd'), etcdWords(join(folder, 'etcd'), clientPort, peerPort), { stdio: 'ignore' })
  const nodes: Node[] = []
  for (let index = 0; index < count; index++) {
    const [port, apiPort] = [await freePort(), await freePort()]
    const data = join(folder, `node-${index + 1}`)
    mkdirSync(data, { mode: 0o700 })
    own(data)
    const file = join(folder, `node-${index + 1}.yml`)
    writeFileSync(file, stringify(configurationOf({ name: `node${index + 1}`, port, apiPort, data, folder, clientPort })))
    const environment = { PATH: process.env['PATH'], PYTHONPATH: join(folder, 'modules'), HOME: folder, LANG: 'C.UTF-8' }
    const child = spawn('python3', ['-m', 'patroni', file], { cwd: folder, env: environment, stdio: 'ignore', ...owner })
    nodes.push({ port, apiPort, data, process: child })
  }
  const nodeAt = (index: number) => nodes[index] as Node
  const kill = async ({ process: child, data }: Node) => {
    await ended(child)
    const [postmaster = ''] = readOr(join(data, 'postmaster.pid')).split('\n')
    if (/^\d+$/.test(postmaster)) signal(Number(postmaster))
  }
  return {
    ports: nodes.map(({ port }) => port),
    primary: () => primaryOf(nodes),
    kill: index => kill(nodeAt(index)),
    async query(index, sql) {
      const client = new Client({
        host: '127.0.0.1',
        port: nodeAt(index).port,
        user: 'postgres',
        password: 'postgres',
        database: 'postgres',
      })
      await client.connect()
      await client.query(sql)
      await client.end()
    },
    async end() {
      for (const node of nodes) await kill(node)
      await ended(etcd)
      await wait(500)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const etcdWords = (data: string, clientPort: number, peerPort: number): string[] => {
  const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`]
  const urls = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer]
  return ['--data-dir', data, ...urls, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`]
}

interface NodePlace {
  readonly name: string
  readonly port: number
  readonly apiPort: number
  readonly data: string
  readonly folder: string
  readonly clientPort: number
}

/** The documented configuration of the cluster, and what is each node's own. Loopback needs no certificates. */
function configurationOf({ name, port, apiPort, data, folder, clientPort }: NodePlace): object {
  const dcs = documented() as { readonly postgresql: { readonly pg_hba: readonly string[] } }
  const loopback = ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust']
  return {
    scope: 'gatehouse',
    name,
    restapi: { listen: `127.0.0.1:${apiPort}`, connect_address: `127.0.0.1:${apiPort}` },
    etcd3: { hosts: [`127.0.0.1:${clientPort}`] },
    bootstrap: { dcs: { ...dcs, postgresql: { ...dcs.postgresql, pg_hba: loopback } }, initdb: [{ encoding: 'UTF8' }, 'data-checksums'] },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: data,
      bin_dir: postgresBinaries,
      pgpass: join(folder, `${name}.pgpass`),
      authentication: {
        superuser: { username: 'postgres', password: 'postgres' },
        replication: { username: 'replicator', password: 'replicator' },
      },
      parameters: { unix_socket_directories: folder },
    },
  }
}

/** Patroni REST API, `GET /cluster`. */
async function primaryOf(nodes: readonly Node[]): Promise<number> {
  for (let attempt = 0; attempt < 240; attempt++) {
    for (const { apiPort } of nodes) {
      const answer = await fetch(`http://127.0.0.1:${apiPort}/cluster`).catch(() => undefined)
      const cluster = (await answer?.json().catch(() => undefined)) as { readonly members?: readonly Member[] } | undefined
      const members = cluster?.members ?? []
      const leader = members.find(({ role, state }) => role === 'leader' && state === 'running')
      const synchronous = members.some(({ role, state }) => role === 'sync_standby' && state === 'streaming')
      if (leader && synchronous) return nodes.findIndex(({ port }) => port === leader.port)
    }
    await wait(500)
  }
  throw new Error('Patroni has no primary with a synchronous standby')
}

interface Member {
  readonly role: string
  readonly state: string
  readonly port: number
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
