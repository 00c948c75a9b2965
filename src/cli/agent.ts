import { Command } from 'commander'
import { agentAddresses, startPodIdentityAgent } from '../node/pod-identity-agent.ts'
import { openClient } from './client.ts'
import { assumeRoleForPodIdentity } from './pod-identity.ts'
import { printReady, readyJson } from './result.ts'

interface AgentOptions {
  readonly cluster: string
  readonly bind: readonly string[]
  readonly port: string
  readonly probePort: string
  readonly maxServiceQps: string
  readonly data?: string
  readonly json?: boolean
}

/** `gatehouse agent`: the EKS Pod Identity Agent of a node, until it is told to stop. Flags are those of EKS's own. */
export function agentCommand(): Command {
  return new Command('agent')
    .description('serve EKS Pod Identity credentials to the pods of a node, as the EKS Pod Identity Agent does')
    .requiredOption('--cluster <name>', 'cluster')
    .option('--bind <address...>', 'addresses to listen on: link-local as on EKS, or loopback', [...agentAddresses.hosts])
    .option('--port <number>', 'port', String(agentAddresses.port))
    .option('--probe-port <number>', 'port of /healthz and /readyz on localhost', String(agentAddresses.probePort))
    .option('--max-service-qps <number>', 'calls a second to EKS Auth', '3')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .option(...readyJson)
    .action(serve)
}

async function serve({ cluster, bind, port, probePort, maxServiceQps, data, json = false }: AgentOptions): Promise<void> {
  const client = openClient(data)
  const agent = await startPodIdentityAgent({
    hosts: bind,
    port: numberOf('--port', port, 65_535),
    probePort: numberOf('--probe-port', probePort, 65_535),
    callsPerSecond: Math.max(1, numberOf('--max-service-qps', maxServiceQps, 10_000)),
    exchange: token => assumeRoleForPodIdentity(client, cluster, token),
    now: Date.now,
  })
  const { credentialsUri, probes } = agent
  printReady(
    { json },
    { cluster, credentialsUri, probes },
    `The agent of cluster ${cluster} is ready: ${credentialsUri}; probes at ${probes}/healthz and /readyz`,
  )
  await untilStopped()
  await agent.close()
}

/** Until somebody ends the command. */
export const untilStopped = (): Promise<void> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })

/** @throws Error when the flag's text is no number, or too large */
export function numberOf(flag: string, text: string, most: number): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > most) throw new Error(`${flag} ${text}: must be a number from 0 to ${most}`)
  return number
}
