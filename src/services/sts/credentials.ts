import { longestToken, type SessionFacts } from '../../identity/sessions.ts'
import type { CallContext } from '../operation.ts'

/** The members, of every request for a session, that say how large its token is to be. */
export interface TokenRequest {
  readonly MinimumSessionTokenSize?: number
}

/**
 * Issues a session's credentials, as STS answers them.
 * @returns the credentials, the size of the session token in bytes, and how much of the largest size that is, per cent
 */
export function issueCredentials(facts: SessionFacts, { MinimumSessionTokenSize }: TokenRequest, { world }: Pick<CallContext, 'world'>) {
  const issued = world.sessions.issue(facts, world.random, MinimumSessionTokenSize)
  const size = issued.sessionToken.length
  return {
    Credentials: {
      AccessKeyId: issued.accessKeyId,
      SecretAccessKey: issued.secretAccessKey,
      SessionToken: issued.sessionToken,
      Expiration: new Date(issued.expiresAt),
    },
    SessionTokenSize: size,
    SessionTokenUtilization: Math.ceil((size / longestToken) * 100),
  }
}

/** When a session of some seconds begins and ends. Times on the wire are whole seconds: none outlives what its Expiration says. */
export function lifeOf(seconds: number, now: number) {
  const issuedAt = Math.floor(now / 1000) * 1000
  return { issuedAt, expiresAt: issuedAt + seconds * 1000 }
}
