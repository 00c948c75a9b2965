import type { ApiClient } from './api-client.ts'

/** Kubernetes API, apidiscovery.k8s.io/v2 APIGroupDiscoveryList: the fields that we read. */
interface GroupDiscoveryList {
  readonly items: readonly {
    readonly metadata: { readonly name?: string }
    /** The preferred one first. */
    readonly versions: readonly { readonly version: string; readonly resources?: readonly DiscoveredResource[] }[]
  }[]
}

interface DiscoveredResource {
  readonly resource: string
  readonly scope: 'Namespaced' | 'Cluster'
  readonly verbs: readonly string[]
}

const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }

/**
 * Deletes what is in a namespace, custom resources too.
 * @returns whether nothing is left
 */
export async function emptyNamespace(api: ApiClient, namespace: string): Promise<boolean> {
  let empty = true
  for (const path of await contentPaths(api, namespace)) {
    if (await isEmpty(api, path)) continue
    // Of pods: no kubelet will say that they have ended, so none is waited for.
    const { status, body } = await api.call('DELETE', `${path}?gracePeriodSeconds=0`)
    if (status !== 200 && status !== 404) throw new Error(`DELETE ${path} was answered ${status}: ${body.slice(0, 500)}`)
    if (!(await isEmpty(api, path))) empty = false
  }
  return empty
}

/** Collections of the namespace, one for each type that the API server has. */
async function contentPaths(api: ApiClient, namespace: string): Promise<string[]> {
  const core = await api.get<GroupDiscoveryList>('/api', aggregated)
  const groups = await api.get<GroupDiscoveryList>('/apis', aggregated)
  return [...core.items, ...groups.items].flatMap(({ metadata, versions: [preferred] }) => {
    if (!preferred) return []
    const base = metadata.name ? `/apis/${metadata.name}/${preferred.version}` : `/api/${preferred.version}`
    return (preferred.resources ?? [])
      .filter(({ scope, verbs }) => scope === 'Namespaced' && verbs.includes('list') && verbs.includes('deletecollection'))
      .map(({ resource }) => `${base}/namespaces/${namespace}/${resource}`)
  })
}

async function isEmpty(api: ApiClient, path: string): Promise<boolean> {
  const { items } = await api.get<{ readonly items: readonly object[] }>(`${path}?limit=1`)
  return items.length === 0
}
