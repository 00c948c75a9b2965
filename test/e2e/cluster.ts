import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type TestGatehouse, withoutAws } from './gatehouse.ts'

const run = promisify(execFile)
const clients = process.env['GATEHOUSE_TEST_CLIENTS'] ?? ''

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

/** What the AWS CLI and kubectl are run with: a Gatehouse's variables, the clients that it is tested with, and a folder as their home, which has the kubeconfig. */
export const clusterEnvironment = (gatehouse: TestGatehouse, folder: string): NodeJS.ProcessEnv => ({
  ...withoutAws(process.env),
  ...gatehouse.environment,
  PATH: `${clients}:${process.env['PATH']}`,
  KUBECONFIG: join(folder, 'kubeconfig'),
  HOME: folder,
  AWS_PAGER: '',
})

/** Makes a cluster of a kind with the AWS CLI, waits for it, and puts it into the kubeconfig as a context of its name. */
export async function createCluster(environment: NodeJS.ProcessEnv, name: string, kind: 'embedded' | 'control-plane'): Promise<void> {
  const aws = (...words: string[]) => run(join(clients, 'aws'), words, { env: environment, timeout: 120_000 })
  const role = `eks-${name}`
  await aws('iam', 'create-role', '--role-name', role, '--assume-role-policy-document', trust)
  const { stdout } = await aws('iam', 'get-role', '--role-name', role, '--query', 'Role.Arn', '--output', 'text')
  const making = ['--role-arn', stdout.trim(), '--resources-vpc-config', 'subnetIds=subnet-1,subnet-2', '--tags', `gatehouse:kind=${kind}`]
  await aws('eks', 'create-cluster', '--name', name, ...making, '--access-config', 'authenticationMode=API_AND_CONFIG_MAP')
  for (let attempts = 0; attempts < 120; attempts++) {
    const { stdout: status } = await aws('eks', 'describe-cluster', '--name', name, '--query', 'cluster.status', '--output', 'text')
    if (status.trim() === 'ACTIVE') break
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  await aws('eks', 'update-kubeconfig', '--name', name, '--alias', name)
}

/** Gives a context a token that is made once, for tests that call kubectl often: `aws eks get-token` takes longer than the call. */
export async function useToken(environment: NodeJS.ProcessEnv, name: string): Promise<void> {
  const words = ['eks', 'get-token', '--cluster-name', name, '--query', 'status.token', '--output', 'text']
  const { stdout: token } = await run(join(clients, 'aws'), words, { env: environment, timeout: 60_000 })
  const kubectl = (...more: string[]) => run('kubectl', ['config', ...more], { env: environment })
  await kubectl('set-credentials', name, `--token=${token.trim()}`)
  await kubectl('set-context', name, `--user=${name}`)
}
