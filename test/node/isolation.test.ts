import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command } from '../e2e/gatehouse.ts'
import { account, startWorkload, type Workload } from './workload.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS'] ?? ''
/** A network of its own for a pod, one hop from that of the node. Addresses are for documentation (RFC 5737): nobody on this machine has them. */
const network = { name: `gatehouse-${process.pid}`, link: `gh${process.pid}`, node: '198.51.100.61', pod: '198.51.100.62' }
const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'pipe' })
const canHaveNetworks = (() => {
  try {
    ip('netns', 'add', network.name)
    ip('netns', 'delete', network.name)
    return true
  } catch {
    return false
  }
})()

let workload: Workload
let metadata: ChildProcess
let endpoint: string
let instance: string
const ec2 = (...words: string[]) => workload.aws('ec2', ...words)

/** Whoever the process finds itself to be by instance metadata, and nothing else: its keys, or none. */
const whoami = `
import boto3, json
found = boto3.Session().get_credentials()
print(json.dumps(found and dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), found.get_frozen_credentials()[:3]))))
`
/** @returns the ARN that a process in the pod's network, or in the node's, gets; `nobody` when metadata gives it nothing */
async function identityIn(where: 'pod' | 'node'): Promise<string> {
  const into = where === 'pod' ? ['ip', 'netns', 'exec', network.name] : []
  const variables = [
    `AWS_EC2_METADATA_SERVICE_ENDPOINT=${endpoint}`,
    `PATH=${process.env['PATH']}`,
    'HOME=/nowhere',
    'AWS_METADATA_SERVICE_TIMEOUT=10',
  ]
  const words = [...into, 'env', '-i', ...variables, join(clients, 'python'), '-c', whoami]
  const found = JSON.parse(execFileSync(words[0] as string, words.slice(1), { encoding: 'utf8', timeout: 30_000 })) as object | null
  if (!found) return 'nobody'
  const { AWS_ENDPOINT_URL = '', AWS_CA_BUNDLE = '' } = workload.gatehouse.environment
  const env = { PATH: process.env['PATH'], AWS_ENDPOINT_URL, AWS_CA_BUNDLE, AWS_DEFAULT_REGION: 'us-east-1', ...found }
  return execFileSync(join(clients, 'aws'), ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'], {
    encoding: 'utf8',
    env,
    timeout: 30_000,
  }).trim()
}

/** Pods that `gatehouse audit` says get their node's role. */
async function toldByAudit(): Promise<readonly string[]> {
  const { stdout } = await workload.failure('audit', '--cluster', 'demo', '--json')
  const { findings } = JSON.parse(stdout) as { findings: readonly { check: string; subject: string; evidence: string }[] }
  return findings.filter(({ check }) => check === 'node-role-in-pods').map(({ subject }) => subject.replace('demo: ', ''))
}

async function setOptions(tokens: string, hopLimit: string): Promise<void> {
  await ec2(
    'modify-instance-metadata-options',
    '--instance-id',
    instance,
    '--http-tokens',
    tokens,
    '--http-put-response-hop-limit',
    hopLimit,
  )
  // Options are followed within a second.
  await new Promise(resolve => setTimeout(resolve, 1_100))
}

beforeAll(async () => {
  if (!canHaveNetworks) return
  workload = await startWorkload()
  await workload.createRole('node', 'ec2.amazonaws.com')
  await workload.aws('iam', 'create-instance-profile', '--instance-profile-name', 'node')
  await workload.aws('iam', 'add-role-to-instance-profile', '--instance-profile-name', 'node', '--role-name', 'node')
  const launch = ['--image-id', 'ami-0123456789abcdef0', '--iam-instance-profile', 'Name=node']
  instance = await ec2('run-instances', ...launch, '--query', 'Instances[0].InstanceId', '--output', 'text')
  await workload.create({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1' },
    spec: { providerID: `aws:///us-east-1a/${instance}` },
  })
  for (const [name, hostNetwork] of [
    ['web', false],
    ['agent', true],
  ] as const)
    await workload.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: name } },
      spec: { nodeName: 'node-1', hostNetwork, serviceAccountName: 'checkout', containers: [{ name, image: 'example.com/app' }] },
    })
  ip('netns', 'add', network.name)
  ip('link', 'add', network.link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', network.name)
  ip('address', 'add', `${network.node}/30`, 'dev', network.link)
  ip('link', 'set', network.link, 'up')
  ip('-n', network.name, 'address', 'add', `${network.pod}/30`, 'dev', 'eth0')
  for (const device of ['lo', 'eth0']) ip('-n', network.name, 'link', 'set', device, 'up')
  endpoint = await serveMetadata()
})

afterAll(async () => {
  metadata?.kill('SIGINT')
  for (const words of [
    ['link', 'delete', network.link],
    ['netns', 'delete', network.name],
  ])
    try {
      ip(...words)
    } catch {
      // It was not made.
    }
  await workload?.close()
})

/** The instance's metadata, on the node's side of the link. */
function serveMetadata(): Promise<string> {
  const words = [command, 'instance-metadata', '--instance', instance, '--bind', network.node, '--port', '0']
  metadata = spawn(process.execPath, words, {
    env: { ...process.env, ...workload.gatehouse.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    metadata.stdout?.on('data', (chunk: Buffer) => {
      const [found] = /http:\/\/\S+/.exec(String(chunk)) ?? []
      if (found !== undefined) resolve(found)
    })
    metadata.once('exit', code => reject(new Error(`instance-metadata ended with ${code}`)))
  })
}

/** EKS Best Practices Guide, "Restrict access to the instance profile assigned to the worker node". */
describe.skipIf(!canHaveNetworks)("a pod in a network of its own, and its node's role (needs root and iproute2)", () => {
  const node = () => `arn:aws:sts::${account}:assumed-role/node/${instance}`

  test.each([
    { tokens: 'required', hopLimit: '2', pod: 'reaches it', told: ['shop/agent', 'shop/web'] },
    // Version 1 has no session token whose travel could be limited.
    { tokens: 'optional', hopLimit: '1', pod: 'reaches it', told: ['shop/agent', 'shop/web'] },
    { tokens: 'required', hopLimit: '1', pod: 'does not', told: ['shop/agent'] },
  ])('tokens $tokens, hop limit $hopLimit: the pod $pod; the node does; the audit says so', async ({ tokens, hopLimit, pod, told }) => {
    await setOptions(tokens, hopLimit)
    expect(await identityIn('node')).toBe(node())
    expect(await identityIn('pod')).toBe(pod === 'reaches it' ? node() : 'nobody')
    expect([...(await toldByAudit())].sort()).toEqual(told)
  })

  test("a network policy that leaves the address out cuts the pod off, and not one on the host's network; the audit says so", async () => {
    await setOptions('required', '2')
    expect(await identityIn('pod')).toBe(node())
    await workload.create({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'no-metadata', namespace: 'shop' },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }] }],
      },
    })
    // As the network plugin, of which there is none here, enforces the policy.
    ip('-n', network.name, 'route', 'add', 'prohibit', `${network.node}/32`)
    expect(await identityIn('pod')).toBe('nobody')
    expect(await toldByAudit()).toEqual(['shop/agent'])
  })
})
