import type { AuthorizationRequest, PolicyPrincipal } from '../policy/index.ts'

/** A request in one line. */
export function describeRequest({ principal, action, resource, context }: AuthorizationRequest): string {
  const keys = Object.entries(context).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`],
  )
  return `${action} on ${resource} by ${nameOf(principal)}${keys.length > 0 ? ` with ${keys.join(', ')}` : ''}`
}

/** How people call a principal. */
export function nameOf(principal: PolicyPrincipal): string {
  switch (principal.type) {
    case 'anonymous':
      return 'anyone without credentials'
    case 'service':
      return principal.service
    case 'webIdentity':
    case 'saml':
      return `an identity of ${principal.provider}`
    default:
      return principal.arn
  }
}
