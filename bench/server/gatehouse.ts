import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'

const command = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url))

/** What a started Gatehouse writes for clients. */
export interface Client {
  readonly endpoint: string
  readonly httpEndpoint: string
  readonly region: string
  readonly account: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export const clientOf = (data: string): Client => JSON.parse(readFileSync(join(data, 'client.json'), 'utf8')) as Client

export interface Running {
  readonly child: ChildProcess
  readonly ready: Promise<void>
}

/** Starts a Gatehouse on a data folder and free ports. @param within  words before its own, such as those that keep it to a core */
export function startGatehouse(data: string, options: readonly string[] = [], within: readonly string[] = []): Running {
  const start = [process.execPath, command, 'start', '--data', data, '--port', '0', '--http-port', '0', ...options]
  const [program = '', ...words] = [...within, ...start]
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.includes('is ready') && resolve())
    child.once('exit', code => reject(new Error(`Gatehouse ended with ${code}`)))
  })
  return { child, ready }
}

/** Tells it to stop; resolves when it has. */
export const stopGatehouse = ({ child }: Running) =>
  new Promise<void>(resolve => {
    child.removeAllListeners('exit')
    child.once('exit', () => resolve())
    child.kill('SIGINT')
  })

/** Starts the baseline, bare node:http, which answers so many bytes. */
export async function startBare(bytes: number): Promise<{ readonly port: number; stop(): void }> {
  const bare = spawn(process.execPath, [fileURLToPath(new URL('bare.ts', import.meta.url)), String(bytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>(resolve => bare.stdout?.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))))
  return { port, stop: () => void bare.kill() }
}

const versions = { iam: '2010-05-08', sts: '2011-06-15' }

/** The bytes of a signed call of IAM or STS; unsigned when it needs no signature. */
export function queryRequest(
  client: Client,
  service: 'iam' | 'sts',
  action: string,
  input: { readonly [name: string]: string } = {},
  signed = true,
): Buffer {
  const { host } = new URL(client.httpEndpoint)
  const body = new URLSearchParams({ Action: action, Version: versions[service], ...input }).toString()
  const plain = { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const headers = signed
    ? signHeaders({ method: 'POST', path: '/', query: '', headers: plain, body }, client, { region: client.region, service }, Date.now())
    : plain
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

export const portOf = (client: Client): number => Number(new URL(client.httpEndpoint).port)

/** Memory that a process has now. Linux alone tells it so. */
export const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** The bytes of a signed call of a service whose input is a body of its own. @param headers  beside those that all such calls have, or in their place */
export function restRequest(
  client: Client,
  {
    service,
    method,
    path,
    body = '',
    headers: own = {},
  }: {
    readonly service: string
    readonly method: string
    readonly path: string
    readonly body?: string | Buffer
    readonly headers?: { readonly [name: string]: string }
  },
): Buffer {
  const { host } = new URL(client.httpEndpoint)
  const content = Buffer.from(body)
  const plain = {
    host,
    ...(content.length > 0 && { 'content-type': 'application/json' }),
    ...own,
    ...(service === 's3' && { 'x-amz-content-sha256': createHash('sha256').update(content).digest('hex') }),
  }
  const headers = signHeaders(
    { method, path, query: '', headers: plain, body: content },
    client,
    { region: client.region, service },
    Date.now(),
  )
  const lines = Object.entries({ ...headers, 'content-length': String(content.length) }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), content])
}
