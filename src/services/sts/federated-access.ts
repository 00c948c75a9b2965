import type { JsonObject } from '../../types/json.ts'
import type { AccessStatement } from '../operation.ts'
import type { AssumableRole } from './roles.ts'
import { type SessionRequest, sessionTagKeys } from './session-request.ts'

/** A role that somebody else's identity provider asks for, and what its assertion says of the session. */
export interface FederatedRequest extends SessionRequest {
  readonly RoleArn: string
  readonly role: AssumableRole | undefined
  readonly SourceIdentity?: string
}

/** What an identity provider's token says of the session, on record as parameters of the call. IAM User Guide, "Logging IAM and AWS STS API calls", examples. */
export const tokenParameters = ({ tags, transitiveTagKeys, sourceIdentity }: TokenClaims): JsonObject => ({
  ...(sourceIdentity !== undefined && { sourceIdentity }),
  ...(Object.keys(tags).length > 0 && { principalTags: { ...tags } }),
  ...(transitiveTagKeys.length > 0 && { transitiveTagKeys: [...transitiveTagKeys] }),
})

interface TokenClaims {
  readonly tags: { readonly [key: string]: string }
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity?: string
}

/** What the role's trust policy must allow, to a principal who has no policies: to assume, and to pass tags and a source identity when there are any. */
export function federatedStatements(
  action: string,
  { RoleArn, role, SourceIdentity, ...session }: FederatedRequest,
  { principal, keys }: Pick<AccessStatement, 'principal' | 'keys'>,
): AccessStatement[] {
  const statement: AccessStatement = {
    resource: RoleArn,
    ...(principal && { principal }),
    resourceMustAllow: true,
    ...(role && { resourcePolicy: role.trustPolicy }),
    keys: { ...keys, ...sessionTagKeys(session), 'sts:SourceIdentity': SourceIdentity },
  }
  return [
    { ...statement, action },
    ...(session.Tags?.length ? [{ ...statement, action: 'sts:TagSession' }] : []),
    ...(SourceIdentity !== undefined ? [{ ...statement, action: 'sts:SetSourceIdentity' }] : []),
  ]
}
