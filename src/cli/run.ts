import { Command, Option } from 'commander'
import type { Pod } from '../kubernetes/pod-identity-webhook/pod.ts'
import { projectedEnvironment } from '../kubernetes/pod-identity-webhook/projected-environment.ts'
import type { InstanceMetadata } from '../node/instance-metadata.ts'
import { runAsPod } from '../node/run-as-pod.ts'
import { type Client, openClient } from './client.ts'
import { type ClusterClient, openCluster } from './cluster-client.ts'
import { metadataOfEc2Instance, metadataOfInstance } from './instance.ts'
import { makePod, usesAgent, withAgent } from './pod-identity.ts'

interface RunOptions {
  readonly cluster?: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly pod?: string
  readonly container?: string
  readonly podIdentity?: boolean
  readonly instanceProfile?: string
  readonly instance?: string
  readonly httpTokens: 'required' | 'optional'
  readonly hopLimit: string
  readonly data?: string
}

/** `gatehouse run`: a local process with a pod's environment and a projected token that is kept fresh. */
export function runCommand(): Command {
  return new Command('run')
    .description('run a command as a pod of a service account would see it: gatehouse run --cluster demo --service-account app -- COMMAND')
    .addOption(new Option('--cluster <name>', 'cluster'))
    .option('--namespace <name>', 'namespace', 'default')
    .option('--service-account <name>', 'service account', 'default')
    .option('--pod <name>', 'be this pod, which exists: its environment, and tokens bound to it')
    .option('--container <name>', 'be this container of the pod; without, its first one')
    .option('--pod-identity', 'only by EKS Pod Identity: an error when the service account has no association')
    .addOption(
      new Option('--instance-profile <name>', 'instead of a pod, be a process on an instance with this profile').conflicts([
        'cluster',
        'pod',
        'container',
        'podIdentity',
      ]),
    )
    .addOption(
      new Option(
        '--instance <id>',
        'instead of a pod, be a process on this instance of EC2, with its profile and metadata options',
      ).conflicts(['cluster', 'pod', 'container', 'podIdentity', 'instanceProfile', 'httpTokens', 'hopLimit']),
    )
    .addOption(
      new Option('--http-tokens <state>', "the instance's metadata: version 2 alone, or version 1 too")
        .choices(['required', 'optional'])
        .default('required'),
    )
    .option('--hop-limit <number>', 'hops that session tokens of the metadata travel, 1 to 64', '1')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .argument('<command...>', 'command and its arguments, after --')
    .action(async (words: string[], options: RunOptions) => {
      process.exitCode = await (options.instanceProfile === undefined && options.instance === undefined
        ? run(words, options)
        : runOnInstance(words, options))
    })
}

/** Seconds that a token lasts at least: the API server refuses less. */
const shortestTokenSeconds = 600

async function run(words: readonly string[], options: RunOptions): Promise<number> {
  const { cluster: clusterName, namespace, serviceAccount, container } = options
  if (clusterName === undefined) throw new Error('name the cluster: --cluster NAME')
  const client = openClient(options.data)
  const cluster = await openCluster(client, clusterName)
  const { pod, name, remove } = await podFor(cluster, options)
  try {
    const projected = projectedEnvironment(pod, container)
    const { tokens, unresolved } = projected
    if (options.podIdentity && !usesAgent(projected))
      throw new Error(
        `service account ${namespace}/${serviceAccount} has no EKS Pod Identity association: aws eks create-pod-identity-association makes one`,
      )
    if (unresolved.length > 0) console.error(`gatehouse: only a cluster has the values of ${unresolved.join(', ')}`)
    const bound = name === undefined ? undefined : { name, uid: pod.metadata?.uid ?? '' }
    const agent = usesAgent(projected) ? await withAgent(client, clusterName, projected.environment) : undefined
    try {
      return await runAsPod(words, {
        environment: agent?.environment ?? projected.environment,
        outside: outside(client),
        // The API server's own token is for Kubernetes clients in a cluster; outside, its address is not what the pod would see.
        tokens: tokens
          .filter(({ audience }) => audience !== undefined)
          .map(({ path, audience, expirationSeconds }) => ({
            path,
            issue: () =>
              cluster.serviceAccountToken({
                namespace,
                serviceAccount: pod.spec?.serviceAccountName ?? serviceAccount,
                ...(audience !== undefined && { audience }),
                expirationSeconds: Math.max(expirationSeconds, shortestTokenSeconds),
                ...(bound && { pod: bound }),
              }),
          })),
      })
    } finally {
      await agent?.stop()
    }
  } finally {
    await remove?.()
  }
}

/** Runs a process as on an instance: its SDKs find credentials in the instance's metadata. */
async function runOnInstance(words: readonly string[], options: RunOptions): Promise<number> {
  const client = openClient(options.data)
  const metadata = await metadataFor(client, options)
  try {
    const environment = {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.endpoint,
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_REGION: client.region,
      AWS_DEFAULT_REGION: client.region,
    }
    return await runAsPod(words, { environment, outside: outside(client), tokens: [] })
  } finally {
    await metadata.close()
  }
}

function metadataFor(client: Client, { instance, instanceProfile = '', httpTokens, hopLimit }: RunOptions): Promise<InstanceMetadata> {
  if (instance !== undefined) return metadataOfEc2Instance(client, instance)
  const hops = Number(hopLimit)
  if (!/^\d+$/.test(hopLimit) || hops < 1 || hops > 64) throw new Error(`--hop-limit ${hopLimit}: must be a number from 1 to 64`)
  return metadataOfInstance(client, instanceProfile, { httpTokens, hopLimit: hops })
}

/** Where Gatehouse is, for a process that the cluster does not tell. */
const outside = ({ endpoint, certificateAuthorityFile }: Client) => ({
  AWS_ENDPOINT_URL: endpoint,
  // The STS client by which the Go SDK exchanges web identity tokens is made before AWS_ENDPOINT_URL is read, and knows its own variable alone.
  AWS_ENDPOINT_URL_STS: endpoint,
  ...(certificateAuthorityFile !== undefined && {
    AWS_CA_BUNDLE: certificateAuthorityFile,
    NODE_EXTRA_CA_CERTS: certificateAuthorityFile,
  }),
})

interface FoundPod {
  readonly pod: Pod
  /** Absent when the pod was only admitted, and never made. */
  readonly name?: string
  remove?(): Promise<void>
}

/** The pod that is named, or one as the cluster would admit it; only the agent needs one that is really there. */
async function podFor(cluster: ClusterClient, { namespace, serviceAccount, pod: name, container }: RunOptions): Promise<FoundPod> {
  if (name !== undefined) return { pod: await cluster.pod(namespace, name), name }
  const template = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'gatehouse-run-', namespace },
    spec: { serviceAccountName: serviceAccount, containers: [{ name: 'run', image: 'gatehouse.invalid/run' }] },
  }
  const pod = await cluster.admittedPod(namespace, template)
  if (!usesAgent(projectedEnvironment(pod, container))) return { pod }
  const { pod: made, remove } = await makePod(cluster, namespace, template)
  return { pod: made, name: made.metadata?.name ?? '', remove }
}
