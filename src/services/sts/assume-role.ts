import type { Principal } from '../../identity/principal.ts'
import type { RequestContext } from '../../policy/index.ts'
import type { JsonObject } from '../../types/json.ts'
import type { AssumeRoleRequest } from '../../wire/models/sts.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { checkMfa, takeMfa } from './mfa.ts'
import { issueRoleSession } from './role-sessions.ts'
import { type AssumableRole, findRole, isRoleArn, roleTagKeys } from './roles.ts'
import { sts } from './service.ts'
import { type SessionTags, sessionLimits, sessionTagKeys } from './session-request.ts'

interface Prepared {
  readonly role: AssumableRole | undefined
  /** The call itself proves a second factor. */
  readonly withMfa: boolean
}

/** AssumeRole: temporary credentials of a role. STS API Reference, "AssumeRole". */
export const AssumeRole = sts.operation('AssumeRole', {
  async prepare(input, context): Promise<Prepared> {
    checkArguments(input, context)
    return { role: await findRole(context.tx, input.RoleArn), withMfa: await checkMfa(input, context) }
  },

  access(input, { principal }, { role, withMfa }) {
    const inherited = transitiveTagsOf(principal)
    const sourceIdentity = sourceIdentityOf(principal, input.SourceIdentity)
    const contexts = input.ProvidedContexts?.flatMap(({ ProviderArn }) => ProviderArn ?? [])
    const keys: RequestContext = {
      'sts:ExternalId': input.ExternalId,
      'sts:RoleSessionName': input.RoleSessionName,
      'sts:SourceIdentity': sourceIdentity,
      'sts:RequestContextProviders': contexts,
      // Given with the call, the second factor is there for the trust policy; the role's session does not carry it.
      ...(withMfa && { 'aws:MultiFactorAuthPresent': true, 'aws:MultiFactorAuthAge': 0 }),
      ...sessionTagKeys(input, inherited),
      ...roleTagKeys(role),
    }
    const statement = (action: string): AccessStatement => ({
      action,
      resource: input.RoleArn,
      keys,
      // The trust policy is the role's resource policy, and must allow even within one account.
      resourceMustAllow: true,
      ...(role && { resourcePolicy: role.trustPolicy }),
    })
    // What a chain hands on, tags and source identity, every role in it must allow.
    const tagged = Boolean(input.Tags?.length) || Object.keys(inherited).length > 0
    return [
      statement('sts:AssumeRole'),
      ...(tagged ? [statement('sts:TagSession')] : []),
      ...(sourceIdentity !== undefined ? [statement('sts:SetSourceIdentity')] : []),
      ...(contexts?.length ? [statement('sts:SetContext')] : []),
    ]
  },

  async handle(input, context, { role }) {
    const { principal, tx } = context
    if (!role) throw new sts.AccessDenied(`Not authorized to perform sts:AssumeRole on resource: ${input.RoleArn}`)
    // Contexts are IAM Identity Center's to assert, and there is none: no assertion can be its.
    if (input.ProvidedContexts?.length) throw new sts.InvalidContextAssertion('The trusted context assertion is not valid.')
    const { facts, packedSize } = await sessionLimits(input, { tx, account: role.row.account, inherited: transitiveTagsOf(principal) })
    const sourceIdentity = sourceIdentityOf(principal, input.SourceIdentity)
    const chained = principal.type === 'roleSession'
    await takeMfa(input, context)
    const issued = issueRoleSession(
      role,
      input.RoleSessionName,
      input,
      { ...facts, ...(sourceIdentity !== undefined && { sourceIdentity }), ...(chained && { chained }) },
      context,
    )
    return {
      ...issued,
      ...(packedSize !== undefined && { PackedPolicySize: packedSize }),
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  },

  trail: ({ RoleArn, SourceIdentity }, _output, { principal }, prepared) => ({
    addedParameters: inheritedParameters(principal, SourceIdentity),
    resources: [{ ARN: RoleArn, type: 'AWS::IAM::Role', ...(prepared?.role && { accountId: prepared.role.row.account }) }],
  }),
})

function checkArguments({ RoleArn }: AssumeRoleRequest, { principal }: AccessContext): void {
  if (!isRoleArn(RoleArn)) throw new sts.ValidationError(`${RoleArn} is invalid`)
  if (principal.type === 'root') throw new sts.AccessDenied('Roles may not be assumed by root accounts.')
}

/** The tags that a session hands on: keys are compared without regard to case. IAM User Guide, "Chaining roles with session tags". */
function transitiveTagsOf(principal: Principal): SessionTags {
  const session = 'account' in principal ? principal.session : undefined
  const transitive = new Set(session?.transitiveTagKeys?.map(key => key.toLowerCase()))
  return Object.fromEntries(Object.entries(session?.tags ?? {}).filter(([key]) => transitive.has(key.toLowerCase())))
}

/** What a chain hands on, on record with the call. IAM User Guide, "Example AWS STS role chaining API event in CloudTrail log file". */
function inheritedParameters(principal: Principal, asked: string | undefined): JsonObject {
  const session = 'account' in principal ? principal.session : undefined
  const tags = transitiveTagsOf(principal)
  return {
    ...(Object.keys(tags).length > 0 && { incomingTransitiveTags: { ...tags } }),
    ...(asked === undefined && session?.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
  }
}

/** Once set, a source identity stays through role chaining and cannot be changed. IAM User Guide, "Monitor and control actions taken with assumed roles". */
function sourceIdentityOf(principal: Principal, asked: string | undefined): string | undefined {
  const current = 'account' in principal ? principal.session?.sourceIdentity : undefined
  if (current !== undefined && asked !== undefined && asked !== current)
    throw new sts.AccessDenied('The source identity of the calling session cannot be changed.')
  return current ?? asked
}
