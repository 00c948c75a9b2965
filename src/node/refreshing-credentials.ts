import { createHash } from 'node:crypto'
import { rateLimit } from './rate-limit.ts'

/** Credentials that a pod, or a process on a node, gets. */
export interface NodeCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly accountId?: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Why credentials are not to be had. */
export class CredentialsRefused extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string
  constructor(status: number, code: string, message: string, requestId = '') {
    super(message)
    this.status = status
    this.code = code
    this.requestId = requestId
  }
  /** Asking again is no use, and what is cached is good no more: the service has said no. */
  get final(): boolean {
    return finalCodes.has(this.code)
  }
}

const finalCodes = new Set(['ResourceNotFoundException', 'ExpiredTokenException', 'InvalidTokenException', 'AccessDeniedException'])

export interface RefreshingOptions {
  /** Asks for new credentials. @throws CredentialsRefused, or any Error when nobody answers */
  fetch(key: string): Promise<NodeCredentials>
  readonly now: () => number
  /** Waits; tests do not. */
  readonly sleep?: (milliseconds: number) => Promise<void>
  /** Credentials kept at most. */
  readonly mostKept?: number
  /** Milliseconds after which credentials are renewed, however long they are good. */
  readonly renewAfter?: number
  /** Calls a second to the service. */
  readonly callsPerSecond?: number
}

/** Defaults of the EKS Pod Identity Agent's flags: `--max-cache-size`, `--max-credential-retention-before-renewal`, `--max-service-qps`. */
const defaults = { mostKept: 2_000, renewAfter: 3 * 3_600_000, callsPerSecond: 3 }

const attempts = 4
const firstPauseMilliseconds = 100
/** SDKs ask anew when this much is left, or less. Half of the life is renewed sooner than that but for the shortest sessions. */
const shareOfLife = 0.5
/** Credentials with less left are not given out. */
const leastLeftMilliseconds = 2_000

interface Kept {
  readonly credentials: NodeCredentials
  readonly renewAt: number
}

/**
 * Credentials by key, fetched once however many ask at once, kept, and renewed before they expire. When they cannot be renewed, what is kept is given
 * out for as long as it is good, unless the service has refused.
 */
export function refreshingCredentials(options: RefreshingOptions) {
  const { fetch, now, mostKept, renewAfter, callsPerSecond } = { ...defaults, ...options }
  const sleep = options.sleep ?? (milliseconds => new Promise<void>(resolve => setTimeout(resolve, milliseconds)))
  const kept = new Map<string, Kept>()
  const underWay = new Map<string, Promise<NodeCredentials>>()
  const calls = rateLimit(callsPerSecond, Math.max(callsPerSecond, attempts), now)

  async function fetchWithRetries(key: string): Promise<NodeCredentials> {
    for (let attempt = 1; ; attempt++) {
      while (!calls.take()) await sleep(calls.wait())
      try {
        return await fetch(key)
      } catch (problem) {
        const again = !(problem instanceof CredentialsRefused) || (!problem.final && (problem.status >= 500 || problem.status === 429))
        if (!again || attempt === attempts) throw problem
        await sleep(firstPauseMilliseconds * 2 ** (attempt - 1))
      }
    }
  }

  function renew(key: string, id: string): Promise<NodeCredentials> {
    const begun = underWay.get(id)
    if (begun) return begun
    const renewal = fetchWithRetries(key)
      .then(credentials => {
        const at = now()
        kept.delete(id)
        kept.set(id, { credentials, renewAt: at + Math.min(renewAfter, (credentials.expiresAt - at) * shareOfLife) })
        for (const oldest of kept.keys()) {
          if (kept.size <= mostKept) break
          kept.delete(oldest)
        }
        return credentials
      })
      .catch((problem: unknown) => {
        if (problem instanceof CredentialsRefused && problem.final) kept.delete(id)
        throw problem
      })
      .finally(() => underWay.delete(id))
    underWay.set(id, renewal)
    return renewal
  }

  return {
    /** @throws CredentialsRefused, or the Error of the last attempt */
    async get(key: string): Promise<NodeCredentials> {
      // Tokens are not kept, only what they were exchanged for.
      const id = createHash('sha256').update(key).digest('base64url')
      const known = kept.get(id)
      if (known && now() < known.renewAt) return known.credentials
      try {
        return await renew(key, id)
      } catch (problem) {
        const left = kept.get(id)
        if (left && left.credentials.expiresAt - now() > leastLeftMilliseconds) return left.credentials
        throw problem
      }
    },
  }
}
