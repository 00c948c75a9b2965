import { decodeAuthorizationMessage } from '../../identity/authorization-message.ts'
import { sts } from './service.ts'

/** DecodeAuthorizationMessage: why a request was denied, from the message that came with the denial. STS API Reference, same name. */
export const DecodeAuthorizationMessage = sts.operation('DecodeAuthorizationMessage', {
  access: () => ({ resource: '*' }),

  async handle({ EncodedMessage }, { account, now, world }) {
    const decoded = decodeAuthorizationMessage(world.secrets, EncodedMessage, { account, now })
    if (decoded === undefined) throw new sts.InvalidAuthorizationMessageException('The authorization message is not valid or has expired.')
    return { DecodedMessage: decoded }
  },
})
