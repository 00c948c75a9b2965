import { assumedRoleArn } from '../../identity/arns.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import type { HandleContext } from '../operation.ts'
import type { AssumableRole } from './roles.ts'
import { sts } from './service.ts'

/** Seconds a role session lasts when the caller does not say. STS API Reference, "AssumeRole", DurationSeconds. */
const defaultSeconds = 3_600
/** "Role chaining limits your role session to a maximum of one hour." */
const longestChainedSeconds = 3_600

/**
 * Issues credentials for a role session.
 * @param facts  what the session carries beside its role, name and times
 * @throws       ValidationError when the role, or chaining, does not allow so long a session
 */
export function issueRoleSession(
  role: AssumableRole,
  sessionName: string,
  durationSeconds: number | undefined,
  facts: Omit<SessionFacts, 'kind' | 'account' | 'ownerId' | 'name' | 'issuedAt' | 'expiresAt'>,
  { now, world }: Pick<HandleContext, 'now' | 'world'>,
) {
  const seconds = durationSeconds ?? defaultSeconds
  if (facts.chained && seconds > longestChainedSeconds)
    throw new sts.ValidationError('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.')
  if (seconds > role.row.maxSessionSeconds)
    throw new sts.ValidationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  // Times on the wire are whole seconds: a session must not outlive what its Expiration says.
  const issuedAt = Math.floor(now / 1000) * 1000
  const session = {
    ...facts,
    kind: 'role',
    account: role.row.account,
    ownerId: role.row.id,
    name: sessionName,
    issuedAt,
    expiresAt: issuedAt + seconds * 1000,
  } as const
  return {
    Credentials: credentialsShape(world.sessions.issue(session, world.random)),
    AssumedRoleUser: { AssumedRoleId: `${role.row.id}:${sessionName}`, Arn: assumedRoleArn(role.row.account, role.row.name, sessionName) },
  }
}

/** Session credentials as STS answers them. */
export const credentialsShape = (issued: { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiresAt: number }) => ({
  AccessKeyId: issued.accessKeyId,
  SecretAccessKey: issued.secretAccessKey,
  SessionToken: issued.sessionToken,
  Expiration: new Date(issued.expiresAt),
})
