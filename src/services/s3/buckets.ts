import type { CreateBucketRequest } from '../../wire/models/s3.ts'
import { checkBucketName } from './bucket-names.ts'
import { bucketArn, commonKeys, onBucket, prepareBucket as prepare } from './bucket.ts'
import { s3Error } from './errors.ts'
import { canonicalIdOf } from '../../identity/canonical-user.ts'
import { s3 } from './service.ts'
import { bucketTags } from './tags.ts'
import { s3Trail } from './trail.ts'

/** Buckets of an account, by default. AWS General Reference, "Amazon S3 endpoints and quotas". */
const mostBuckets = 10_000

/** CreateBucket. Amazon S3 API Reference, "CreateBucket". */
export const CreateBucket = s3.operation('CreateBucket', {
  access: (input, context) => [
    {
      resource: bucketArn(input.Bucket),
      resourceName: `"${bucketArn(input.Bucket)}"`,
      keys: {
        ...commonKeys(context),
        's3:LocationConstraint': locationOf(input, context.region),
        's3:x-amz-acl': input.ACL,
        's3:x-amz-object-ownership': input.ObjectOwnership,
      },
    },
    ...(input.CreateBucketConfiguration?.Tags?.length ? [{ action: 's3:TagResource', resource: bucketArn(input.Bucket) }] : []),
    ...(input.ObjectOwnership === undefined ? [] : [{ action: 's3:PutBucketOwnershipControls', resource: bucketArn(input.Bucket) }]),
    ...(input.ACL === undefined || input.ACL === 'private' ? [] : [{ action: 's3:PutBucketAcl', resource: bucketArn(input.Bucket) }]),
  ],

  async handle(input, { tx, account, region, now, principal }) {
    if (principal.type === 'anonymous') throw s3Error('AccessDenied')
    checkBucketName(input.Bucket)
    const location = locationOf(input, region)
    if (location !== region)
      throw s3Error(
        'IllegalLocationConstraintException',
        input.CreateBucketConfiguration?.LocationConstraint === undefined
          ? undefined
          : `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      )
    if (input.ObjectLockEnabledForBucket) throw s3Error('NotImplemented')
    checkAcl(input)
    const taken = await tx.selectFrom('s3Buckets').select('account').where('name', '=', input.Bucket).executeTakeFirst()
    if (taken) {
      if (taken.account !== account) throw s3Error('BucketAlreadyExists', undefined, { BucketName: input.Bucket })
      // "if you re-create a bucket in us-east-1 that you already own, Amazon S3 returns 200 OK".
      if (region !== 'us-east-1') throw s3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: input.Bucket })
      return { Location: `/${input.Bucket}` }
    }
    const { count } = await tx
      .selectFrom('s3Buckets')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('account', '=', account)
      .executeTakeFirstOrThrow()
    if (Number(count) >= mostBuckets) throw s3Error('TooManyBuckets')
    const tags = input.CreateBucketConfiguration?.Tags
    await tx
      .insertInto('s3Buckets')
      .values({
        name: input.Bucket,
        account,
        region,
        createdAt: now,
        policy: null,
        // All four, for buckets made since April 2023. User Guide, "Blocking public access to your Amazon S3 storage".
        publicAccessBlock: JSON.stringify({
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        }),
        ownership: input.ObjectOwnership ?? 'BucketOwnerEnforced',
        encryption: null,
        tags: tags && tags.length > 0 ? JSON.stringify(bucketTags(tags, {}, principal)) : null,
      })
      .execute()
    return { Location: `/${input.Bucket}`, BucketArn: bucketArn(input.Bucket) }
  },
  trail: s3Trail('CreateBucket'),
})

/** us-east-1 has no location constraint of its own. */
const locationOf = ({ CreateBucketConfiguration: wanted }: CreateBucketRequest, region: string) =>
  wanted?.LocationConstraint ?? (region === 'us-east-1' || wanted !== undefined ? region : 'us-east-1')

function checkAcl({ ACL, ObjectOwnership, ...grants }: CreateBucketRequest): void {
  const granted = grants.GrantFullControl ?? grants.GrantRead ?? grants.GrantReadACP ?? grants.GrantWrite ?? grants.GrantWriteACP
  if ((ACL === undefined || ACL === 'private') && granted === undefined) return
  if (ObjectOwnership === undefined || ObjectOwnership === 'BucketOwnerEnforced')
    throw s3Error('InvalidBucketOwnerAclWithObjectOwnership', undefined)
  throw s3Error('NotImplemented')
}

/** HeadBucket. Amazon S3 API Reference, "HeadBucket". */
export const HeadBucket = s3.operation('HeadBucket', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:ListBucket', context),
  handle: async (_input, _context, { bucket }) => ({
    BucketRegion: bucket.region,
    BucketArn: bucketArn(bucket.name),
    AccessPointAlias: false,
  }),
  trail: s3Trail('HeadBucket'),
  eventCategory: 'Data',
})

/** DeleteBucket. Amazon S3 API Reference, "DeleteBucket". */
export const DeleteBucket = s3.operation('DeleteBucket', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:DeleteBucket', context),
  async handle({ Bucket }, { tx }) {
    const object = await tx.selectFrom('s3Objects').select('key').where('bucket', '=', Bucket).limit(1).executeTakeFirst()
    const upload = await tx.selectFrom('s3Uploads').select('id').where('bucket', '=', Bucket).limit(1).executeTakeFirst()
    if (object || upload) throw s3Error('BucketNotEmpty', undefined, { BucketName: Bucket })
    await tx.deleteFrom('s3Buckets').where('name', '=', Bucket).execute()
    return {}
  },
  trail: s3Trail('DeleteBucket'),
})

/** GetBucketLocation: null for us-east-1. Amazon S3 API Reference, "GetBucketLocation". */
export const GetBucketLocation = s3.operation('GetBucketLocation', {
  prepare,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:GetBucketLocation', context),
  handle: async (_input, _context, { bucket }) => (bucket.region === 'us-east-1' ? {} : { LocationConstraint: bucket.region }),
  trail: s3Trail('GetBucketLocation'),
})

/** ListBuckets: in order of name. Amazon S3 API Reference, "ListBuckets". */
export const ListBuckets = s3.operation('ListBuckets', {
  access: (_input, context) => ({ action: 's3:ListAllMyBuckets', resource: '*', keys: commonKeys(context) }),
  async handle({ MaxBuckets = 10_000, ContinuationToken, Prefix = '', BucketRegion }, { tx, account, region, principal }) {
    if (principal.type === 'anonymous') throw s3Error('AccessDenied')
    if (MaxBuckets < 1 || MaxBuckets > 10_000)
      throw s3Error('InvalidArgument', 'Argument max-buckets must be an integer between 1 and 10000')
    const after = ContinuationToken === undefined ? '' : Buffer.from(ContinuationToken, 'base64url').toString()
    const rows = await tx
      .selectFrom('s3Buckets')
      .select(['name', 'createdAt', 'region'])
      .where('account', '=', account)
      .where('name', '>', after)
      .where('name', '>=', Prefix)
      .orderBy('name')
      .execute()
    const found = rows.filter(({ name }) => name.startsWith(Prefix) && (BucketRegion ?? region) === region)
    const page = found.slice(0, MaxBuckets)
    return {
      Buckets: page.map(({ name, createdAt, region: BucketRegion }) => ({
        Name: name,
        CreationDate: new Date(createdAt),
        BucketRegion,
        BucketArn: bucketArn(name),
      })),
      Owner: { ID: canonicalIdOf(account) },
      ...(Prefix !== '' && { Prefix }),
      ...(found.length > page.length && { ContinuationToken: Buffer.from(page.at(-1)?.name ?? '').toString('base64url') }),
    }
  },
  trail: s3Trail('ListBuckets'),
})
