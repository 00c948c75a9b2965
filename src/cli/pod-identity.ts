import type { Pod } from '../kubernetes/pod-identity-webhook/pod.ts'
import type { ProjectedEnvironment } from '../kubernetes/pod-identity-webhook/projected-environment.ts'
import { startPodIdentityAgent } from '../node/pod-identity-agent.ts'
import { CredentialsRefused, type NodeCredentials } from '../node/refreshing-credentials.ts'
import { CallError, callRestJson, type Client } from './client.ts'
import type { ClusterClient } from './cluster-client.ts'

/** The variable by which the webhook tells SDKs of the agent. */
const credentialsVariable = 'AWS_CONTAINER_CREDENTIALS_FULL_URI'

/** Whether the pod of an environment gets its credentials from the agent. */
export const usesAgent = ({ environment }: ProjectedEnvironment): boolean => environment[credentialsVariable] !== undefined

/**
 * An agent of our own on a loopback address, and the environment that points there: the agent's usual addresses are a node's.
 * @returns the environment, and what ends the agent
 */
export async function withAgent(
  client: Client,
  cluster: string,
  environment: ProjectedEnvironment['environment'],
): Promise<{ readonly environment: ProjectedEnvironment['environment']; stop(): Promise<void> }> {
  const agent = await startPodIdentityAgent({
    hosts: ['127.0.0.1'],
    port: 0,
    exchange: token => assumeRoleForPodIdentity(client, cluster, token),
    now: Date.now,
  })
  return { environment: { ...environment, [credentialsVariable]: agent.credentialsUri }, stop: agent.close }
}

interface AssumedRole {
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    /** Epoch seconds. */
    readonly expiration: number
  }
  readonly assumedRoleUser: { readonly arn: string }
}

/** Calls EKS Auth as a node's agent does. @throws CredentialsRefused, or Error when nobody answers */
export async function assumeRoleForPodIdentity(client: Client, cluster: string, token: string): Promise<NodeCredentials> {
  try {
    const path = `/clusters/${encodeURIComponent(cluster)}/assume-role-for-pod-identity`
    const { credentials, assumedRoleUser } = (await callRestJson(client, 'eks-auth', 'POST', path, {
      input: { token },
    })) as unknown as AssumedRole
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials
    const [, , , , accountId = ''] = assumedRoleUser.arn.split(':')
    return { accessKeyId, secretAccessKey, sessionToken, accountId, expiresAt: expiration * 1000 }
  } catch (problem) {
    if (!(problem instanceof CallError)) throw problem
    throw new CredentialsRefused(problem.status, problem.code, problem.message, problem.requestId)
  }
}

/**
 * Makes a pod that stands for a process outside the cluster: tokens for EKS Pod Identity are those of a pod. Its scheduling gate keeps it from ever
 * running anywhere. Kubernetes documentation, "Pod Scheduling Readiness".
 * @returns the pod as admitted, and what removes it
 */
export async function makePod(
  cluster: ClusterClient,
  namespace: string,
  pod: { readonly spec: object },
): Promise<{ readonly pod: Pod; remove(): Promise<void> }> {
  const made = await cluster.createPod(namespace, { ...pod, spec: { ...pod.spec, schedulingGates: [{ name: 'gatehouse.local/run' }] } })
  return {
    pod: made,
    async remove() {
      try {
        await cluster.deletePod(namespace, made.metadata?.name ?? '')
      } catch (problem) {
        if (!(problem instanceof CallError && problem.status === 404))
          console.error(
            `gatehouse: pod ${made.metadata?.name} is left over: ${problem instanceof Error ? problem.message : String(problem)}`,
          )
      }
    },
  }
}
