import { type AuthorizationRequest, type ContextValue, type PolicyPrincipal, resourceAccountOf } from './request.ts'

type Derive = (principal: PolicyPrincipal, request: AuthorizationRequest) => ContextValue | undefined

/**
 * Condition keys whose values follow from the principal, or from the resource's ARN; by lower-case name. IAM User Guide, "AWS global condition context
 * keys" and "IAM policy elements: Variables and tags", the table of principal key values.
 */
export const derivedKeys: Readonly<Record<string, Derive>> = {
  'aws:principalarn': principalArn,
  'aws:principalaccount': principal => principal.account,
  'aws:principaltype': principalType,
  'aws:principalisawsservice': principal => principal.type === 'service',
  'aws:principalservicename': principal => (principal.type === 'service' ? principal.service : undefined),
  'aws:principalservicenameslist': principal =>
    principal.type === 'service' ? (principal.serviceNames ?? [principal.service]) : undefined,
  'aws:userid': userId,
  'aws:username': principal => (principal.type === 'user' ? principal.userName : undefined),
  'aws:federatedprovider': federatedProvider,
  'aws:resourceaccount': (_, request) => resourceAccountOf(request),
}

/** For sessions of a role the ARN of the role, not of the session. */
function principalArn(principal: PolicyPrincipal): string | undefined {
  switch (principal.type) {
    case 'root':
    case 'user':
    case 'federatedUser':
      return principal.arn
    case 'roleSession':
      return principal.roleArn
    default:
      return undefined
  }
}

function principalType(principal: PolicyPrincipal): string | undefined {
  switch (principal.type) {
    case 'root':
      return 'Account'
    case 'user':
      return 'User'
    case 'federatedUser':
      return 'FederatedUser'
    case 'roleSession':
      return 'AssumedRole'
    case 'anonymous':
      return 'Anonymous'
    default:
      return undefined
  }
}

function userId(principal: PolicyPrincipal): string | undefined {
  switch (principal.type) {
    case 'root':
      return principal.account
    case 'user':
      return principal.userId
    case 'roleSession':
      return `${principal.roleId}:${principal.sessionName}`
    case 'federatedUser':
      return `${principal.account}:${principal.name ?? principal.arn.slice(principal.arn.indexOf('/') + 1)}`
    default:
      return undefined
  }
}

function federatedProvider(principal: PolicyPrincipal): string | undefined {
  switch (principal.type) {
    case 'webIdentity':
    case 'saml':
      return principal.provider
    case 'roleSession':
      return principal.federatedProvider
    default:
      return undefined
  }
}
