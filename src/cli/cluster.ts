import { Command, Option } from 'commander'
import { attachCluster, type AttachOptions } from './attach.ts'
import { openClient } from './client.ts'
import { deploymentManifest, serviceNameOf } from './deployment-manifest.ts'
import { examineCluster } from './cluster-doctor.ts'
import { printResult } from './result.ts'

/** `gatehouse cluster`: clusters that run elsewhere. docs/clusters.md, "Attached". */
export function clusterCommand(): Command {
  const cluster = new Command('cluster').description('clusters that run elsewhere: attach one, examine how it obeys')
  aimed(cluster.command('attach'))
    .description('register a cluster that runs elsewhere, and write what its API server needs to ask Gatehouse')
    .option('--name <name>', "its name in EKS; otherwise the kubeconfig's")
    .option('--role-arn <arn>', 'role of the cluster, which EKS wants named; otherwise one is made')
    .option('--webhook-origin <url>', 'https://HOST:PORT by which the API server reaches Gatehouse; otherwise the endpoint')
    .option('--out <folder>', 'folder to write to; otherwise gatehouse-NAME')
    .option(
      '--admission-service <namespace/name>',
      'service of a Gatehouse in the cluster, by which its API server calls the admission webhook',
    )
    .addOption(
      new Option('--failure-policy <policy>', 'what becomes of pods made while Gatehouse is away: made without credentials, or refused')
        .choices(['Ignore', 'Fail'])
        .default('Ignore'),
    )
    .option('--node-folder <folder>', 'where the API server will find the files', '/etc/kubernetes/gatehouse')
    .option('--json', 'as JSON')
    .action(async ({ data, json = false, ...options }: AttachOptions & { readonly data?: string; readonly json?: boolean }) => {
      const attached = await attachCluster(openClient(data), options)
      const { cluster: name, issuer, keys, folder } = attached
      const lines = [
        `${name} is attached: its issuer is ${issuer}, with ${keys} key${keys === 1 ? '' : 's'}`,
        `${folder}/INSTRUCTIONS.md says what its API server needs to obey`,
      ]
      printResult({ json }, attached, lines.join('\n'))
    })
  aimed(cluster.command('doctor'))
    .description('examine each step of an attachment in the live cluster, and say what is wrong')
    .requiredOption('--cluster <name>', 'cluster')
    .option('--json', 'as JSON')
    .action(async (options: { readonly data?: string; readonly cluster: string; readonly kubeconfig: string; readonly json?: boolean }) => {
      const findings = await examineCluster(openClient(options.data), options.cluster, options.kubeconfig)
      const lines = findings.map(({ step, problem }) => (problem === undefined ? `ok    ${step}` : `WRONG ${step}: ${problem}`))
      printResult(options, { findings }, lines.join('\n'))
      if (findings.some(({ problem }) => problem !== undefined)) process.exitCode = 1
    })
  cluster
    .command('deployment')
    .description('print the manifest of a Gatehouse that runs in a cluster: volume, deployment and service')
    .requiredOption('--service <namespace/name>', 'its service; clients and webhooks reach it as NAME.NAMESPACE.svc')
    .requiredOption('--image <image>', 'image that has the command gatehouse')
    .option('--region <region>', 'AWS region to be', 'us-east-1')
    .action(({ service, image, region }: { readonly service: string; readonly image: string; readonly region: string }) =>
      console.log(deploymentManifest({ service: serviceNameOf(service), image, region })),
    )
  return cluster
}

const aimed = (command: Command): Command =>
  command
    .requiredOption('--kubeconfig <file>', "the cluster's own kubeconfig, with a client certificate or a token")
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
