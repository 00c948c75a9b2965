import { Command } from 'commander'
import { projectedEnvironment } from '../kubernetes/pod-identity-webhook/projected-environment.ts'
import { runAsPod } from '../node/run-as-pod.ts'
import { openClient } from './client.ts'
import { openCluster } from './cluster-client.ts'

interface RunOptions {
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly pod?: string
  readonly container?: string
  readonly data?: string
}

/** `gatehouse run`: a local process with a pod's environment and a projected token that is kept fresh. */
export function runCommand(): Command {
  return new Command('run')
    .description('run a command as a pod of a service account would see it: gatehouse run --cluster demo --service-account app -- COMMAND')
    .requiredOption('--cluster <name>', 'cluster')
    .option('--namespace <name>', 'namespace', 'default')
    .option('--service-account <name>', 'service account', 'default')
    .option('--pod <name>', 'be this pod, which exists: its environment, and tokens bound to it')
    .option('--container <name>', 'be this container of the pod; without, its first one')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .argument('<command...>', 'command and its arguments, after --')
    .action(async (words: string[], options: RunOptions) => {
      process.exitCode = await run(words, options)
    })
}

/** Seconds that a token lasts at least: the API server refuses less. */
const shortestTokenSeconds = 600

async function run(
  words: readonly string[],
  { cluster: clusterName, namespace, serviceAccount, pod: podName, container, data }: RunOptions,
): Promise<number> {
  const client = openClient(data)
  const cluster = await openCluster(client, clusterName)
  const pod =
    podName === undefined
      ? await cluster.admittedPod(namespace, {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { generateName: 'gatehouse-run-', namespace },
          spec: { serviceAccountName: serviceAccount, containers: [{ name: 'run', image: 'gatehouse.invalid/run' }] },
        })
      : await cluster.pod(namespace, podName)
  const { environment, tokens, unresolved } = projectedEnvironment(pod, container)
  if (unresolved.length > 0) console.error(`gatehouse: only a cluster has the values of ${unresolved.join(', ')}`)
  const bound = podName === undefined ? undefined : { name: podName, uid: pod.metadata?.uid ?? '' }
  return runAsPod(words, {
    environment,
    outside: {
      AWS_ENDPOINT_URL: client.endpoint,
      ...(client.certificateAuthorityFile !== undefined && {
        AWS_CA_BUNDLE: client.certificateAuthorityFile,
        NODE_EXTRA_CA_CERTS: client.certificateAuthorityFile,
      }),
    },
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
}
