import { decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { RequestContext } from '../policy/index.ts'
import { verificationKeys } from './verification-keys.ts'

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
  /** Absent for the built-in providers, whose audiences trust policies test. */
  readonly clientIds?: readonly string[]
  /** Of the certificates that the issuer's server may show when nobody trusts them publicly. */
  readonly thumbprints: readonly string[]
}

/** What is wanted of an issuer. */
export interface KeyRequest {
  readonly thumbprints: readonly string[]
  /** The key that the token names. */
  readonly keyId: string | undefined
}

/** Issuers that every account trusts as far as its roles do. IAM User Guide, "AWS JSON policy elements: Principal", "OIDC federated principals". */
const builtIn: { readonly [issuer: string]: string } = {
  'https://accounts.google.com': 'accounts.google.com',
}

/** The built-in provider of an issuer; undefined when it has to be registered. */
export function builtInProvider(issuer: string): WebIdentityProvider | undefined {
  const url = Object.hasOwn(builtIn, issuer) ? builtIn[issuer] : undefined
  return url === undefined ? undefined : { arn: url, url, thumbprints: [] }
}

/** Where verification keys come from: our own clusters' issuers, or the issuer itself. */
export interface WebIdentityKeys {
  /**
   * @param request.account  whose roles the token is for: an account's word about the issuer of a cluster that it attached counts there alone
   * @throws                 WebIdentityError `unreachable` when the issuer cannot be asked
   */
  keysFor(issuer: string, request: KeyRequest & { readonly account: string }): Promise<JSONWebKeySet>
}

export interface VerifiedWebIdentity {
  readonly providerArn: string
  readonly subject: string
  readonly audience: string
  /** What the issuer says of the session to be. */
  readonly tags: { readonly [key: string]: string }
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity?: string
  /** `<provider url>:sub`, `:aud` and the other claims that trust policies can test. */
  readonly conditionKeys: RequestContext
  /** Where in which cluster the token was made, when it is a service account's. */
  readonly kubernetes?: { readonly namespace: string; readonly serviceAccount: string; readonly pod?: string; readonly node?: string }
}

/** Asymmetric algorithms alone. The key's own type decides which of them apply; the token's word is never enough. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
const longestToken = 20_000
/** STS API Reference, "AssumeRoleWithWebIdentity", SubjectFromWebIdentityToken. */
const longestSubject = 255
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
  keysFor: (issuer: string, request: KeyRequest) => Promise<JSONWebKeySet>,
  now: number,
): Promise<VerifiedWebIdentity> {
  const claimed = readWebIdentity(token)
  const { alg = '', kid } = headerOf(token)
  if (!claimed || !algorithms.includes(alg)) throw new WebIdentityError('invalid', notValid)
  const provider = await providerOf(claimed.issuer)
  if (!provider) throw new WebIdentityError('invalid', `No OpenIDConnect provider found in your account for ${claimed.issuer}`)
  const keys = await keysFor(claimed.issuer, { thumbprints: provider.thumbprints, keyId: kid })
  const claims = await verifiedClaims(token, keys, claimed.issuer, now)
  if (claimed.subject.length > longestSubject) throw new WebIdentityError('invalid', 'The subject of the token is too long.')
  const audience = audienceOf(claims, provider)
  return {
    providerArn: provider.arn,
    subject: claimed.subject,
    audience,
    conditionKeys: conditionKeysOf(claims, provider, audience),
    ...sessionFactsOf(claims),
    ...kubernetesOf(claims),
  }
}

function headerOf(token: string): { readonly alg?: string; readonly kid?: string } {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    return { ...(typeof alg === 'string' && { alg }), ...(typeof kid === 'string' && { kid }) }
  } catch {
    return {}
  }
}

async function verifiedClaims(token: string, keys: JSONWebKeySet, issuer: string, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, verificationKeys(keys), {
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
  const match = candidates.find(candidate => !provider.clientIds || provider.clientIds.includes(candidate))
  if (match === undefined) throw new WebIdentityError('invalid', 'Incorrect token audience')
  return match
}

const gitHubClaims = [
  'actor',
  'actor_id',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'workflow',
]

/** Claims of single providers that trust policies can test, by the provider's URL. Service Authorization Reference, "Condition keys for AWS Security Token Service". */
const ownClaims: readonly { readonly url: RegExp; readonly names: readonly string[] }[] = [
  { url: /^token\.actions\.(githubusercontent\.com(\/.+)?|[^./]+\.ghe\.com)$/, names: gitHubClaims },
  { url: /^github\.com\/enterprises\/[^/]+$/, names: gitHubClaims },
  { url: /^accounts\.google\.com$/, names: ['google/organization_number'] },
  { url: /^oidc\.circleci\.com\/org\/[^/]+$/, names: ['oidc.circleci.com/project-id'] },
  { url: /^idcs-[^./]+\.identity\.oraclecloud\.com$/, names: ['rpst_id'] },
  {
    url: /^agent\.(buildkite\.com|[^./]+\.buildkite\.(dev|site))$/,
    names: ['build_branch', 'cluster_id', 'cluster_name', 'organization_id', 'organization_slug', 'pipeline_id', 'pipeline_slug'],
  },
  {
    url: /^gitlab\.com$/,
    names: [
      'namespace_id',
      'pipeline_source',
      'project_id',
      'ref_protected',
      'runner_environment',
      'user_access_level',
      'user_email',
      'user_id',
      'user_login',
    ],
  },
]

function conditionKeysOf(claims: JWTPayload, { url }: WebIdentityProvider, audience: string): RequestContext {
  const azp = typeof claims['azp'] === 'string' ? claims['azp'] : undefined
  const amr = Array.isArray(claims['amr']) ? claims['amr'].filter(item => typeof item === 'string') : undefined
  return {
    [`${url}:sub`]: claims.sub,
    // With azp, that is what `aud` tests, and `oaud` has the token's own audience.
    [`${url}:aud`]: azp ?? audience,
    [`${url}:oaud`]: azp === undefined ? undefined : audience,
    [`${url}:amr`]: amr,
    ...ownKeysOf(claims, url),
  }
}

function ownKeysOf(claims: JWTPayload, url: string): RequestContext {
  const names = ownClaims.find(provider => provider.url.test(url))?.names ?? []
  return Object.fromEntries(
    names.flatMap(name => {
      const value = claims[name] ?? nestedClaim(claims, name)
      return ['string', 'number', 'boolean'].includes(typeof value) ? [[`${url}:${name}`, String(value)]] : []
    }),
  )
}

/** `google/organization_number` is a member of the claim `google`. */
function nestedClaim(claims: JWTPayload, name: string): unknown {
  const [outer = '', inner = ''] = name.split('/')
  const value = claims[outer]
  return typeof value === 'object' && value !== null && Object.hasOwn(value, inner)
    ? (value as { [name: string]: unknown })[inner]
    : undefined
}

const tagsClaim = 'https://aws.amazon.com/tags'
const sourceIdentityClaim = 'https://aws.amazon.com/source_identity'
const sourceIdentityForm = /^[\w+=,.@-]{2,64}$/

/**
 * Session tags and source identity that the issuer asserts, tags nested or flat.
 * IAM User Guide, "Pass session tags in AWS STS", "Passing session tags using AssumeRoleWithWebIdentity".
 */
function sessionFactsOf(claims: JWTPayload): Pick<VerifiedWebIdentity, 'tags' | 'transitiveTagKeys' | 'sourceIdentity'> {
  const nested = claims[tagsClaim] as { principal_tags?: unknown; transitive_tag_keys?: unknown } | undefined
  const flat = `${tagsClaim}/principal_tags/`
  const tags = [
    ...Object.entries(typeof nested?.principal_tags === 'object' && nested.principal_tags !== null ? nested.principal_tags : {}),
    ...Object.entries(claims).flatMap(([name, value]) => (name.startsWith(flat) ? [[name.slice(flat.length), value] as const] : [])),
  ]
  const transitive = [nested?.transitive_tag_keys ?? claims[`${tagsClaim}/transitive_tag_keys`] ?? []].flat()
  const sourceIdentity = claims[sourceIdentityClaim]
  if (sourceIdentity !== undefined && (typeof sourceIdentity !== 'string' || !sourceIdentityForm.test(sourceIdentity)))
    throw new WebIdentityError('rejected', 'The source identity of the token must match [a-zA-Z_0-9+=,.@-]{2,64}')
  return {
    tags: Object.fromEntries(tags.map(([key, value]) => [key, singleText(value)])),
    transitiveTagKeys: transitive.filter(key => typeof key === 'string'),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  }
}

/** A tag has one value; issuers write it alone or as a list of one. */
function singleText(value: unknown): string {
  const [text, ...more] = [value].flat()
  if (typeof text !== 'string' || more.length > 0)
    throw new WebIdentityError('rejected', 'A session tag of the token does not have one value.')
  return text
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
