import { withoutPath } from '../../cluster-access/aws-auth.ts'
import type { Principal } from '../../identity/principal.ts'
import { TokenRefused } from './refusal.ts'

/** An IAM principal as Kubernetes gets to know it. */
export interface Caller {
  readonly account: string
  /** As GetCallerIdentity gives it. */
  readonly arn: string
  /** A session's role, without its path, or the user: EKS's `canonicalArn`, which aws-auth maps. */
  readonly canonicalArn: string
  /** With the role's path: what an access entry is made for. */
  readonly principalArn: string
  /** Of the user or role, not of the session. Another one when the principal is deleted and made anew. */
  readonly principalId: string
  /** Empty without a session. */
  readonly sessionName: string
  readonly accessKeyId: string
}

/**
 * The caller behind a verified signature.
 * @throws TokenRefused for principals that are nobody in a cluster
 */
export function callerOf(principal: Principal): Caller {
  switch (principal.type) {
    case 'user':
    case 'root': {
      const { account, arn, accessKeyId } = principal
      const principalId = principal.type === 'user' ? principal.userId : account
      return { account, arn, canonicalArn: arn, principalArn: arn, principalId, sessionName: '', accessKeyId }
    }
    case 'roleSession': {
      const { account, arn, roleArn, roleId: principalId, sessionName, accessKeyId } = principal
      return { account, arn, canonicalArn: withoutPath(roleArn), principalArn: roleArn, principalId, sessionName, accessKeyId }
    }
    case 'federatedUser': {
      const { account, arn, accessKeyId, federatedUserName: sessionName } = principal
      return { account, arn, canonicalArn: arn, principalArn: arn, principalId: account, sessionName, accessKeyId }
    }
    default:
      throw new TokenRefused(`a caller of type ${principal.type} is nobody in a cluster`)
  }
}
