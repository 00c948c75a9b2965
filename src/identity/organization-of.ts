import type { CompiledPolicy } from '../policy/index.ts'
import type { Transaction } from '../store/index.ts'
import { type AuthorizationPolicyType, awsPolicy, organizationPolicyArn } from './organization-policies.ts'
import type { PolicyCompiler } from './policy-compiler.ts'

/** What an account's organization means for decisions. */
export interface Membership {
  readonly organizationId: string
  /** From the organization to the account's parent, as aws:PrincipalOrgPaths has it: `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`. */
  readonly path: string
  /** One list a level, from the root to the account; absent when the type is not enabled or the account is the management account. */
  readonly scps?: readonly (readonly CompiledPolicy[])[]
  readonly rcps?: readonly (readonly CompiledPolicy[])[]
}

export interface LoadedMembership {
  /** Null for an account without organization. */
  readonly value: Membership | null
  readonly dependencies: readonly string[]
}

/**
 * Reads an account's place in its organization and the policies that limit it there. Neither type limits the management account.
 * Organizations User Guide, "SCP evaluation" and "RCP evaluation".
 */
export async function membershipOf(tx: Transaction, compile: PolicyCompiler, account: string): Promise<LoadedMembership> {
  const member = await tx
    .selectFrom('organizationAccounts')
    .innerJoin('organizations', 'organizations.id', 'organizationAccounts.organizationId')
    .select(['organizations.id', 'rootId', 'managementAccount', 'policyTypes', 'parentId'])
    .where('accountId', '=', account)
    .executeTakeFirst()
  if (!member) return { value: null, dependencies: [account] }
  const parents = await chainOf(tx, member.parentId)
  const place = { organizationId: member.id, path: `${[member.id, ...parents].join('/')}/` }
  const dependencies = [account, member.id]
  if (member.managementAccount === account) return { value: place, dependencies }
  const enabled = JSON.parse(member.policyTypes) as readonly string[]
  const limits = await limitsOf(tx, compile, member, [...parents, account])
  return {
    value: {
      ...place,
      ...(enabled.includes('SERVICE_CONTROL_POLICY') && { scps: limits('SERVICE_CONTROL_POLICY') }),
      ...(enabled.includes('RESOURCE_CONTROL_POLICY') && { rcps: limits('RESOURCE_CONTROL_POLICY') }),
    },
    dependencies,
  }
}

/** Units are nested five deep at most. Organizations User Guide, "Quotas". */
const deepest = 6

/** Ids from the root to a root or unit, itself included. */
export async function chainOf(tx: Transaction, parentId: string): Promise<readonly string[]> {
  const chain = [parentId]
  while (chain.length <= deepest) {
    const unit = await tx
      .selectFrom('organizationalUnits')
      .select('parentId')
      .where('id', '=', chain[0] as string)
      .executeTakeFirst()
    if (!unit) break
    chain.unshift(unit.parentId)
  }
  return chain
}

/** Every account of an organization with the ids from the root to its parent. */
export async function membersBelow(tx: Transaction, organizationId: string) {
  const members = await tx
    .selectFrom('organizationAccounts')
    .select(['accountId', 'parentId'])
    .where('organizationId', '=', organizationId)
    .execute()
  const chains = new Map<string, readonly string[]>()
  for (const { parentId } of members) if (!chains.has(parentId)) chains.set(parentId, await chainOf(tx, parentId))
  return members.map(({ accountId, parentId }) => ({ accountId, chain: chains.get(parentId) ?? [] }))
}

const kinds = { SERVICE_CONTROL_POLICY: 'scp', RESOURCE_CONTROL_POLICY: 'rcp' } as const

async function limitsOf(
  tx: Transaction,
  compile: PolicyCompiler,
  { id: organizationId, managementAccount }: { readonly id: string; readonly managementAccount: string },
  levels: readonly string[],
): Promise<(type: AuthorizationPolicyType) => CompiledPolicy[][]> {
  const attached = await tx
    .selectFrom('organizationPolicyTargets')
    .leftJoin('organizationPolicies', 'organizationPolicies.id', 'organizationPolicyTargets.policyId')
    .select(['targetId', 'policyId', 'type', 'content'])
    .where('targetId', 'in', levels)
    // AWS's policies are attached to accounts of every organization under the same ids.
    .where('organizationPolicyTargets.organizationId', '=', organizationId)
    .execute()
  return type =>
    levels.map(level =>
      attached
        .filter(({ targetId }) => targetId === level)
        .map(({ policyId, ...row }) => ({ id: policyId, type: row.type ?? awsPolicy(policyId)?.type, content: row.content }))
        .filter(policy => policy.type === type)
        .map(({ id, content }) => {
          const arn = organizationPolicyArn(managementAccount, organizationId, type, id)
          const kind = kinds[type]
          return compile(content ?? awsPolicy(id)?.content ?? '', kind, { id: arn, type: kind, arn })
        }),
    )
}

/**
 * Services whose resources RCPs limit. Organizations User Guide, "List of AWS services that support RCPs".
 */
const servicesWithRcps = new Set([
  's3',
  'sts',
  'kms',
  'sqs',
  'secretsmanager',
  'cognito-identity',
  'cognito-idp',
  'logs',
  'dynamodb',
  'ecr',
  'aoss',
])

/** Whether RCPs limit an action, such as `s3:GetObject`. */
export const rcpsLimit = (action: string): boolean => servicesWithRcps.has(action.slice(0, action.indexOf(':')).toLowerCase())
