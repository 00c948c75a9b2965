import {
  type CompiledPolicy,
  compilePolicy,
  MalformedPolicyDocument,
  type PolicyKind,
  type PolicySource,
  parsePolicy,
} from '../../policy/index.ts'
import type { PolicyCompiler } from '../../identity/policy-compiler.ts'
import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import { findGroup, findRole, findUser, type GroupRow, type RoleRow, type UserRow } from './entities.ts'
import { documentOf, findPolicy } from './managed-policies.ts'
import { iam } from './service.ts'

/** A user, group or role that an operation names by ARN. */
export type Entity =
  | { readonly kind: 'user'; readonly row: UserRow }
  | { readonly kind: 'group'; readonly row: GroupRow }
  | { readonly kind: 'role'; readonly row: RoleRow }

/**
 * The user, group or role of an ARN.
 * @throws InvalidInput for other ARNs, in words that are not documented, as boto3 and the AWS CLI show them; NoSuchEntity
 */
export async function requireEntity(tx: Transaction, account: string, arn: string): Promise<Entity> {
  const parsed = parseArn(arn)
  const [kind, ...path] = parsed?.resource.split('/') ?? []
  const name = path.at(-1) ?? ''
  const unclear = new iam.InvalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
  if (parsed?.service !== 'iam' || parsed.account !== account || name === '') throw unclear
  const entity = await find(tx, account, kind, name)
  if (entity === undefined) throw unclear
  if (entity === null) throw new iam.NoSuchEntity(`${arn} does not exist`)
  return entity
}

/** Undefined for kinds that hold no policies, null for entities that are not there. */
async function find(tx: Transaction, account: string, kind: string | undefined, name: string): Promise<Entity | null | undefined> {
  if (kind === 'user') {
    const row = await findUser(tx, account, name)
    return row ? { kind, row } : null
  }
  if (kind === 'group') {
    const row = await findGroup(tx, account, name)
    return row ? { kind, row } : null
  }
  if (kind === 'role') {
    const row = await findRole(tx, account, name)
    return row ? { kind, row } : null
  }
  return undefined
}

/** A policy that an entity holds, itself or through a group. */
export interface HeldPolicy {
  readonly text: string
  readonly source: PolicySource
  readonly name: string
  /** Absent for inline policies. */
  readonly arn?: string
  readonly holder: { readonly kind: 'user' | 'group' | 'role'; readonly id: string; readonly name: string }
}

/** All policies of a user, group or role; a user's groups' too. */
export async function heldPolicies(tx: Transaction, { kind, row }: Entity): Promise<HeldPolicy[]> {
  const own = await policiesHeldBy(tx, { kind, id: row.id, name: row.name }, row.account)
  if (kind !== 'user') return own
  const groups = await tx
    .selectFrom('groupMembers')
    .innerJoin('groups', 'groups.id', 'groupMembers.groupId')
    .select(['groups.id', 'groups.name'])
    .where('userId', '=', row.id)
    .orderBy('groups.nameKey')
    .execute()
  for (const group of groups) own.push(...(await policiesHeldBy(tx, { kind: 'group', ...group }, row.account)))
  return own
}

async function policiesHeldBy(tx: Transaction, holder: HeldPolicy['holder'], account: string): Promise<HeldPolicy[]> {
  const inline = await tx
    .selectFrom('inlinePolicies')
    .select(['name', 'document'])
    .where('ownerKind', '=', holder.kind)
    .where('ownerId', '=', holder.id)
    .orderBy('name')
    .execute()
  const attached = await tx
    .selectFrom('policyAttachments')
    .select('policyArn')
    .where('ownerKind', '=', holder.kind)
    .where('ownerId', '=', holder.id)
    .orderBy('policyArn')
    .execute()
  const held: HeldPolicy[] = inline.map(({ name, document }) => ({
    text: document,
    source: { id: `${holder.kind}_${holder.name}_${name}`, type: holder.kind },
    name,
    holder,
  }))
  for (const { policyArn } of attached) {
    const policy = await managedPolicyText(tx, account, policyArn)
    if (policy) held.push({ ...policy, holder })
  }
  return held
}

/** A managed policy's default version, to be compiled. */
export async function managedPolicyText(tx: Transaction, account: string, arn: string) {
  const policy = await findPolicy(tx, account, arn)
  const text = policy && (await documentOf(tx, policy, policy.defaultVersion))
  if (!policy || text === undefined) return undefined
  const source: PolicySource = { id: policy.name, type: policy.aws ? 'AWS managed' : 'user managed', arn }
  return { text, source, name: policy.name, arn }
}

/**
 * Compiles a policy that a caller gives.
 * @throws InvalidInput
 */
export function compileGiven(text: string, kind: PolicyKind, source: PolicySource): CompiledPolicy {
  try {
    return compilePolicy(parsePolicy(text, kind), source)
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument) throw new iam.InvalidInput(`Invalid policy ${source.id}: ${problem.message}`)
    throw problem
  }
}

/** Compiles a policy that the store holds. */
export const compileHeld = ({ text, source }: Pick<HeldPolicy, 'text' | 'source'>, kind: PolicyKind): CompiledPolicy =>
  compileText(text, kind, source)

/** Compiles a policy's text, which was checked when it was taken. */
export const compileText: PolicyCompiler = (text, kind, source) => compilePolicy(parsePolicy(text, kind), source)
