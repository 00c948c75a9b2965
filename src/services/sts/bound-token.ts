import { decodeJwt } from 'jose'
import { boundObjectsOf } from '../../kubernetes/issuer/bound-objects.ts'
import { clusterOfIssuer } from '../../kubernetes/issuer/cluster-of-issuer.ts'
import type { AccessContext } from '../operation.ts'
import { sts } from './service.ts'

/**
 * In strict mode a token of one of our clusters is good for as long as its service account and pod are there, as it is to the cluster itself. AWS cannot
 * ask a cluster, and takes tokens until they expire. docs/workload-identity.md, "Tokens of what is gone".
 * @param token    verified
 * @param account  of the role that is assumed
 * @throws       InvalidIdentityToken
 */
export async function requireBoundObjects(
  token: string,
  account: string,
  { tx, world }: Pick<AccessContext, 'tx' | 'world'>,
): Promise<void> {
  if (!world.settings.strictTokens) return
  const { iss = '' } = decodeJwt(token)
  const cluster = await clusterOfIssuer(tx, iss, account)
  const bound = boundObjectsOf(token)
  if (!cluster || !bound || (await world.clusters.holds(cluster.id, bound))) return
  throw new sts.InvalidIdentityToken('The service account or the pod that the token is bound to no longer exists.')
}
