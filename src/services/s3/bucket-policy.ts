import { MalformedPolicyDocument, type PolicyDocument, parsePolicy } from '../../policy/index.ts'
import { type BucketRow, bucketArn, isPublic, isPublicPolicy, onBucket, prepareBucket as prepare, publicAccessBlockOf } from './bucket.ts'
import { s3Error } from './errors.ts'
import { s3 } from './service.ts'
import { s3Trail } from './trail.ts'

/** "Bucket policies are limited to 20 KB in size." User Guide, "Bucket policies for Amazon S3". */
const longestPolicy = 20 * 1024

/** PutBucketPolicy. Amazon S3 API Reference, "PutBucketPolicy". */
export const PutBucketPolicy = s3.operation('PutBucketPolicy', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutBucketPolicy', context),
  async handle({ Policy }, { tx, principal }, { bucket }) {
    const policy = readPolicy(Policy, bucket)
    if (publicAccessBlockOf(bucket).BlockPublicPolicy && isPublicPolicy(policy, bucket.account)) {
      const who = 'arn' in principal ? principal.arn : 'anonymous'
      throw s3Error(
        'AccessDenied',
        `User: ${who} is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(bucket.name)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      )
    }
    await tx.updateTable('s3Buckets').set({ policy: Policy }).where('name', '=', bucket.name).execute()
    return {}
  },
  trail: s3Trail('PutBucketPolicy'),
})

/** @throws MalformedPolicy for what is no policy of this bucket */
function readPolicy(text: string, bucket: BucketRow): PolicyDocument {
  if (Buffer.byteLength(text) > longestPolicy) throw s3Error('InvalidArgument', 'The policy is larger than 20480 bytes.')
  const policy = parsed(text)
  const own = bucketArn(bucket.name)
  for (const { resource, principal } of policy.statements) {
    if (!principal) throw s3Error('MalformedPolicy', 'Missing required field Principal')
    const foreign = resource?.values.some(value => value !== '*' && !matchesBucket(value, own))
    if (!resource || foreign) throw s3Error('MalformedPolicy', 'Policy has invalid resource')
  }
  return policy
}

function parsed(text: string): PolicyDocument {
  try {
    return parsePolicy(text, 'resource')
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument)
      throw s3Error('MalformedPolicy', text.trimStart().startsWith('{') ? problem.message : undefined)
    throw problem
  }
}

/** Wildcards in the bucket's own part are taken as they are. */
const matchesBucket = (value: string, own: string) => value === own || value.startsWith(`${own}/`) || /^arn:aws:s3:::[^/]*[*?$]/.test(value)

/** GetBucketPolicy. Amazon S3 API Reference, "GetBucketPolicy". */
export const GetBucketPolicy = s3.operation('GetBucketPolicy', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketPolicy', context),
  async handle({ Bucket }, { tx }) {
    // Asked for again: who asks how it was gets the policy of then, and may ask by that of now.
    const row = await tx.selectFrom('s3Buckets').select('policy').where('name', '=', Bucket).executeTakeFirst()
    if (!row || row.policy === null) throw s3Error('NoSuchBucketPolicy', undefined, { BucketName: Bucket })
    return { Policy: row.policy }
  },
  trail: s3Trail('GetBucketPolicy'),
})

/** DeleteBucketPolicy. Amazon S3 API Reference, "DeleteBucketPolicy". */
export const DeleteBucketPolicy = s3.operation('DeleteBucketPolicy', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:DeleteBucketPolicy', context),
  async handle({ Bucket }, { tx }) {
    await tx.updateTable('s3Buckets').set({ policy: null }).where('name', '=', Bucket).execute()
    return {}
  },
  trail: s3Trail('DeleteBucketPolicy'),
})

/** GetBucketPolicyStatus. Amazon S3 API Reference, "GetBucketPolicyStatus". */
export const GetBucketPolicyStatus = s3.operation('GetBucketPolicyStatus', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketPolicyStatus', context),
  async handle(_input, _context, { bucket }) {
    if (bucket.policy === null) throw s3Error('NoSuchBucketPolicy', undefined, { BucketName: bucket.name })
    return { PolicyStatus: { IsPublic: isPublic(bucket) } }
  },
  trail: s3Trail('GetBucketPolicyStatus'),
})
