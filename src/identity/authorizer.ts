import { type ApplicablePolicies, type CompiledPolicy, type Decision, decide, type PolicyPrincipal, type RequestContext } from '../policy/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { BoundedCache } from './bounded-cache.ts'
import { policiesOf } from './policies-of.ts'
import { type CredentialedPrincipal, type Principal, policyPrincipalOf } from './principal.ts'

/** One action on one resource, under these circumstances. */
export interface AuthorizationQuestion {
  readonly action: string
  readonly resource: string
  readonly context: RequestContext
  readonly resourcePolicy?: CompiledPolicy | undefined
  readonly resourceMustAllow?: boolean | undefined
  readonly resourceAccount?: string | undefined
  /** Decide for this principal, which holds no policies, instead of the caller: a web identity's. */
  readonly principal?: PolicyPrincipal | undefined
}

/** Answers the one question of Gatehouse: may this principal do this action on this resource, under these circumstances, and why. */
export interface Authorizer {
  authorize(principal: Principal, question: AuthorizationQuestion): Promise<Decision>
}

interface Holdings {
  readonly policies: ApplicablePolicies
  /** The principal's own tags, as aws:PrincipalTag keys. */
  readonly tags: RequestContext
}

const mostCached = 50_000

/** An authorizer over the store; keeps each principal's policies, compiled, until the change feed says otherwise. */
export function createAuthorizer(store: Store): Authorizer {
  const cache = new BoundedCache<Holdings>(mostCached)
  store.onChange(changes => cache.invalidate(changes.map(change => change.id)))
  const holdingsOf = (principal: CredentialedPrincipal) => cache.load(cacheKey(principal), () => store.read(tx => load(tx, principal)))

  return {
    async authorize(principal, question) {
      const holdings = question.principal || !('account' in principal) ? { policies: { identity: [] }, tags: {} } : await holdingsOf(principal)
      const { action, resource, context, resourcePolicy, resourceMustAllow, resourceAccount } = question
      return decide(
        {
          principal: question.principal ?? policyPrincipalOf(principal),
          action,
          resource,
          resourceAccount,
          // Session tags win over the principal's own of the same name. IAM User Guide, "Pass session tags in AWS STS".
          context: { ...holdings.tags, ...context },
        },
        { ...holdings.policies, ...(resourcePolicy && { resource: resourcePolicy }), ...(resourceMustAllow && { resourceMustAllow }) },
      )
    },
  }
}

/** Sessions with policies of their own have holdings of their own; all others share their role's or user's. */
function cacheKey(principal: CredentialedPrincipal): string {
  if (principal.session?.policy !== undefined || principal.session?.policyArns?.length) return principal.accessKeyId
  switch (principal.type) {
    case 'root':
      return principal.account
    case 'user':
      return principal.userId
    case 'roleSession':
      return principal.roleId
    case 'federatedUser':
      return `${principal.issuer.principalId}:federated`
  }
}

async function load(tx: Transaction, principal: CredentialedPrincipal) {
  const { policies, dependencies } = await policiesOf(tx, principal)
  return { value: { policies, tags: await tagsOf(tx, principal) }, dependencies }
}

async function tagsOf(tx: Transaction, principal: CredentialedPrincipal): Promise<RequestContext> {
  const owner = principal.type === 'roleSession' ? principal.roleId : principal.type === 'user' ? principal.userId : undefined
  if (owner === undefined) return {}
  const rows = await tx.selectFrom('tags').select(['key', 'value']).where('ownerKind', '=', principal.type === 'user' ? 'user' : 'role').where('ownerId', '=', owner).execute()
  return Object.fromEntries(rows.map(({ key, value }) => [`aws:PrincipalTag/${key}`, value]))
}
