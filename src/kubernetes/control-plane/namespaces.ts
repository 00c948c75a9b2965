import type { ApiClient } from './api-client.ts'
import { emptyNamespace } from './namespace-content.ts'
import type { Reconciler } from './reconciler.ts'

interface List<T> {
  readonly items: readonly T[]
}

interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly deletionTimestamp?: string
}

interface Namespace {
  readonly metadata: Meta
  readonly spec?: { readonly finalizers?: readonly string[] }
}

interface ConfigMap {
  readonly metadata: Meta
  readonly data?: { readonly [key: string]: string }
}

const everyDefaultAccount = '/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault'
const everyRootAuthority = '/api/v1/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt'

/**
 * Namespaces: each has its default service account, without which no pod is admitted, and the cluster's certificate authority, which pods
 * mount beside their token; one that is deleted is emptied and let go.
 * @param certificateAuthorityPem  read at each pass, as it may be renewed
 * @see Kubernetes documentation, "kube-controller-manager": serviceaccount, root-ca-certificate-publisher and namespace controllers
 */
export const namespaces = (certificateAuthorityPem: () => string): Reconciler => ({
  name: 'namespaces',
  watched: ['/api/v1/namespaces', everyDefaultAccount, everyRootAuthority],

  async pass(api) {
    const [all, accounts, authorities] = await Promise.all([
      api.get<List<Namespace>>('/api/v1/namespaces'),
      api.get<List<{ readonly metadata: Meta }>>(everyDefaultAccount),
      api.get<List<ConfigMap>>(everyRootAuthority),
    ])
    const withAccount = new Set(accounts.items.map(({ metadata }) => metadata.namespace))
    const authorityOf = new Map(authorities.items.map(({ metadata, data }) => [metadata.namespace, data?.['ca.crt']]))
    let done = true
    for (const namespace of all.items) {
      const { name, deletionTimestamp } = namespace.metadata
      if (deletionTimestamp !== undefined) {
        if (!(await letGo(api, namespace))) done = false
        continue
      }
      if (!withAccount.has(name)) await giveDefaultAccount(api, name)
      if (authorityOf.get(name) !== certificateAuthorityPem()) await giveRootAuthority(api, name, certificateAuthorityPem())
    }
    return done
  },
})

async function giveDefaultAccount(api: ApiClient, namespace: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  const { status, body } = await api.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, account)
  // 409: someone else made it. 403 and 404: the namespace began to end, or has ended, since it was listed.
  if (![201, 403, 404, 409].includes(status)) throw new Error(`no default service account in ${namespace}: ${body.slice(0, 500)}`)
}

async function giveRootAuthority(api: ApiClient, namespace: string, certificateAuthorityPem: string): Promise<void> {
  const name = 'kube-root-ca.crt'
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'ca.crt': certificateAuthorityPem } }
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}?fieldManager=gatehouse&force=true`
  const { status, body } = await api.call('PATCH', path, configMap, { 'content-type': 'application/apply-patch+yaml' })
  if (![200, 201, 403, 404].includes(status)) throw new Error(`no ${name} in ${namespace}: ${body.slice(0, 500)}`)
}

/** @returns whether it is gone, as far as we have a say: false while something in it waits for its own finalizers */
async function letGo(api: ApiClient, namespace: Namespace): Promise<boolean> {
  const { name } = namespace.metadata
  const finalizers = namespace.spec?.finalizers ?? []
  if (!finalizers.includes('kubernetes')) return true
  if (!(await emptyNamespace(api, name))) return false
  const spec = { finalizers: finalizers.filter(finalizer => finalizer !== 'kubernetes') }
  const { status, body } = await api.call('PUT', `/api/v1/namespaces/${name}/finalize`, {
    ...namespace,
    apiVersion: 'v1',
    kind: 'Namespace',
    spec,
  })
  // 409: it changed since it was listed; the next pass sees that.
  if (status === 409) return false
  if (status !== 200 && status !== 404) throw new Error(`namespace ${name} could not be finalized: ${body.slice(0, 500)}`)
  return true
}
