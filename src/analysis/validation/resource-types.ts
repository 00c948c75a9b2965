/** What the policy of a resource type can be about. */
interface ResourcePolicy {
  /** Action prefixes. */
  readonly services: readonly string[]
  /** With wildcards. */
  readonly arns: readonly string[]
  /** Keys that say nothing in a policy of the resource itself. */
  readonly irrelevantKeys: readonly string[]
}

/** Resource types of ValidatePolicy. Access Analyzer API Reference, "ValidatePolicy", validatePolicyResourceType. */
const resourcePolicies: Readonly<Record<string, ResourcePolicy>> = {
  'AWS::S3::Bucket': {
    services: ['s3', 's3express'],
    arns: ['arn:*:s3:::*', 'arn:*:s3express:*:*:bucket/*'],
    irrelevantKeys: ['s3:ResourceAccount', 'aws:ResourceAccount', 'aws:ResourceOrgID', 'aws:ResourceOrgPaths'],
  },
  'AWS::S3::AccessPoint': {
    services: ['s3'],
    arns: ['arn:*:s3:*:*:accesspoint/*', 'arn:*:s3-outposts:*:*:outpost/*'],
    irrelevantKeys: ['s3:ResourceAccount', 'aws:ResourceAccount', 'aws:ResourceOrgID', 'aws:ResourceOrgPaths'],
  },
  'AWS::S3::MultiRegionAccessPoint': { services: ['s3'], arns: ['arn:*:s3::*:accesspoint/*'], irrelevantKeys: ['s3:ResourceAccount'] },
  'AWS::S3ObjectLambda::AccessPoint': {
    services: ['s3-object-lambda'],
    arns: ['arn:*:s3-object-lambda:*:*:accesspoint/*'],
    irrelevantKeys: ['s3:ResourceAccount'],
  },
  'AWS::IAM::AssumeRolePolicyDocument': { services: ['sts'], arns: [], irrelevantKeys: [] },
  'AWS::DynamoDB::Table': {
    services: ['dynamodb'],
    arns: ['arn:*:dynamodb:*:*:table/*'],
    irrelevantKeys: ['aws:ResourceAccount', 'aws:ResourceOrgID', 'aws:ResourceOrgPaths'],
  },
}

/** @returns undefined when no type is given, or one that has no rules of its own */
export const resourcePolicyOf = (type: string | undefined): ResourcePolicy | undefined =>
  type !== undefined && Object.hasOwn(resourcePolicies, type) ? resourcePolicies[type] : undefined
