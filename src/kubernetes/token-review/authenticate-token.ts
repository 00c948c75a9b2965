import type { Principal } from '../../identity/principal.ts'
import { callerOf } from './caller.ts'
import { type IdentityProvider, identityTokenUser, type IssuerKeysOf } from './identity-providers.ts'
import { type AuthenticatedUser, type ClusterMappings, mapCaller } from './mapping.ts'
import { type PresignedIdentity, readToken, tokenPrefix } from './presigned-token.ts'
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
  /** OpenID Connect providers of the cluster; without, identity tokens are refused. */
  readonly identityProviders?: {
    readonly all: () => Promise<readonly IdentityProvider[]>
    readonly keysOf: IssuerKeysOf
  }
  /** Without one, `{{EC2PrivateDNSName}}` refuses everybody. */
  readonly privateDnsName?: PrivateDnsName
  /** Epoch milliseconds. */
  readonly now: number
}

const noInstances: PrivateDnsName = async () => undefined

/**
 * Authenticates a token to a cluster. One of IAM, `k8s-aws-v1.`: its form, its signature, then the mapping of who signed it. Any other is an identity token of
 * one of the cluster's OpenID Connect providers.
 * @param token  a raw string, from a TokenReview or a request's Authorization header
 * @throws       TokenRefused
 */
export async function authenticateToken(token: string, how: TokenAuthentication): Promise<AuthenticatedUser> {
  const { cluster, origins, now, verifyPresigned, identityProviders, privateDnsName = noInstances } = how
  if (identityProviders && !token.startsWith(tokenPrefix)) {
    const providers = await identityProviders.all()
    if (providers.length > 0) return identityTokenUser(token, providers, identityProviders.keysOf, now)
  }
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
