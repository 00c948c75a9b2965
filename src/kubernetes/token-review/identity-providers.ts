import { decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { verificationKeys } from '../../identity/verification-keys.ts'
import type { Store } from '../../store/index.ts'
import type { AuthenticatedUser } from './mapping.ts'
import { TokenRefused } from './refusal.ts'

/** An OpenID Connect provider whose tokens a cluster takes. EKS API Reference, "OidcIdentityProviderConfigRequest". */
export interface IdentityProvider {
  readonly issuerUrl: string
  readonly clientId: string
  readonly usernameClaim?: string
  readonly usernamePrefix?: string
  readonly groupsClaim?: string
  readonly groupsPrefix?: string
  readonly requiredClaims?: { readonly [claim: string]: string }
}

/** Verification keys of an issuer. @throws Error when they cannot be had */
export type IssuerKeysOf = (issuer: string, keyId: string | undefined) => Promise<JSONWebKeySet>

/** The providers that are associated with a cluster. */
export async function identityProvidersOf(store: Store, clusterId: string): Promise<IdentityProvider[]> {
  const rows = await store.read(tx =>
    tx.selectFrom('eksResources').select('details').where('scope', '=', clusterId).where('kind', '=', 'identityproviderconfig').execute(),
  )
  return rows.map(({ details }) => JSON.parse(details) as IdentityProvider)
}

const longestToken = 20_000
/** What kube-apiserver's authenticator takes. Kubernetes documentation, "Authenticating", "Configuring the API Server". */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512']

/**
 * The user of an identity token.
 * @param token      a compact JWS
 * @param providers  those of the cluster; others are never asked for keys
 * @throws           TokenRefused
 * @see              Kubernetes documentation, "Authenticating", "OpenID Connect Tokens"; EKS User Guide, "Grant users access to Kubernetes with an
 *                   external OIDC provider"
 */
export async function identityTokenUser(
  token: string,
  providers: readonly IdentityProvider[],
  keysOf: IssuerKeysOf,
  now: number,
): Promise<AuthenticatedUser> {
  if (token.length > longestToken) throw new TokenRefused('the token is too long')
  const { issuer, keyId } = claimedBy(token)
  const provider = providers.find(({ issuerUrl }) => issuerUrl === issuer)
  if (!provider) throw new TokenRefused(`no identity provider with the issuer ${JSON.stringify(issuer)} is associated with the cluster`)
  const claims = await verifiedClaims(token, provider, await keysFor(provider, keyId, keysOf), now)
  for (const [claim, wanted] of Object.entries(provider.requiredClaims ?? {}))
    if (claims[claim] !== wanted) throw new TokenRefused(`the token's claim ${claim} is not what is required`)
  const username = usernameOf(claims, provider)
  const groups = groupsOf(claims, provider)
  const reserved = [username, ...groups].find(name => name.startsWith('system:'))
  if (reserved !== undefined) throw new TokenRefused(`${JSON.stringify(reserved)} begins with system:, which is Kubernetes' own`)
  return { username, uid: '', groups, extra: {} }
}

/** Whether a token is a JWT that claims to be of another issuer than the cluster's own. */
export function isOfOtherIssuer(token: string, ownIssuer: string): boolean {
  if (token.length > longestToken) return false
  try {
    return decodeJwt(token).iss !== ownIssuer
  } catch {
    return false
  }
}

/** Issuer and key as a token claims them, without any proof. */
function claimedBy(token: string): { readonly issuer: string; readonly keyId: string | undefined } {
  try {
    const { iss } = decodeJwt(token)
    const { kid } = decodeProtectedHeader(token)
    return { issuer: iss ?? '', keyId: kid }
  } catch {
    throw new TokenRefused('the token is neither of aws-iam-authenticator nor a JWT')
  }
}

async function keysFor({ issuerUrl }: IdentityProvider, keyId: string | undefined, keysOf: IssuerKeysOf): Promise<JSONWebKeySet> {
  try {
    return await keysOf(issuerUrl, keyId)
  } catch (problem) {
    throw new TokenRefused(`the keys of ${issuerUrl} cannot be had: ${(problem as Error).message}`)
  }
}

async function verifiedClaims(
  token: string,
  { issuerUrl, clientId }: IdentityProvider,
  keys: JSONWebKeySet,
  now: number,
): Promise<JWTPayload> {
  try {
    const options = { algorithms, issuer: issuerUrl, audience: clientId, currentDate: new Date(now), requiredClaims: ['exp'] }
    return (await jwtVerify(token, verificationKeys(keys), options)).payload
  } catch (problem) {
    if (problem instanceof errors.JOSEError) throw new TokenRefused(`the token of ${issuerUrl} does not verify: ${problem.message}`)
    throw problem
  }
}

function usernameOf(claims: JWTPayload, { issuerUrl, usernameClaim = 'sub', usernamePrefix }: IdentityProvider): string {
  const name = claims[usernameClaim]
  if (typeof name !== 'string' || name === '') throw new TokenRefused(`the token has no claim ${usernameClaim} for the user name`)
  if (usernameClaim === 'email' && 'email_verified' in claims && claims['email_verified'] !== true)
    throw new TokenRefused('the email address of the token is not verified')
  const prefix = usernamePrefix ?? (usernameClaim === 'email' ? '-' : `${issuerUrl}#`)
  return `${prefix === '-' ? '' : prefix}${name}`
}

/** A list, or one name alone. */
function groupsOf(claims: JWTPayload, { groupsClaim, groupsPrefix = '' }: IdentityProvider): string[] {
  const given = groupsClaim === undefined ? [] : [claims[groupsClaim] ?? []].flat()
  if (!given.every(name => typeof name === 'string')) throw new TokenRefused(`the token's claim ${groupsClaim} is not a list of names`)
  return given.map(name => `${groupsPrefix === '-' ? '' : groupsPrefix}${name}`)
}
