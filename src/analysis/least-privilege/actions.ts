import { serviceFacts } from '../../catalogue/facts/authorization-facts.ts'
import { type CallRecord, parametersOf, textAt } from './record.ts'

/** Action prefixes whose eventSource begins otherwise. CloudTrail's supported services; Service Authorization Reference, "service prefix". */
const prefixes: { readonly [source: string]: string } = {
  monitoring: 'cloudwatch',
  email: 'ses',
  streams: 'kinesis',
  'application-autoscaling': 'application-autoscaling',
  'cognito-idp': 'cognito-idp',
  apigateway: 'apigateway',
  appstream2: 'appstream',
  'codecommit-api': 'codecommit',
  tagging: 'tag',
  models: 'lex',
}

/**
 * Operations whose permission has another name, or needs several. Amazon S3 User Guide, "Required permissions for Amazon S3 API operations"; API references of
 * the services.
 */
const exceptions: { readonly [operation: string]: readonly string[] } = {
  's3:ListObjects': ['s3:ListBucket'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:HeadBucket': ['s3:ListBucket'],
  's3:ListBuckets': ['s3:ListAllMyBuckets'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:ListMultipartUploads': ['s3:ListBucketMultipartUploads'],
  's3:ListParts': ['s3:ListMultipartUploadParts'],
  's3:HeadObject': ['s3:GetObject'],
  's3:SelectObjectContent': ['s3:GetObject'],
  's3:CopyObject': ['s3:PutObject'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:UploadPart': ['s3:PutObject'],
  's3:UploadPartCopy': ['s3:PutObject'],
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  's3:DeleteObjects': ['s3:DeleteObject'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:PutBucketEncryption': ['s3:PutEncryptionConfiguration'],
  's3:DeleteBucketEncryption': ['s3:PutEncryptionConfiguration'],
  's3:GetBucketLifecycle': ['s3:GetLifecycleConfiguration'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:PutBucketLifecycle': ['s3:PutLifecycleConfiguration'],
  's3:PutBucketLifecycleConfiguration': ['s3:PutLifecycleConfiguration'],
  's3:DeleteBucketLifecycle': ['s3:PutLifecycleConfiguration'],
  's3:GetBucketReplication': ['s3:GetReplicationConfiguration'],
  's3:PutBucketReplication': ['s3:PutReplicationConfiguration'],
  's3:DeleteBucketReplication': ['s3:PutReplicationConfiguration'],
  's3:GetBucketCors': ['s3:GetBucketCORS'],
  's3:PutBucketCors': ['s3:PutBucketCORS'],
  's3:DeleteBucketCors': ['s3:PutBucketCORS'],
  's3:DeleteBucketTagging': ['s3:PutBucketTagging'],
  's3:GetBucketNotificationConfiguration': ['s3:GetBucketNotification'],
  's3:PutBucketNotificationConfiguration': ['s3:PutBucketNotification'],
  's3:GetPublicAccessBlock': ['s3:GetBucketPublicAccessBlock'],
  's3:PutPublicAccessBlock': ['s3:PutBucketPublicAccessBlock'],
  's3:DeletePublicAccessBlock': ['s3:PutBucketPublicAccessBlock'],
  'access-analyzer:ListFindingsV2': ['access-analyzer:ListFindings'],
  'access-analyzer:GetFindingV2': ['access-analyzer:GetFinding'],
  'lambda:Invoke': ['lambda:InvokeFunction'],
  // Operations of Gatehouse's own, by the permissions that they ask for.
  'gatehouse-clusters:DescribeAttachment': ['eks:DescribeCluster'],
  'gatehouse-clusters:AttachCluster': ['eks:UpdateClusterConfig', 'iam:UpdateOpenIDConnectProviderThumbprint'],
  'gatehouse-issuers:RotateIssuerKey': ['eks:UpdateClusterConfig'],
}

/** Operations that anybody may call. STS API Reference: "No permissions are required to perform this operation." */
const free = new Set(['sts:GetCallerIdentity', 'sts:GetSessionToken'])

/** What a record says of permissions: the actions that its call needed, or why it tells of none. */
export type Needed = { readonly actions: readonly string[] } | { readonly reason: string }

/** The permissions that a recorded call needed, by name. */
export function actionsOf(record: CallRecord): Needed {
  const [source = ''] = (textAt(record, 'eventSource') ?? '').split('.amazonaws.com')
  const prefix = prefixes[source] ?? source
  const operation = `${prefix}:${withoutVersion(textAt(record, 'eventName') ?? '')}`
  if (textAt(record, 'eventType') !== 'AwsApiCall') return { reason: `${textAt(record, 'eventType')}: not a call of the API` }
  if (free.has(operation)) return { reason: 'needs no permission' }
  const known = exceptions[operation] ?? [operation]
  const actions = known.map(exactName)
  if (actions.includes(undefined)) return { reason: `no action of this name is known: ${operation}` }
  return { actions: [...(actions as string[]), ...alongside(operation, record)] }
}

/** Lambda's and CloudFront's events have the version of their API in their names. */
const withoutVersion = (event: string) => event.replace(/(\d{8}(v\d)?|_?\d{4}_\d{2}_\d{2})$/, '')

function exactName(action: string): string | undefined {
  const [prefix = '', name = ''] = action.split(':')
  const found = serviceFacts(prefix)?.actions.get(name.toLowerCase())
  return found && `${prefix}:${found.name}`
}

/** What a call needs beside its own permission when it is given something. Service Authorization Reference, "Dependent actions"; IAM User Guide, "Tagging". */
const dependent: readonly { readonly operations: RegExp; readonly given: string; readonly needs: string }[] = [
  {
    operations: /^sts:(AssumeRole|AssumeRoleWithWebIdentity|AssumeRoleWithSAML|GetFederationToken)$/,
    given: 'tags',
    needs: 'sts:TagSession',
  },
  { operations: /^sts:AssumeRole$/, given: 'incomingTransitiveTags', needs: 'sts:TagSession' },
  { operations: /^sts:AssumeRole$/, given: 'sourceIdentity', needs: 'sts:SetSourceIdentity' },
  { operations: /^iam:CreateUser$/, given: 'tags', needs: 'iam:TagUser' },
  { operations: /^iam:CreateRole$/, given: 'tags', needs: 'iam:TagRole' },
  { operations: /^iam:CreatePolicy$/, given: 'tags', needs: 'iam:TagPolicy' },
  { operations: /^iam:CreateInstanceProfile$/, given: 'tags', needs: 'iam:TagInstanceProfile' },
  { operations: /^iam:CreateOpenIDConnectProvider$/, given: 'tags', needs: 'iam:TagOpenIDConnectProvider' },
  { operations: /^iam:CreateSAMLProvider$/, given: 'tags', needs: 'iam:TagSAMLProvider' },
  { operations: /^ec2:RunInstances$/, given: 'tagSpecificationSet', needs: 'ec2:CreateTags' },
  { operations: /^eks:Create/, given: 'tags', needs: 'eks:TagResource' },
  { operations: /^organizations:Create/, given: 'tags', needs: 'organizations:TagResource' },
  { operations: /^cloudtrail:CreateTrail$/, given: 'tagsList', needs: 'cloudtrail:AddTags' },
]

function alongside(operation: string, record: CallRecord): string[] {
  const parameters = parametersOf(record)
  const given = (name: string) => {
    const value = parameters[name]
    return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
  }
  const needed = dependent.filter(({ operations, given: name }) => operations.test(operation) && given(name)).map(({ needs }) => needs)
  return passedRole(operation, record) ? [...needed, 'iam:PassRole'] : needed
}

/** Which role a call passes to which service, and where the record has it. IAM User Guide, "Grant a user permissions to pass a role to an AWS service". */
const passing: { readonly [operation: string]: { readonly member: string; readonly service: string } } = {
  'eks:CreateCluster': { member: 'roleArn', service: 'eks.amazonaws.com' },
  'eks:CreateNodegroup': { member: 'nodeRole', service: 'eks.amazonaws.com' },
  'eks:CreateFargateProfile': { member: 'podExecutionRoleArn', service: 'eks-fargate-pods.amazonaws.com' },
  'eks:CreatePodIdentityAssociation': { member: 'roleArn', service: 'pods.eks.amazonaws.com' },
  'eks:UpdatePodIdentityAssociation': { member: 'roleArn', service: 'pods.eks.amazonaws.com' },
  'iam:AddRoleToInstanceProfile': { member: 'roleName', service: 'ec2.amazonaws.com' },
  'cloudtrail:EnableFederation': { member: 'federationRoleArn', service: 'cloudtrail.amazonaws.com' },
  'access-analyzer:StartPolicyGeneration': { member: 'accessRole', service: 'access-analyzer.amazonaws.com' },
  'lambda:CreateFunction': { member: 'role', service: 'lambda.amazonaws.com' },
  'cloudformation:CreateStack': { member: 'roleARN', service: 'cloudformation.amazonaws.com' },
  'cloudformation:UpdateStack': { member: 'roleARN', service: 'cloudformation.amazonaws.com' },
}

/** The role that a call passes, by name or ARN, and to whom. */
export function passedRole(operation: string, record: CallRecord): { readonly role: string; readonly service: string } | undefined {
  if (operation === 'eks:CreateAccessEntry') return passedToNodes(record)
  const rule = passing[operation.replace(/\d{8}(v\d)?$/, '')]
  const parameters = parametersOf(record)
  const role = rule && (textAt(parameters, rule.member) ?? textAt(parameters, 'cloudTrailDetails', rule.member))
  return role === undefined ? undefined : { role, service: rule?.service ?? '' }
}

/** Access entries of EC2 nodes pass the nodes' role. EKS User Guide, "Create access entries". */
function passedToNodes(record: CallRecord): { readonly role: string; readonly service: string } | undefined {
  const parameters = parametersOf(record)
  const role = textAt(parameters, 'principalArn')
  return role !== undefined && textAt(parameters, 'type')?.startsWith('EC2_') ? { role, service: 'ec2.amazonaws.com' } : undefined
}
