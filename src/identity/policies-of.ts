import { managedPolicy, managedPolicyDocument } from '../catalogue/managed-policies.ts'
import {
  type ApplicablePolicies,
  type CompiledPolicy,
  compilePolicy,
  type PolicyKind,
  type PolicySource,
  parsePolicy,
} from '../policy/index.ts'
import type { Transaction } from '../store/index.ts'
import type { PolicyOwnerKind } from '../store/tables/iam.ts'
import type { CredentialedPrincipal, RoleSessionPrincipal, UserPrincipal } from './principal.ts'

/** The policies that apply to a principal, and the ids of all that they were read from. */
export interface LoadedPolicies {
  readonly policies: ApplicablePolicies
  readonly dependencies: readonly string[]
}

/**
 * Reads which policies apply to a principal: its own, its groups', its boundary and its session's.
 * IAM User Guide, "Policy evaluation logic".
 */
export async function policiesOf(tx: Transaction, principal: CredentialedPrincipal): Promise<LoadedPolicies> {
  const session = principal.session ? await sessionPolicies(tx, principal) : undefined
  const limits = session && { session: session.policies }
  const more = session?.dependencies ?? []
  switch (principal.type) {
    case 'root':
      return { policies: { identity: [], ...limits }, dependencies: [principal.account, ...more] }
    case 'user':
      return merge(await policiesOfUser(tx, principal), limits, more)
    case 'roleSession':
      return merge(await policiesOfRole(tx, principal), limits, more)
    case 'federatedUser': {
      const issuer =
        principal.issuer.type === 'user'
          ? await policiesOfUser(tx, principal.issuer)
          : { policies: { identity: [] }, dependencies: [principal.account] }
      // Without session policies a federated user may do nothing by its user's policies. STS, "GetFederationToken".
      return merge(issuer, limits ?? { session: [] }, more)
    }
  }
}

const merge = (
  loaded: LoadedPolicies,
  limits: { session: readonly CompiledPolicy[] } | undefined,
  more: readonly string[],
): LoadedPolicies => ({
  policies: { ...loaded.policies, ...limits },
  dependencies: [...loaded.dependencies, ...more],
})

async function policiesOfUser(tx: Transaction, { userId }: UserPrincipal): Promise<LoadedPolicies> {
  const memberships = await tx.selectFrom('groupMembers').select('groupId').where('userId', '=', userId).execute()
  const groups = memberships.map(({ groupId }) => groupId)
  const row = await tx.selectFrom('users').select('boundaryArn').where('id', '=', userId).executeTakeFirst()
  const own = await policiesHeldBy(tx, 'user', [userId])
  const theirs = groups.length > 0 ? await policiesHeldBy(tx, 'group', groups) : { policies: [], dependencies: [] }
  return withBoundary(tx, [...own.policies, ...theirs.policies], row?.boundaryArn ?? null, [
    userId,
    ...groups,
    ...own.dependencies,
    ...theirs.dependencies,
  ])
}

async function policiesOfRole(tx: Transaction, { roleId }: RoleSessionPrincipal): Promise<LoadedPolicies> {
  const row = await tx.selectFrom('roles').select('boundaryArn').where('id', '=', roleId).executeTakeFirst()
  const own = await policiesHeldBy(tx, 'role', [roleId])
  return withBoundary(tx, own.policies, row?.boundaryArn ?? null, [roleId, ...own.dependencies])
}

async function withBoundary(
  tx: Transaction,
  identity: readonly CompiledPolicy[],
  boundaryArn: string | null,
  dependencies: readonly string[],
): Promise<LoadedPolicies> {
  if (boundaryArn === null) return { policies: { identity }, dependencies }
  const boundary = await managed(tx, boundaryArn, 'boundary')
  // A boundary whose policy is gone cannot be left out: that would widen what it limited.
  const compiled =
    boundary ??
    compileText('{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}', 'boundary', boundaryArn, 'boundary')
  return { policies: { identity, boundary: compiled }, dependencies: [...dependencies, boundaryArn] }
}

interface HeldPolicies {
  readonly policies: readonly CompiledPolicy[]
  readonly dependencies: readonly string[]
}

/** Inline and attached policies of users, groups or roles. */
async function policiesHeldBy(tx: Transaction, ownerKind: PolicyOwnerKind, ownerIds: readonly string[]): Promise<HeldPolicies> {
  const inline = await tx
    .selectFrom('inlinePolicies')
    .select(['name', 'document'])
    .where('ownerKind', '=', ownerKind)
    .where('ownerId', 'in', ownerIds)
    .execute()
  const attached = await tx
    .selectFrom('policyAttachments')
    .select('policyArn')
    .where('ownerKind', '=', ownerKind)
    .where('ownerId', 'in', ownerIds)
    .execute()
  const policies = inline.map(({ name, document }) =>
    compilePolicy(parsePolicy(document, 'identity'), { id: name, type: ownerKind === 'group' ? 'group' : ownerKind }),
  )
  for (const { policyArn } of attached) {
    const policy = await managed(tx, policyArn, 'identity')
    if (policy) policies.push(policy)
  }
  return { policies, dependencies: attached.map(({ policyArn }) => policyArn) }
}

async function sessionPolicies(tx: Transaction, { session }: CredentialedPrincipal): Promise<HeldPolicies | undefined> {
  if (session?.policy === undefined && !session?.policyArns?.length) return undefined
  const policies: CompiledPolicy[] = []
  if (session.policy !== undefined) policies.push(compileText(session.policy, 'session', 'session policy', 'session'))
  for (const arn of session.policyArns ?? []) {
    const policy = await managed(tx, arn, 'session')
    if (policy) policies.push(policy)
  }
  return { policies, dependencies: session.policyArns ?? [] }
}

/** The default version of a managed policy, AWS's or a customer's; undefined when there is none of that ARN. */
export async function managed(tx: Transaction, arn: string, kind: PolicyKind): Promise<CompiledPolicy | undefined> {
  const fromAws = managedPolicy(arn)
  if (fromAws) return compileText(managedPolicyDocument(fromAws) as string, kind, arn, 'AWS managed')
  const row = await tx
    .selectFrom('policies')
    .innerJoin('policyVersions', join =>
      join.onRef('policyVersions.policyId', '=', 'policies.id').onRef('policyVersions.version', '=', 'policies.defaultVersion'),
    )
    .select('document')
    .where('arn', '=', arn)
    .executeTakeFirst()
  return row && compileText(row.document, kind, arn, 'user managed')
}

const compileText = (text: string, kind: PolicyKind, id: string, type: PolicySource['type']) =>
  compilePolicy(parsePolicy(text, kind), { id, type })
