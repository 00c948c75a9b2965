import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const command = join(root, 'bin', 'gatehouse.js')

/** A Gatehouse of a test's own: a real process on a data folder of its own and on free ports. */
export interface TestGatehouse {
  readonly data: string
  /** Variables that point clients at it, the administrator's keys among them. */
  readonly environment: { readonly [name: string]: string }
  readonly endpoint: string
  readonly httpEndpoint: string
  readonly process: ChildProcess
  /** Ends it as Ctrl-C does; resolves with its exit code. */
  stop(): Promise<number | null>
  /** Ends it as a power cut does: kill -9. Resolves when it is gone. */
  kill(): Promise<void>
}

interface Options {
  readonly data?: string
  readonly flags?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  /** Words before its own, such as those that enter a network of its own. */
  readonly within?: readonly string[]
}

/** The Node that Gatehouse runs on, whichever runs the tests: a signal must reach Gatehouse itself. */
const ownNode = join(root, 'node_modules', '.bin', 'node')

const readyMilliseconds = 150_000

/** Starts Gatehouse and waits until it says that it is ready. */
export async function startGatehouse({
  data = mkdtempSync(join(tmpdir(), 'gatehouse-test-')),
  flags = [],
  environment = {},
  within = [],
}: Options = {}): Promise<TestGatehouse> {
  const { KUBEBUILDER_ASSETS: _assets, ...inherited } = process.env
  const [program = '', ...words] = [...within, ownNode, command, 'start', '--data', data, '--port', '0', '--http-port', '0', ...flags]
  const child = spawn(program, words, {
    // Suites look up as often as they please; the one of the rate itself sets it.
    env: { GATEHOUSE_LOOK_UP_RATE: '0', ...withoutAws(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await untilReady(child)
  const client = JSON.parse(readFileSync(join(data, 'client.json'), 'utf8')) as { [name: string]: string }
  return {
    data,
    endpoint: client['endpoint'] as string,
    httpEndpoint: client['httpEndpoint'] as string,
    process: child,
    environment: {
      AWS_ENDPOINT_URL: client['endpoint'] as string,
      AWS_ACCESS_KEY_ID: client['accessKeyId'] as string,
      AWS_SECRET_ACCESS_KEY: client['secretAccessKey'] as string,
      AWS_REGION: client['region'] as string,
      AWS_DEFAULT_REGION: client['region'] as string,
      AWS_CA_BUNDLE: client['certificateAuthorityFile'] as string,
    },
    stop: () => stop(child),
    kill: () => kill(child),
  }
}

/** Stops it, and forgets its data. */
export async function discard(gatehouse: TestGatehouse | undefined): Promise<void> {
  if (!gatehouse) return
  await gatehouse.stop()
  rmSync(gatehouse.data, { recursive: true, force: true })
}

/** The environment without anything that says who one is to AWS. */
export const withoutAws = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_') && name !== 'KUBECONFIG'))

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`Gatehouse did not get ready:\n${output}`)), readyMilliseconds)
    const take = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      if (!output.includes('Gatehouse is ready')) return
      clearTimeout(timer)
      resolve()
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.once('exit', code => {
      clearTimeout(timer)
      reject(new Error(`Gatehouse ended with ${code}:\n${output}`))
    })
  })
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise(resolve => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), 30_000)
    child.once('exit', code => {
      clearTimeout(impatience)
      resolve(code)
    })
    child.kill('SIGINT')
  })
}
