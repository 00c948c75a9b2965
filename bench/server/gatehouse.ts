import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'

const command = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url))

/** What a started Gatehouse writes for clients. */
export interface Client {
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

/** Starts a Gatehouse on a data folder and free ports. */
export function startGatehouse(data: string, options: readonly string[] = []): Running {
  const child = spawn(process.execPath, [command, 'start', '--data', data, '--port', '0', '--http-port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
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
