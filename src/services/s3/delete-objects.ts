import { globalKeysOf } from '../../identity/request-context.ts'
import { type CallContext } from '../operation.ts'
import { type BucketRow, onObject, prepareBucket, type WithBucket } from './bucket.ts'
import { s3Error } from './errors.ts'
import { checkVersion, findObject, prepareObject, removeObject } from './object-row.ts'
import { checkWriteConditions } from './preconditions.ts'
import { s3 } from './service.ts'
import { s3Trail } from './trail.ts'

/** DeleteObject: succeeds for what is not there too. Amazon S3 API Reference, "DeleteObject". */
export const DeleteObject = s3.operation('DeleteObject', {
  prepare: prepareObject,
  access: ({ Key }, context, { bucket }) => onObject(bucket, Key, 's3:DeleteObject', context),
  async handle(input, context) {
    checkVersion(input.VersionId)
    if (input.IfMatch !== undefined)
      checkWriteConditions({ IfMatch: input.IfMatch }, await findObject(context.tx, input.Bucket, input.Key), input.Key)
    await removeObject(context, input.Bucket, input.Key)
    return {}
  },
  trail: s3Trail('DeleteObject'),
  eventCategory: 'Data',
})

const mostKeys = 1_000

interface Deleting extends WithBucket {
  /** Why a key may not be deleted, by the key. */
  readonly refused?: ReadonlySet<string>
}

/** DeleteObjects: each key is decided for itself, and a refused one told of in the answer. Amazon S3 API Reference, "DeleteObjects". */
export const DeleteObjects = s3.operation<'DeleteObjects', Deleting>('DeleteObjects', {
  prepare: prepareBucket,
  // Each key by itself, in `reach`: one that is denied does not refuse the others.
  access: () => [],
  async reach({ Delete: { Objects } }, context, { bucket }) {
    if (Objects.length === 0 || Objects.length > mostKeys) throw s3Error('MalformedXML')
    const refused = new Set<string>()
    for (const { Key } of Objects) if (!(await mayDelete(bucket, Key, context))) refused.add(Key)
    return { bucket, refused }
  },
  async handle({ Bucket, Delete: { Objects, Quiet = false } }, context, { refused }) {
    const denied = Objects.filter(({ Key }) => refused?.has(Key))
    const allowed = Objects.filter(({ Key }) => !refused?.has(Key))
    for (const { Key, VersionId } of allowed) {
      checkVersion(VersionId)
      await removeObject(context, Bucket, Key)
    }
    return {
      ...(!Quiet && { Deleted: allowed.map(({ Key }) => ({ Key })) }),
      ...(denied.length > 0 && { Errors: denied.map(({ Key }) => ({ Key, Code: 'AccessDenied', Message: 'Access Denied' })) }),
    }
  },
  trail: s3Trail('DeleteObjects'),
  eventCategory: 'Data',
})

async function mayDelete(bucket: BucketRow, key: string, context: CallContext): Promise<boolean> {
  const { world, principal, request, region, now } = context
  const { keys, ...statement } = onObject(bucket, key, 's3:DeleteObject', context)
  const question = {
    ...statement,
    action: 's3:DeleteObject',
    context: { ...globalKeysOf(principal, { ...request, region, now }), ...keys },
  }
  return (await world.authorizer.authorize(principal, question)).effect === 'allowed'
}
