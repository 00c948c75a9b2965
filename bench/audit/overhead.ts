import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../src/store/index.ts'
import { repeatedPerSecond } from '../server/wrk.ts'
import { type CallsHouse, openCallsHouse } from './calls-house.ts'

const callers = 128
const seconds = 3
const rounds = 5

/**
 * Signed GetCallerIdentity with and without the writing of records: everything else, the making of the record among it, is the same.
 * As clients meet it, over connections, and through the pipeline alone. In turns, and the best of each, because machines are shared.
 */
export async function recordingOverhead(): Promise<object> {
  return { overConnections: await overConnections(), pipelineAlone: await pipelineAlone() }
}

interface Figures {
  with: number
  without: number
}

const overheadOf = (figures: Figures) => ({
  callsPerSecondWithRecords: figures.with,
  callsPerSecondWithout: figures.without,
  overheadPercent: Number((100 * (1 - figures.with / figures.without)).toFixed(1)),
})

async function overConnections(): Promise<object> {
  const withRecords = await serve(true)
  const without = await serve(false)
  const figures: Figures = { with: 0, without: 0 }
  for (let round = 0; round < rounds; round++) {
    figures.without = Math.max(figures.without, Math.round(await repeatedPerSecond(without.port, without.request, callers, seconds)))
    figures.with = Math.max(figures.with, Math.round(await repeatedPerSecond(withRecords.port, withRecords.request, callers, seconds)))
  }
  for (const { child } of [withRecords, without]) child.kill()
  return overheadOf(figures)
}

interface Served {
  readonly child: ChildProcess
  readonly port: number
  /** The bytes of a signed call. */
  readonly request: Buffer
}

/** Starts a process that serves the pipeline, so that its event loop is its own. */
async function serve(recording: boolean): Promise<Served> {
  const program = fileURLToPath(new URL('served-calls.ts', import.meta.url))
  const child = spawn(process.execPath, [program, ...(recording ? [] : ['--without-records'])], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    child.once('exit', code => reject(new Error(`the served pipeline ended with ${code}`)))
  })
  const { port, headers, body } = JSON.parse(line) as Pick<CallsHouse, 'headers' | 'body'> & { readonly port: number }
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) }).map(([name, value]) => `${name}: ${value}\r\n`)
  return { child, port, request: Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`) }
}

async function pipelineAlone(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-overhead-'))
  const store = await openSqliteStore(join(folder, 'gatehouse.db'))
  const withRecords = await openCallsHouse(store, true)
  const without = await openCallsHouse(store, false)
  const figures: Figures = { with: 0, without: 0 }
  for (let round = 0; round < rounds; round++) {
    figures.without = Math.max(figures.without, await callsPerSecond(without))
    figures.with = Math.max(figures.with, await callsPerSecond(withRecords))
  }
  await store.close()
  rmSync(folder, { recursive: true, force: true })
  return overheadOf(figures)
}

async function callsPerSecond({ send, headers, body }: CallsHouse): Promise<number> {
  const request = {
    method: 'POST',
    path: '/',
    query: '',
    headers,
    rawHeaders: Object.entries(headers),
    body: Buffer.from(body),
    secure: true,
    remoteAddress: '127.0.0.1',
    receivedAt: Date.now(),
  }
  let done = 0
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < endsAt) {
        const { status } = await send(request)
        if (status !== 200) throw new Error(`answered ${status}: a figure must not come from refusals`)
        done++
      }
    }),
  )
  return Math.round(done / ((performance.now() - startedAt) / 1000))
}
