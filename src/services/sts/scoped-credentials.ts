import type { CredentialedPrincipal, Session } from '../../identity/principal.ts'
import { longestToken, packedPolicySize, packedSizeProblem, type SessionFacts } from '../../identity/sessions.ts'
import { issueCredentials } from './credentials.ts'
import { sts } from './service.ts'
import { checkSessionPolicy } from './session-request.ts'

/**
 * GetScopedCredentials: other credentials of the same session that may do less, for less long, or both. They keep the session's issue time, so
 * that what revokes older sessions revokes them too. STS API Reference, "GetScopedCredentials"; IAM User Guide, "Permissions for GetScopedCredentials".
 */
export const GetScopedCredentials = sts.operation('GetScopedCredentials', {
  access: () => ({ resource: '*' }),

  async handle(input, context) {
    const { principal, now } = context
    if (!('account' in principal) || !principal.session)
      throw new sts.InvalidSubjectCredentials('GetScopedCredentials must be called with temporary security credentials.')
    const { session } = principal
    const expiresAt = input.DurationSeconds === undefined ? session.expiresAt : Math.floor(now / 1000 + input.DurationSeconds) * 1000
    if (expiresAt > session.expiresAt)
      throw new sts.InsufficientSessionLifetime('The requested duration exceeds the remaining lifetime of the calling session.')
    if (input.Policy !== undefined) checkScope(input.Policy)
    const scopes = [...(session.scopes ?? []), ...(input.Policy === undefined ? [] : [input.Policy])]
    const issued = issueCredentials(factsOf(principal, { ...session, expiresAt, ...(scopes.length > 0 && { scopes }) }), input, context)
    // A token that grows past what a request may carry would be of no use.
    if (issued.SessionTokenSize > longestToken)
      throw new sts.PackedPolicyTooLarge('The scope down policies of the session consume more than the allotted space.')
    return {
      ...issued,
      SessionInfo: { ScopedSessionId: principal.principalId, Arn: principal.arn },
      ScopedPoliciesCount: scopes.length,
      ...(session.sourceIdentity !== undefined && { SourceIdentity: session.sourceIdentity }),
    }
  },
})

function checkScope(policy: string): void {
  checkSessionPolicy(policy)
  const size = packedPolicySize(policy, [], {}) ?? 0
  if (size > 100) throw new sts.PackedPolicyTooLarge(packedSizeProblem(size, true))
}

function factsOf(principal: CredentialedPrincipal, session: Session): SessionFacts {
  const { account } = principal
  switch (principal.type) {
    case 'root':
      return { ...session, kind: 'root', account }
    case 'user':
      return { ...session, kind: 'user', account, ownerId: principal.userId }
    case 'roleSession':
      return { ...session, kind: 'role', account, ownerId: principal.roleId, name: principal.sessionName }
    case 'federatedUser': {
      const { issuer, federatedUserName } = principal
      return {
        ...session,
        kind: 'federatedUser',
        account,
        name: federatedUserName,
        ...(issuer.type === 'user' && { ownerId: issuer.userId }),
      }
    }
  }
}
