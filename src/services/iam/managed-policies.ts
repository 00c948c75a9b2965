import type { Transaction } from '../../store/index.ts'
import {
  type ManagedPolicy as AwsPolicy,
  managedPolicy as awsManagedPolicy,
  managedPolicyDocument,
} from '../../catalogue/managed-policies.ts'
import { parseArn } from '../../types/arn.ts'
import type { Policy } from '../../wire/models/iam.ts'
import type { PolicyRow } from './entities.ts'
import { iam } from './service.ts'

/** A managed policy, whoever manages it: a customer's from the store, or AWS's from the catalogue. */
export interface ManagedPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly defaultVersion: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly description: string | null
  /** The catalogue's entry; absent for customer managed policies. */
  readonly aws?: AwsPolicy
}

export const ofCatalogue = (aws: AwsPolicy): ManagedPolicy => ({ ...aws, description: null, aws })
export const ofStore = (row: PolicyRow): ManagedPolicy => row

/** @throws InvalidInput for a text that is not a managed policy's ARN */
function checkPolicyArn(arn: string): void {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'iam' || parsed.region !== '' || !parsed.resource.startsWith('policy/'))
    throw new iam.InvalidInput(`ARN ${arn} is not valid.`)
}

/**
 * The policy of an ARN, if the account can see it: its own, or one of AWS's.
 * @throws InvalidInput for a text that is not a managed policy's ARN
 */
export async function findPolicy(tx: Transaction, account: string, arn: string): Promise<ManagedPolicy | undefined> {
  checkPolicyArn(arn)
  const aws = awsManagedPolicy(arn)
  if (aws) return ofCatalogue(aws)
  const row = await tx.selectFrom('policies').selectAll().where('arn', '=', arn).where('account', '=', account).executeTakeFirst()
  return row && ofStore(row)
}

/** @throws NoSuchEntity */
export async function requirePolicy(tx: Transaction, account: string, arn: string): Promise<ManagedPolicy> {
  const policy = await findPolicy(tx, account, arn)
  if (!policy) throw new iam.NoSuchEntity(`Policy ${arn} was not found.`)
  return policy
}

/**
 * A customer managed policy, to be changed.
 * @throws NoSuchEntity, and AccessDenied for AWS's own: nobody but AWS changes them
 */
export async function requireCustomerPolicy(tx: Transaction, account: string, arn: string): Promise<PolicyRow> {
  checkPolicyArn(arn)
  const row = await tx.selectFrom('policies').selectAll().where('arn', '=', arn).where('account', '=', account).executeTakeFirst()
  if (!row) throw new iam.NoSuchEntity(`Policy ${arn} was not found.`)
  return row
}

const newestFirst = <Version extends { readonly version: number }>(versions: readonly Version[]): Version[] =>
  versions.toSorted((a, b) => b.version - a.version)

/** Versions by number, newest first. */
export async function versionsOf(tx: Transaction, policy: ManagedPolicy): Promise<{ version: number; createdAt: number }[]> {
  if (policy.aws) return newestFirst(policy.aws.versions)
  return tx
    .selectFrom('policyVersions')
    .select(['version', 'createdAt'])
    .where('policyId', '=', policy.id)
    .orderBy('version', 'desc')
    .execute()
}

/** The text of a version; undefined when the policy has no such version. */
export async function documentOf(tx: Transaction, policy: ManagedPolicy, version: number): Promise<string | undefined> {
  if (policy.aws) return managedPolicyDocument(policy.aws, version)
  const row = await tx
    .selectFrom('policyVersions')
    .select('document')
    .where('policyId', '=', policy.id)
    .where('version', '=', version)
    .executeTakeFirst()
  return row?.document
}

interface VersionWithText {
  readonly version: number
  readonly createdAt: number
  readonly document: string
}

/** All versions of many policies, newest first, with their texts. */
export async function versionsWithText(
  tx: Transaction,
  policies: readonly ManagedPolicy[],
): Promise<(policy: ManagedPolicy) => readonly VersionWithText[]> {
  const stored = policies.filter(({ aws }) => !aws).map(({ id }) => id)
  const rows =
    stored.length === 0
      ? []
      : await tx
          .selectFrom('policyVersions')
          .select(['policyId', 'version', 'createdAt', 'document'])
          .where('policyId', 'in', stored)
          .orderBy('version', 'desc')
          .execute()
  const byPolicy = Map.groupBy(rows, ({ policyId }) => policyId)
  return ({ id, aws }) =>
    aws
      ? newestFirst(aws.versions).map(each => ({ ...each, document: managedPolicyDocument(aws, each.version) ?? '' }))
      : (byPolicy.get(id) ?? [])
}

/** `v3` as a number; undefined for anything else. */
export const versionNumber = (id: string): number | undefined => (/^v[1-9][0-9]*$/.test(id) ? Number(id.slice(1)) : undefined)

/** How often policies are used in an account. */
export interface PolicyUse {
  readonly attachments: number
  readonly boundaries: number
}

/** Uses of policies by ARN; policies without use are not in the map. */
export async function usesOf(tx: Transaction, account: string, arns: readonly string[]): Promise<ReadonlyMap<string, PolicyUse>> {
  if (arns.length === 0) return new Map()
  const attached = await tx
    .selectFrom('policyAttachments')
    .select(({ fn }) => ['policyArn as arn', fn.countAll<number>().as('n')])
    .where('account', '=', account)
    .where('policyArn', 'in', arns)
    .groupBy('policyArn')
    .execute()
  const uses = new Map(attached.map(({ arn, n }) => [arn, { attachments: Number(n), boundaries: 0 }]))
  for (const table of ['users', 'roles'] as const) {
    const bounded = await tx
      .selectFrom(table as 'users')
      .select(({ fn }) => ['boundaryArn as arn', fn.countAll<number>().as('n')])
      .where('account', '=', account)
      .where('boundaryArn', 'in', arns)
      .groupBy('boundaryArn')
      .execute()
    for (const { arn, n } of bounded) {
      if (arn === null) continue
      const use = uses.get(arn) ?? { attachments: 0, boundaries: 0 }
      uses.set(arn, { ...use, boundaries: use.boundaries + Number(n) })
    }
  }
  return uses
}

/** Policies of service-linked roles cannot be attached by customers. */
export const isAttachable = (policy: ManagedPolicy): boolean => !(policy.aws && policy.path.startsWith('/aws-service-role/'))

/** A policy as lists show it: without description and tags. */
export const policyShape = (policy: ManagedPolicy, use: PolicyUse | undefined): Policy => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: `v${policy.defaultVersion}`,
  AttachmentCount: use?.attachments ?? 0,
  PermissionsBoundaryUsageCount: use?.boundaries ?? 0,
  // AWS shows its service-linked policies as attachable too, though it refuses to attach them.
  IsAttachable: true,
  CreateDate: new Date(policy.createdAt),
  UpdateDate: new Date(policy.updatedAt),
})
