import type { TellDecision } from '../kubernetes/decision-records.ts'
import { issuerUnavailable } from '../kubernetes/issuer/availability.ts'
import { reviewPod } from '../kubernetes/pod-identity-webhook/admission-review.ts'
import { eksDefaults, type PodIdentityConfiguration } from '../kubernetes/pod-identity-webhook/configuration.ts'
import type { ServiceAccount } from '../kubernetes/pod-identity-webhook/pod-credentials.ts'
import type { WebhookAnswer, WebhookLog } from '../kubernetes/webhook.ts'
import type { Store } from '../store/index.ts'
import type { ClustersTable } from '../store/tables/eks.ts'
import type { RunningCluster } from './running-cluster.ts'

/** How pods of a cluster get their identity here: as on EKS, in our region. */
export function podIdentityConfiguration(region: string, cluster: ClustersTable): PodIdentityConfiguration {
  const webIdentityUnavailable = issuerUnavailable(cluster)
  return { ...eksDefaults, region, ...(webIdentityUnavailable !== undefined && { webIdentityUnavailable }) }
}

/**
 * A service account as the webhook needs it.
 * @param metadata  its own, as the cluster has it; undefined when it has none: an association may come before the service account
 */
export async function serviceAccountForPods(
  store: Store,
  clusterId: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  metadata: { readonly annotations?: { readonly [key: string]: string } } | undefined,
): Promise<ServiceAccount> {
  const association = await store.read(tx =>
    tx
      .selectFrom('podIdentityAssociations')
      .select('id')
      .where('clusterId', '=', clusterId)
      .where('namespace', '=', namespace)
      .where('serviceAccount', '=', name)
      .executeTakeFirst(),
  )
  return { annotations: metadata?.annotations ?? {}, podIdentityAssociation: association !== undefined }
}

/** Answers the admission webhook of a cluster that calls from outside. */
export const mutatePodReview = (
  body: Uint8Array,
  row: ClustersTable,
  cluster: RunningCluster,
  { store, region, log }: { readonly store: Store; readonly region: string; readonly log: WebhookLog },
  tell: TellDecision,
): Promise<WebhookAnswer> =>
  reviewPod(
    body,
    {
      cluster: row,
      configuration: podIdentityConfiguration(region, row),
      tell,
      serviceAccount: async (namespace, account) => {
        const found = await cluster.serviceAccount(namespace, account)
        const metadata = found?.['metadata'] as { annotations?: { [key: string]: string } } | undefined
        return serviceAccountForPods(store, row.id, { namespace, name: account }, metadata)
      },
    },
    log,
  )
