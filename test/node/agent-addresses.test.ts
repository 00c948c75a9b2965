import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command } from '../e2e/gatehouse.ts'
import { account, programs, roleArn, startWorkload, type Workload } from './workload.ts'

/** A machine's network of its own, so that it may have the addresses that a node of EKS has. */
const name = `gatehouse-agent-${process.pid}`
const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'pipe' })
const canHaveNetworks = (() => {
  try {
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    for (const address of ['169.254.170.23/32', 'fd00:ec2::23/128']) ip('-n', name, 'address', 'add', address, 'dev', 'lo')
    return true
  } catch {
    return false
  }
})()
const within = ['ip', 'netns', 'exec', name]

let workload: Workload
let agent: ChildProcess
let tokenFile: string

beforeAll(async () => {
  if (!canHaveNetworks) return
  workload = await startWorkload([], undefined, within)
  await workload.createRole('checkout', 'pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
  const association = ['--cluster-name', 'demo', '--namespace', 'shop', '--service-account', 'checkout', '--role-arn', roleArn('checkout')]
  await workload.aws('eks', 'create-pod-identity-association', ...association)
  const spec = { serviceAccountName: 'checkout', containers: [{ name: 'web', image: 'example.com/web' }] }
  await workload.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' }, spec })
  const binding = ['--audience', 'pods.eks.amazonaws.com', '--bound-object-kind', 'Pod', '--bound-object-name', 'web']
  tokenFile = join(workload.gatehouse.data, 'pod-token')
  writeFileSync(tokenFile, await workload.kubectl('create', 'token', 'checkout', '-n', 'shop', ...binding))
  const words = [...within.slice(1), process.execPath, command, 'agent', '--cluster', 'demo', '--data', workload.gatehouse.data]
  agent = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    agent.stdout?.once('data', () => resolve())
    agent.once('exit', code => reject(new Error(`the agent ended with ${code}`)))
  })
})

afterAll(async () => {
  agent?.kill('SIGINT')
  await workload?.close()
  try {
    ip('netns', 'delete', name)
  } catch {
    // It was not made.
  }
})

/** What a program prints that has a pod's variables and no others. */
function asPod(words: readonly string[], uri: string): string {
  const { AWS_ENDPOINT_URL = '', AWS_CA_BUNDLE = '' } = workload.gatehouse.environment
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile }
  const outside = { AWS_ENDPOINT_URL, AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS: AWS_CA_BUNDLE }
  const all = { ...variables, ...outside, AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', PATH: process.env['PATH'] ?? '' }
  const environment = Object.entries(all).map(([key, value]) => `${key}=${value}`)
  return execFileSync('ip', [...within.slice(1), 'env', '-i', ...environment, ...words], { encoding: 'utf8', timeout: 60_000 })
}

/** EKS User Guide, "Understand how EKS Pod Identity works"; AWS SDKs and Tools Reference Guide, "Container credential provider". */
describe.skipIf(!canHaveNetworks)('the agent at the addresses of a node of EKS (needs root and iproute2)', () => {
  test('is where the webhook points pods', async () => {
    const path = "jsonpath={.spec.containers[0].env[?(@.name=='AWS_CONTAINER_CREDENTIALS_FULL_URI')].value}"
    expect(await workload.kubectl('get', 'pod', 'web', '-n', 'shop', '-o', path)).toBe('http://169.254.170.23/v1/credentials')
  })

  test.each(programs)('$name becomes the role by 169.254.170.23', ({ words }) => {
    expect(asPod(words, 'http://169.254.170.23/v1/credentials')).toContain(`arn:aws:sts::${account}:assumed-role/checkout/`)
  })

  test.each(programs)('$name becomes the role by [fd00:ec2::23]', ({ words }) => {
    expect(asPod(words, 'http://[fd00:ec2::23]/v1/credentials')).toContain(`arn:aws:sts::${account}:assumed-role/checkout/`)
  })

  test('answers probes at port 2703', () => {
    for (const path of ['healthz', 'readyz']) {
      const words = [process.execPath, '-e', `fetch('http://127.0.0.1:2703/${path}').then(({ status }) => console.log(status))`]
      expect(asPod(words, '').trim()).toBe('200')
    }
  })
})
