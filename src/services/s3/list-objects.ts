import type { Transaction } from '../../store/index.ts'
import { onBucket, prepareBucket } from './bucket.ts'
import { checksumOf, headersOf, type ObjectRow } from './object-row.ts'
import { s3Error } from './errors.ts'
import { canonicalIdOf } from '../../identity/canonical-user.ts'
import { s3 } from './service.ts'
import { s3Trail } from './trail.ts'

const mostKeys = 1_000

/** ListObjectsV2. Amazon S3 API Reference, "ListObjectsV2". */
export const ListObjectsV2 = s3.operation('ListObjectsV2', {
  prepare: prepareBucket,
  access: (input, context, { bucket }) => onBucket(bucket, 's3:ListBucket', context, listKeys(input)),
  async handle(input, { tx }, { bucket }) {
    const after = input.ContinuationToken === undefined ? (input.StartAfter ?? '') : startOf(input.ContinuationToken)
    const page = await pageOf(tx, input, after)
    return {
      ...listed(input, page, input.FetchOwner ? canonicalIdOf(bucket.account) : undefined),
      KeyCount: page.objects.length + page.prefixes.length,
      ...(input.ContinuationToken !== undefined && { ContinuationToken: input.ContinuationToken }),
      ...(input.StartAfter !== undefined && { StartAfter: encoded(input.StartAfter, input.EncodingType) }),
      ...(page.next !== undefined && { NextContinuationToken: tokenOf(page.next) }),
    }
  },
  trail: s3Trail('ListObjectsV2'),
  eventName: 'ListObjects',
  eventCategory: 'Data',
})

/** ListObjects, the first version. Amazon S3 API Reference, "ListObjects". */
export const ListObjects = s3.operation('ListObjects', {
  prepare: prepareBucket,
  access: (input, context, { bucket }) => onBucket(bucket, 's3:ListBucket', context, listKeys(input)),
  async handle(input, { tx }, { bucket }) {
    const page = await pageOf(tx, input, input.Marker ?? '')
    return {
      ...listed(input, page, canonicalIdOf(bucket.account)),
      Marker: encoded(input.Marker ?? '', input.EncodingType),
      // "This element is returned only if you have the delimiter request parameter specified."
      ...(page.next !== undefined && input.Delimiter !== undefined && { NextMarker: encoded(page.next, input.EncodingType) }),
    }
  },
  trail: s3Trail('ListObjects'),
  eventCategory: 'Data',
})

interface ListRequest {
  readonly Bucket: string
  readonly Prefix?: string
  readonly Delimiter?: string
  readonly EncodingType?: string
  readonly MaxKeys?: number
}

/** Condition keys of a list. Service Authorization Reference, "Condition keys for Amazon S3". */
export const listKeys = ({ Prefix, Delimiter, MaxKeys }: Pick<ListRequest, 'Prefix' | 'Delimiter' | 'MaxKeys'>) => ({
  's3:prefix': Prefix,
  's3:delimiter': Delimiter,
  's3:max-keys': MaxKeys,
})

interface Page {
  readonly objects: readonly ObjectRow[]
  readonly prefixes: readonly string[]
  /** The last key or common prefix, when there is more. */
  readonly next: string | undefined
  readonly size: number
}

/** Keys in order of their UTF-8 bytes, those with the delimiter after the prefix rolled up. */
async function pageOf(tx: Transaction, { Bucket, Prefix = '', Delimiter, MaxKeys = mostKeys }: ListRequest, after: string): Promise<Page> {
  if (MaxKeys < 0)
    throw s3Error('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647', {
      ArgumentName: 'maxKeys',
      ArgumentValue: MaxKeys,
    })
  const size = Math.min(MaxKeys, mostKeys)
  const objects: ObjectRow[] = []
  const prefixes: string[] = []
  let last = after
  const full = () => objects.length + prefixes.length >= size
  for (;;) {
    if (size === 0) return { objects, prefixes, next: undefined, size: MaxKeys }
    // After a common prefix, everything under it is skipped.
    const skipping = Delimiter && last.endsWith(Delimiter) && last.length > Prefix.length && last.startsWith(Prefix) ? last : undefined
    const rows = await keysAfter(tx, Bucket, Prefix, last, skipping, size + 1)
    if (rows.length === 0) return { objects, prefixes, next: undefined, size: MaxKeys }
    let jumped = false
    for (const row of rows) {
      if (full()) return { objects, prefixes, next: last, size: MaxKeys }
      const at = Delimiter ? row.key.indexOf(Delimiter, Prefix.length) : -1
      if (at === -1) {
        objects.push(row)
        last = row.key
        continue
      }
      last = row.key.slice(0, at + (Delimiter as string).length)
      prefixes.push(last)
      jumped = true
      break
    }
    if (!jumped && rows.length <= size) return { objects, prefixes, next: undefined, size: MaxKeys }
  }
}

function keysAfter(
  tx: Transaction,
  bucket: string,
  prefix: string,
  after: string,
  skipping: string | undefined,
  limit: number,
): Promise<ObjectRow[]> {
  let query = tx.selectFrom('s3Objects').selectAll().where('bucket', '=', bucket).where('key', '>=', prefix).where('key', '>', after)
  const end = beyond(prefix)
  if (end !== undefined) query = query.where('key', '<', end)
  const resume = skipping === undefined ? undefined : beyond(skipping)
  if (skipping !== undefined && resume === undefined) return Promise.resolve([])
  if (resume !== undefined) query = query.where('key', '>=', resume)
  return query.orderBy('key').limit(limit).execute()
}

/** The first text above every key with the prefix: text compares by its bytes, and so by its code points. Absent when there is none. */
function beyond(prefix: string): string | undefined {
  const points = Array.from(prefix, character => character.codePointAt(0) as number)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // Surrogates are no characters of their own.
    if (last < 0x10_ff_ff) return String.fromCodePoint(...points, last === 0xd7_ff ? 0xe0_00 : last + 1)
  }
  return undefined
}

function listed(input: ListRequest, { objects, prefixes, next, size }: Page, owner: string | undefined) {
  const { EncodingType } = input
  return {
    Name: input.Bucket,
    Prefix: encoded(input.Prefix ?? '', EncodingType),
    MaxKeys: Math.min(size, mostKeys),
    IsTruncated: next !== undefined,
    ...(input.Delimiter !== undefined && input.Delimiter !== '' && { Delimiter: encoded(input.Delimiter, EncodingType) }),
    ...(EncodingType !== undefined && { EncodingType }),
    Contents: objects.map(object => {
      const checksum = checksumOf(object)
      return {
        Key: encoded(object.key, EncodingType),
        LastModified: new Date(object.modifiedAt),
        ETag: `"${object.etag}"`,
        ...(checksum && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
        Size: object.size,
        StorageClass: headersOf(object).StorageClass ?? 'STANDARD',
        ...(owner !== undefined && { Owner: { ID: owner } }),
      }
    }),
    CommonPrefixes: prefixes.map(Prefix => ({ Prefix: encoded(Prefix, EncodingType) })),
  }
}

/** `encoding-type=url`: as in a form, but for slashes. Amazon S3 API Reference, "ListObjectsV2", EncodingType. */
export const encoded = (text: string, type: string | undefined) =>
  type === 'url'
    ? encodeURIComponent(text.toWellFormed())
        .replaceAll('%2F', '/')
        .replaceAll('%20', '+')
        .replace(/[!'()]/g, hex)
    : text

const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

const tokenOf = (key: string) => `1${Buffer.from(key).toString('base64url')}`

function startOf(token: string): string {
  const bytes = Buffer.from(token.slice(1), 'base64url')
  if (!/^1[A-Za-z0-9_-]+$/.test(token) || bytes.toString('base64url') !== token.slice(1))
    throw s3Error('InvalidArgument', 'The continuation token provided is incorrect', { ArgumentName: 'continuation-token' })
  return bytes.toString()
}
