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
    const session = { ...tradeIn.facts, ...lifeOf(tradeIn.sessionSeconds, now) }
    return { Credentials: issueCredentials(session, {}, context).Credentials, AssumedPrincipal: tradeIn.principal }
  },
})
