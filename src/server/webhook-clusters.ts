import { BoundedCache } from '../identity/bounded-cache.ts'
import { sealContexts, type Secrets, type Store } from '../store/index.ts'
import type { ClustersTable } from '../store/tables/eks.ts'

/** A cluster as its webhooks need it. */
export interface WebhookCluster {
  readonly row: ClustersTable
  /** What its API server shows. */
  readonly webhookToken: string
}

/** Finds clusters by id. */
export interface WebhookClusters {
  find(id: string): Promise<WebhookCluster | undefined>
}

const mostCached = 10_000

export const webhookTokenOf = (secrets: Secrets, { id, webhookToken }: ClustersTable): string =>
  secrets.decrypt(webhookToken, sealContexts.webhookToken(id)).toString('utf8')

/** An API server asks for every request of its clients: clusters are answered from memory until the change feed tells of them. */
export function createWebhookClusters(store: Store, secrets: Secrets): WebhookClusters {
  const cache = new BoundedCache<WebhookCluster | undefined>(mostCached)
  store.onChange(changes => cache.invalidate(changes.map(({ id }) => id)))
  return {
    find: id =>
      cache.load(id, async () => {
        const row = await store.read(tx => tx.selectFrom('clusters').selectAll().where('id', '=', id).executeTakeFirst())
        return { value: row && { row, webhookToken: webhookTokenOf(secrets, row) }, dependencies: [id] }
      }),
  }
}
