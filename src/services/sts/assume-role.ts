import type { Principal } from '../../identity/principal.ts'
import type { AccessStatement } from '../operation.ts'
import { issueRoleSession } from './role-sessions.ts'
import { findRole } from './roles.ts'
import { sts } from './service.ts'
import { sessionLimits, sessionTagKeys } from './session-request.ts'

/** AssumeRole: temporary credentials of a role. STS API Reference, "AssumeRole". */
export const AssumeRole = sts.operation('AssumeRole', {
  prepare: ({ RoleArn }, { tx }) => findRole(tx, RoleArn),

  access(input, _context, role) {
    const keys = {
      'sts:ExternalId': input.ExternalId,
      'sts:RoleSessionName': input.RoleSessionName,
      'sts:SourceIdentity': input.SourceIdentity,
      ...sessionTagKeys(input),
      ...Object.fromEntries(
        Object.entries(role?.tags ?? {}).flatMap(([key, value]) => [
          [`aws:ResourceTag/${key}`, value],
          [`iam:ResourceTag/${key}`, value],
        ]),
      ),
    }
    const statement = (action: string): AccessStatement => ({
      action,
      resource: input.RoleArn,
      keys,
      // The trust policy is the role's resource policy, and must allow even within one account.
      resourceMustAllow: true,
      ...(role && { resourcePolicy: role.trustPolicy }),
    })
    return [
      statement('sts:AssumeRole'),
      ...(input.Tags?.length ? [statement('sts:TagSession')] : []),
      ...(input.SourceIdentity !== undefined ? [statement('sts:SetSourceIdentity')] : []),
    ]
  },

  async handle(input, context, role) {
    const { principal } = context
    if (principal.type === 'root') throw new sts.AccessDenied('Roles may not be assumed by root accounts.')
    if (!role) throw new sts.AccessDenied(`Not authorized to perform sts:AssumeRole on resource: ${input.RoleArn}`)
    // No account has MFA devices yet, so no code can be right.
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
      throw new sts.AccessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
    const { facts, packedSize } = sessionLimits(input, transitiveTagsOf(principal))
    const sourceIdentity = sourceIdentityOf(principal, input.SourceIdentity)
    const issued = issueRoleSession(
      role,
      input.RoleSessionName,
      input.DurationSeconds,
      { ...facts, ...(sourceIdentity !== undefined && { sourceIdentity }), ...(principal.type === 'roleSession' && { chained: true }) },
      context,
    )
    return {
      ...issued,
      ...(packedSize !== undefined && { PackedPolicySize: packedSize }),
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  },

  trail: ({ RoleArn }, _output, _context, role) => ({
    resources: [{ ARN: RoleArn, type: 'AWS::IAM::Role', ...(role && { accountId: role.row.account }) }],
  }),
})

function transitiveTagsOf(principal: Principal): { [key: string]: string } {
  const session = 'account' in principal ? principal.session : undefined
  const tags = session?.tags ?? {}
  return Object.fromEntries((session?.transitiveTagKeys ?? []).flatMap(key => (tags[key] === undefined ? [] : [[key, tags[key]]])))
}

/** Once set, a source identity stays through role chaining and cannot be changed. IAM User Guide, "Monitor and control actions taken with assumed roles". */
function sourceIdentityOf(principal: Principal, asked: string | undefined): string | undefined {
  const current = 'account' in principal ? principal.session?.sourceIdentity : undefined
  if (current !== undefined && asked !== undefined && asked !== current)
    throw new sts.AccessDenied('The source identity of the calling session cannot be changed.')
  return current ?? asked
}
