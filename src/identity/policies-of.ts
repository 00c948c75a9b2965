import { managedPolicy, managedPolicyDocument } from '../catalogue/managed-policies.ts'
import type { ApplicablePolicies, CompiledPolicy, PolicyKind } from '../policy/index.ts'
import type { Transaction } from '../store/index.ts'
import type { PolicyOwnerKind } from '../store/tables/iam.ts'
import type { PolicyCompiler } from './policy-compiler.ts'
import type { CredentialedPrincipal, RoleSessionPrincipal, UserPrincipal } from './principal.ts'

/** The policies that apply to a principal, and the ids of all that they were read from. */
export interface LoadedPolicies {
  readonly policies: ApplicablePolicies
  readonly dependencies: readonly string[]
}

/** Where policies are read and how they are compiled. */
interface Source {
  readonly tx: Transaction
  readonly compile: PolicyCompiler
}

/**
 * Reads which policies apply to a principal: its own, its groups', its boundary and its session's.
 * IAM User Guide, "Policy evaluation logic".
 */
export async function policiesOf(tx: Transaction, compile: PolicyCompiler, principal: CredentialedPrincipal): Promise<LoadedPolicies> {
  const source = { tx, compile }
  const session = principal.session ? await sessionPolicies(source, principal) : undefined
  const limits = session && { session: session.policies }
  const more = session?.dependencies ?? []
  switch (principal.type) {
    case 'root':
      return { policies: { identity: [], ...limits }, dependencies: [principal.account, ...more] }
    case 'user':
      return merge(await policiesOfUser(source, principal), limits, more)
    case 'roleSession':
      return merge(await policiesOfRole(source, principal), limits, more)
    case 'federatedUser': {
      const issuer =
        principal.issuer.type === 'user'
          ? await policiesOfUser(source, principal.issuer)
          : {
              policies: { identity: [compile(allowAll, 'identity', { id: principal.account, type: 'none' })] },
              dependencies: [principal.account],
            }
      // Without session policies a federated user may do nothing by its user's policies. STS, "GetFederationToken".
      return merge(issuer, limits ?? { session: [] }, more)
    }
  }
}

/** What the root user holds, when a session policy limits it. */
const allowAll = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
const denyAll = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'

const merge = (
  loaded: LoadedPolicies,
  limits: { session: readonly CompiledPolicy[] } | undefined,
  more: readonly string[],
): LoadedPolicies => ({
  policies: { ...loaded.policies, ...limits },
  dependencies: [...loaded.dependencies, ...more],
})

async function policiesOfUser(source: Source, { userId }: UserPrincipal): Promise<LoadedPolicies> {
  const { tx } = source
  const memberships = await tx.selectFrom('groupMembers').select('groupId').where('userId', '=', userId).execute()
  const groups = memberships.map(({ groupId }) => groupId)
  const row = await tx.selectFrom('users').select('boundaryArn').where('id', '=', userId).executeTakeFirst()
  const own = await policiesHeldBy(source, 'user', [userId])
  const theirs = groups.length > 0 ? await policiesHeldBy(source, 'group', groups) : { policies: [], dependencies: [] }
  const dependencies = [userId, ...groups, ...own.dependencies, ...theirs.dependencies]
  return withBoundary(source, [...own.policies, ...theirs.policies], row?.boundaryArn ?? null, dependencies)
}

async function policiesOfRole(source: Source, { roleId }: RoleSessionPrincipal): Promise<LoadedPolicies> {
  const row = await source.tx.selectFrom('roles').select('boundaryArn').where('id', '=', roleId).executeTakeFirst()
  const own = await policiesHeldBy(source, 'role', [roleId])
  return withBoundary(source, own.policies, row?.boundaryArn ?? null, [roleId, ...own.dependencies])
}

async function withBoundary(
  source: Source,
  identity: readonly CompiledPolicy[],
  boundaryArn: string | null,
  dependencies: readonly string[],
): Promise<LoadedPolicies> {
  if (boundaryArn === null) return { policies: { identity }, dependencies }
  // A boundary whose policy is gone cannot be left out: that would widen what it limited.
  const boundary =
    (await managed(source, boundaryArn, 'boundary')) ??
    source.compile(denyAll, 'boundary', { id: boundaryArn, type: 'boundary', arn: boundaryArn })
  return { policies: { identity, boundary }, dependencies: [...dependencies, boundaryArn] }
}

interface HeldPolicies {
  readonly policies: readonly CompiledPolicy[]
  readonly dependencies: readonly string[]
}

/** Inline and attached policies of users, groups or roles. */
async function policiesHeldBy(source: Source, ownerKind: PolicyOwnerKind, ownerIds: readonly string[]): Promise<HeldPolicies> {
  const { tx, compile } = source
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
  const policies = inline.map(({ name, document }) => compile(document, 'identity', { id: name, type: ownerKind }))
  const arns = new Set(attached.map(({ policyArn }) => policyArn))
  for (const arn of arns) {
    const policy = await managed(source, arn, 'identity')
    if (policy) policies.push(policy)
  }
  return { policies, dependencies: [...arns] }
}

async function sessionPolicies(source: Source, { session }: CredentialedPrincipal): Promise<HeldPolicies | undefined> {
  if (session?.policy === undefined && !session?.policyArns?.length) return undefined
  const policies: CompiledPolicy[] = []
  if (session.policy !== undefined) policies.push(source.compile(session.policy, 'session', { id: 'session policy', type: 'session' }))
  for (const arn of session.policyArns ?? []) {
    const policy = await managed(source, arn, 'session')
    if (policy) policies.push(policy)
  }
  return { policies, dependencies: session.policyArns ?? [] }
}

/** The default version of a managed policy, AWS's or a customer's; undefined when there is none of that ARN. */
async function managed({ tx, compile }: Source, arn: string, kind: PolicyKind): Promise<CompiledPolicy | undefined> {
  const fromAws = managedPolicy(arn)
  if (fromAws) return compile(managedPolicyDocument(fromAws) as string, kind, { id: arn, type: 'AWS managed', arn })
  const row = await tx
    .selectFrom('policies')
    .innerJoin('policyVersions', join =>
      join.onRef('policyVersions.policyId', '=', 'policies.id').onRef('policyVersions.version', '=', 'policies.defaultVersion'),
    )
    .select('document')
    .where('arn', '=', arn)
    .executeTakeFirst()
  return row && compile(row.document, kind, { id: arn, type: 'user managed', arn })
}
