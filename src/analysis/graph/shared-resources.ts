import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { externalAccess } from '../external-access.ts'
import type { ZoneOfTrust } from '../zone-of-trust.ts'
import type { Snapshot } from './snapshot.ts'

/** A resource that somebody outside the zone of trust reaches. Access Analyzer API Reference, "FindingSummary": what is not known of an import is left out. */
export interface SharedResourceFinding {
  readonly resource: string
  readonly resourceType: string
  readonly resourceOwnerAccount?: string
  readonly principal: { readonly [type: string]: string }
  readonly action?: readonly string[]
  readonly condition: { readonly [key: string]: string }
  readonly isPublic: boolean
  readonly status: 'ACTIVE'
  /** There is access as far as could be found out, which was not to the end. */
  readonly undetermined?: true
}

export interface SharedResources {
  readonly findings: readonly SharedResourceFinding[]
  /** Resources of types that Access Analyzer does not know, and policies that cannot be read. */
  readonly notLookedAt: readonly string[]
}

/** By the beginning of what ARNs have after `arn:PARTITION:`. IAM User Guide, "IAM Access Analyzer supported resource types for external and internal access". */
const resourceTypes: readonly (readonly [arn: RegExp, type: string])[] = [
  [/^s3:::/, 'AWS::S3::Bucket'],
  [/^s3express:[^:]*:[^:]*:bucket\//, 'AWS::S3Express::DirectoryBucket'],
  [/^iam::[^:]*:role\//, 'AWS::IAM::Role'],
  [/^kms:[^:]*:[^:]*:key\//, 'AWS::KMS::Key'],
  [/^lambda:[^:]*:[^:]*:function:/, 'AWS::Lambda::Function'],
  [/^lambda:[^:]*:[^:]*:layer:/, 'AWS::Lambda::LayerVersion'],
  [/^sqs:/, 'AWS::SQS::Queue'],
  [/^secretsmanager:[^:]*:[^:]*:secret:/, 'AWS::SecretsManager::Secret'],
  [/^sns:/, 'AWS::SNS::Topic'],
  [/^rds:[^:]*:[^:]*:snapshot:/, 'AWS::RDS::DBSnapshot'],
  [/^rds:[^:]*:[^:]*:cluster-snapshot:/, 'AWS::RDS::DBClusterSnapshot'],
  [/^ecr:[^:]*:[^:]*:repository\//, 'AWS::ECR::Repository'],
  [/^elasticfilesystem:[^:]*:[^:]*:file-system\//, 'AWS::EFS::FileSystem'],
  [/^dynamodb:[^:]*:[^:]*:table\/[^/]+\/stream\//, 'AWS::DynamoDB::Stream'],
  [/^dynamodb:[^:]*:[^:]*:table\//, 'AWS::DynamoDB::Table'],
]

const typeOf = (arn: string): string | undefined => {
  const [, rest = ''] = /^arn:[a-z-]+:(.*)$/s.exec(arn) ?? []
  return resourceTypes.find(([form]) => form.test(rest))?.[1]
}

/**
 * Who outside the accounts of an import, or outside its organization, reaches its roles and the resources whose policies it has: one finding each principal and statement.
 * IAM User Guide, "IAM Access Analyzer findings for external and unused access".
 */
export function sharedResources({ users, roles, resourcePolicies, snapshotShares = [], organization }: Snapshot): SharedResources {
  const parents = Object.keys(organization?.parents ?? {})
  const own = [...users, ...roles].flatMap(({ arn }) => parseArn(arn)?.account ?? [])
  const accounts = [...new Set([...own, ...parents.filter(id => /^\d{12}$/.test(id))])]
  const organizationId = organization?.id
  const findings: SharedResourceFinding[] = []
  const notLookedAt: string[] = []

  const policies = [
    ...roles.map(({ arn, trust }) => ({ resource: arn, document: trust, attachment: 'trust' as const })),
    ...resourcePolicies.map(({ resource, document }) => ({ resource, document, attachment: 'resource' as const })),
  ]
  for (const { resource, document, attachment } of policies) {
    const resourceType = typeOf(resource)
    if (resourceType === undefined) {
      notLookedAt.push(`${resource}: no resource type of Access Analyzer`)
      continue
    }
    const account = ownerOf(resource, accounts)
    const zone: ZoneOfTrust = {
      accounts,
      organization: organizationId,
      ...(account !== undefined && { resource: { account, organization: organizationId } }),
    }
    try {
      for (const { principal, action, condition, isPublic, certain } of externalAccess(parsePolicy(document, attachment), attachment, zone))
        findings.push({
          ...found(resource, resourceType, account),
          principal,
          action,
          condition,
          isPublic,
          ...(!certain && { undetermined: true }),
        })
    } catch (problem) {
      if (!(problem instanceof MalformedPolicyDocument)) throw problem
      notLookedAt.push(`${resource}: its policy cannot be read: ${problem.message}`)
    }
  }
  for (const { resource, accounts: shared } of snapshotShares)
    for (const account of shared.filter(id => !accounts.includes(id))) {
      const isPublic = account === 'all'
      const resourceType = typeOf(resource) ?? 'AWS::RDS::DBSnapshot'
      findings.push({
        ...found(resource, resourceType, ownerOf(resource, accounts)),
        principal: { AWS: isPublic ? '*' : account },
        condition: {},
        isPublic,
      })
    }
  return { findings, notLookedAt }
}

const found = (resource: string, resourceType: string, account: string | undefined) => ({
  resource,
  resourceType,
  ...(account !== undefined && { resourceOwnerAccount: account }),
  status: 'ACTIVE' as const,
})

/** ARNs of buckets tell no account: of a world with one it is that. */
function ownerOf(arn: string, accounts: readonly string[]): string | undefined {
  const account = parseArn(arn)?.account ?? ''
  return account === '' ? (accounts.length === 1 ? accounts[0] : undefined) : account
}
