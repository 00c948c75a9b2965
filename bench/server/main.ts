// node bench/server/main.ts: time to the first answer, signed GetCallerIdentity a second beside bare node:http, memory at rest.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { answersPerSecond } from './load.ts'

const connections = 32
const seconds = 5
const rounds = 3
const command = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

interface Client {
  readonly httpEndpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const client = (): Client => JSON.parse(readFileSync(join(data, 'client.json'), 'utf8')) as Client

function start(): { child: ChildProcess; ready: Promise<void> } {
  const child = spawn(process.execPath, [command, 'start', '--data', data, '--port', '0', '--http-port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.includes('is ready') && resolve())
    child.once('exit', code => reject(new Error(`Gatehouse ended with ${code}`)))
  })
  return { child, ready }
}

const stop = (child: ChildProcess) =>
  new Promise<void>(resolve => {
    child.removeAllListeners('exit')
    child.once('exit', () => resolve())
    child.kill('SIGINT')
  })

function callerIdentityRequest(): { bytes: Buffer; port: number } {
  const { httpEndpoint, region, ...credentials } = client()
  const { host, port } = new URL(httpEndpoint)
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const type = 'application/x-www-form-urlencoded; charset=utf-8'
  const headers = signHeaders(
    { method: 'POST', path: '/', query: '', headers: { host, 'content-type': type }, body },
    credentials,
    { region, service: 'sts' },
    Date.now(),
  )
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) }).map(([name, value]) => `${name}: ${value}\r\n`)
  return { bytes: Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`), port: Number(port) }
}

const best = (figures: readonly number[]) => Math.max(...figures)

/** From the start of the process to the end of the first signed answer, on a data folder that exists. */
async function firstAnswerMilliseconds(): Promise<number> {
  const startedAt = performance.now()
  const { child, ready } = start()
  await ready
  const { bytes, port } = callerIdentityRequest()
  await answersPerSecond(port, bytes, 1, 0)
  const elapsed = performance.now() - startedAt
  await stop(child)
  return elapsed
}

const residentMegabytes = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

const first = start()
await first.ready
await stop(first.child)
const firstAnswers = [await firstAnswerMilliseconds(), await firstAnswerMilliseconds(), await firstAnswerMilliseconds()]

const { child, ready } = start()
await ready
await new Promise(resolve => setTimeout(resolve, 2_000))
const atRest = residentMegabytes(child.pid as number)
const answer = 400
const bare = spawn(process.execPath, [fileURLToPath(new URL('bare.ts', import.meta.url)), String(answer)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const barePort = await new Promise<number>(resolve => bare.stdout?.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))))
const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  const { bytes, port } = callerIdentityRequest()
  ours.push(await answersPerSecond(port, bytes, connections, seconds))
  theirs.push(await answersPerSecond(barePort, bytes, connections, seconds))
}
bare.kill()
await stop(child)
rmSync(data, { recursive: true, force: true })

console.log(
  JSON.stringify(
    {
      firstAnswerMilliseconds: Math.round(Math.min(...firstAnswers)),
      getCallerIdentityPerSecond: Math.round(best(ours)),
      bareNodeHttpPerSecond: Math.round(best(theirs)),
      percentOfBare: Math.round((best(ours) / best(theirs)) * 100),
      residentMegabytesAtRest: Math.round(atRest),
    },
    undefined,
    2,
  ),
)
