import { decodeJwt } from 'jose'
import {
  type ServiceAccountIdentity,
  ServiceAccountTokenError,
  verifyServiceAccountToken,
} from '../../kubernetes/issuer/service-account-token.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import { podsService } from '../../types/pods-service.ts'
import { eksAuth } from './service.ts'

/** A token that a pod showed, and the pod. */
export type PodTokenIdentity = ServiceAccountIdentity & { readonly pod: NonNullable<ServiceAccountIdentity['pod']> }

/**
 * Verifies the token of a pod of a cluster.
 * @param token  as the request has it
 * @throws       InvalidTokenException, ExpiredTokenException
 * @see          EKS Auth API Reference, "AssumeRoleForPodIdentity"
 */
export async function verifyPodToken(tx: Transaction, cluster: ClustersTable, token: string, now: number): Promise<PodTokenIdentity> {
  const keys = await tx
    .selectFrom('issuerKeys')
    .select(['keyId', 'publicKey'])
    .where('clusterId', '=', cluster.id)
    .where(where => where.or([where('publishedUntil', 'is', null), where('publishedUntil', '>', now)]))
    .execute()
  const identity = await verified(token, cluster.issuerUrl, keys, now)
  // The agent shows tokens that the kubelet made for a pod; session tags name that pod.
  if (!identity.pod) throw new eksAuth.InvalidTokenException('The token included in the request is not bound to a pod.')
  return { ...identity, pod: identity.pod }
}

async function verified(
  token: string,
  issuer: string,
  keys: readonly { readonly keyId: string; readonly publicKey: string }[],
  now: number,
): Promise<ServiceAccountIdentity> {
  try {
    return await verifyServiceAccountToken(token, { issuer, keys, audiences: [podsService], now })
  } catch (problem) {
    if (!(problem instanceof ServiceAccountTokenError)) throw problem
    if (problem.kind === 'expired') throw new eksAuth.ExpiredTokenException(expiredMessage(token, now))
    throw new eksAuth.InvalidTokenException(`The token included in the request is invalid: ${problem.message}.`)
  }
}

/** In the words that EKS Auth was seen to use. */
const expiredMessage = (token: string, now: number) =>
  `The token included in the request is expired: current date/time ${new Date(now).toISOString()} must be before the expiration date/time ${new Date(
    (decodeJwt(token).exp ?? 0) * 1000,
  )
    .toISOString()
    .replace('.000Z', 'Z')}`
