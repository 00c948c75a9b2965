import type { PolicyPrincipal } from '../policy/index.ts'

/**
 * Who calls, as proved by their credentials. IAM User Guide, "AWS JSON policy elements: Principal", and STS "GetCallerIdentity".
 */
export type Principal =
  | RootPrincipal
  | UserPrincipal
  | RoleSessionPrincipal
  | FederatedUserPrincipal
  | ServicePrincipal
  | AnonymousPrincipal

interface Credentialed {
  readonly account: string
  /** As GetCallerIdentity shows it. */
  readonly arn: string
  /** As GetCallerIdentity's UserId and CloudTrail's principalId show it: `AIDA...`, `AROA...:session`, the account's id for root. */
  readonly principalId: string
  readonly accessKeyId: string
  /** Present for temporary credentials only. */
  readonly session?: Session
  /** The services that call with this principal's rights, in order: `cloudformation.amazonaws.com` calls on somebody's behalf. */
  readonly calledVia?: readonly string[]
  /** The service that holds these credentials, those of a service role. */
  readonly heldBy?: string
}

export interface RootPrincipal extends Credentialed {
  readonly type: 'root'
  /** The account's alias, which CloudTrail has as the root user's name. */
  readonly alias?: string
}

export interface UserPrincipal extends Credentialed {
  readonly type: 'user'
  readonly userId: string
  readonly userName: string
}

export interface RoleSessionPrincipal extends Credentialed {
  readonly type: 'roleSession'
  readonly roleArn: string
  readonly roleId: string
  readonly roleName: string
  readonly sessionName: string
  readonly session: Session
}

/** A session of GetFederationToken. */
export interface FederatedUserPrincipal extends Credentialed {
  readonly type: 'federatedUser'
  readonly federatedUserName: string
  /** The user, or root, that federates. */
  readonly issuer: UserPrincipal | RootPrincipal
  readonly session: Session
}

export interface ServicePrincipal {
  readonly type: 'service'
  /** Such as `eks.amazonaws.com`. */
  readonly service: string
  /** What it calls for: `aws:SourceArn` and `aws:SourceAccount`. */
  readonly source?: ServiceSource
}

/** The resource for whose sake a service calls another, and the account of that resource. */
export interface ServiceSource {
  readonly arn: string
  readonly account: string
}

export interface AnonymousPrincipal {
  readonly type: 'anonymous'
}

/** What temporary credentials carry. Times are epoch milliseconds. */
export interface Session {
  readonly issuedAt: number
  readonly expiresAt: number
  /** When the second factor was given, if one was. */
  readonly mfaAt?: number
  readonly tags?: { readonly [key: string]: string }
  readonly transitiveTagKeys?: readonly string[]
  readonly sourceIdentity?: string
  /** Inline session policy, as text. */
  readonly policy?: string
  readonly policyArns?: readonly string[]
  /** True when a role session assumed this role: such sessions last an hour at most. */
  readonly chained?: boolean
  /** Of a session that an instance has by its profile: the instance, and by which version of its metadata service. */
  readonly instance?: { readonly arn: string; readonly roleDelivery: '1.0' | '2.0' }
  /** Where a web identity came from; CloudTrail's webIdFederationData. */
  readonly webIdentity?: WebIdentity
  /** Where a SAML user came from. */
  readonly saml?: SamlIdentity
  /** True of a session that GetDelegatedAccessToken gave a product provider. */
  readonly delegated?: boolean
  /** Of a root session that AssumeRoot made: the ARN of the policy whose task it is for. */
  readonly task?: string
  /**
   * Limits beside session policies, each of which must allow: texts of policies, from GetScopedCredentials, or ARNs of AWS's
   * own, from AssumeRoot; what a delegation request asked for, from GetDelegatedAccessToken.
   */
  readonly scopes?: readonly string[]
  /** Of a session that the console signs with: the console session whose it is, by the hash of its id. */
  readonly consoleSession?: string
}

export interface WebIdentity {
  /** ARN of the OIDC provider. */
  readonly provider: string
  readonly subject: string
  readonly audience: string
  /** The pod, when the token is bound to one. */
  readonly pod?: string
}

export interface SamlIdentity {
  /** ARN of the SAML provider. */
  readonly provider: string
  readonly nameQualifier: string
  readonly subject: string
  readonly subjectType: string
}

/** The identity provider behind a session, for aws:FederatedProvider. */
export const federatedProviderOf = ({ webIdentity, saml }: Session): string | undefined => webIdentity?.provider ?? saml?.provider

/** Principals that have an account: all that hold credentials. */
export type CredentialedPrincipal = RootPrincipal | UserPrincipal | RoleSessionPrincipal | FederatedUserPrincipal

/** The principal as policies match it. */
export function policyPrincipalOf(principal: Principal): PolicyPrincipal {
  switch (principal.type) {
    case 'root':
      return { type: 'root', account: principal.account, arn: principal.arn }
    case 'user':
      return { type: 'user', account: principal.account, arn: principal.arn, userId: principal.userId, userName: principal.userName }
    case 'roleSession': {
      const provider = federatedProviderOf(principal.session)
      return {
        type: 'roleSession',
        account: principal.account,
        arn: principal.arn,
        roleArn: principal.roleArn,
        roleId: principal.roleId,
        sessionName: principal.sessionName,
        serviceLinked: principal.roleArn.includes(':role/aws-service-role/'),
        ...(provider !== undefined && { federatedProvider: provider }),
      }
    }
    case 'federatedUser':
      return {
        type: 'federatedUser',
        account: principal.account,
        arn: principal.arn,
        userArn: principal.issuer.arn,
        name: principal.federatedUserName,
        ...(principal.issuer.type === 'user' && { userId: principal.issuer.userId }),
      }
    case 'service':
      return { type: 'service', service: principal.service }
    case 'anonymous':
      return { type: 'anonymous' }
  }
}

/** The service that calls with this principal's rights, or holds its credentials as those of a service role. */
export const callingService = (principal: Principal): string | undefined =>
  'account' in principal ? (principal.calledVia?.at(-1) ?? principal.heldBy) : undefined

/** Whether a service of AWS's makes the call, for whomever: such alone may set tags that begin with `aws:`. */
export const isCalledByService = (principal: Principal): boolean => principal.type === 'service' || callingService(principal) !== undefined

/** The account that a call of this principal acts in; a service acts in that of its source, `fallback` is for those without one. */
export function accountOf(principal: Principal, fallback: string): string {
  if ('account' in principal) return principal.account
  return (principal.type === 'service' && principal.source?.account) || fallback
}

/** The name that an error message calls the principal by: its ARN. */
export const nameOf = (principal: Principal): string =>
  'arn' in principal ? principal.arn : principal.type === 'service' ? principal.service : 'anonymous'
