import { refusedToPods } from '../analysis/pod-identity-trust.ts'
import { podsService } from '../types/pods-service.ts'
import type { Pod } from '../kubernetes/pod-identity-webhook/pod.ts'
import { callRestJson } from './client.ts'
import { BrokenLink, type Link, roleLinkOf } from './irsa-links.ts'
import { sdkProblem } from './irsa-sdk-versions.ts'
import type { IrsaTarget } from './irsa-target.ts'

/** EKS API Reference, "PodIdentityAssociation". */
export interface Association {
  readonly associationId: string
  readonly roleArn: string
}

/** The association of a service account, which goes before the annotation of a role. */
export async function associationOf({ client, cluster, namespace, serviceAccount }: IrsaTarget): Promise<Association | undefined> {
  const path = `/clusters/${encodeURIComponent(cluster)}/pod-identity-associations`
  const query = new URLSearchParams({ namespace, serviceAccount }).toString()
  const { associations } = (await callRestJson(client, 'eks', 'GET', path, { query })) as { associations: readonly Association[] }
  const [listed] = associations
  if (!listed) return undefined
  const { association } = (await callRestJson(client, 'eks', 'GET', `${path}/${listed.associationId}`)) as { association: Association }
  return association
}

/**
 * Follows the way of a pod whose service account has an association to its role, but for the exchange, which takes a token of a pod:
 * `gatehouse run --pod-identity` makes it.
 * @throws BrokenLink at the first link that does not hold
 * @see    EKS User Guide, "Understand how EKS Pod Identity works"
 */
export async function* checkAssociation(
  target: IrsaTarget,
  { associationId, roleArn }: Association,
  { annotated, sdk }: { readonly annotated: boolean; readonly sdk: string | undefined },
): AsyncGenerator<Link> {
  yield {
    link: 'association',
    holds: `${associationId} gives ${roleArn}`,
    ...(annotated && { warning: 'the annotation of a role on the service account is not used: the association goes before it' }),
  }
  const { trust, link } = await roleLinkOf(target, roleArn)
  yield link
  if (trust !== undefined) yield trustLink(trust, roleArn, target)
  yield await podsLink(target)
  if (sdk === undefined) return
  const problem = sdkProblem(sdk, 'podIdentity')
  if (problem !== undefined) throw new BrokenLink('SDK', problem, 'docs/workload-identity.md lists the versions')
  yield { link: 'SDK', holds: `${sdk} reads AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` }
}

function trustLink(trust: string, roleArn: string, target: IrsaTarget): Link {
  const refused = refusedToPods(trust, roleArn, target)
  if (refused.length > 0)
    throw new BrokenLink(
      'trust policy',
      `does not let ${podsService} do ${refused.join(' and ')}`,
      `aws iam update-assume-role-policy --role-name ${roleArn.slice(roleArn.lastIndexOf('/') + 1)} --policy-document FILE`,
    )
  return { link: 'trust policy', holds: `lets ${podsService} in` }
}

async function podsLink({ kubernetes, namespace, serviceAccount }: IrsaTarget): Promise<Link> {
  const pods = await kubernetes.podsOf(namespace, serviceAccount)
  const stale = pods.filter(pod => !pointsAtAgent(pod)).map(({ metadata }) => metadata?.name)
  return {
    link: 'pods',
    holds:
      pods.length === 0
        ? 'none runs as the service account'
        : `${pods.length - stale.length} of ${pods.length} are pointed at the EKS Pod Identity Agent`,
    ...(stale.length > 0 && { warning: `made before the association, or skipped; make anew: ${stale.join(', ')}` }),
  }
}

const pointsAtAgent = ({ spec }: Pod) =>
  spec?.containers?.some(({ env }) => env?.some(({ name }) => name === 'AWS_CONTAINER_CREDENTIALS_FULL_URI')) ?? false
