import type { SessionFacts } from '../../identity/sessions.ts'
import { issueCredentials, lifeOf } from './credentials.ts'
import { takeMfa } from './mfa.ts'
import { sts } from './service.ts'

const defaultSeconds = 43_200
const longestSecondsOfRoot = 3_600

/** GetSessionToken: temporary credentials of the caller itself. STS API Reference, "GetSessionToken". */
export const GetSessionToken = sts.operation('GetSessionToken', {
  // "No permissions are required for users to perform this operation."
  access: () => [],
  async handle(input, context) {
    const { principal, now } = context
    if (principal.type !== 'user' && principal.type !== 'root')
      throw new sts.AccessDenied('Cannot call GetSessionToken with session credentials')
    const withMfa = await takeMfa(input, context)
    const asked = input.DurationSeconds ?? defaultSeconds
    const seconds = principal.type === 'root' ? Math.min(asked, longestSecondsOfRoot) : asked
    const session: SessionFacts = {
      kind: principal.type,
      account: principal.account,
      ...(principal.type === 'user' && { ownerId: principal.userId }),
      ...(withMfa && { mfaAt: now }),
      ...lifeOf(seconds, now),
    }
    return issueCredentials(session, input, context)
  },
})
