import type { Principal } from '../../identity/principal.ts'
import { callerOf } from './caller.ts'
import { type AuthenticatedUser, type ClusterMappings, mapCaller } from './mapping.ts'
import { type PresignedIdentity, readToken } from './presigned-token.ts'
import { TokenRefused } from './refusal.ts'
import type { PrivateDnsName } from './username.ts'

/** Whose the signature of a presigned call is, or why it is nobody's. */
type Verification = { readonly principal: Principal } | { readonly refused: string }

/** Verifies the signature of a presigned call here, without asking STS. */
export type PresignedVerifier = (call: PresignedIdentity, now: number) => Promise<Verification>

/** A cluster, as authentication to it needs it. */
interface TokenCluster {
  readonly id: string
  readonly name: string
  readonly mappings: ClusterMappings
}

export interface TokenAuthentication {
  readonly cluster: TokenCluster
  /** Origins of our own STS endpoint; see `readToken`. */
  readonly origins: readonly string[]
  readonly verifyPresigned: PresignedVerifier
  /** Without one, `{{EC2PrivateDNSName}}` refuses everybody. */
  readonly privateDnsName?: PrivateDnsName
  /** Epoch milliseconds. */
  readonly now: number
}

const noInstances: PrivateDnsName = async () => undefined

/**
 * Authenticates a `k8s-aws-v1.` token to a cluster: its form, its signature, then the mapping of who signed it.
 * @param token  a raw string, from a TokenReview or a request's Authorization header
 * @throws       TokenRefused
 */
export async function authenticateToken(token: string, how: TokenAuthentication): Promise<AuthenticatedUser> {
  const { cluster, origins, now, verifyPresigned, privateDnsName = noInstances } = how
  // The name is what `aws eks get-token --cluster-name` signs, the id what `--cluster-id` does.
  const calls = readToken(token, { clusterIds: [cluster.name, cluster.id], origins, now })
  return mapCaller(callerOf(await verifiedPrincipal(calls, verifyPresigned, now)), cluster.mappings, privateDnsName)
}

async function verifiedPrincipal(calls: readonly PresignedIdentity[], verify: PresignedVerifier, now: number): Promise<Principal> {
  let refused = 'the cluster has no id'
  for (const call of calls) {
    const verification = await verify(call, now)
    if ('principal' in verification) return verification.principal
    refused = verification.refused
  }
  throw new TokenRefused(`the signature does not verify for this cluster: ${refused}`)
}
