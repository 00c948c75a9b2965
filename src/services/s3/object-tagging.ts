import { entriesOf } from './bucket.ts'
import { requestTagKeys } from './object-headers.ts'
import { onExisting, prepareObject, requireObject, type WithObject } from './object-row.ts'
import { s3 } from './service.ts'
import { tagSetOf, tagsFrom } from './tags.ts'
import { s3Trail } from './trail.ts'

/** PutObjectTagging: all tags anew. Amazon S3 API Reference, "PutObjectTagging". */
export const PutObjectTagging = s3.operation<'PutObjectTagging', WithObject>('PutObjectTagging', {
  prepare: prepareObject,
  access(input, context, found) {
    const wanted = requestTagKeys(Object.fromEntries(input.Tagging.TagSet.map(({ Key, Value }) => [Key, Value])))
    return onExisting(input, context, found, 's3:PutObjectTagging').map(statement =>
      statement.action === 's3:PutObjectTagging' ? { ...statement, keys: { ...statement.keys, ...wanted } } : statement,
    )
  },
  async handle(input, { tx }) {
    const tags = tagsFrom(input.Tagging.TagSet, 10)
    await requireObject(tx, input)
    await tx
      .updateTable('s3Objects')
      .set({ tags: JSON.stringify(tags) })
      .where('bucket', '=', input.Bucket)
      .where('key', '=', input.Key)
      .execute()
    return {}
  },
  trail: s3Trail('PutObjectTagging'),
  eventCategory: 'Data',
})

/** GetObjectTagging. Amazon S3 API Reference, "GetObjectTagging". */
export const GetObjectTagging = s3.operation<'GetObjectTagging', WithObject>('GetObjectTagging', {
  prepare: prepareObject,
  access: (input, context, found) => onExisting(input, context, found, 's3:GetObjectTagging'),
  handle: async (input, { tx }) => ({ TagSet: tagSetOf(entriesOf((await requireObject(tx, input)).tags)) }),
  trail: s3Trail('GetObjectTagging'),
  eventCategory: 'Data',
})

/** DeleteObjectTagging. Amazon S3 API Reference, "DeleteObjectTagging". */
export const DeleteObjectTagging = s3.operation<'DeleteObjectTagging', WithObject>('DeleteObjectTagging', {
  prepare: prepareObject,
  access: (input, context, found) => onExisting(input, context, found, 's3:DeleteObjectTagging'),
  async handle(input, { tx }) {
    await requireObject(tx, input)
    await tx.updateTable('s3Objects').set({ tags: null }).where('bucket', '=', input.Bucket).where('key', '=', input.Key).execute()
    return {}
  },
  trail: s3Trail('DeleteObjectTagging'),
  eventCategory: 'Data',
})
