import { s3Error } from './errors.ts'
import type { ObjectRow } from './object-row.ts'

interface ReadConditions {
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
  readonly IfModifiedSince?: Date | undefined
  readonly IfUnmodifiedSince?: Date | undefined
}

const matches = (etag: string, wanted: string) =>
  wanted.trim() === '*' || wanted.split(',').some(part => part.trim().replace(/^(?:W\/)?"?|"$/g, '') === etag)

/** HTTP's dates have seconds. */
const seconds = (at: number) => Math.floor(at / 1000)

/**
 * @throws PreconditionFailed, NotModified
 * @see    RFC 9110, section 13.2.2; Amazon S3 API Reference, "GetObject": If-Match wins over If-Unmodified-Since, If-None-Match over If-Modified-Since
 */
export function checkReadConditions(conditions: ReadConditions, { etag, modifiedAt }: Pick<ObjectRow, 'etag' | 'modifiedAt'>): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions
  if (IfMatch !== undefined) {
    if (!matches(etag, IfMatch)) throw failed('If-Match')
  } else if (IfUnmodifiedSince && seconds(modifiedAt) > seconds(IfUnmodifiedSince.getTime())) throw failed('If-Unmodified-Since')
  if (IfNoneMatch !== undefined) {
    if (matches(etag, IfNoneMatch)) throw s3Error('NotModified')
  } else if (IfModifiedSince && seconds(modifiedAt) <= seconds(IfModifiedSince.getTime())) throw s3Error('NotModified')
}

/** The conditions of a copy's source: what is not modified fails them too. Amazon S3 API Reference, "CopyObject". */
export function checkSourceConditions(conditions: ReadConditions, object: Pick<ObjectRow, 'etag' | 'modifiedAt'>): void {
  try {
    checkReadConditions(conditions, object)
  } catch {
    throw s3Error('PreconditionFailed')
  }
}

/** Conditions of writes: `If-None-Match: *`, and `If-Match` with an ETag. User Guide, "How to prevent object overwrites with conditional writes". */
export function checkWriteConditions(
  { IfMatch, IfNoneMatch }: { readonly IfMatch?: string | undefined; readonly IfNoneMatch?: string | undefined },
  object: ObjectRow | undefined,
  key: string,
): void {
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw s3Error('NotImplemented')
  if (IfNoneMatch === '*' && object) throw failed('If-None-Match')
  if (IfMatch === undefined) return
  if (!object) throw s3Error('NoSuchKey', undefined, { Key: key })
  if (!matches(object.etag, IfMatch)) throw failed('If-Match')
}

const failed = (condition: string) => s3Error('PreconditionFailed', undefined, { Condition: condition })
