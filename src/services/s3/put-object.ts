import { onObject } from './bucket.ts'
import { algorithmFrom, checksumMembers, usualAlgorithm } from './checksums.ts'
import { aclKeys, checkSettings, keptHeaders, settingsKeys, taggingKeys } from './object-headers.ts'
import { findObject, prepareObject, replaceObject, type WithObject } from './object-row.ts'
import { checkWriteConditions } from './preconditions.ts'
import { type Received, receiveBody } from './received-body.ts'
import { s3 } from './service.ts'
import { tagsOfHeader } from './tags.ts'
import { s3Trail } from './trail.ts'

interface Putting extends WithObject {
  readonly received?: Received
}

/** PutObject. Amazon S3 API Reference, "PutObject". */
export const PutObject = s3.operation<'PutObject', Putting>('PutObject', {
  prepare: prepareObject,

  access: (input, context, { bucket }) => [
    onObject(bucket, input.Key, 's3:PutObject', context, settingsKeys(input)),
    ...(input.Tagging === undefined ? [] : [onObject(bucket, input.Key, 's3:PutObjectTagging', context, taggingKeys(input))]),
    ...(input.ACL === undefined || input.ACL === 'bucket-owner-full-control'
      ? []
      : [onObject(bucket, input.Key, 's3:PutObjectAcl', context, aclKeys(input))]),
  ],

  async reach(input, context, prepared) {
    checkSettings(input.Key, input, prepared.bucket.ownership)
    // Before the body is read: it would be read for nothing.
    checkWriteConditions(input, prepared.object, input.Key)
    return { ...prepared, received: await receiveBody(input, context, algorithmFrom(input.ChecksumAlgorithm) ?? usualAlgorithm) }
  },

  async handle(input, context, { received }) {
    const { file, size, etag, algorithm, checksum: value } = received as Received
    const { tx, now } = context
    checkWriteConditions(input, await findObject(tx, input.Bucket, input.Key), input.Key)
    const checksum = { algorithm, type: 'FULL_OBJECT', value } as const
    await replaceObject(context, {
      bucket: input.Bucket,
      key: input.Key,
      pieces: JSON.stringify([{ file, size }]),
      size,
      etag,
      modifiedAt: now,
      headers: JSON.stringify(keptHeaders(input)),
      checksum: JSON.stringify(checksum),
      tags: input.Tagging === undefined ? null : JSON.stringify(tagsOfHeader(input.Tagging)),
    })
    return { ETag: `"${etag}"`, ServerSideEncryption: 'AES256', ...checksumMembers(checksum) }
  },

  abandon: async ({ received }, { world }) => world.objectFiles.remove(received ? [received.file] : []),
  trail: s3Trail('PutObject'),
  eventCategory: 'Data',
})
