import { assumedRoleArn } from '../../identity/arns.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import type { HandleContext } from '../operation.ts'
import { issueCredentials, lifeOf, type TokenRequest } from './credentials.ts'
import type { AssumableRole } from './roles.ts'
import { sts } from './service.ts'

/** Seconds a role session lasts when the caller does not say. STS API Reference, "AssumeRole", DurationSeconds. */
const defaultSeconds = 3_600
/** "Role chaining limits your role session to a maximum of one hour." */
const longestChainedSeconds = 3_600

export interface RoleSessionRequest extends TokenRequest {
  readonly DurationSeconds?: number
}

/**
 * Issues credentials for a role session.
 * @param facts           what the session carries beside its role, name and times
 * @param longestSeconds  what the session is cut to, silently
 * @throws                ValidationError when the role, or chaining, does not allow so long a session
 */
export function issueRoleSession(
  role: AssumableRole,
  sessionName: string,
  request: RoleSessionRequest,
  facts: Omit<SessionFacts, 'kind' | 'account' | 'ownerId' | 'name' | 'issuedAt' | 'expiresAt'>,
  context: Pick<HandleContext, 'now' | 'world'>,
  longestSeconds = Infinity,
) {
  const seconds = request.DurationSeconds ?? defaultSeconds
  if (facts.chained && seconds > longestChainedSeconds)
    throw new sts.ValidationError('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.')
  if (seconds > role.row.maxSessionSeconds)
    throw new sts.ValidationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  const { account, id, name } = role.row
  const session: SessionFacts = {
    ...facts,
    kind: 'role',
    account,
    ownerId: id,
    name: sessionName,
    ...lifeOf(Math.min(seconds, longestSeconds), context.now),
  }
  return {
    ...issueCredentials(session, request, context),
    AssumedRoleUser: { AssumedRoleId: `${id}:${sessionName}`, Arn: assumedRoleArn(account, name, sessionName) },
  }
}
