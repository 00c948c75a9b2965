import type { Secrets } from '../store/index.ts'
import type { SessionFacts } from './sessions.ts'

/** What the holder of a trade-in token gets: a session of whoever delegated, under that one's limits. Times are epoch milliseconds. */
export interface TradeIn {
  /** Until when the token can be exchanged. */
  readonly expiresAt: number
  /** ARN of the principal whose permissions are delegated. */
  readonly principal: string
  /** The session; its times begin with the exchange. */
  readonly facts: Omit<SessionFacts, 'issuedAt' | 'expiresAt'>
  readonly sessionSeconds: number
}

const purpose = 'trade-in token'
const longest = 20_000

/** A token that GetDelegatedAccessToken takes: encrypted and authenticated under the data key, and kept nowhere. */
export const sealTradeIn = (secrets: Pick<Secrets, 'encrypt'>, tradeIn: TradeIn): string =>
  secrets.encrypt(JSON.stringify(tradeIn), purpose)

/** @returns undefined for a token that is not ours */
export function openTradeIn(secrets: Pick<Secrets, 'decrypt'>, token: string): TradeIn | undefined {
  if (token.length > longest) return undefined
  try {
    return JSON.parse(secrets.decrypt(token, purpose).toString('utf8')) as TradeIn
  } catch {
    return undefined
  }
}
