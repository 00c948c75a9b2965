import {
  type ApplicablePolicies,
  type CompiledPolicy,
  type Decision,
  decide,
  type PolicyPrincipal,
  type RequestContext,
} from '../policy/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { BoundedCache } from './bounded-cache.ts'
import { policiesOf } from './policies-of.ts'
import { createPolicyCompiler, type PolicyCompiler } from './policy-compiler.ts'
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
const nothing: Holdings = { policies: { identity: [] }, tags: {} }

/** An authorizer over the store; keeps each principal's policies, compiled, until the change feed says otherwise. */
export function createAuthorizer(store: Store): Authorizer {
  const compile = createPolicyCompiler()
  const cache = new BoundedCache<Holdings>(mostCached)
  store.onChange(changes => cache.invalidate(changes.map(change => change.id)))

  function holdingsOf(principal: CredentialedPrincipal): Holdings | Promise<Holdings> {
    const key = cacheKey(principal)
    return cache.get(key) ?? cache.load(key, () => store.read(tx => load(tx, compile, principal)))
  }

  return {
    async authorize(principal, question) {
      const holdings = question.principal || !('account' in principal) ? nothing : await holdingsOf(principal)
      const { action, resource, resourcePolicy, resourceMustAllow, resourceAccount } = question
      const request = {
        principal: question.principal ?? policyPrincipalOf(principal),
        action,
        resource,
        resourceAccount,
        context: withOwnTags(question.context, holdings.tags, principal),
      }
      // The same object as last time when it can be: the engine keeps its plan for as long.
      if (resourcePolicy === undefined && !resourceMustAllow) return decide(request, holdings.policies)
      return decide(request, { ...holdings.policies, resource: resourcePolicy, resourceMustAllow })
    },
  }
}

/**
 * Adds the principal's own tags. A session tag wins over the principal's own of the same name in any case.
 * IAM User Guide, "Pass session tags in AWS STS"; STS, "AssumeRole", Tags.
 */
function withOwnTags(context: RequestContext, tags: RequestContext, principal: Principal): RequestContext {
  const sessionTags = 'account' in principal ? Object.keys(principal.session?.tags ?? {}) : []
  if (sessionTags.length === 0) return tags === nothing.tags ? context : { ...tags, ...context }
  const overridden = new Set(sessionTags.map(key => `aws:principaltag/${key.toLowerCase()}`))
  const own = Object.entries(tags).filter(([key]) => !overridden.has(key.toLowerCase()))
  return { ...Object.fromEntries(own), ...context }
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

async function load(tx: Transaction, compile: PolicyCompiler, principal: CredentialedPrincipal) {
  const { policies, dependencies } = await policiesOf(tx, compile, principal)
  return { value: { policies, tags: await tagsOf(tx, principal) }, dependencies }
}

async function tagsOf(tx: Transaction, principal: CredentialedPrincipal): Promise<RequestContext> {
  const owner = tagOwner(principal)
  if (!owner) return nothing.tags
  const rows = await tx
    .selectFrom('tags')
    .select(['key', 'value'])
    .where('ownerKind', '=', owner.kind)
    .where('ownerId', '=', owner.id)
    .execute()
  return rows.length === 0 ? nothing.tags : Object.fromEntries(rows.map(({ key, value }) => [`aws:PrincipalTag/${key}`, value]))
}

/** Whose tags a principal has: a federated user has those of the user who federated. STS, "GetFederationToken", Tags. */
function tagOwner(principal: CredentialedPrincipal): { readonly kind: 'user' | 'role'; readonly id: string } | undefined {
  switch (principal.type) {
    case 'root':
      return undefined
    case 'user':
      return { kind: 'user', id: principal.userId }
    case 'roleSession':
      return { kind: 'role', id: principal.roleId }
    case 'federatedUser':
      return tagOwner(principal.issuer)
  }
}
