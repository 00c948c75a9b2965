import { canonicalIdOf } from '../../identity/canonical-user.ts'
import type { Configuration, S3AccessPointConfiguration, S3BucketConfiguration } from '../../wire/models/access-analyzer.ts'
import { invalid } from './analyzer-configuration.ts'
import type { AccessPoint, Grant, SharedResource } from './shared-resources.ts'

/** What a configuration proposes; what it leaves out stays as it is. */
export type Proposal = Partial<Pick<SharedResource, 'policies' | 'restrictsPublicPolicies' | 'grants' | 'accessPoints'>>

interface Kind<Member extends keyof Configuration> {
  readonly resourceType: string
  /** The resource's ARN. Service Authorization Reference, resource types of each service. */
  readonly arn: RegExp
  proposal(configuration: NonNullable<Configuration[Member]>, accounts: readonly string[]): Proposal
}

/** One policy: an empty text proposes to delete it, none keeps that of the resource. */
const policyOf = (text: string | undefined): Proposal => (text === undefined ? {} : { policies: text === '' ? [] : [text] })

/** The configurations of access previews. Access Analyzer API Reference, "Configuration" and the data types that it names. */
export const previewKinds: { readonly [Member in keyof Required<Configuration>]: Kind<Member> } = {
  iamRole: {
    resourceType: 'AWS::IAM::Role',
    arn: /^arn:aws:iam::\d{12}:role\/.+$/,
    proposal: ({ trustPolicy }) => policyOf(trustPolicy),
  },
  s3Bucket: { resourceType: 'AWS::S3::Bucket', arn: /^arn:aws:s3:::[^/]+$/, proposal: bucketProposal },
  s3ExpressDirectoryBucket: {
    resourceType: 'AWS::S3Express::DirectoryBucket',
    arn: /^arn:aws:s3express:[^:]+:\d{12}:bucket\/.+$/,
    proposal: ({ bucketPolicy, accessPoints }) => ({ ...policyOf(bucketPolicy), ...accessPointsOf(accessPoints, directoryAccessPoint) }),
  },
  kmsKey: {
    resourceType: 'AWS::KMS::Key',
    arn: /^arn:aws:kms:[^:]+:\d{12}:key\/.+$/,
    proposal: ({ keyPolicies = {}, grants = [] }) => ({
      policies: Object.values(keyPolicies),
      grants: grants.map(({ granteePrincipal, operations }) => ({
        ...grantTo(granteePrincipal),
        action: operations.map(operation => `kms:${operation}`),
      })),
    }),
  },
  secretsManagerSecret: {
    resourceType: 'AWS::SecretsManager::Secret',
    arn: /^arn:aws:secretsmanager:[^:]+:\d{12}:secret:.+$/,
    proposal: ({ secretPolicy }) => policyOf(secretPolicy),
  },
  sqsQueue: {
    resourceType: 'AWS::SQS::Queue',
    arn: /^arn:aws:sqs:[^:]+:\d{12}:[^:]+$/,
    proposal: ({ queuePolicy }) => policyOf(queuePolicy),
  },
  snsTopic: {
    resourceType: 'AWS::SNS::Topic',
    arn: /^arn:aws:sns:[^:]+:\d{12}:[^:]+$/,
    proposal: ({ topicPolicy }) => policyOf(topicPolicy),
  },
  ecrRepository: {
    resourceType: 'AWS::ECR::Repository',
    arn: /^arn:aws:ecr:[^:]+:\d{12}:repository\/.+$/,
    proposal: ({ repositoryPolicy }) => policyOf(repositoryPolicy),
  },
  efsFileSystem: {
    resourceType: 'AWS::EFS::FileSystem',
    arn: /^arn:aws:elasticfilesystem:[^:]+:\d{12}:file-system\/.+$/,
    proposal: ({ fileSystemPolicy }) => policyOf(fileSystemPolicy),
  },
  dynamodbTable: {
    resourceType: 'AWS::DynamoDB::Table',
    arn: /^arn:aws:dynamodb:[^:]+:\d{12}:table\/[^/]+$/,
    proposal: ({ tablePolicy }) => policyOf(tablePolicy),
  },
  dynamodbStream: {
    resourceType: 'AWS::DynamoDB::Stream',
    arn: /^arn:aws:dynamodb:[^:]+:\d{12}:table\/[^/]+\/stream\/.+$/,
    proposal: ({ streamPolicy }) => policyOf(streamPolicy),
  },
  ebsSnapshot: {
    resourceType: 'AWS::EC2::Snapshot',
    arn: /^arn:aws:ec2:[^:]+:\d*:snapshot\/.+$/,
    proposal: ({ userIds = [], groups = [] }) => ({ grants: [...userIds, ...groups].map(sharedWith) }),
  },
  rdsDbSnapshot: {
    resourceType: 'AWS::RDS::DBSnapshot',
    arn: /^arn:aws:rds:[^:]+:\d{12}:snapshot:.+$/,
    proposal: ({ attributes = {} }) => ({ grants: Object.values(attributes).flatMap(({ accountIds = [] }) => accountIds.map(sharedWith)) }),
  },
  rdsDbClusterSnapshot: {
    resourceType: 'AWS::RDS::DBClusterSnapshot',
    arn: /^arn:aws:rds:[^:]+:\d{12}:cluster-snapshot:.+$/,
    proposal: ({ attributes = {} }) => ({ grants: Object.values(attributes).flatMap(({ accountIds = [] }) => accountIds.map(sharedWith)) }),
  },
}

/** An account, or `all`, which is everybody. */
const sharedWith = (value: string): Grant => (value === 'all' ? { principal: { AWS: '*' }, isPublic: true } : grantTo(value))

/** An account by its number, or a principal by its ARN. */
function grantTo(value: string): Grant {
  const account = /^\d{12}$/.test(value) ? value : /^arn:[a-z-]+:(?:iam|sts)::(\d{12}):/.exec(value)?.[1]
  return { principal: { AWS: value }, account, isPublic: false }
}

function bucketProposal(
  { bucketPolicy, bucketAclGrants, bucketPublicAccessBlock: block, accessPoints }: S3BucketConfiguration,
  accounts: readonly string[],
): Proposal {
  const owners = new Map(accounts.map(account => [canonicalIdOf(account), account]))
  const grants = bucketAclGrants?.map(({ permission, grantee: { id, uri } }): Grant => {
    const about = { action: actionsByPermission[permission] ?? [], source: 'BUCKET_ACL' as const }
    return id === undefined
      ? { ...about, principal: { Group: uri ?? '' }, isPublic: uri !== logDelivery }
      : { ...about, principal: { CanonicalUser: id }, account: owners.get(id), isPublic: false }
  })
  return {
    ...policyOf(bucketPolicy),
    ...(grants && { grants: grants.filter(({ isPublic }) => !(isPublic && block?.ignorePublicAcls)) }),
    ...(block && { restrictsPublicPolicies: block.restrictPublicBuckets }),
    ...accessPointsOf(accessPoints, bucketAccessPoint),
  }
}

/** The one group of S3 that is not everybody, or everybody with an account. S3 User Guide, "Amazon S3 predefined groups". */
const logDelivery = 'http://acs.amazonaws.com/groups/s3/LogDelivery'

const read = ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads']
/** S3 User Guide, "Mapping of ACL permissions and access policy permissions". */
const actionsByPermission: { readonly [permission: string]: readonly string[] } = {
  READ: read,
  WRITE: ['s3:PutObject'],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE_ACP: ['s3:PutBucketAcl'],
  FULL_CONTROL: [...read, 's3:PutObject', 's3:GetBucketAcl', 's3:PutBucketAcl'],
}

/** Of a bucket, and across regions. Service Authorization Reference, "Resource types defined by Amazon S3". */
const bucketAccessPoint = /^arn:aws:s3:[a-z0-9-]*:\d{12}:accesspoint\/[^/]+$/
const directoryAccessPoint = /^arn:aws:s3express:[a-z0-9-]+:\d{12}:accesspoint\/[^/]+$/
/** "You can propose up to 10 access points or multi-region access points per bucket." API Reference, "S3AccessPointConfiguration". */
const mostAccessPoints = 10

/** Access points by ARN; one without a network origin is of the internet. @throws ValidationError */
function accessPointsOf(given: { readonly [arn: string]: S3AccessPointConfiguration } | undefined, form: RegExp): Proposal {
  if (given === undefined) return {}
  const entries = Object.entries(given)
  if (entries.length > mostAccessPoints) throw invalid(`At most ${mostAccessPoints} access points can be proposed for a bucket.`)
  const wrong = entries.find(([arn]) => !form.test(arn))
  if (wrong) throw invalid(`${wrong[0]} is not the ARN of an access point of such a bucket.`)
  return { accessPoints: entries.flatMap(([arn, configuration]) => accessPointOf(arn, configuration)) }
}

function accessPointOf(
  arn: string,
  { accessPointPolicy = '', publicAccessBlock, networkOrigin }: S3AccessPointConfiguration,
): AccessPoint[] {
  if (accessPointPolicy === '') return []
  const restrictsPublicPolicies = publicAccessBlock?.restrictPublicBuckets === true
  return [{ arn, policy: accessPointPolicy, restrictsPublicPolicies, isOfVpc: networkOrigin?.vpcConfiguration !== undefined }]
}
