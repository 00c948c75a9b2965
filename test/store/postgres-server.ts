import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../free-port.ts'

/** Where Debian and PostgreSQL's own packages put the server; undefined where there is none. */
export const postgresBinaries = ['15', '16', '17', '18']
  .map(version => `/usr/lib/postgresql/${version}/bin`)
  .find(folder => existsSync(join(folder, 'initdb')))

/** PostgreSQL does not run as root: then as the user that its packages make. */
const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined
function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
}

/** A PostgreSQL server of a test's own, on loopback. */
export interface PostgresServer {
  readonly port: number
  readonly folder: string
  readonly process: ChildProcess
  /** Makes a database, as a copy of another. @returns its address as a store's */
  createDatabase(template?: string): Promise<string>
  /** Runs SQL as the superuser. */
  query(sql: string, database?: string): Promise<readonly { readonly [column: string]: unknown }[]>
  run(program: string, words: readonly string[]): void
  end(): Promise<void>
}

const user = 'gatehouse'
let databases = 0

export interface PostgresServerOptions {
  /** Lines of postgresql.conf. */
  readonly settings?: readonly string[]
  /** Fills the data folder in the place of initdb. */
  readonly fill?: (data: string, run: PostgresServer['run']) => void
  readonly port?: number
}

export async function startPostgresServer({ settings = [], fill, port: chosen }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const binaries = postgresBinaries as string
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'))
  chmodSync(folder, 0o700)
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, ...owner }
  const run: PostgresServer['run'] = (program, words) => void execFileSync(join(binaries, program), words, { ...options, stdio: 'pipe' })
  if (fill) fill(data, run)
  else run('initdb', ['-D', data, '-U', user, '-A', 'trust', '--no-sync'])
  appendFileSync(join(data, 'postgresql.conf'), `\n${settings.join('\n')}\n`)
  const port = chosen ?? (await freePort())
  const words = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200']
  const server = spawn(join(binaries, 'postgres'), words, { ...options, stdio: 'ignore' })
  const query: PostgresServer['query'] = async (sql, database = 'postgres') => {
    const client = new Client({ host: '127.0.0.1', port, user, database, connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<{ [column: string]: unknown }>(sql)).rows
    } finally {
      await client.end()
    }
  }
  await ready(() => query('SELECT 1'))
  return {
    port,
    folder,
    process: server,
    query,
    run,
    async createDatabase(template = 'template1') {
      const name = `gatehouse_${++databases}`
      await query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
      return `postgres://${user}@127.0.0.1:${port}/${name}`
    },
    async end() {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = new Promise(resolve => server.once('exit', resolve))
        server.kill('SIGQUIT')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(probe: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const up = await probe().then(
      () => true,
      () => false,
    )
    if (up) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('PostgreSQL did not get ready')
}
