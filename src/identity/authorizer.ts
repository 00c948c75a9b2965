import { managedPolicy, managedPolicyDocument } from '../catalogue/managed-policies.ts'
import {
  type ApplicablePolicies,
  type AuthorizationRequest,
  type CompiledPolicy,
  conditionKeyValue,
  type ContextValue,
  type Decision,
  decide,
  type Explanation,
  explain,
  type PolicyPrincipal,
  type RequestContext,
} from '../policy/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { parseArn } from '../types/arn.ts'
import { BoundedCache, type CacheUse } from './bounded-cache.ts'
import { type Membership, membershipOf, rcpsLimit } from './organization-of.ts'
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
  /** The same with everything that led to it; slower. */
  explain(principal: Principal, question: AuthorizationQuestion): Promise<Explanation>
  /** The values of condition keys that a question is decided by, by the names that are asked for, those that are there. */
  valuesOf(principal: Principal, question: AuthorizationQuestion, names: readonly string[]): Promise<ReadonlyMap<string, ContextValue>>
  /** How often a principal's policies are in memory. */
  cacheUse(): CacheUse
}

interface Holdings {
  readonly policies: ApplicablePolicies
  /** The policies with the resource control policies of the principal's own account, for actions that those limit. */
  readonly policiesAtHome: ApplicablePolicies
  /** The principal's own tags, as aws:PrincipalTag keys, and what its organization says of it. */
  readonly tags: RequestContext
}

interface Asked {
  readonly request: AuthorizationRequest
  readonly policies: ApplicablePolicies
  readonly beyond: Decision | undefined
}

const mostCached = 50_000
const noPolicies: ApplicablePolicies = { identity: [] }
const nothing: Holdings = { policies: noPolicies, policiesAtHome: noPolicies, tags: {} }

/** An authorizer over the store; keeps each principal's policies, compiled, until the change feed says otherwise. */
export function createAuthorizer(store: Pick<Store, 'read' | 'onChange'>): Authorizer {
  const compile = createPolicyCompiler()
  const cache = new BoundedCache<Holdings>(mostCached)
  const memberships = new BoundedCache<{ readonly membership: Membership | null }>(mostCached)
  store.onChange(changes => {
    const ids = changes.map(change => change.id)
    cache.invalidate(ids)
    memberships.invalidate(ids)
  })

  function holdingsOf(principal: CredentialedPrincipal): Holdings | Promise<Holdings> {
    const key = cacheKey(principal)
    return cache.get(key) ?? cache.load(key, () => store.read(tx => load(tx, compile, principal)))
  }

  async function membership(account: string): Promise<Membership | null> {
    const known =
      memberships.get(account) ??
      (await memberships.load(account, () =>
        store.read(async tx => {
          const { value, dependencies } = await membershipOf(tx, compile, account)
          return { value: { membership: value }, dependencies }
        }),
      ))
    return known.membership
  }

  /** A question as the engine takes it, with all policies that bear on it; `beyond` is a denial that comes before them. */
  async function asked(principal: Principal, question: AuthorizationQuestion): Promise<Asked> {
    const holdings = question.principal || !('account' in principal) ? nothing : await holdingsOf(principal)
    const { action, resource, resourcePolicy, resourceMustAllow, resourceAccount } = question
    const scopes = question.principal || !('account' in principal) ? [] : (principal.session?.scopes ?? [])
    const request = {
      principal: question.principal ?? policyPrincipalOf(principal),
      action,
      resource,
      resourceAccount,
      context: withOwnTags(question.context, holdings.tags, principal),
    }
    const home = 'account' in principal ? principal.account : undefined
    const owner = resourceAccount ?? (parseArn(resource)?.account || home)
    const place = owner === undefined || !/^\d{12}$/.test(owner) ? null : await membership(owner)
    if (place) request.context = { ...organizationKeys('Resource', place), ...request.context }
    const source = principal.type === 'service' && principal.source ? await membership(principal.source.account) : null
    if (source) request.context = { ...organizationKeys('Source', source), ...request.context }
    const beyond = scopes.map(scope => decideScope(request, compile, scope)).find(({ effect }) => effect !== 'allowed')
    // The same object as last time when it can be: the engine keeps its plan for as long.
    const held = rcpsLimit(action) ? withRcps(holdings, owner === home, place) : holdings.policies
    const policies = resourcePolicy === undefined && !resourceMustAllow ? held : { ...held, resource: resourcePolicy, resourceMustAllow }
    return { request, policies, beyond }
  }

  return {
    cacheUse: () => cache.use,
    async valuesOf(principal, question, names) {
      const { request } = await asked(principal, question)
      return new Map(
        names.flatMap(name => {
          const value = conditionKeyValue(request, name)
          return value === undefined ? [] : [[name, value] as const]
        }),
      )
    },
    async authorize(principal, question) {
      const { request, policies, beyond } = await asked(principal, question)
      return beyond ?? decide(request, policies)
    },
    async explain(principal, question) {
      const { request, policies, beyond } = await asked(principal, question)
      const explanation = explain(request, policies)
      return beyond ? { ...explanation, decision: beyond } : explanation
    },
  }
}

/** Resource control policies are those of the account that owns the resource. Organizations User Guide, "RCP evaluation". */
function withRcps({ policies, policiesAtHome }: Holdings, atHome: boolean, owner: Membership | null): ApplicablePolicies {
  // A caller without holdings, such as a web identity, has no policies at home that know of the limits.
  if (atHome && policies !== noPolicies) return policiesAtHome
  return owner?.rcps ? { ...policies, rcps: owner.rcps } : policies
}

/** `aws:PrincipalOrgID` and the like, of members only. IAM User Guide, "AWS global condition context keys". */
const organizationKeys = (whose: 'Principal' | 'Resource' | 'Source', { organizationId, path }: Membership): RequestContext => ({
  [`aws:${whose}OrgID`]: organizationId,
  [`aws:${whose}OrgPaths`]: [path],
})

/**
 * Whether one of a session's scopes allows a request. Scopes limit whatever else allows: resource policies, and being root, too.
 * IAM User Guide, "Permissions for GetScopedCredentials" and "Perform a privileged task on a member account".
 */
function decideScope(request: AuthorizationRequest, compile: PolicyCompiler, scope: string): Decision {
  const fromAws = scope.startsWith('arn:') ? managedPolicy(scope) : undefined
  // A policy of AWS's that is gone allows nothing.
  const text = fromAws ? managedPolicyDocument(fromAws) : scope.startsWith('arn:') ? allowNothing : scope
  const policy = compile(text ?? allowNothing, 'session', { id: 'scope', type: 'session', ...(fromAws && { arn: scope }) })
  const limits = compile(allowEverything, 'identity', { id: 'scope', type: 'none' })
  // AWS's policies for tasks of root deny all but the task; what they leave root may do.
  const session = fromAws ? [policy, compile(allowEverything, 'session', { id: 'root', type: 'none' })] : [policy]
  const { account } = request.principal
  // The session's own account is the resource's here: what other accounts' resources say is decided elsewhere.
  const context = { ...request.context, 'aws:ResourceAccount': request.resourceAccount ?? (parseArn(request.resource)?.account || account) }
  const asked = { ...request, context, resourceAccount: account }
  return decide(request.principal.type === 'root' ? asSession(asked, request.principal) : asked, { identity: [limits], session })
}

/** Root needs no policy to allow, so the engine asks none: as a session of something else, its scope counts. */
const asSession = (request: AuthorizationRequest, { account, arn }: { account: string; arn: string }): AuthorizationRequest => ({
  ...request,
  principal: { type: 'federatedUser', account, arn, userArn: arn, name: 'root' },
  context: { ...request.context, 'aws:PrincipalType': 'Account', 'aws:userid': account },
})

const allowEverything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
const allowNothing = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'

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
  const membership = await membershipOf(tx, compile, principal.account)
  const { scps, rcps } = membership.value ?? {}
  const limited = scps ? { ...policies, scps } : policies
  const tags = await tagsOf(tx, principal)
  const value = {
    policies: limited,
    policiesAtHome: rcps ? { ...limited, rcps } : limited,
    tags: membership.value ? { ...tags, ...organizationKeys('Principal', membership.value) } : tags,
  }
  return { value, dependencies: [...dependencies, ...membership.dependencies] }
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
