import { createPolicyCompiler } from '../../identity/policy-compiler.ts'
import { accountOf } from '../../identity/principal.ts'
import { externalAccess } from '../../analysis/external-access.ts'
import { type CompiledPolicy, type PolicyDocument, parsePolicy, type RequestContext } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { S3BucketsTable } from '../../store/tables/s3.ts'
import type { AccessContext, AccessStatement, CallContext } from '../operation.ts'
import { s3Error } from './errors.ts'

export type BucketRow = Readonly<S3BucketsTable>

export const bucketArn = (name: string) => `arn:aws:s3:::${name}`
export const objectArn = (bucket: string, key: string) => `arn:aws:s3:::${bucket}/${key}`

/** What every call about a bucket says of it. */
export interface BucketInput {
  readonly Bucket: string
  readonly ExpectedBucketOwner?: string | undefined
}

/**
 * The bucket that a call is about. That it is not there is told to everybody, before any policy is asked.
 * @throws NoSuchBucket; AccessDenied when it is not the expected owner's, or restricted to its account
 */
export async function requireBucket(
  tx: Transaction,
  { Bucket, ExpectedBucketOwner }: BucketInput,
  context: CallContext,
): Promise<BucketRow> {
  const bucket = await tx.selectFrom('s3Buckets').selectAll().where('name', '=', Bucket).executeTakeFirst()
  if (!bucket) throw s3Error('NoSuchBucket', undefined, { BucketName: Bucket })
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== bucket.account) throw s3Error('AccessDenied')
  if (isStranger(bucket, context) && publicAccessBlockOf(bucket).RestrictPublicBuckets && isPublic(bucket)) throw s3Error('AccessDenied')
  return bucket
}

/** What a call about a bucket is prepared with. */
export interface WithBucket {
  readonly bucket: BucketRow
}

export const prepareBucket = async (input: BucketInput, context: AccessContext): Promise<WithBucket> => ({
  bucket: await requireBucket(context.tx, input, context),
})

/** "only AWS service principals and authorized users within the bucket owner's account". User Guide, "Blocking public access", RestrictPublicBuckets. */
const isStranger = ({ account }: BucketRow, { principal }: CallContext) =>
  principal.type !== 'service' && accountOf(principal, '') !== account

/** An action on a bucket, decided by its policy too. */
export const onBucket = (bucket: BucketRow, action: string, context: CallContext, keys: RequestContext = {}): AccessStatement =>
  statement(bucket, bucketArn(bucket.name), action, context, keys)

/** An action on one of its objects. */
export const onObject = (
  bucket: BucketRow,
  key: string,
  action: string,
  context: CallContext,
  keys: RequestContext = {},
): AccessStatement => statement(bucket, objectArn(bucket.name, key), action, context, keys)

function statement(bucket: BucketRow, arn: string, action: string, context: CallContext, keys: RequestContext): AccessStatement {
  const policy = compiledPolicyOf(bucket)
  return {
    action,
    resource: arn,
    resourceName: `"${arn}"`,
    resourceAccount: bucket.account,
    keys: { ...commonKeys(context), 's3:ResourceAccount': bucket.account, ...keys },
    ...(policy && { resourcePolicy: policy }),
  }
}

/** Keys that every S3 request has when it has what they tell. Amazon S3 API Reference, "Amazon S3 Signature Version 4 authentication specific policy keys". */
export function commonKeys({ request, now }: CallContext): RequestContext {
  const { signature, tlsVersion, contentSha256 } = request
  return {
    's3:authType': signature && (signature.form === 'presigned' ? 'REST-QUERY-STRING' : 'REST-HEADER'),
    's3:signatureversion': signature && 'AWS4-HMAC-SHA256',
    's3:signatureAge': signature && Math.max(0, now - signature.requestAt),
    's3:x-amz-content-sha256': contentSha256,
    's3:TlsVersion': tlsVersion === undefined ? undefined : tlsVersion.replace(/^TLSv/, ''),
  }
}

const compile = createPolicyCompiler()

const compiledPolicyOf = ({ name, policy }: BucketRow): CompiledPolicy | undefined =>
  policy === null ? undefined : compile(policy, 'resource', { id: name, type: 'resource' })

export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean
  readonly IgnorePublicAcls: boolean
  readonly BlockPublicPolicy: boolean
  readonly RestrictPublicBuckets: boolean
}

const nothingBlocked: PublicAccessBlock = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
}

export const publicAccessBlockOf = ({ publicAccessBlock }: Pick<BucketRow, 'publicAccessBlock'>): PublicAccessBlock =>
  publicAccessBlock === null ? nothingBlocked : (JSON.parse(publicAccessBlock) as PublicAccessBlock)

const known = new Map<string, boolean>()
const mostKnown = 1_000

/** Whether a bucket's policy lets in everybody. User Guide, "The meaning of 'public'". */
export function isPublic({ policy, account }: Pick<BucketRow, 'policy' | 'account'>): boolean {
  if (policy === null) return false
  const key = `${account}\n${policy}`
  const before = known.get(key)
  if (before !== undefined) return before
  const found = isPublicPolicy(parsePolicy(policy, 'resource'), account)
  if (known.size >= mostKnown) known.delete(known.keys().next().value as string)
  known.set(key, found)
  return found
}

export const isPublicPolicy = (policy: PolicyDocument, account: string): boolean =>
  externalAccess(policy, 'resource', { accounts: [account] }).some(({ isPublic: open }) => open)

/** Tags and such as a row keeps them. */
export const entriesOf = (json: string | null): { readonly [key: string]: string } =>
  json === null ? {} : (JSON.parse(json) as { readonly [key: string]: string })
