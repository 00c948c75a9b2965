import type { AskedAction } from './actions.ts'

interface Input {
  readonly [name: string]: unknown
}

/**
 * Operations whose actions are not called as they are. Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
 */
const names: { readonly [operation: string]: string } = {
  ListBuckets: 'ListAllMyBuckets',
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListParts: 'ListMultipartUploadParts',
  HeadObject: 'GetObject',
  SelectObjectContent: 'GetObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  GetBucketAnalyticsConfiguration: 'GetAnalyticsConfiguration',
  ListBucketAnalyticsConfigurations: 'GetAnalyticsConfiguration',
  PutBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  DeleteBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  DeleteBucketCors: 'PutBucketCORS',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  GetBucketIntelligentTieringConfiguration: 'GetIntelligentTieringConfiguration',
  ListBucketIntelligentTieringConfigurations: 'GetIntelligentTieringConfiguration',
  PutBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  DeleteBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  GetBucketInventoryConfiguration: 'GetInventoryConfiguration',
  ListBucketInventoryConfigurations: 'GetInventoryConfiguration',
  PutBucketInventoryConfiguration: 'PutInventoryConfiguration',
  DeleteBucketInventoryConfiguration: 'PutInventoryConfiguration',
  GetBucketLifecycle: 'GetLifecycleConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycle: 'PutLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  ListBucketMetricsConfigurations: 'GetMetricsConfiguration',
  PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
  DeleteBucketMetricsConfiguration: 'PutMetricsConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketReplication: 'GetReplicationConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketTagging: 'PutBucketTagging',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
}

/** Actions that are others for a version of an object. */
const ofVersions: { readonly [action: string]: string } = {
  GetObject: 'GetObjectVersion',
  GetObjectAcl: 'GetObjectVersionAcl',
  GetObjectTagging: 'GetObjectVersionTagging',
  GetObjectTorrent: 'GetObjectVersionTorrent',
  PutObjectAcl: 'PutObjectVersionAcl',
  PutObjectTagging: 'PutObjectVersionTagging',
  DeleteObject: 'DeleteObjectVersion',
  DeleteObjectTagging: 'DeleteObjectVersionTagging',
}

/** What members of an input ask for besides, by operation. */
const besides: { readonly [operation: string]: readonly { readonly action: string; readonly members: readonly string[] }[] } = {
  CreateBucket: [
    { action: 'PutBucketAcl', members: ['ACL', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWrite', 'GrantWriteACP'] },
    { action: 'PutBucketObjectLockConfiguration', members: ['ObjectLockEnabledForBucket'] },
    { action: 'PutBucketVersioning', members: ['ObjectLockEnabledForBucket'] },
    { action: 'PutBucketOwnershipControls', members: ['ObjectOwnership'] },
  ],
}
const ofUploads = [
  { action: 'PutObjectAcl', members: ['ACL', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWriteACP'] },
  { action: 'PutObjectTagging', members: ['Tagging'] },
  { action: 'PutObjectRetention', members: ['ObjectLockMode', 'ObjectLockRetainUntilDate'] },
  { action: 'PutObjectLegalHold', members: ['ObjectLockLegalHoldStatus'] },
]
const uploads = new Set(['PutObject', 'CreateMultipartUpload', 'CopyObject'])
const bypass = { action: 'BypassGovernanceRetention', members: ['BypassGovernanceRetention'] }
const bypasses = new Set(['DeleteObject', 'DeleteObjects', 'PutObjectRetention'])
const copies = new Set(['CopyObject', 'UploadPartCopy'])

/** An action on another object than the request's own. */
export interface S3Asked extends AskedAction {
  readonly on?: { readonly Bucket: string; readonly Key: string }
}

/**
 * What a request of S3 asks for.
 * @throws CopySourceError for a source that names no object
 */
export function s3Asked(operation: string, input: Input): S3Asked[] {
  const Bucket = String(input['Bucket'] ?? '')
  const extra = [...(besides[operation] ?? []), ...(uploads.has(operation) ? ofUploads : []), ...(bypasses.has(operation) ? [bypass] : [])]
    .filter(({ members }) => members.some(name => input[name] !== undefined && input[name] !== false))
    .map(({ action }) => action)
  if (operation === 'DeleteObjects') return deleted(input).flatMap(object => objectActions(Bucket, object, extra))
  const own = copies.has(operation) ? 'PutObject' : (names[operation] ?? operation)
  const versioned = input['VersionId'] !== undefined && !copies.has(operation)
  const attributes = operation === 'GetObjectAttributes' ? [{ action: versioned ? 'GetObjectVersion' : 'GetObject' }] : []
  return [
    { action: versioned ? (ofVersions[own] ?? own) : own },
    ...attributes,
    ...extra.map(action => ({ action })),
    ...(copies.has(operation) ? [source(String(input['CopySource'] ?? ''))] : []),
  ]
}

interface Deleted {
  readonly Key?: string
  readonly VersionId?: string
}

const deleted = ({ Delete }: Input): readonly Deleted[] => (Delete as { readonly Objects?: readonly Deleted[] } | undefined)?.Objects ?? []

const objectActions = (Bucket: string, { Key = '', VersionId }: Deleted, extra: readonly string[]): S3Asked[] =>
  [VersionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion', ...extra].map(action => ({ action, on: { Bucket, Key } }))

/** A copy's source is no `bucket/key`. */
export class CopySourceError extends Error {}

/** `bucket/key`, percent-encoded, with or without a slash before and a version after. Amazon S3 API Reference, "CopyObject", x-amz-copy-source. */
function source(text: string): S3Asked {
  const [path = '', query = ''] = text.split('?')
  const [, Bucket, key] = /^(?:\/|%2[Ff])?([a-zA-Z0-9._-]+)(?:\/|%2[Ff])(.+)$/s.exec(path) ?? []
  if (Bucket === undefined || key === undefined) throw new CopySourceError('names no bucket and key')
  const version = new URLSearchParams(query).has('versionId')
  try {
    const Key = decodeURIComponent(key)
    return { action: version ? 'GetObjectVersion' : 'GetObject', on: { Bucket, Key } }
  } catch {
    throw new CopySourceError('is not percent-encoded UTF-8')
  }
}
