import type { WebhookLog } from '../webhook.ts'
import type { ApiClient } from './api-client.ts'

interface Namespace {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly spec?: { readonly finalizers?: readonly string[] }
}

const pauseMilliseconds = 1_000

/** What a deleted namespace is emptied of: the types that identity work uses. */
const emptied = [
  '/api/v1/namespaces/NS/pods',
  '/api/v1/namespaces/NS/configmaps',
  '/api/v1/namespaces/NS/secrets',
  '/api/v1/namespaces/NS/serviceaccounts',
  '/apis/apps/v1/namespaces/NS/deployments',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles',
]

/**
 * Does what a controller manager would do for namespaces, as there is none beside the API server: each gets its default service account
 * and the cluster's certificate authority; deleted ones are emptied and let go.
 * @returns a function that ends it
 */
export function controlNamespaces(api: ApiClient, certificateAuthorityPem: string, log: WebhookLog): () => void {
  const stop = new AbortController()

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      // Each watch begins with all that there is, so nothing is missed between two.
      await api.lines('/api/v1/namespaces?watch=true&timeoutSeconds=300', line => void onEvent(line), stop.signal)
      await new Promise(resolve => setTimeout(resolve, stop.signal.aborted ? 0 : pauseMilliseconds))
    }
  }

  async function onEvent(line: string): Promise<void> {
    try {
      const { type, object } = JSON.parse(line) as { type: string; object: Namespace }
      if (type !== 'ADDED' && type !== 'MODIFIED') return
      await (object.metadata.deletionTimestamp ? letGo(object) : furnish(object.metadata.name))
    } catch (problem) {
      if (!stop.signal.aborted) log.warn({ problem }, 'a namespace could not be attended to')
    }
  }

  async function furnish(name: string): Promise<void> {
    const at = `/api/v1/namespaces/${name}`
    // What is there already answers 409, and stays.
    await api.call('POST', `${at}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })
    await api.call('POST', `${at}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt' },
      data: { 'ca.crt': certificateAuthorityPem },
    })
  }

  async function letGo(namespace: Namespace): Promise<void> {
    const { name } = namespace.metadata
    if (!namespace.spec?.finalizers?.length) return
    for (const path of emptied) await api.call('DELETE', path.replace('NS', name))
    await api.call('PUT', `/api/v1/namespaces/${name}/finalize`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
      spec: { finalizers: [] },
    })
  }

  void run()
  return () => stop.abort()
}
