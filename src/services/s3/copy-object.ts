import { type BucketRow, entriesOf, onBucket, onObject, requireBucket } from './bucket.ts'
import { algorithmFrom, checksumMembers, usualAlgorithm } from './checksums.ts'
import { s3Error } from './errors.ts'
import { checkSettings, existingTagKeys, keptHeaders, settingsKeys, taggingKeys } from './object-headers.ts'
import { checksumOf, checkVersion, findObject, headersOf, type ObjectRow, piecesOf, replaceObject } from './object-row.ts'
import { checkSourceConditions, checkWriteConditions } from './preconditions.ts'
import { type Received, receiveBody } from './received-body.ts'
import { s3 } from './service.ts'
import { tagsOfHeader } from './tags.ts'
import { s3Trail } from './trail.ts'

interface Copying {
  readonly bucket: BucketRow
  readonly source: { readonly bucket: BucketRow; readonly key: string; readonly object: ObjectRow | undefined }
  readonly received?: Received
}

/** "You can copy an object of up to 5 GB in size in a single atomic action." */
const largestCopy = 5 * 1024 ** 3

/** CopyObject. Amazon S3 API Reference, "CopyObject". */
export const CopyObject = s3.operation<'CopyObject', Copying>('CopyObject', {
  async prepare(input, context) {
    const bucket = await requireBucket(context.tx, input, context)
    const { Bucket, Key } = sourceOf(input.CopySource)
    const from = await requireBucket(context.tx, { Bucket, ExpectedBucketOwner: input.ExpectedSourceBucketOwner }, context)
    return { bucket, source: { bucket: from, key: Key, object: await findObject(context.tx, Bucket, Key) } }
  },

  access(input, context, { bucket, source }) {
    const tags = entriesOf(source.object?.tags ?? null)
    const keys = {
      ...settingsKeys(input),
      's3:x-amz-copy-source': `${source.bucket.name}/${source.key}`,
      's3:x-amz-metadata-directive': input.MetadataDirective,
    }
    const copiesTags = input.TaggingDirective !== 'REPLACE' && Object.keys(tags).length > 0
    return [
      onObject(source.bucket, source.key, 's3:GetObject', context, existingTagKeys(tags)),
      ...(source.object ? [] : [onBucket(source.bucket, 's3:ListBucket', context)]),
      ...(copiesTags ? [onObject(source.bucket, source.key, 's3:GetObjectTagging', context, existingTagKeys(tags))] : []),
      onObject(bucket, input.Key, 's3:PutObject', context, keys),
      ...(copiesTags || input.Tagging !== undefined
        ? [onObject(bucket, input.Key, 's3:PutObjectTagging', context, taggingKeys(input))]
        : []),
    ]
  },

  async reach(input, context, prepared) {
    const { object, bucket, key } = prepared.source
    if (!object) throw s3Error('NoSuchKey', undefined, { Key: key })
    checkSettings(input.Key, input, prepared.bucket.ownership)
    checkSourceConditions(
      {
        IfMatch: input.CopySourceIfMatch,
        IfNoneMatch: input.CopySourceIfNoneMatch,
        IfModifiedSince: input.CopySourceIfModifiedSince,
        IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
      },
      object,
    )
    const itself = bucket.name === input.Bucket && key === input.Key
    if (itself && input.MetadataDirective !== 'REPLACE' && input.StorageClass === undefined)
      throw s3Error(
        'InvalidRequest',
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      )
    if (object.size > largestCopy)
      throw s3Error('InvalidRequest', 'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120')
    const content = context.world.objectFiles.read(piecesOf(object), 0, object.size)
    const trailers: ReadonlyMap<string, string> = new Map()
    const Body = { length: object.size, trailers, [Symbol.asyncIterator]: () => content[Symbol.asyncIterator]() }
    const algorithm = algorithmFrom(input.ChecksumAlgorithm) ?? checksumOf(object)?.algorithm ?? usualAlgorithm
    return { ...prepared, received: await receiveBody({ Body }, context, algorithm) }
  },

  async handle(input, context, { source, received }) {
    const { file, size, etag, algorithm, checksum: value } = received as Received
    const { tx, now } = context
    const object = source.object as ObjectRow
    checkWriteConditions(input, await findObject(tx, input.Bucket, input.Key), input.Key)
    const checksum = { algorithm, type: 'FULL_OBJECT', value } as const
    const kept =
      input.MetadataDirective === 'REPLACE'
        ? keptHeaders(input)
        : { ...headersOf(object), ...(input.StorageClass !== undefined && { StorageClass: input.StorageClass }) }
    await replaceObject(context, {
      bucket: input.Bucket,
      key: input.Key,
      pieces: JSON.stringify([{ file, size }]),
      size,
      etag,
      modifiedAt: now,
      headers: JSON.stringify(kept),
      checksum: JSON.stringify(checksum),
      tags: input.TaggingDirective === 'REPLACE' ? JSON.stringify(tagsOfHeader(input.Tagging ?? '')) : object.tags,
    })
    return {
      CopyObjectResult: { ETag: `"${etag}"`, LastModified: new Date(now), ...checksumMembers(checksum) },
      ServerSideEncryption: 'AES256',
    }
  },

  abandon: async ({ received }, { world }) => world.objectFiles.remove(received ? [received.file] : []),
  trail: s3Trail('CopyObject'),
  eventCategory: 'Data',
})

/** `bucket/key`, percent-encoded, with or without a slash before. */
function sourceOf(text: string): { readonly Bucket: string; readonly Key: string } {
  const [path = '', query = ''] = text.split('?')
  const [, Bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(path) ?? []
  if (Bucket === undefined || key === undefined)
    throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey')
  checkVersion(new URLSearchParams(query).get('versionId') ?? undefined)
  try {
    return { Bucket, Key: decodeURIComponent(key) }
  } catch {
    throw s3Error('InvalidArgument', 'Invalid copy source encoding.')
  }
}
