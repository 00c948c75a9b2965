import type { Principal } from '../identity/principal.ts'
import { sourceNetwork } from '../types/source-network.ts'
import type { Configuration } from './configuration.ts'
import { RateLimit } from './rate-limit.ts'

/** Why a call is not taken: too many at once, too often from an address, too often by a principal, or more of an operation than its own rate. */
export type ShedReason = 'overload' | 'address' | 'principal' | 'operation'

/** What keeps a node able to answer: bounds on what it takes on. docs/operation.md, "Limits". */
export interface LoadShedding {
  /** Takes a place for a call. @returns what gives the place back, or why there is none */
  enter(address: string): (() => void) | ShedReason
  /** Whether a principal may make another call now. What nobody signed counts for its address alone. */
  admits(principal: Principal): boolean
  /** Whether another call of an operation may be made now by an account in a region. */
  admitsOperation(call: RatedCall): boolean
  /** Whether the refusal of a principal's call goes on record: the first of each second does, so that whoever asks too often is known and a flood fills no disk. */
  tellsOf(principal: Principal): boolean
  /** Calls that are being answered. */
  inWork(): number
}

interface RatedCall {
  /** The service's signing name. */
  readonly service: string
  readonly operation: string
  readonly account: string
  readonly region: string
}

/**
 * Operations with a documented rate of their own: "limited to two per second, per account, per Region. If this limit is exceeded, a throttling error occurs."
 * CloudTrail API Reference, "LookupEvents", "ListInsightsData".
 */
const lookUps: ReadonlySet<string> = new Set(['cloudtrail:LookupEvents', 'cloudtrail:ListInsightsData'])

/**
 * @param limits  how many calls are answered at once, and how many a second each address and each principal may make
 * @param shed    told of each call that is not taken
 */
export function createLoadShedding(
  limits: Pick<Configuration, 'callsAtOnce' | 'callRatePerAddress' | 'callRatePerPrincipal' | 'lookUpRate'>,
  now: () => number,
  shed: (reason: ShedReason) => void = () => {},
): LoadShedding {
  const addresses = new RateLimit(limits.callRatePerAddress, now)
  const principals = new RateLimit(limits.callRatePerPrincipal, now)
  const operations = new RateLimit(limits.lookUpRate, now)
  const told = new RateLimit(1, now)
  let inWork = 0
  const refuse = (reason: ShedReason) => {
    shed(reason)
    return reason
  }
  return {
    enter(address) {
      if (!addresses.take(sourceNetwork(address))) return refuse('address')
      if (inWork >= limits.callsAtOnce) return refuse('overload')
      inWork++
      let left = false
      return () => {
        if (!left) inWork--
        left = true
      }
    },
    admits(principal) {
      const key = keyOf(principal)
      if (key === undefined || principals.take(key)) return true
      refuse('principal')
      return false
    },
    admitsOperation({ service, operation, account, region }) {
      const name = `${service}:${operation}`
      if (!lookUps.has(name) || operations.take(`${name} ${account} ${region}`)) return true
      refuse('operation')
      return false
    },
    tellsOf(principal) {
      const key = keyOf(principal)
      return key !== undefined && told.take(key)
    },
    inWork: () => inWork,
  }
}

/** Sessions of a role share its rate: another session is quickly had. */
function keyOf(principal: Principal): string | undefined {
  switch (principal.type) {
    case 'root':
      return principal.account
    case 'user':
      return principal.userId
    case 'roleSession':
      return principal.roleId
    case 'federatedUser':
      return keyOf(principal.issuer)
    default:
      return undefined
  }
}
