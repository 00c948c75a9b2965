import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { rememberedByText } from '../../identity/remembered-by-text.ts'
import type { IssuerKey } from './discovery.ts'

/** An object that a token is bound to. */
interface BoundObject {
  readonly name: string
  readonly uid: string
}

/** What a service account token is about. Kubernetes documentation, "Managing Service Accounts", "Bound service account tokens". */
export interface ServiceAccountTokenRequest {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly namespace: string
  readonly serviceAccount: BoundObject
  readonly pod?: BoundObject
  /** The pod's node, when it is scheduled. */
  readonly node?: { readonly name: string; readonly uid?: string }
  /** A secret that the token is bound to in place of a pod. */
  readonly secret?: BoundObject
  readonly lifetimeSeconds: number
  /** Seconds after which the API server warns of use; for tokens whose life was extended for old clients. */
  readonly warnAfterSeconds?: number
  /** Epoch milliseconds. */
  readonly now: number
  /** The JWT's id, a UUID. */
  readonly tokenId: string
}

/** A private key with the id under which its public half is published. */
export interface SigningKey {
  readonly keyId: string
  /** PKCS #8 PEM, or a key made of it. */
  readonly privateKey: string | KeyObject
}

/** A service account's token as kube-apiserver makes it. KEP 1205 and KEP 4193. */
export async function mintServiceAccountToken(request: ServiceAccountTokenRequest, key: SigningKey): Promise<string> {
  const { issuer, audiences, namespace, serviceAccount, pod, node, secret, lifetimeSeconds, warnAfterSeconds, now, tokenId } = request
  const issuedAt = Math.floor(now / 1000)
  const bound = {
    namespace,
    ...(node && { node: { name: node.name, ...(node.uid !== undefined && { uid: node.uid }) } }),
    ...(pod && { pod: { name: pod.name, uid: pod.uid } }),
    ...(secret && { secret: { name: secret.name, uid: secret.uid } }),
    serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
    ...(warnAfterSeconds !== undefined && { warnafter: issuedAt + warnAfterSeconds }),
  }
  const claims = {
    aud: [...audiences],
    exp: issuedAt + lifetimeSeconds,
    iat: issuedAt,
    iss: issuer,
    jti: tokenId,
    'kubernetes.io': bound,
    nbf: issuedAt,
    sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
  }
  const privateKey = typeof key.privateKey === 'string' ? createPrivateKey(key.privateKey) : key.privateKey
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.keyId }).sign(privateKey)
}

/** What a verified token proves. */
export interface ServiceAccountIdentity {
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly username: string
  readonly namespace: string
  readonly serviceAccount: BoundObject
  readonly pod?: BoundObject
  readonly node?: { readonly name: string; readonly uid?: string }
  readonly secret?: BoundObject
  /** Those of the token that were asked for. */
  readonly audiences: readonly string[]
  readonly tokenId?: string
  readonly issuedAt: number
  /** Epoch milliseconds, as `issuedAt`. */
  readonly expiresAt: number
}

/** Why a token is refused. */
export class ServiceAccountTokenError extends Error {
  override readonly name = 'ServiceAccountTokenError'
  readonly kind: 'malformed' | 'issuer' | 'key' | 'signature' | 'expired' | 'notYetValid' | 'audience'
  constructor(kind: ServiceAccountTokenError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

export interface TokenExpectations {
  readonly issuer: string
  readonly keys: readonly IssuerKey[]
  /** The token must be for one of them. */
  readonly audiences: readonly string[]
  /** Epoch milliseconds. */
  readonly now: number
}

const longestToken = 20_000

/**
 * Verifies a token of a cluster's own issuer. Whether service account and pod still exist is the caller's to ask.
 * @param token  compact JWS, a raw string
 * @throws       ServiceAccountTokenError
 */
export async function verifyServiceAccountToken(token: string, expected: TokenExpectations): Promise<ServiceAccountIdentity> {
  if (token.length > longestToken) throw new ServiceAccountTokenError('malformed', 'the token is too long')
  const claims = await verifiedClaims(token, expected)
  const audiences = [claims.aud ?? []].flat().filter(audience => expected.audiences.includes(audience))
  if (audiences.length === 0) throw new ServiceAccountTokenError('audience', 'the token is for another audience')
  return { ...identityOf(claims), audiences }
}

async function verifiedClaims(token: string, { issuer, keys, now }: TokenExpectations): Promise<JWTPayload> {
  try {
    // The algorithm is ours to say, not the token's; the key comes from our list, never from the header's `jwk` or `jku`.
    const { payload } = await jwtVerify(token, ({ kid }) => publicKeyOf(kid, keys), {
      algorithms: ['RS256'],
      issuer,
      currentDate: new Date(now),
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    })
    return payload
  } catch (problem) {
    throw problem instanceof ServiceAccountTokenError ? problem : refusal(problem)
  }
}

function publicKeyOf(kid: string | undefined, keys: readonly IssuerKey[]): KeyObject {
  const found = keys.find(({ keyId }) => keyId === kid)
  if (!found) throw new ServiceAccountTokenError('key', 'the token names a key that is not published')
  return keyOfPem(found.publicKey)
}

/** Reading a key takes as long as half of a verification: those that verify often are kept. */
const keyOfPem = rememberedByText(1_000, (pem): KeyObject => createPublicKey(pem))

function refusal(problem: unknown): ServiceAccountTokenError {
  if (problem instanceof errors.JWTExpired) return new ServiceAccountTokenError('expired', 'the token has expired')
  if (problem instanceof errors.JWSSignatureVerificationFailed)
    return new ServiceAccountTokenError('signature', 'the signature does not match')
  if (problem instanceof errors.JOSEAlgNotAllowed) return new ServiceAccountTokenError('signature', 'the algorithm is not RS256')
  if (problem instanceof errors.JWTClaimValidationFailed) {
    if (problem.claim === 'nbf') return new ServiceAccountTokenError('notYetValid', 'the token is not valid yet')
    if (problem.claim === 'iss') return new ServiceAccountTokenError('issuer', 'the token is of another issuer')
    return new ServiceAccountTokenError('malformed', `the claim ${problem.claim} is missing or wrong`)
  }
  return new ServiceAccountTokenError('malformed', 'the token is not a JWT')
}

interface KubernetesClaims {
  readonly namespace?: unknown
  readonly serviceaccount?: unknown
  readonly pod?: unknown
  readonly node?: unknown
  readonly secret?: unknown
}

function identityOf(claims: JWTPayload): Omit<ServiceAccountIdentity, 'audiences'> {
  const bound = (claims['kubernetes.io'] ?? {}) as KubernetesClaims
  const serviceAccount = boundObject(bound.serviceaccount)
  const username = `system:serviceaccount:${String(bound.namespace)}:${serviceAccount?.name}`
  if (typeof bound.namespace !== 'string' || !serviceAccount || claims.sub !== username)
    throw new ServiceAccountTokenError('malformed', 'the subject is not the service account that the token is bound to')
  const pod = boundObject(bound.pod)
  const secret = boundObject(bound.secret)
  const node = bound.node as { name?: unknown; uid?: unknown } | undefined
  return {
    username,
    namespace: bound.namespace,
    serviceAccount,
    ...(pod && { pod }),
    ...(secret && { secret }),
    ...(typeof node?.name === 'string' && { node: { name: node.name, ...(typeof node.uid === 'string' && { uid: node.uid }) } }),
    ...(claims.jti !== undefined && { tokenId: claims.jti }),
    issuedAt: (claims.iat as number) * 1000,
    expiresAt: (claims.exp as number) * 1000,
  }
}

function boundObject(value: unknown): BoundObject | undefined {
  const { name, uid } = (value ?? {}) as { name?: unknown; uid?: unknown }
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined
}
