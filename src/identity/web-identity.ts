import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { RequestContext } from '../policy/index.ts'

/** Why a web identity token is refused, as AssumeRoleWithWebIdentity distinguishes it; the text is AWS's. */
export class WebIdentityError extends Error {
  readonly kind: 'invalid' | 'expired' | 'rejected' | 'unreachable'
  constructor(kind: WebIdentityError['kind'], message: string) {
    super(message)
    this.name = 'WebIdentityError'
    this.kind = kind
  }
}

/** A registered OpenID Connect provider. */
export interface WebIdentityProvider {
  readonly arn: string
  /** Without the scheme. */
  readonly url: string
  readonly clientIds: readonly string[]
}

/** Where verification keys come from: our own clusters' issuers, or the issuer itself. */
export interface WebIdentityKeys {
  /** @throws WebIdentityError `unreachable` when the issuer cannot be asked */
  keysFor(issuer: string): Promise<JSONWebKeySet>
}

export interface VerifiedWebIdentity {
  readonly providerArn: string
  readonly subject: string
  readonly audience: string
  /** `<provider url>:sub`, `:aud` and the other claims that trust policies can test. */
  readonly conditionKeys: RequestContext
  /** Where in which cluster the token was made, when it is a service account's. */
  readonly kubernetes?: { readonly namespace: string; readonly serviceAccount: string; readonly pod?: string; readonly node?: string }
}

/** Asymmetric algorithms alone. The key's own type decides which of them apply; the token's word is never enough. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
const longestToken = 20_000
/** Clocks differ a little; AWS does not say by how much it allows. */
const skewSeconds = 0

const notValid = 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'
const notVerified =
  'The web identity token that was passed could not be validated by AWS. Get a new identity token from the identity provider and then retry the request.'

/** Issuer, subject and audience as a token claims them, without any proof; undefined when it is not a JWT. */
export function readWebIdentity(
  token: string,
): { readonly issuer: string; readonly subject: string; readonly audience: string } | undefined {
  if (token.length > longestToken) return undefined
  try {
    const { iss, sub, aud } = decodeJwt(token)
    if (typeof iss !== 'string' || typeof sub !== 'string') return undefined
    return { issuer: iss, subject: sub, audience: [aud ?? ''].flat()[0] ?? '' }
  } catch {
    return undefined
  }
}

/**
 * Verifies a web identity token against its registered provider.
 * @param token       compact JWS, at most 20,000 characters
 * @param providerOf  the account's provider for an issuer
 * @param keysFor     the issuer's verification keys
 * @param now         epoch milliseconds
 * @throws            WebIdentityError
 * @see               OpenID Connect Core 1.0, section 3.1.3.7; STS API Reference, "AssumeRoleWithWebIdentity"
 */
export async function verifyWebIdentity(
  token: string,
  providerOf: (issuer: string) => Promise<WebIdentityProvider | undefined>,
  keysFor: (issuer: string) => Promise<JSONWebKeySet>,
  now: number,
): Promise<VerifiedWebIdentity> {
  const claimed = readWebIdentity(token)
  if (!claimed || !algorithms.includes(algorithmOf(token))) throw new WebIdentityError('invalid', notValid)
  const provider = await providerOf(claimed.issuer)
  if (!provider) throw new WebIdentityError('invalid', `No OpenIDConnect provider found in your account for ${claimed.issuer}`)
  const claims = await verifiedClaims(token, await keysFor(claimed.issuer), claimed.issuer, now)
  const audience = audienceOf(claims, provider)
  return {
    providerArn: provider.arn,
    subject: claimed.subject,
    audience,
    conditionKeys: conditionKeysOf(claims, provider, audience),
    ...kubernetesOf(claims),
  }
}

function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? ''
  } catch {
    return ''
  }
}

async function verifiedClaims(token: string, keys: JSONWebKeySet, issuer: string, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      algorithms,
      issuer,
      currentDate: new Date(now),
      clockTolerance: skewSeconds,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    })
    return payload
  } catch (problem) {
    if (problem instanceof errors.JWTExpired)
      throw new WebIdentityError(
        'expired',
        `Token expired: current date/time ${Math.floor(now / 1000)} must be before the expiration date/time ${problem.payload.exp}`,
      )
    if (problem instanceof errors.JWTClaimValidationFailed) throw new WebIdentityError('invalid', claimProblem(problem, now))
    if (problem instanceof errors.JWKSNoMatchingKey)
      throw new WebIdentityError(
        'invalid',
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
      )
    throw new WebIdentityError('invalid', notVerified)
  }
}

const claimProblem = ({ claim, reason, payload }: InstanceType<typeof errors.JWTClaimValidationFailed>, now: number) =>
  reason === 'missing'
    ? `Missing a required claim: ${claim}`
    : claim === 'nbf'
      ? `Token is not yet valid: current date/time ${Math.floor(now / 1000)} must be after the not before date/time ${String(payload.nbf)}`
      : notVerified

/** The audience that is a client of the provider; an `azp` claim takes its place. IAM User Guide, "Available keys for AWS OIDC federation". */
function audienceOf({ aud, azp }: JWTPayload, provider: WebIdentityProvider): string {
  const audiences = [aud ?? []].flat()
  const authorizedParty = typeof azp === 'string' ? azp : undefined
  const candidates = authorizedParty !== undefined && audiences.length > 1 ? [authorizedParty] : audiences
  const match = candidates.find(candidate => provider.clientIds.includes(candidate))
  if (match === undefined) throw new WebIdentityError('invalid', 'Incorrect token audience')
  return match
}

function conditionKeysOf(claims: JWTPayload, { url }: WebIdentityProvider, audience: string): RequestContext {
  const azp = typeof claims['azp'] === 'string' ? claims['azp'] : undefined
  const amr = Array.isArray(claims['amr']) ? claims['amr'].filter(item => typeof item === 'string') : undefined
  return {
    [`${url}:sub`]: claims.sub,
    // With azp, that is what `aud` tests, and `oaud` has the token's own audience.
    [`${url}:aud`]: azp ?? audience,
    [`${url}:oaud`]: azp === undefined ? undefined : audience,
    [`${url}:amr`]: amr,
  }
}

function kubernetesOf(claims: JWTPayload): Pick<VerifiedWebIdentity, 'kubernetes'> {
  const bound = claims['kubernetes.io'] as
    | { namespace?: string; serviceaccount?: { name?: string }; pod?: { name?: string }; node?: { name?: string } }
    | undefined
  if (typeof bound?.namespace !== 'string' || typeof bound.serviceaccount?.name !== 'string') return {}
  const pod = bound.pod?.name
  const node = bound.node?.name
  return {
    kubernetes: { namespace: bound.namespace, serviceAccount: bound.serviceaccount.name, ...(pod && { pod }), ...(node && { node }) },
  }
}
