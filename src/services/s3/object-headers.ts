import type { RequestContext } from '../../policy/index.ts'
import { s3Error } from './errors.ts'
import { tagsOfHeader } from './tags.ts'

/** Headers that come with an object and go out with it. */
const kept = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'Expires',
  'WebsiteRedirectLocation',
] as const

export interface ObjectHeaders extends Partial<Record<(typeof kept)[number], string>> {
  readonly StorageClass?: string
  readonly Metadata?: { readonly [name: string]: string }
}

/** What an upload says of its object. */
export interface ObjectSettings extends ObjectHeaders {
  readonly ACL?: string
  readonly GrantFullControl?: string
  readonly GrantRead?: string
  readonly GrantReadACP?: string
  readonly GrantWriteACP?: string
  readonly Tagging?: string
  readonly ServerSideEncryption?: string
  readonly SSECustomerAlgorithm?: string
  readonly ObjectLockMode?: string
  readonly ObjectLockLegalHoldStatus?: string
}

/** User-defined metadata has 2 KB at most, names and values together. User Guide, "Working with object metadata". */
const mostMetadata = 2 * 1024
const longestKey = 1_024

/** @throws S3's errors for what an object cannot have here */
export function checkSettings(key: string, settings: ObjectSettings, ownership: string | null): void {
  if (Buffer.byteLength(key) > longestKey)
    throw s3Error('KeyTooLongError', undefined, { Size: Buffer.byteLength(key), MaxSizeAllowed: longestKey })
  const granted = settings.GrantFullControl ?? settings.GrantRead ?? settings.GrantReadACP ?? settings.GrantWriteACP
  const ordinary = settings.ACL === undefined || ['bucket-owner-full-control', 'private'].includes(settings.ACL)
  if (!ordinary || granted !== undefined)
    throw s3Error(ownership === 'BucketOwnerEnforced' ? 'AccessControlListNotSupported' : 'NotImplemented')
  if (settings.ServerSideEncryption !== undefined && settings.ServerSideEncryption !== 'AES256')
    throw s3Error('NotImplemented', 'Encryption with KMS keys is not implemented')
  if (settings.SSECustomerAlgorithm !== undefined) throw s3Error('NotImplemented', 'Encryption with customer keys is not implemented')
  if (settings.ObjectLockMode ?? settings.ObjectLockLegalHoldStatus)
    throw s3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration')
  const size = Object.entries(settings.Metadata ?? {}).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  if (size > mostMetadata) throw s3Error('MetadataTooLarge', undefined, { Size: size, MaxSizeAllowed: mostMetadata })
}

/** What is kept of an upload's headers. The encoding `aws-chunked` is of the transfer. */
export function keptHeaders(settings: ObjectSettings): ObjectHeaders {
  const found: { [name: string]: unknown } = {}
  for (const name of kept) if (settings[name] !== undefined) found[name] = settings[name]
  const encoding = settings.ContentEncoding?.split(',')
    .map(part => part.trim())
    .filter(part => part !== 'aws-chunked')
    .join(',')
  if (encoding) found['ContentEncoding'] = encoding
  else delete found['ContentEncoding']
  found['ContentType'] ??= 'binary/octet-stream'
  if (settings.StorageClass !== undefined && settings.StorageClass !== 'STANDARD') found['StorageClass'] = settings.StorageClass
  if (settings.Metadata && Object.keys(settings.Metadata).length > 0) found['Metadata'] = settings.Metadata
  return found as ObjectHeaders
}

/** Condition keys of an upload. Service Authorization Reference, "Condition keys for Amazon S3". */
export function settingsKeys(settings: ObjectSettings & { readonly IfMatch?: string; readonly IfNoneMatch?: string }): RequestContext {
  return {
    ...aclKeys(settings),
    's3:x-amz-server-side-encryption': settings.ServerSideEncryption,
    's3:x-amz-server-side-encryption-customer-algorithm': settings.SSECustomerAlgorithm,
    's3:x-amz-storage-class': settings.StorageClass,
    's3:x-amz-website-redirect-location': settings.WebsiteRedirectLocation,
    's3:object-lock-mode': settings.ObjectLockMode,
    's3:object-lock-legal-hold': settings.ObjectLockLegalHoldStatus,
    's3:if-match': settings.IfMatch,
    's3:if-none-match': settings.IfNoneMatch,
    ...taggingKeys(settings),
  }
}

/** Those of the tags that come with an upload. */
export const taggingKeys = ({ Tagging }: Pick<ObjectSettings, 'Tagging'>): RequestContext =>
  requestTagKeys(Tagging === undefined ? {} : tagsOfHeader(Tagging))

/** Condition keys of an upload's access control list. */
export const aclKeys = (settings: ObjectSettings): RequestContext => ({
  's3:x-amz-acl': settings.ACL,
  's3:x-amz-grant-full-control': settings.GrantFullControl,
  's3:x-amz-grant-read': settings.GrantRead,
  's3:x-amz-grant-read-acp': settings.GrantReadACP,
  's3:x-amz-grant-write-acp': settings.GrantWriteACP,
})

export function requestTagKeys(tags: { readonly [key: string]: string }): RequestContext {
  const names = Object.keys(tags)
  return {
    ...Object.fromEntries(names.map(name => [`s3:RequestObjectTag/${name}`, tags[name]])),
    's3:RequestObjectTagKeys': names.length > 0 ? names : undefined,
  }
}

export const existingTagKeys = (tags: { readonly [key: string]: string }): RequestContext =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [`s3:ExistingObjectTag/${name}`, value]))
