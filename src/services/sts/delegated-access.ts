import { openTradeIn } from '../../identity/trade-in-token.ts'
import { issueCredentials, lifeOf } from './credentials.ts'
import { sts } from './service.ts'

/**
 * GetDelegatedAccessToken: credentials for the holder of a trade-in token, with what its principal delegated.
 * STS API Reference, "GetDelegatedAccessToken".
 */
export const GetDelegatedAccessToken = sts.operation('GetDelegatedAccessToken', {
  access: () => ({ resource: '*' }),

  async handle({ TradeInToken }, context) {
    const { now, world } = context
    const tradeIn = openTradeIn(world.secrets, TradeInToken)
    if (!tradeIn) throw new sts.ValidationError('The trade-in token is not valid.')
    if (tradeIn.expiresAt <= now) throw new sts.ExpiredTradeInTokenException('The trade-in token has expired.')
    // The time of the access began when the token was sent, whenever it is exchanged.
    const seconds = Math.min(tradeIn.sessionSeconds, Math.floor((tradeIn.expiresAt - now) / 1000))
    const session = { ...tradeIn.facts, ...lifeOf(seconds, now) }
    return { Credentials: issueCredentials(session, {}, context).Credentials, AssumedPrincipal: tradeIn.principal }
  },
})
