// Published as `gatehouse/testing`: a Gatehouse for a test run of vitest, jest or node:test.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A Gatehouse of a test run's own. */
export interface TestGatehouse {
  /** The HTTPS endpoint, as AWS_ENDPOINT_URL has it. */
  readonly endpoint: string
  /** The plain HTTP endpoint: no certificate to trust. */
  readonly httpEndpoint: string
  /** The variables that point every AWS client at it, as the administrator. */
  readonly environment: { readonly [name: string]: string }
  /** Goes back to how it was after its start and seed. Connections that clients keep end. */
  reset(): Promise<void>
  stop(): Promise<void>
}

export interface TestGatehouseOptions {
  /** A seed file: see the guide "Snapshots and seeds". */
  readonly seed?: string
  /** Further flags of `gatehouse up`, such as `--region`, `eu-central-1`. */
  readonly flags?: readonly string[]
}

interface Ready {
  readonly endpoint: string
  readonly httpEndpoint: string
  readonly data: string
  readonly environment: { readonly [name: string]: string }
}

const runFile = promisify(execFile)
const command = fileURLToPath(new URL('../bin/gatehouse.js', import.meta.url))

/**
 * Starts Gatehouse on a folder that is gone afterwards and on free ports.
 * @throws Error with what it said when it does not start
 */
export async function startGatehouse({ seed, flags = [] }: TestGatehouseOptions = {}): Promise<TestGatehouse> {
  const words = ['up', '--ephemeral', '--json', ...(seed === undefined ? [] : ['--seed', seed]), ...flags]
  const child = spawn(process.execPath, [command, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const { endpoint, httpEndpoint, environment, data } = await ready(child)
  return {
    endpoint,
    httpEndpoint,
    environment,
    async reset() {
      await runFile(process.execPath, [command, 'reset', '--data', data])
    },
    stop: () => stop(child),
  }
}

function ready(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      const line = said.split('\n').find(text => text.startsWith('{"endpoint"') && text.endsWith('}'))
      if (line !== undefined) resolve(JSON.parse(line) as Ready)
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`gatehouse ended with ${code}: ${said}`)))
  })
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
