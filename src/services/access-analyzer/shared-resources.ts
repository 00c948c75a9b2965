import { type ExternalAccess, externalAccess } from '../../analysis/external-access.ts'
import type { ZoneOfTrust } from '../../analysis/zone-of-trust.ts'
import { roleArn } from '../../identity/arns.ts'
import { shownTrustPolicy } from '../../identity/trust-policies.ts'
import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Found } from './found.ts'

/** A resource that a policy of its own, or a grant, can share. */
export interface SharedResource {
  readonly arn: string
  readonly type: string
  readonly account: string
  /** The text of each of its policies. */
  readonly policies: readonly string[]
  /** A policy that lets in everybody lets in nobody of another account. S3 User Guide, "Blocking public access", RestrictPublicBuckets. */
  readonly restrictsPublicPolicies?: boolean
  readonly grants?: readonly Grant[]
  readonly accessPoints?: readonly AccessPoint[]
}

/** Another way to a bucket, with a policy of its own. S3 User Guide, "Managing access to shared datasets with access points". */
export interface AccessPoint {
  readonly arn: string
  readonly policy: string
  readonly restrictsPublicPolicies: boolean
  /** Only requests from one VPC come in: nobody calls that public. S3 User Guide, "Creating access points restricted to a virtual private cloud". */
  readonly isOfVpc: boolean
}

/** Access that no policy gives: by an ACL, a grant of KMS, or the attributes of a snapshot. */
export interface Grant {
  readonly principal: { readonly [type: string]: string }
  /** Whose account it is, where that is known. */
  readonly account?: string | undefined
  readonly action?: readonly string[]
  readonly isPublic: boolean
  readonly source?: 'BUCKET_ACL'
}

/** A resource as Gatehouse holds it. */
export interface HeldResource extends SharedResource {
  readonly createdAt: number
}

type Reader = (tx: Transaction, account: string, region: string) => Promise<HeldResource[]>

/**
 * Where the policies of each resource type are read, of those that Access Analyzer knows. Channels, dashboards and event data stores of CloudTrail have policies
 * too, but are none of its types. IAM User Guide, "IAM Access Analyzer supported resource types for external and internal access".
 */
const readers: { readonly [resourceType: string]: Reader } = {
  'AWS::IAM::Role': rolesOf,
  'AWS::S3::Bucket': bucketsOf,
}

/** The resources of an account that an analyzer looks at. */
export async function heldResources(
  tx: Transaction,
  account: string,
  region: string,
  types: readonly string[] = Object.keys(readers),
): Promise<HeldResource[]> {
  const lists: HeldResource[][] = []
  for (const type of types) lists.push((await readers[type]?.(tx, account, region)) ?? [])
  return lists.flat()
}

async function rolesOf(tx: Transaction, account: string): Promise<HeldResource[]> {
  const rows = await tx.selectFrom('roles').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const held: HeldResource[] = []
  for (const { path, name, createdAt, trustPolicy } of rows) {
    const policies = [await shownTrustPolicy(tx, trustPolicy)]
    held.push({ arn: roleArn(account, path, name), type: 'AWS::IAM::Role', account, createdAt, policies })
  }
  return held
}

/** Buckets of the analyzer's region. Their ACLs are the owner's full control and nothing else. */
async function bucketsOf(tx: Transaction, account: string, region: string): Promise<HeldResource[]> {
  const rows = await tx
    .selectFrom('s3Buckets')
    .select(['name', 'createdAt', 'policy', 'publicAccessBlock'])
    .where('account', '=', account)
    .where('region', '=', region)
    .orderBy('name')
    .execute()
  return rows.map(({ name, createdAt, policy, publicAccessBlock }) => ({
    arn: `arn:aws:s3:::${name}`,
    type: 'AWS::S3::Bucket',
    account,
    createdAt,
    policies: policy === null ? [] : [policy],
    restrictsPublicPolicies: (JSON.parse(publicAccessBlock ?? '{}') as { RestrictPublicBuckets?: boolean }).RestrictPublicBuckets === true,
  }))
}

/** Who outside a zone of trust reaches a resource. */
export function findingsOf(
  { arn, type, account, policies, restrictsPublicPolicies, grants = [], accessPoints = [] }: SharedResource,
  zone: ZoneOfTrust,
): Found[] {
  const byPolicy = policies.flatMap(policy => accessBy(policy, type, zone))
  const kept = restrictsPublicPolicies && byPolicy.some(({ isPublic }) => isPublic) ? [] : byPolicy
  const byAccessPoint = accessPoints.flatMap(point => accessThrough(point, restrictsPublicPolicies === true, zone))
  const external = grants.filter(grant => grant.account === undefined || !zone.accounts.includes(grant.account))
  const found = { type: 'ExternalAccess', resource: arn, resourceType: type, resourceOwner: account }
  return [
    ...kept.map(({ principal, action, condition, isPublic }) => ({
      ...found,
      // "It is populated for Amazon S3 bucket findings." API Reference, "FindingSource".
      detail: { principal, action, condition, isPublic, ...(type === 'AWS::S3::Bucket' && { sources: ['POLICY'] }) },
    })),
    ...byAccessPoint.map(detail => ({ ...found, detail })),
    ...external.map(({ principal, action, isPublic, source }) => ({
      ...found,
      detail: { principal, ...(action && { action }), condition: {}, isPublic, ...(source && { sources: [source] }) },
    })),
  ]
}

/** The bucket's own settings limit its access points too. S3 User Guide, "Performing block public access operations on access points". */
function accessThrough({ arn, policy, restrictsPublicPolicies, isOfVpc }: AccessPoint, bucketRestricts: boolean, zone: ZoneOfTrust) {
  const access = accessBy(policy, 'AWS::S3::AccessPoint', zone)
  if ((restrictsPublicPolicies || bucketRestricts) && !isOfVpc && access.some(({ isPublic }) => isPublic)) return []
  return access.map(({ principal, action, condition, isPublic }) => ({
    principal,
    action,
    condition,
    isPublic: isPublic && !isOfVpc,
    sources: [arn],
  }))
}

/** Roles have trust policies, all else policies that name the resource. */
export const attachmentOf = (resourceType: string): 'trust' | 'resource' => (resourceType === 'AWS::IAM::Role' ? 'trust' : 'resource')

function accessBy(policy: string, type: string, zone: ZoneOfTrust): ExternalAccess[] {
  const attachment = attachmentOf(type)
  try {
    return externalAccess(parsePolicy(policy, attachment), attachment, zone)
  } catch (problem) {
    // A stored policy was checked when it came; one of a preview may be anything.
    if (problem instanceof MalformedPolicyDocument) return []
    throw problem
  }
}
