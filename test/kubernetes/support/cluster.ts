import type { Store } from '../../../src/store/index.ts'
import type { ClustersTable } from '../../../src/store/tables/eks.ts'
import type { WebhookLog } from '../../../src/kubernetes/webhook.ts'

export const account = '111122223333'

/** A cluster's row with what tests do not care about filled in. */
export function clusterRow(part: Partial<ClustersTable> & Pick<ClustersTable, 'id'>): ClustersTable {
  return {
    account,
    region: 'us-west-2',
    name: 'demo',
    arn: `arn:aws:eks:us-west-2:${account}:cluster/${part.name ?? 'demo'}`,
    status: 'ACTIVE',
    kind: 'embedded',
    version: '1.34',
    roleArn: `arn:aws:iam::${account}:role/cluster`,
    authenticationMode: 'API_AND_CONFIG_MAP',
    creatorArn: null,
    creatorId: null,
    issuerUrl: '',
    endpoint: null,
    certificateAuthority: null,
    webhookToken: '',
    details: '{}',
    createdAt: 0,
    ...part,
  }
}

export const insertCluster = (store: Store, part: Partial<ClustersTable> & Pick<ClustersTable, 'id'>) =>
  store.write(tx => tx.insertInto('clusters').values(clusterRow(part)).execute())

/** A log that keeps what it is told. */
export function testLog(): WebhookLog & { readonly lines: { level: string; facts: object; message: string }[] } {
  const lines: { level: string; facts: object; message: string }[] = []
  const at = (level: string) => (facts: object, message: string) => void lines.push({ level, facts, message })
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}
