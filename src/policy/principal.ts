import type { PrincipalElement } from './document.ts'
import { accountOf, type PolicyPrincipal } from './request.ts'

/**
 * How a Principal element reaches the principal of a request. It decides what an Allow of a resource policy is worth in the same account: the more directly
 * the principal is named, the fewer other policies limit it. IAM User Guide, "How AWS enforcement code logic evaluates requests".
 */
export type Reach = 0 | 1 | 2 | 3
export const reachesNot: Reach = 0
/** The account is named: the resource leaves the decision to the account's identity policies. */
export const reachesAccount: Reach = 1
/** The role, or the user who federated, is named: boundaries and session policies still limit. */
export const reachesEntity: Reach = 2
/** The user or the session itself is named, or everyone: no other policy needs to allow. */
export const reachesDirectly: Reach = 3

/** @param bounded  the principal has a permissions boundary, which matters to NotPrincipal */
export type PrincipalTest = (principal: PolicyPrincipal, bounded?: boolean) => Reach

/** Compiles Principal or NotPrincipal. IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal". */
export function compilePrincipal(element: PrincipalElement, allow: boolean): PrincipalTest {
  if (!element.negated && element.everyone) return () => reachesDirectly
  const named = new NamedPrincipals(element)
  if (!element.negated) return principal => named.reach(principal)
  // An Allow for everyone but some leaves out whoever is named at any level; a Deny spares only whoever is named at every level.
  if (allow) return principal => (!element.everyone && named.reach(principal) === reachesNot ? reachesDirectly : reachesNot)
  // A Deny spares nobody who has a permissions boundary, whoever is named.
  return (principal, bounded) => (!bounded && (element.everyone || named.spares(principal)) ? reachesNot : reachesDirectly)
}

class NamedPrincipals {
  readonly accounts = new Set<string>()
  /** ARNs and unique IDs of users, roles and sessions. */
  readonly entities = new Set<string>()
  readonly services = new Set<string>()
  readonly providers = new Set<string>()
  readonly canonicalIds = new Set<string>()

  constructor(element: PrincipalElement) {
    for (const { type, value } of element.entries) {
      if (type === 'Service') this.services.add(value)
      else if (type === 'Federated') this.providers.add(value)
      else if (type === 'CanonicalUser') this.canonicalIds.add(value)
      else if (value.length === 12 && !value.includes(':')) this.accounts.add(value)
      else if (value.endsWith(':root')) this.accounts.add(accountOf(value))
      else this.entities.add(value)
    }
  }

  reach(principal: PolicyPrincipal): Reach {
    switch (principal.type) {
      case 'root':
        return this.#namesAccount(principal) ? reachesDirectly : reachesNot
      case 'user':
        if (this.entities.has(principal.arn) || this.entities.has(principal.userId)) return reachesDirectly
        break
      case 'roleSession':
        if (this.entities.has(principal.arn)) return reachesDirectly
        if (this.entities.has(principal.roleArn) || this.entities.has(principal.roleId)) return reachesEntity
        break
      case 'federatedUser':
        if (this.entities.has(principal.arn)) return reachesDirectly
        if (this.entities.has(principal.userArn)) return reachesEntity
        break
      case 'webIdentity':
      case 'saml':
        return this.providers.has(principal.provider) || this.providers.has('*') ? reachesDirectly : reachesNot
      case 'service':
        return this.#namesService(principal.service, principal.serviceNames) ? reachesDirectly : reachesNot
      case 'anonymous':
        return reachesNot
    }
    return this.#namesAccount(principal) ? reachesAccount : reachesNot
  }

  /**
   * Whether a Deny with NotPrincipal leaves the principal alone. AWS checks the account, then the user or role, then the session,
   * so each must be named; of a role's sessions the named ones, or all when none is named.
   */
  spares(principal: PolicyPrincipal): boolean {
    switch (principal.type) {
      case 'user':
        return this.#namesAccount(principal) && this.reach(principal) === reachesDirectly
      case 'roleSession': {
        if (!this.#namesAccount(principal)) return false
        if (!this.entities.has(principal.roleArn) && !this.entities.has(principal.roleId)) return false
        return this.entities.has(principal.arn) || !this.#namesSessionsLike(principal.arn)
      }
      case 'federatedUser':
        if (!this.#namesAccount(principal)) return false
        return this.entities.has(principal.arn) || this.entities.has(principal.userArn)
      default:
        return this.reach(principal) !== reachesNot
    }
  }

  #namesAccount(principal: { readonly account: string; readonly canonicalId?: string }): boolean {
    return this.accounts.has(principal.account) || (principal.canonicalId !== undefined && this.canonicalIds.has(principal.canonicalId))
  }

  #namesService(service: string, names: readonly string[] = []): boolean {
    return this.services.has(service) || this.services.has('*') || names.some(name => this.services.has(name))
  }

  /** Whether a session of the same role is named. */
  #namesSessionsLike(sessionArn: string): boolean {
    const role = sessionArn.slice(0, sessionArn.lastIndexOf('/') + 1)
    for (const entity of this.entities) if (entity.startsWith(role)) return true
    return false
  }
}
