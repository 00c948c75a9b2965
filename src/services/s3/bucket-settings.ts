import type { Transaction } from '../../store/index.ts'
import type { ServerSideEncryptionConfiguration } from '../../wire/models/s3.ts'
import { type BucketRow, entriesOf, onBucket, prepareBucket as prepare, publicAccessBlockOf } from './bucket.ts'
import { s3Error } from './errors.ts'
import { canonicalIdOf } from '../../identity/canonical-user.ts'
import { s3 } from './service.ts'
import { bucketTags, tagSetOf } from './tags.ts'
import { s3Trail } from './trail.ts'

const change = async (tx: Transaction, { name }: BucketRow, values: Partial<BucketRow>) => {
  await tx.updateTable('s3Buckets').set(values).where('name', '=', name).execute()
  return {}
}

/** PutPublicAccessBlock: what is left out is false. Amazon S3 API Reference, "PutPublicAccessBlock". */
export const PutPublicAccessBlock = s3.operation('PutPublicAccessBlock', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutBucketPublicAccessBlock', context),
  handle: ({ PublicAccessBlockConfiguration: wanted }, { tx }, { bucket }) =>
    change(tx, bucket, {
      publicAccessBlock: JSON.stringify({
        BlockPublicAcls: wanted.BlockPublicAcls ?? false,
        IgnorePublicAcls: wanted.IgnorePublicAcls ?? false,
        BlockPublicPolicy: wanted.BlockPublicPolicy ?? false,
        RestrictPublicBuckets: wanted.RestrictPublicBuckets ?? false,
      }),
    }),
  trail: s3Trail('PutPublicAccessBlock'),
  eventName: 'PutBucketPublicAccessBlock',
})

/** GetPublicAccessBlock. Amazon S3 API Reference, "GetPublicAccessBlock". */
export const GetPublicAccessBlock = s3.operation('GetPublicAccessBlock', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketPublicAccessBlock', context),
  async handle(_input, _context, { bucket }) {
    if (bucket.publicAccessBlock === null) throw s3Error('NoSuchPublicAccessBlockConfiguration', undefined, { BucketName: bucket.name })
    return { PublicAccessBlockConfiguration: publicAccessBlockOf(bucket) }
  },
  trail: s3Trail('GetPublicAccessBlock'),
  eventName: 'GetBucketPublicAccessBlock',
})

/** DeletePublicAccessBlock, by the permission to put one. Amazon S3 API Reference, "DeletePublicAccessBlock". */
export const DeletePublicAccessBlock = s3.operation('DeletePublicAccessBlock', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutBucketPublicAccessBlock', context),
  handle: (_input, { tx }, { bucket }) => change(tx, bucket, { publicAccessBlock: null }),
  trail: s3Trail('DeletePublicAccessBlock'),
  eventName: 'DeleteBucketPublicAccessBlock',
})

/** PutBucketTagging: all tags anew. Amazon S3 API Reference, "PutBucketTagging". */
export const PutBucketTagging = s3.operation('PutBucketTagging', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutBucketTagging', context),
  handle: ({ Tagging }, { tx, principal }, { bucket }) =>
    change(tx, bucket, { tags: JSON.stringify(bucketTags(Tagging.TagSet, entriesOf(bucket.tags), principal)) }),
  trail: s3Trail('PutBucketTagging'),
})

/** GetBucketTagging. Amazon S3 API Reference, "GetBucketTagging". */
export const GetBucketTagging = s3.operation('GetBucketTagging', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketTagging', context),
  async handle(_input, _context, { bucket }) {
    const tags = tagSetOf(entriesOf(bucket.tags))
    if (tags.length === 0) throw s3Error('NoSuchTagSet', undefined, { BucketName: bucket.name })
    return { TagSet: tags }
  },
  trail: s3Trail('GetBucketTagging'),
})

/** DeleteBucketTagging, by the permission to put tags, unless a service's tags would go. Amazon S3 API Reference, "DeleteBucketTagging". */
export const DeleteBucketTagging = s3.operation('DeleteBucketTagging', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutBucketTagging', context),
  async handle(_input, { tx, principal }, { bucket }) {
    bucketTags([], entriesOf(bucket.tags), principal)
    return change(tx, bucket, { tags: null })
  },
  trail: s3Trail('DeleteBucketTagging'),
})

/** PutBucketOwnershipControls. Amazon S3 API Reference, "PutBucketOwnershipControls". */
export const PutBucketOwnershipControls = s3.operation('PutBucketOwnershipControls', {
  prepare,
  access: ({ OwnershipControls }, context, { bucket }) =>
    onBucket(bucket, 's3:PutBucketOwnershipControls', context, {
      's3:x-amz-object-ownership': OwnershipControls.Rules[0]?.ObjectOwnership,
    }),
  async handle({ OwnershipControls: { Rules } }, { tx }, { bucket }) {
    const [rule] = Rules
    if (!rule || Rules.length > 1) throw s3Error('MalformedXML')
    return change(tx, bucket, { ownership: rule.ObjectOwnership })
  },
  trail: s3Trail('PutBucketOwnershipControls'),
})

/** GetBucketOwnershipControls. Amazon S3 API Reference, "GetBucketOwnershipControls". */
export const GetBucketOwnershipControls = s3.operation('GetBucketOwnershipControls', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketOwnershipControls', context),
  async handle(_input, _context, { bucket }) {
    if (bucket.ownership === null) throw s3Error('OwnershipControlsNotFoundError', undefined, { BucketName: bucket.name })
    return { OwnershipControls: { Rules: [{ ObjectOwnership: bucket.ownership }] } }
  },
  trail: s3Trail('GetBucketOwnershipControls'),
})

/** DeleteBucketOwnershipControls. Amazon S3 API Reference, "DeleteBucketOwnershipControls". */
export const DeleteBucketOwnershipControls = s3.operation('DeleteBucketOwnershipControls', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutBucketOwnershipControls', context),
  handle: (_input, { tx }, { bucket }) => change(tx, bucket, { ownership: null }),
  trail: s3Trail('DeleteBucketOwnershipControls'),
})

/** Versioning is not served: no bucket ever has any. Amazon S3 API Reference, "GetBucketVersioning". */
export const GetBucketVersioning = s3.operation('GetBucketVersioning', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketVersioning', context),
  handle: async () => ({}),
  trail: s3Trail('GetBucketVersioning'),
})

/** What every bucket has unless it is told otherwise. User Guide, "Setting default server-side encryption behavior". */
const usualEncryption: ServerSideEncryptionConfiguration = {
  Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
}

/** GetBucketEncryption. Amazon S3 API Reference, "GetBucketEncryption". */
export const GetBucketEncryption = s3.operation('GetBucketEncryption', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetEncryptionConfiguration', context),
  handle: async (_input, _context, { bucket }) => ({
    ServerSideEncryptionConfiguration:
      bucket.encryption === null ? usualEncryption : (JSON.parse(bucket.encryption) as ServerSideEncryptionConfiguration),
  }),
  trail: s3Trail('GetBucketEncryption'),
})

/** PutBucketEncryption: there is no KMS, so that AES256 alone can be asked for. Amazon S3 API Reference, "PutBucketEncryption". */
export const PutBucketEncryption = s3.operation('PutBucketEncryption', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutEncryptionConfiguration', context),
  async handle({ ServerSideEncryptionConfiguration: wanted }, { tx }, { bucket }) {
    const other = wanted.Rules.some(({ ApplyServerSideEncryptionByDefault: rule }) => rule !== undefined && rule.SSEAlgorithm !== 'AES256')
    if (other) throw s3Error('NotImplemented', 'Encryption with KMS keys is not implemented')
    return change(tx, bucket, { encryption: JSON.stringify(wanted) })
  },
  trail: s3Trail('PutBucketEncryption'),
})

/** DeleteBucketEncryption: back to the usual one. Amazon S3 API Reference, "DeleteBucketEncryption". */
export const DeleteBucketEncryption = s3.operation('DeleteBucketEncryption', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:PutEncryptionConfiguration', context),
  handle: (_input, { tx }, { bucket }) => change(tx, bucket, { encryption: null }),
  trail: s3Trail('DeleteBucketEncryption'),
})

/** GetBucketAcl: the owner's full control, as no other grants can be made. Amazon S3 API Reference, "GetBucketAcl". */
export const GetBucketAcl = s3.operation('GetBucketAcl', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketAcl', context),
  async handle(_input, _context, { bucket }) {
    const ID = canonicalIdOf(bucket.account)
    return { Owner: { ID }, Grants: [{ Grantee: { Type: 'CanonicalUser', ID }, Permission: 'FULL_CONTROL' }] }
  },
  trail: s3Trail('GetBucketAcl'),
})
