import { reviewPod } from '../kubernetes/pod-identity-webhook/admission-review.ts'
import { eksDefaults, type PodIdentityConfiguration } from '../kubernetes/pod-identity-webhook/configuration.ts'
import type { WebhookAnswer, WebhookLog } from '../kubernetes/webhook.ts'
import type { RunningCluster } from './clusters.ts'

/** How pods get their identity here: as on EKS, in our region. */
export const podIdentityConfiguration = (region: string): PodIdentityConfiguration => ({ ...eksDefaults, region })

/** Answers the admission webhook of a cluster that calls from outside. */
export const mutatePodReview = (
  body: Uint8Array,
  name: string,
  cluster: RunningCluster,
  region: string,
  log: WebhookLog,
): Promise<WebhookAnswer> =>
  reviewPod(
    body,
    {
      cluster: { name },
      configuration: podIdentityConfiguration(region),
      serviceAccount: async (namespace, account) => {
        const found = await cluster.serviceAccount(namespace, account)
        const metadata = found?.['metadata'] as { annotations?: { [key: string]: string } } | undefined
        return found && { annotations: metadata?.annotations ?? {} }
      },
    },
    log,
  )
