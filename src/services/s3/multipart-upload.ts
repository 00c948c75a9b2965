import { createHash } from 'node:crypto'
import { accountOf } from '../../identity/principal.ts'
import type { Transaction } from '../../store/index.ts'
import type { S3PartsTable, S3UploadsTable } from '../../store/tables/s3.ts'
import type { CompletedPart } from '../../wire/models/s3.ts'
import { onBucket, onObject, prepareBucket, type WithBucket } from './bucket.ts'
import {
  type Algorithm,
  algorithmFrom,
  checksumMembers,
  checksumOfParts,
  checksumTypeOf,
  memberOf,
  statedChecksum,
  usualAlgorithm,
} from './checksums.ts'
import { s3Error } from './errors.ts'
import { encoded } from './list-objects.ts'
import { checkSettings, keptHeaders, settingsKeys, taggingKeys } from './object-headers.ts'
import { findObject, forgetFiles, keepFiles, prepareObject, replaceObject, type WithObject } from './object-row.ts'
import { canonicalIdOf } from '../../identity/canonical-user.ts'
import { checkWriteConditions } from './preconditions.ts'
import { type Received, receiveBody } from './received-body.ts'
import { s3 } from './service.ts'
import { tagsOfHeader } from './tags.ts'
import { s3Trail } from './trail.ts'

/** Parts but the last have 5 MB; an object 10,000 of them and 48.8 TiB. User Guide, "Amazon S3 multipart upload limits". */
const smallestPart = 5 * 1024 ** 2
const mostParts = 10_000

type UploadRow = Readonly<S3UploadsTable>
type PartRow = Readonly<S3PartsTable>
interface UploadInput {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}
interface UploadChecksum {
  readonly algorithm: Algorithm
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
  /** Whether the client chose it, and so states it for each part. */
  readonly chosen: boolean
}

async function requireUpload(tx: Transaction, { Bucket, Key, UploadId }: UploadInput): Promise<UploadRow> {
  const upload = await tx.selectFrom('s3Uploads').selectAll().where('id', '=', UploadId).executeTakeFirst()
  if (!upload || upload.bucket !== Bucket || upload.key !== Key) throw s3Error('NoSuchUpload', undefined, { UploadId })
  return upload
}

const checksumOf = (upload: UploadRow) => JSON.parse(upload.checksum ?? 'null') as UploadChecksum
const partsOf = (tx: Transaction, uploadId: string): Promise<PartRow[]> =>
  tx.selectFrom('s3Parts').selectAll().where('uploadId', '=', uploadId).orderBy('number').execute()
const filesOf = (parts: readonly PartRow[]) => parts.flatMap(({ file }) => (file === null ? [] : [file]))

/** CreateMultipartUpload. Amazon S3 API Reference, "CreateMultipartUpload". */
export const CreateMultipartUpload = s3.operation('CreateMultipartUpload', {
  prepare: prepareBucket,
  access: (input, context, { bucket }) => [
    onObject(bucket, input.Key, 's3:PutObject', context, settingsKeys(input)),
    ...(input.Tagging === undefined ? [] : [onObject(bucket, input.Key, 's3:PutObjectTagging', context, taggingKeys(input))]),
  ],
  async handle(input, { tx, world, now, principal }, { bucket }) {
    checkSettings(input.Key, input, bucket.ownership)
    const chosen = algorithmFrom(input.ChecksumAlgorithm)
    const algorithm = chosen ?? usualAlgorithm
    const type = checksumTypeOf(algorithm, input.ChecksumType)
    const id = Buffer.from(world.random.bytes(48)).toString('base64url')
    await tx
      .insertInto('s3Uploads')
      .values({
        id,
        bucket: input.Bucket,
        key: input.Key,
        initiatedAt: now,
        initiatorArn: 'arn' in principal ? principal.arn : '',
        initiatorId: canonicalIdOf(accountOf(principal, bucket.account)),
        headers: JSON.stringify(keptHeaders(input)),
        tags: input.Tagging === undefined ? null : JSON.stringify(tagsOfHeader(input.Tagging)),
        checksum: JSON.stringify({ algorithm, type, chosen: chosen !== undefined } satisfies UploadChecksum),
      })
      .execute()
    return {
      Bucket: input.Bucket,
      Key: input.Key,
      UploadId: id,
      ServerSideEncryption: 'AES256',
      ...(chosen && { ChecksumAlgorithm: algorithm, ChecksumType: type }),
    }
  },
  trail: s3Trail('CreateMultipartUpload'),
  eventCategory: 'Data',
})

interface Uploading extends WithObject {
  readonly received?: Received
}

/** UploadPart: takes the place of a part of the same number. Amazon S3 API Reference, "UploadPart". */
export const UploadPart = s3.operation<'UploadPart', Uploading>('UploadPart', {
  prepare: prepareObject,
  access: (input, context, { bucket }) => onObject(bucket, input.Key, 's3:PutObject', context),
  async reach(input, context, prepared) {
    if (input.PartNumber < 1 || input.PartNumber > mostParts)
      throw s3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive', {
        ArgumentName: 'partNumber',
        ArgumentValue: input.PartNumber,
      })
    const { algorithm, chosen } = checksumOf(await context.world.store.read(tx => requireUpload(tx, input)))
    const received = await receiveBody(input, context, algorithm)
    if (received.algorithm === algorithm) return { ...prepared, received }
    context.world.objectFiles.remove([received.file])
    throw s3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${chosen ? algorithm.toLowerCase() : 'null'}, actual checksum Type: ${received.algorithm.toLowerCase()}`,
    )
  },
  async handle(input, context, { received }) {
    const { file, size, etag, algorithm, checksum } = received as Received
    const { tx, now } = context
    await requireUpload(tx, input)
    const place = { uploadId: input.UploadId, number: input.PartNumber }
    const old = await tx
      .selectFrom('s3Parts')
      .selectAll()
      .where('uploadId', '=', place.uploadId)
      .where('number', '=', place.number)
      .execute()
    await tx.deleteFrom('s3Parts').where('uploadId', '=', place.uploadId).where('number', '=', place.number).execute()
    await forgetFiles(context, filesOf(old))
    await tx
      .insertInto('s3Parts')
      .values({ ...place, file, size, etag, modifiedAt: now, checksum })
      .execute()
    await keepFiles(tx, [file])
    return { ETag: `"${etag}"`, ServerSideEncryption: 'AES256', [memberOf(algorithm)]: checksum }
  },
  abandon: async ({ received }, { world }) => world.objectFiles.remove(received ? [received.file] : []),
  trail: s3Trail('UploadPart'),
  eventCategory: 'Data',
})

/** CompleteMultipartUpload. Amazon S3 API Reference, "CompleteMultipartUpload". */
export const CompleteMultipartUpload = s3.operation<'CompleteMultipartUpload', WithBucket>('CompleteMultipartUpload', {
  prepare: prepareBucket,
  access: (input, context, { bucket }) =>
    onObject(bucket, input.Key, 's3:PutObject', context, { 's3:if-match': input.IfMatch, 's3:if-none-match': input.IfNoneMatch }),
  async handle(input, context) {
    const { tx, now, world } = context
    const upload = await requireUpload(tx, input)
    checkWriteConditions(input, await findObject(tx, input.Bucket, input.Key), input.Key)
    const uploaded = await partsOf(tx, upload.id)
    const { algorithm, type } = checksumOf(upload)
    const parts = chosenParts(input.MultipartUpload?.Parts ?? [], uploaded, algorithm)
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== size)
      throw s3Error(
        'InvalidRequest',
        `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
      )
    const checksum = checksumOfParts(
      algorithm,
      type,
      parts.map(part => ({ size: part.size, checksum: part.checksum ?? '' })),
    )
    const stated = statedChecksum(input, new Map())
    if (stated && stated.value.replace(/-\d+$/, '') !== checksum.value.replace(/-\d+$/, ''))
      throw s3Error('BadDigest', `The ${stated.algorithm} you specified did not match the calculated checksum.`)
    const digest = createHash('md5')
    for (const { etag } of parts) digest.update(Buffer.from(etag, 'hex'))
    const etag = `${digest.digest('hex')}-${parts.length}`
    await replaceObject(context, {
      bucket: input.Bucket,
      key: input.Key,
      pieces: JSON.stringify(parts.map(part => ({ file: part.file, size: part.size }))),
      size,
      etag,
      modifiedAt: now,
      headers: upload.headers,
      checksum: JSON.stringify(checksum),
      tags: upload.tags,
    })
    const used = new Set(parts.map(({ number }) => number))
    await forgetFiles(context, filesOf(uploaded.filter(({ number }) => !used.has(number))))
    await removeUpload(tx, upload.id)
    return {
      Location: `${world.endpoints.https}/${input.Bucket}/${encodeURIComponent(input.Key)}`,
      Bucket: input.Bucket,
      Key: input.Key,
      ETag: `"${etag}"`,
      ServerSideEncryption: 'AES256',
      ...checksumMembers(checksum),
    }
  },
  trail: s3Trail('CompleteMultipartUpload'),
  eventCategory: 'Data',
})

/** @throws MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall */
function chosenParts(wanted: readonly CompletedPart[], uploaded: readonly PartRow[], algorithm: Algorithm): PartRow[] {
  if (wanted.length === 0 || wanted.length > mostParts) throw s3Error('MalformedXML')
  const numbers = wanted.map(({ PartNumber = 0 }) => PartNumber)
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) throw s3Error('InvalidPartOrder')
  const byNumber = new Map(uploaded.map(part => [part.number, part]))
  return wanted.map((part, index) => {
    const number = part.PartNumber ?? 0
    const found = byNumber.get(number)
    const stated = part[memberOf(algorithm)]
    if (!found || part.ETag?.replace(/^"|"$/g, '') !== found.etag || (stated !== undefined && stated !== found.checksum))
      throw s3Error('InvalidPart', undefined, { PartNumber: number, ETag: part.ETag })
    if (index < wanted.length - 1 && found.size < smallestPart)
      throw s3Error('EntityTooSmall', undefined, {
        ProposedSize: found.size,
        MinSizeAllowed: smallestPart,
        PartNumber: number,
        ETag: found.etag,
      })
    return found
  })
}

async function removeUpload(tx: Transaction, id: string): Promise<void> {
  await tx.deleteFrom('s3Parts').where('uploadId', '=', id).execute()
  await tx.deleteFrom('s3Uploads').where('id', '=', id).execute()
}

/** AbortMultipartUpload. Amazon S3 API Reference, "AbortMultipartUpload". */
export const AbortMultipartUpload = s3.operation<'AbortMultipartUpload', WithBucket>('AbortMultipartUpload', {
  prepare: prepareBucket,
  access: ({ Key }, context, { bucket }) => onObject(bucket, Key, 's3:AbortMultipartUpload', context),
  async handle(input, context) {
    const { id } = await requireUpload(context.tx, input)
    await forgetFiles(context, filesOf(await partsOf(context.tx, id)))
    await removeUpload(context.tx, id)
    return {}
  },
  trail: s3Trail('AbortMultipartUpload'),
  eventCategory: 'Data',
})

/** ListParts. Amazon S3 API Reference, "ListParts". */
export const ListParts = s3.operation<'ListParts', WithBucket>('ListParts', {
  prepare: prepareBucket,
  access: ({ Key }, context, { bucket }) => onObject(bucket, Key, 's3:ListMultipartUploadParts', context),
  async handle(input, { tx }, { bucket }) {
    const upload = await requireUpload(tx, input)
    const { algorithm, type, chosen } = checksumOf(upload)
    const size = Math.min(Math.max(input.MaxParts ?? 1_000, 0), 1_000)
    const after = input.PartNumberMarker ?? 0
    const rest = (await partsOf(tx, upload.id)).filter(({ number }) => number > after)
    const page = rest.slice(0, size)
    return {
      Bucket: input.Bucket,
      Key: input.Key,
      UploadId: upload.id,
      PartNumberMarker: after,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: size,
      IsTruncated: rest.length > page.length,
      Parts: page.map(part => ({
        PartNumber: part.number,
        LastModified: new Date(part.modifiedAt),
        ETag: `"${part.etag}"`,
        Size: part.size,
        ...(chosen && part.checksum !== null && { [memberOf(algorithm)]: part.checksum }),
      })),
      Initiator: { ID: upload.initiatorArn || upload.initiatorId },
      Owner: { ID: canonicalIdOf(bucket.account) },
      StorageClass: (JSON.parse(upload.headers) as { StorageClass?: string }).StorageClass ?? 'STANDARD',
      ...(chosen && { ChecksumAlgorithm: algorithm, ChecksumType: type }),
    }
  },
  trail: s3Trail('ListParts'),
  eventCategory: 'Data',
})

/** ListMultipartUploads: in order of key, then of time. Amazon S3 API Reference, "ListMultipartUploads". */
export const ListMultipartUploads = s3.operation('ListMultipartUploads', {
  prepare: prepareBucket,
  access: (_input, context, { bucket }) => onBucket(bucket, 's3:ListBucketMultipartUploads', context),
  async handle(input, { tx }, { bucket }) {
    if (input.Delimiter) throw s3Error('NotImplemented', 'A delimiter in lists of multipart uploads is not implemented')
    const size = Math.min(Math.max(input.MaxUploads ?? 1_000, 0), 1_000)
    const { KeyMarker = '', UploadIdMarker, Prefix = '' } = input
    const all = await tx
      .selectFrom('s3Uploads')
      .selectAll()
      .where('bucket', '=', bucket.name)
      .where('key', '>=', KeyMarker)
      .orderBy('key')
      .orderBy('initiatedAt')
      .orderBy('id')
      .execute()
    const marker = all.findIndex(({ key, id }) => key === KeyMarker && id === UploadIdMarker)
    const rest = (marker === -1 ? all.filter(({ key }) => key !== KeyMarker) : all.slice(marker + 1)).filter(({ key }) =>
      key.startsWith(Prefix),
    )
    const page = rest.slice(0, size)
    const last = page.at(-1)
    const truncated = rest.length > page.length
    return {
      Bucket: bucket.name,
      KeyMarker: encoded(KeyMarker, input.EncodingType),
      UploadIdMarker: UploadIdMarker ?? '',
      Prefix: encoded(Prefix, input.EncodingType),
      MaxUploads: size,
      IsTruncated: truncated,
      ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
      ...(truncated && last && { NextKeyMarker: encoded(last.key, input.EncodingType), NextUploadIdMarker: last.id }),
      Uploads: page.map(upload => ({
        UploadId: upload.id,
        Key: encoded(upload.key, input.EncodingType),
        Initiated: new Date(upload.initiatedAt),
        StorageClass: 'STANDARD',
        Owner: { ID: canonicalIdOf(bucket.account) },
        Initiator: { ID: upload.initiatorArn || upload.initiatorId },
      })),
    }
  },
  trail: s3Trail('ListMultipartUploads'),
  eventCategory: 'Data',
})
