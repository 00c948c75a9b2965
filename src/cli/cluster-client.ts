import type { Pod } from '../kubernetes/pod-identity-webhook/pod.ts'
import { asked, CallError, callRestJson, type Client, clusterToken, send } from './client.ts'

/** A Kubernetes API server, as a command calls it with the caller's IAM identity. */
export interface ClusterClient {
  /** Reads a path of the API, such as `/api/v1/pods`. @throws CallError */
  read(path: string): Promise<{ readonly [name: string]: unknown }>
  /** The pod as the cluster would admit it, all webhooks included, without making it. */
  admittedPod(namespace: string, pod: object): Promise<Pod>
  pod(namespace: string, name: string): Promise<Pod>
  podsOf(namespace: string, serviceAccount: string): Promise<readonly Pod[]>
  /** @returns undefined when there is none */
  serviceAccount(namespace: string, name: string): Promise<ServiceAccountObject | undefined>
  createServiceAccount(namespace: string, name: string, annotations: { readonly [key: string]: string }): Promise<void>
  /** Sets annotations; null removes one. */
  annotateServiceAccount(namespace: string, name: string, annotations: { readonly [key: string]: string | null }): Promise<void>
  createPod(namespace: string, pod: object): Promise<Pod>
  deletePod(namespace: string, name: string): Promise<void>
  serviceAccountToken(request: TokenRequest): Promise<{ readonly token: string; readonly expiresAt: number }>
}

export interface ServiceAccountObject {
  readonly metadata?: { readonly annotations?: { readonly [key: string]: string } }
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
  const call = (method: string, path: string, body?: object, contentType = 'application/json') =>
    send(`${endpoint}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${clusterToken(client, name)}`,
        ...asked(client),
        accept: 'application/json',
        ...(body && { 'content-type': contentType }),
      },
      ...(body && { body: JSON.stringify(body) }),
      certificateAuthorityPem,
      ...(client.at !== undefined && { at: client.at }),
    })
  const inNamespace = (namespace: string) => `/api/v1/namespaces/${encodeURIComponent(namespace)}`

  return {
    read: path => call('GET', path),
    admittedPod: async (namespace, pod) => (await call('POST', `${inNamespace(namespace)}/pods?dryRun=All`, pod)) as Pod,
    pod: async (namespace, podName) => (await call('GET', `${inNamespace(namespace)}/pods/${encodeURIComponent(podName)}`)) as Pod,

    async podsOf(namespace, serviceAccount) {
      const { items } = (await call('GET', `${inNamespace(namespace)}/pods`)) as { readonly items: readonly Pod[] }
      return items.filter(({ spec }) => (spec?.serviceAccountName ?? 'default') === serviceAccount)
    },

    async serviceAccount(namespace, accountName) {
      try {
        return (await call('GET', `${inNamespace(namespace)}/serviceaccounts/${encodeURIComponent(accountName)}`)) as ServiceAccountObject
      } catch (problem) {
        if (problem instanceof CallError && problem.status === 404) return undefined
        throw problem
      }
    },

    async createServiceAccount(namespace, accountName, annotations) {
      await call('POST', `${inNamespace(namespace)}/serviceaccounts`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: accountName, namespace, annotations },
      })
    },

    async annotateServiceAccount(namespace, accountName, annotations) {
      const path = `${inNamespace(namespace)}/serviceaccounts/${encodeURIComponent(accountName)}`
      await call('PATCH', path, { metadata: { annotations } }, 'application/merge-patch+json')
    },

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
