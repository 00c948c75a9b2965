/** Who asks, as policies see it. IAM User Guide, "AWS JSON policy elements: Principal" and "Principal key values". */
export type PolicyPrincipal =
  | RootPrincipal
  | UserPrincipal
  | RoleSessionPrincipal
  | FederatedUserPrincipal
  | WebIdentityPrincipal
  | SamlPrincipal
  | ServicePrincipal
  | AnonymousPrincipal

/** The root user of an account; `arn` is `arn:aws:iam::ACCOUNT:root`. */
export interface RootPrincipal {
  readonly type: 'root'
  readonly account: string
  readonly arn: string
  /** The account's canonical user ID, for policies that name it. */
  readonly canonicalId?: string
}
export interface UserPrincipal {
  readonly type: 'user'
  readonly account: string
  readonly arn: string
  readonly userId: string
  readonly userName: string
  readonly canonicalId?: string
}
/** A session of a role; `arn` is `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
export interface RoleSessionPrincipal {
  readonly type: 'roleSession'
  readonly account: string
  readonly arn: string
  readonly roleArn: string
  readonly roleId: string
  readonly sessionName: string
  /** Organizations policies do not restrict service-linked roles. */
  readonly serviceLinked?: boolean
  /** The identity provider that authenticated the session, for sessions from web identity or SAML. */
  readonly federatedProvider?: string
  readonly canonicalId?: string
}
/** A session from GetFederationToken; `arn` is `arn:aws:sts::ACCOUNT:federated-user/NAME`. */
export interface FederatedUserPrincipal {
  readonly type: 'federatedUser'
  readonly account: string
  readonly arn: string
  /** The user, or the root user, who federated. */
  readonly userArn: string
  /** The caller-specified name. */
  readonly name?: string
  /** The unique ID of the user who federated. */
  readonly userId?: string
  readonly canonicalId?: string
}
/** The caller of AssumeRoleWithWebIdentity, before there is a session. */
export interface WebIdentityPrincipal {
  readonly type: 'webIdentity'
  /** The ARN of the OpenID Connect provider, or a built-in provider's name such as `accounts.google.com`. */
  readonly provider: string
  readonly account?: string
}
/** The caller of AssumeRoleWithSAML, before there is a session. */
export interface SamlPrincipal {
  readonly type: 'saml'
  /** The ARN of the SAML provider. */
  readonly provider: string
  readonly account?: string
}
/** An AWS service that acts for itself, for example `pods.eks.amazonaws.com`. */
export interface ServicePrincipal {
  readonly type: 'service'
  readonly service: string
  /** Every name of the service, for `aws:PrincipalServiceNamesList`; the one above when absent. */
  readonly serviceNames?: readonly string[]
  readonly account?: undefined
}
export interface AnonymousPrincipal {
  readonly type: 'anonymous'
  readonly account?: undefined
}

/**
 * One value of a condition key, or several for a multivalued key. A number under a date operator is seconds since 1970, as
 * `aws:EpochTime`; a Date is itself. Binary values are base64 text.
 */
export type ContextValue = string | number | boolean | Date | readonly string[]

/**
 * Condition keys of a request, their names in any case. The keys that tell about the principal (`aws:PrincipalArn`, `aws:username`, ...) follow from
 * the principal and need not be here; a value that is here wins.
 */
export type RequestContext = Readonly<Record<string, ContextValue | undefined>>

export interface AuthorizationRequest {
  readonly principal: PolicyPrincipal
  /** For example `iam:CreateUser`; case does not matter. */
  readonly action: string
  /** An ARN, or `*` when the action has no resource. */
  readonly resource: string
  /** The account that owns the resource; by default the one in the ARN, else the principal's. */
  readonly resourceAccount?: string | undefined
  readonly context: RequestContext
}

/** The account that owns the resource of a request. */
export function resourceAccountOf(request: AuthorizationRequest): string | undefined {
  return request.resourceAccount ?? (accountOf(request.resource) || request.principal.account)
}

/**
 * Whether the resource of a request is an account's own; as `resourceAccountOf`, without making a text. AWS's own resources, such as its managed policies
 * (`arn:aws:iam::aws:policy/...`), count as everyone's: no policy of theirs has to allow.
 */
export function isOwner(account: string, { resource, resourceAccount }: AuthorizationRequest): boolean {
  if (resourceAccount !== undefined) return resourceAccount === account
  const start = accountStart(resource)
  if (start === 0 || resource.charCodeAt(start) === colon || isLetter(resource.charCodeAt(start))) return true
  const end = start + account.length
  // Without a fifth colon it is no ARN, and the principal's own account is meant.
  return resource.indexOf(':', start) === -1 || (resource.startsWith(account, start) && resource.charCodeAt(end) === colon)
}

const colon = 0x3a

const isLetter = (code: number): boolean => code >= 0x61 && code <= 0x7a

/** The offset after the fourth colon, or 0. */
function accountStart(arn: string): number {
  let start = 0
  for (let colons = 0; colons < 4; colons++) {
    start = arn.indexOf(':', start) + 1
    if (start === 0) return 0
  }
  return start
}

/** The fifth component of an ARN; empty when there is none. */
export function accountOf(arn: string): string {
  const start = accountStart(arn)
  const end = start === 0 ? -1 : arn.indexOf(':', start)
  return end === -1 ? '' : arn.slice(start, end)
}
