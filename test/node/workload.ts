import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from '../e2e/gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
export const account = '111122223333'
export const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

/** Programs as people write them: no endpoint, no credentials, no region in their code. Each prints the ARN that it is. */
export const programs: readonly { readonly name: string; readonly words: readonly string[] }[] = [
  { name: 'AWS CLI', words: [join(clients, 'aws'), 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'] },
  { name: 'boto3', words: [join(clients, 'python'), '-c', 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'] },
  { name: 'the JavaScript SDK', words: [process.execPath, join(root, 'test/e2e/programs/who-am-i.mjs')] },
]

export interface Workload {
  readonly gatehouse: TestGatehouse
  aws(...words: string[]): Promise<string>
  kubectl(...words: string[]): Promise<string>
  /** `kubectl create` of an object. */
  create(object: object): Promise<unknown>
  /** Runs `gatehouse` and gives what it prints. */
  gatehouseCommand(...words: string[]): Promise<string>
  /** As `gatehouseCommand`, when it must fail: exit code and what it says. */
  failure(...words: string[]): Promise<{ readonly code: number; readonly stderr: string; readonly stdout: string }>
  createRole(name: string, service: string, actions?: readonly string[]): Promise<unknown>
  close(): Promise<void>
}

/** Both kinds of clusters, when there is a control plane to run. */
export const kinds = [
  { kind: 'embedded', assets: undefined },
  { kind: 'control plane', assets: process.env['GATEHOUSE_TEST_CONTROL_PLANE'] },
]

/** A Gatehouse with cluster `demo`, namespace `shop` and service account `checkout` in it. */
export async function startWorkload(flags: readonly string[] = [], assets?: string, within: readonly string[] = []): Promise<Workload> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-workload-'))
  const gatehouse = await startGatehouse({ flags, within, ...(assets !== undefined && { environment: { KUBEBUILDER_ASSETS: assets } }) })
  const env = {
    ...withoutAws(process.env),
    ...gatehouse.environment,
    NODE_EXTRA_CA_CERTS: gatehouse.environment['AWS_CA_BUNDLE'] as string,
    PATH: `${clients}:${process.env['PATH']}`,
    KUBECONFIG: join(folder, 'kubeconfig'),
    HOME: folder,
  }
  const run = async (program: string, words: readonly string[]) => {
    const [first = '', ...others] = [...within, program, ...words]
    return (await execute(first, others, { env, timeout: 90_000 })).stdout.trim()
  }
  const workload: Workload = {
    gatehouse,
    aws: (...words) => run(join(clients as string, 'aws'), words),
    kubectl: (...words) => run('kubectl', words),
    async create(object) {
      const file = join(folder, 'object.json')
      writeFileSync(file, JSON.stringify(object))
      return run('kubectl', ['create', '-f', file])
    },
    gatehouseCommand: (...words) => run(process.execPath, [command, ...words]),
    async failure(...words) {
      try {
        await run(process.execPath, [command, ...words])
      } catch (problem) {
        return problem as { code: number; stderr: string; stdout: string }
      }
      throw new Error(`gatehouse ${words.join(' ')} did not fail`)
    },
    createRole: (name, service, actions = ['sts:AssumeRole']) =>
      workload.aws(
        'iam',
        'create-role',
        '--role-name',
        name,
        '--assume-role-policy-document',
        JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: actions }] }),
      ),
    async close() {
      await discard(gatehouse)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await workload.createRole('eks-cluster', 'eks.amazonaws.com')
  await workload.aws(
    'eks',
    'create-cluster',
    '--name',
    'demo',
    '--role-arn',
    roleArn('eks-cluster'),
    '--resources-vpc-config',
    'subnetIds=subnet-1,subnet-2',
    '--access-config',
    'authenticationMode=API',
  )
  await workload.aws('eks', 'wait', 'cluster-active', '--name', 'demo')
  await workload.aws('eks', 'update-kubeconfig', '--name', 'demo')
  await workload.kubectl('create', 'namespace', 'shop')
  await workload.kubectl('create', 'serviceaccount', 'checkout', '-n', 'shop')
  return workload
}
