import type { GetObjectRequest, HeadObjectOutput } from '../../wire/models/s3.ts'
import { entriesOf } from './bucket.ts'
import { checksumMembers } from './checksums.ts'
import { s3Error } from './errors.ts'
import { checksumOf, headersOf, type ObjectRow, onExisting, piecesOf, prepareObject, requireObject, type WithObject } from './object-row.ts'
import { checkReadConditions } from './preconditions.ts'
import { rangeOf, type Stretch } from './ranges.ts'
import { s3 } from './service.ts'
import { s3Trail } from './trail.ts'

/** GetObject. Amazon S3 API Reference, "GetObject". */
export const GetObject = s3.operation<'GetObject', WithObject>('GetObject', {
  prepare: prepareObject,
  access: (input, context, found) => onExisting(input, context, found, 's3:GetObject'),
  async handle(input, { tx, world, principal }) {
    if (principal.type === 'anonymous' && overrides(input))
      throw s3Error('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.')
    const object = await requireObject(tx, input)
    const { stretch, ...answer } = answerOf(input, object)
    return { ...answer, Body: world.objectFiles.read(piecesOf(object), stretch.from, stretch.to) }
  },
  trail: s3Trail('GetObject'),
  eventCategory: 'Data',
})

/** HeadObject, by the permission to get it. Amazon S3 API Reference, "HeadObject". */
export const HeadObject = s3.operation<'HeadObject', WithObject>('HeadObject', {
  prepare: prepareObject,
  access: (input, context, found) => onExisting(input, context, found, 's3:GetObject'),
  async handle(input, { tx }) {
    const { stretch: _stretch, ...answer } = answerOf(input, await requireObject(tx, input))
    return answer
  },
  trail: s3Trail('HeadObject'),
  eventCategory: 'Data',
})

type ReadRequest = Pick<
  GetObjectRequest,
  | 'IfMatch'
  | 'IfNoneMatch'
  | 'IfModifiedSince'
  | 'IfUnmodifiedSince'
  | 'Range'
  | 'PartNumber'
  | 'ChecksumMode'
  | 'ResponseCacheControl'
  | 'ResponseContentDisposition'
  | 'ResponseContentEncoding'
  | 'ResponseContentLanguage'
  | 'ResponseContentType'
  | 'ResponseExpires'
>

/** All of an answer but its bytes, and which those are. */
function answerOf(input: ReadRequest, object: ObjectRow): HeadObjectOutput & { readonly ContentRange?: string; readonly stretch: Stretch } {
  checkReadConditions(input, object)
  const asked = stretchOf(input, object)
  const stretch = asked ?? { from: 0, to: object.size }
  const partial = input.PartNumber !== undefined || asked !== undefined
  const tags = Object.keys(entriesOf(object.tags)).length
  // A checksum of the whole would be held against the part.
  const checksum = input.ChecksumMode === 'ENABLED' && stretch.to - stretch.from === object.size ? checksumOf(object) : undefined
  return {
    stretch,
    ...headersOf(object),
    ...overrides(input),
    ...checksumMembers(checksum),
    AcceptRanges: 'bytes',
    LastModified: new Date(object.modifiedAt),
    ETag: `"${object.etag}"`,
    ContentLength: stretch.to - stretch.from,
    ServerSideEncryption: 'AES256',
    ...(partial && asked && object.size > 0 && { ContentRange: `bytes ${stretch.from}-${stretch.to - 1}/${object.size}` }),
    ...(input.PartNumber !== undefined && object.etag.includes('-') && { PartsCount: piecesOf(object).length }),
    ...(tags > 0 && { TagCount: tags }),
  }
}

function stretchOf({ Range, PartNumber }: ReadRequest, object: ObjectRow): Stretch | undefined {
  if (PartNumber === undefined) return rangeOf(Range, object.size)
  if (Range !== undefined) throw s3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  const pieces = piecesOf(object)
  const piece = pieces[PartNumber - 1]
  if (!piece && !(PartNumber === 1 && pieces.length === 0))
    throw s3Error('InvalidPartNumber', undefined, { PartNumberRequested: PartNumber, ActualPartCount: pieces.length })
  const from = pieces.slice(0, PartNumber - 1).reduce((sum, { size }) => sum + size, 0)
  return { from, to: from + (piece?.size ?? 0) }
}

/** The response-* parameters, when there are any. */
function overrides(input: ReadRequest): object | undefined {
  const wanted = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires?.toUTCString(),
  }
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined)
  return given.length === 0 ? undefined : Object.fromEntries(given)
}
