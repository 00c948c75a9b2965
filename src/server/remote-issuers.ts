import type { JSONWebKeySet, JWK } from 'jose'
import { type KeyRequest, WebIdentityError } from '../identity/web-identity.ts'

/** Fetches JSON from a URL; throws when it cannot or must not. */
export type FetchJson = (url: string, thumbprints: readonly string[]) => Promise<unknown>

/** Verification keys of issuers elsewhere. */
export interface RemoteIssuers {
  /** @throws WebIdentityError `unreachable`, or `invalid` for an issuer whose documents are not an issuer's */
  keysFor(issuer: string, request: KeyRequest): Promise<JSONWebKeySet>
}

interface Known {
  readonly keys: JSONWebKeySet
  readonly fetchedAt: number
}

/** Keys are used this long before they are fetched anew. */
const freshMilliseconds = 3_600_000
/** A token with a key that is not there makes us look for it, but not more often than this: anybody can write a token. */
const rotationMilliseconds = 60_000
/** An issuer that failed is left alone for so long. */
const failureMilliseconds = 10_000
const mostIssuers = 1_000
/** Calls that may wait for issuers at once: anybody can make one wait, and each holds a connection to the store. */
const mostWaiting = 100
/** AWS takes at most 100 RSA and 100 elliptic curve keys. IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM", Prerequisites. */
const mostKeysOfType = 100

/** Issuers that publish their keys by OpenID Connect Discovery 1.0, section 4. @param now  epoch milliseconds */
export function createRemoteIssuers(fetchJson: FetchJson, now: () => number): RemoteIssuers {
  const known = new Map<string, Known>()
  const failed = new Map<string, number>()
  const underway = new Map<string, Promise<Known>>()
  let waiting = 0

  async function load(name: string, issuer: string, thumbprints: readonly string[]): Promise<Known> {
    const running = underway.get(name)
    if (running) return running
    const started = fetchKeys(fetchJson, issuer, thumbprints)
      .then(keys => {
        const found = { keys, fetchedAt: now() }
        keep(known, name, found)
        return found
      })
      .catch((problem: unknown) => {
        keep(failed, name, now())
        throw problem
      })
      .finally(() => underway.delete(name))
    underway.set(name, started)
    return started
  }

  return {
    async keysFor(issuer, { thumbprints, keyId }) {
      // What one account registered must not decide what another trusts.
      const name = [issuer, ...[...thumbprints].sort()].join('\n')
      const held = known.get(name)
      const age = held ? now() - held.fetchedAt : Number.POSITIVE_INFINITY
      const rotated = keyId !== undefined && !held?.keys.keys.some(({ kid }) => kid === keyId)
      if (held && age < (rotated ? rotationMilliseconds : freshMilliseconds)) return held.keys
      if (now() - (failed.get(name) ?? Number.NEGATIVE_INFINITY) < failureMilliseconds) throw unreachable()
      if (waiting >= mostWaiting) throw unreachable()
      waiting++
      try {
        return (await load(name, issuer, thumbprints)).keys
      } finally {
        waiting--
      }
    },
  }
}

function keep<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name)
  if (map.size >= mostIssuers) map.delete(map.keys().next().value as string)
  map.set(name, value)
}

async function fetchKeys(fetchJson: FetchJson, issuer: string, thumbprints: readonly string[]): Promise<JSONWebKeySet> {
  const get = async (url: string): Promise<{ readonly [name: string]: unknown }> => {
    const answer = await fetchJson(url, thumbprints).catch(() => {
      throw unreachable()
    })
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw notAnIssuer()
    return answer as { [name: string]: unknown }
  }
  const document = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const { issuer: named, jwks_uri: location } = document
  if (named !== issuer || typeof location !== 'string' || !location.startsWith('https://')) throw notAnIssuer()
  const { keys } = await get(location)
  if (!Array.isArray(keys)) throw notAnIssuer()
  const usable = (keys as unknown[]).filter(isVerificationKey)
  for (const type of ['RSA', 'EC']) if (usable.filter(({ kty }) => kty === type).length > mostKeysOfType) throw notAnIssuer()
  return { keys: usable }
}

/** Public keys for signatures alone: a secret or private key in the set verifies nothing. */
function isVerificationKey(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null) return false
  const { kty, use, d } = key as JWK
  return (kty === 'RSA' || kty === 'EC') && (use === undefined || use === 'sig') && d === undefined
}

const unreachable = () =>
  new WebIdentityError(
    'unreachable',
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  )
const notAnIssuer = () =>
  new WebIdentityError('invalid', 'The OIDC provider does not publish the documents that AssumeRoleWithWebIdentity requires.')
