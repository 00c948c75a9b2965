import { credentialsShape } from './role-sessions.ts'
import { sts } from './service.ts'

const defaultSeconds = 43_200
const defaultSecondsOfRoot = 3_600

/** GetSessionToken: temporary credentials of the caller itself. STS API Reference, "GetSessionToken". */
export const GetSessionToken = sts.operation('GetSessionToken', {
  // "No permissions are required for users to perform this operation."
  access: () => [],

  async handle({ DurationSeconds, SerialNumber, TokenCode }, { principal, now, world }) {
    if ((principal.type !== 'user' && principal.type !== 'root') || principal.session)
      throw new sts.AccessDenied('Cannot call GetSessionToken with session credentials')
    // No account has MFA devices yet, so no code can be right.
    if (SerialNumber !== undefined || TokenCode !== undefined)
      throw new sts.AccessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
    const asked = DurationSeconds ?? defaultSeconds
    const seconds = principal.type === 'root' ? Math.min(asked, defaultSecondsOfRoot) : asked
    const issuedAt = Math.floor(now / 1000) * 1000
    const facts = { kind: principal.type, account: principal.account, issuedAt, expiresAt: issuedAt + seconds * 1000 }
    const session = principal.type === 'user' ? { ...facts, ownerId: principal.userId } : facts
    return { Credentials: credentialsShape(world.sessions.issue(session, world.random)) }
  },
})
