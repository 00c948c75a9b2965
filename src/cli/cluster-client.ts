import type { Pod } from '../kubernetes/pod-identity-webhook/pod.ts'
import { callRestJson, type Client, clusterToken, send } from './client.ts'

/** A Kubernetes API server, as a command calls it with the caller's IAM identity. */
export interface ClusterClient {
  /** The pod as the cluster would admit it, all webhooks included, without making it. */
  admittedPod(namespace: string, pod: object): Promise<Pod>
  pod(namespace: string, name: string): Promise<Pod>
  createPod(namespace: string, pod: object): Promise<Pod>
  deletePod(namespace: string, name: string): Promise<void>
  serviceAccountToken(request: TokenRequest): Promise<{ readonly token: string; readonly expiresAt: number }>
}

export interface TokenRequest {
  readonly namespace: string
  readonly serviceAccount: string
  readonly audience?: string
  readonly expirationSeconds: number
  readonly pod?: { readonly name: string; readonly uid: string }
}

interface DescribedCluster {
  readonly endpoint?: string
  readonly status?: string
  readonly certificateAuthority?: { readonly data?: string }
}

/** Finds a cluster by name and returns a client of its API. @throws CallError, or Error when it is not active */
export async function openCluster(client: Client, name: string): Promise<ClusterClient> {
  const { cluster } = (await callRestJson(client, 'eks', 'GET', `/clusters/${encodeURIComponent(name)}`)) as { cluster: DescribedCluster }
  const { endpoint, certificateAuthority, status } = cluster
  if (endpoint === undefined || certificateAuthority?.data === undefined)
    throw new Error(`cluster ${name} is ${status}: wait until it is ACTIVE`)
  const certificateAuthorityPem = Buffer.from(certificateAuthority.data, 'base64').toString('utf8')
  const call = (method: string, path: string, body?: object) =>
    send(`${endpoint}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${clusterToken(client, name)}`,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      certificateAuthorityPem,
    })
  const inNamespace = (namespace: string) => `/api/v1/namespaces/${encodeURIComponent(namespace)}`

  return {
    admittedPod: async (namespace, pod) => (await call('POST', `${inNamespace(namespace)}/pods?dryRun=All`, pod)) as Pod,
    pod: async (namespace, podName) => (await call('GET', `${inNamespace(namespace)}/pods/${encodeURIComponent(podName)}`)) as Pod,

    createPod: async (namespace, pod) => (await call('POST', `${inNamespace(namespace)}/pods`, pod)) as Pod,
    deletePod: async (namespace, podName) =>
      void (await call('DELETE', `${inNamespace(namespace)}/pods/${encodeURIComponent(podName)}?gracePeriodSeconds=0`)),

    async serviceAccountToken({ namespace, serviceAccount, audience, expirationSeconds, pod }) {
      const spec = {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        ...(pod && { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod.name, uid: pod.uid } }),
      }
      const answer = await call('POST', `${inNamespace(namespace)}/serviceaccounts/${encodeURIComponent(serviceAccount)}/token`, {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        spec,
      })
      const { token, expirationTimestamp } = answer['status'] as { token: string; expirationTimestamp: string }
      return { token, expiresAt: Date.parse(expirationTimestamp) }
    },
  }
}
