import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, root, withoutAws } from './gatehouse.ts'

// Commands that serve say with --json where, in one line of JSON, once they are ready: a program waits for it.

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

interface Served {
  readonly process: ChildProcess
  readonly place: { readonly [name: string]: unknown }
}

const data = mkdtempSync(join(tmpdir(), 'gatehouse-ready-'))
const served: ChildProcess[] = []

function serve(...words: string[]): Promise<Served> {
  const { KUBEBUILDER_ASSETS: _assets, ...environment } = withoutAws(process.env)
  const child = spawn(join(root, 'node_modules/.bin/node'), [command, ...words, '--data', data, '--json'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  served.unshift(child)
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', line => resolve({ process: child, place: JSON.parse(line) as Served['place'] }))
    child.once('exit', code => reject(new Error(`gatehouse ${words[0]} ended with ${code}`)))
  })
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>(resolve => {
    if (child.exitCode !== null) return resolve(child.exitCode)
    child.once('exit', resolve)
    child.kill('SIGTERM')
  })

let gatehouse: Served
beforeAll(async () => {
  gatehouse = await serve('start', '--port', '0', '--http-port', '0', '--metrics-port', '0')
}, 150_000)
afterAll(async () => {
  for (const child of served) await ended(child)
  rmSync(data, { recursive: true, force: true })
})

test('start: endpoints, data folder and account, and nothing secret', async () => {
  const { place } = gatehouse
  expect(place).toEqual({
    endpoint: expect.stringMatching(/^https:\/\/localhost:\d+$/),
    httpEndpoint: expect.stringMatching(/^http:\/\/localhost:\d+$/),
    metricsUrl: expect.stringMatching(/^http:/),
    data,
    account: '111122223333',
    firstStart: true,
  })
  const { secretAccessKey } = JSON.parse(readFileSync(join(data, 'client.json'), 'utf8')) as { secretAccessKey: string }
  expect(JSON.stringify(place)).not.toContain(secretAccessKey)
  expect((await fetch(`${String(place['httpEndpoint'])}/_gatehouse/health`)).status).toBe(200)
})

test('agent: where pods ask, and its probes', async () => {
  const { place, process: agent } = await serve('agent', '--cluster', 'demo', '--bind', '127.0.0.1', '--port', '0', '--probe-port', '0')
  expect(place).toMatchObject({ cluster: 'demo', credentialsUri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1\/credentials$/) })
  expect((await fetch(`${String(place['probes'])}/healthz`)).status).toBe(200)
  expect(await ended(agent)).toBe(0)
})

test('rds-proxy: its address and port', async () => {
  const flags = ['--hostname', 'orders.rds.localhost', '--dbi-resource-id', 'db-ABCDEFGHIJKL01234', '--upstream', '127.0.0.1:1']
  const { place } = await serve('rds-proxy', ...flags, '--port', '0')
  expect(place).toEqual({ hostname: 'orders.rds.localhost', address: '127.0.0.1', port: expect.any(Number) })
})

test('instance-metadata: its endpoint', async () => {
  const environment = JSON.parse(execFileSync(process.execPath, [command, 'env', '--json', '--data', data], { encoding: 'utf8' })) as object
  const launch = ['ec2', 'run-instances', '--image-id', 'ami-0123456789abcdef0', '--query', 'Instances[0].InstanceId', '--output', 'text']
  const aws = promisify(execFile)(join(clients, 'aws'), launch, { env: { ...withoutAws(process.env), ...environment, HOME: data } })
  const instance = (await aws).stdout.trim()
  const { place } = await serve('instance-metadata', '--instance', instance, '--bind', '127.0.0.1', '--port', '0')
  expect(place).toEqual({ instance, endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) })
})
