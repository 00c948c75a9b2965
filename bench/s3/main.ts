// node bench/s3/main.ts: objects put and got a second, beside a bare node:http server that takes and gives as many bytes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rounded } from '../figures.ts'
import { type Client, clientOf, portOf, restRequest, startBare, startGatehouse, stopGatehouse } from '../server/gatehouse.ts'
import { answersPerSecond, answerTo } from '../server/load.ts'

const connections = 16
const seconds = 3
const sizes = { '4 KiB': 4 * 1024, '1 MiB': 1024 * 1024 }
const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

const request = (client: Client, method: string, path: string, body?: Buffer) =>
  restRequest(client, { service: 's3', method, path, ...(body && { body }) })

async function figuresOf(client: Client, size: number): Promise<object> {
  const port = portOf(client)
  const content = Buffer.alloc(size, 'x')
  // Each connection overwrites the object of another: the last to come wins, as in S3.
  const puts = Array.from({ length: 20_000 }, (_, number) => number % 64).map(number => `/bench/${size}-${number}`)
  const signed = new Map([...new Set(puts)].map(path => [path, request(client, 'PUT', path, content)]))
  const bare = await startBare(size)
  const get = request(client, 'GET', `/bench/${size}-0`)
  const put = (path: string) => signed.get(path) as Buffer
  const figures = {
    putPerSecond: rounded(await answersPerSecond(port, puts.map(put), connections, seconds)),
    barePutPerSecond: rounded(await answersPerSecond((await bareOf(0)).port, puts.map(put), connections, seconds)),
    getPerSecond: rounded(await answersPerSecond(port, get, connections, seconds)),
    bareGetPerSecond: rounded(await answersPerSecond(bare.port, get, connections, seconds)),
  }
  bare.stop()
  return figures
}

const bares: { stop(): void }[] = []
async function bareOf(bytes: number) {
  const bare = await startBare(bytes)
  bares.push(bare)
  return bare
}

const running = startGatehouse(data)
await running.ready
const client = clientOf(data)
await answerTo(portOf(client), request(client, 'PUT', '/bench'))
const figures: { [size: string]: object } = {}
for (const [name, size] of Object.entries(sizes)) figures[name] = await figuresOf(client, size)
for (const bare of bares) bare.stop()
await stopGatehouse(running)
rmSync(data, { recursive: true, force: true })
console.log(JSON.stringify(figures, undefined, 2))
