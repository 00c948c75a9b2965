import type { ActionFacts } from '../../catalogue/facts/authorization-facts.ts'
import type { RequestContext } from '../../policy/index.ts'
import type { CallContext } from '../../services/operation.ts'
import { commonKeys } from '../../services/s3/bucket.ts'
import { type ObjectSettings, settingsKeys } from '../../services/s3/object-headers.ts'

interface Input {
  readonly [name: string]: unknown
}

/**
 * Condition keys of a request, as far as it tells them: tags, members that are called as a key of the action is, and for S3 what its headers and
 * parameters say. What only the service behind knows, such as tags of a resource, is absent.
 */
export function conditionKeys(action: ActionFacts, service: string, input: Input, context: CallContext): RequestContext {
  return {
    ...tagKeys(input),
    ...(service === 's3' ? s3Keys(input, context) : {}),
    ...(service === 'kms' ? kmsKeys(input, context) : {}),
    ...Object.assign({}, ...action.conditionKeys.map(key => keyOf(key, input) ?? {})),
    ...(action.conditionKeys.includes('dynamodb:LeadingKeys') && unknownLeadingKeys),
  } as RequestContext
}

/**
 * Partition keys stand in requests without saying that they are; an absent key would satisfy ForAllValues. A value that no policy names does not.
 * DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".
 */
const unknownLeadingKeys = { 'dynamodb:LeadingKeys': ['gatehouse:unknown'], 'dynamodb:Attributes': ['gatehouse:unknown'] }

/** The key's last part is a member's name, hyphens and case aside. */
function keyOf(key: string, input: Input): RequestContext | undefined {
  if (!/^[a-z0-9-]+:/.test(key) || key.startsWith('aws:')) return undefined
  const [, prefix = '', last = '', variable] = /^([^:]+):([^/$<:]+)(?:[:/][$<].*)?$/.exec(key) ?? []
  const map = /[:/][$<]/.test(key)
  const wanted = last.replaceAll('-', '').toLowerCase()
  if (wanted === 'encryptioncontextkeys') return encryptionContext(input, names => ({ [key]: names }))
  const member = Object.keys(input).find(name => name.toLowerCase() === wanted)
  if (member === undefined || variable !== undefined) return undefined
  const value = input[member]
  if (map) return typeof value === 'object' && value !== null ? entries(`${prefix}:${last}:`, value) : undefined
  if (Array.isArray(value)) return value.every(item => typeof item === 'string') ? { [key]: value as string[] } : undefined
  return ['string', 'number', 'boolean'].includes(typeof value) ? { [key]: value as string | number | boolean } : undefined
}

const encryptionContext = ({ EncryptionContext }: Input, make: (names: string[]) => RequestContext) =>
  typeof EncryptionContext === 'object' && EncryptionContext !== null ? make(Object.keys(EncryptionContext)) : undefined

const entries = (start: string, map: object): RequestContext =>
  Object.fromEntries(
    Object.entries(map)
      .filter(([, value]) => typeof value === 'string')
      .map(([name, value]) => [`${start}${name}`, value as string]),
  )

/** Tags are lists of pairs or maps, called `Tags`, `tags` or the like. IAM User Guide, "aws:RequestTag/tag-key". */
function tagKeys(input: Input): RequestContext {
  const given = ['Tags', 'tags', 'TagList'].map(name => input[name]).find(value => typeof value === 'object' && value !== null)
  const removed = ['TagKeys', 'tagKeys', 'ResourceTagKeys'].map(name => input[name]).find(value => Array.isArray(value))
  const tags = given === undefined ? [] : Array.isArray(given) ? given.map(pairOf) : Object.entries(given as object)
  const names = [...tags.map(([name]) => name), ...((removed as string[] | undefined) ?? [])]
  if (names.length === 0) return {}
  return { ...Object.fromEntries(tags.map(([name, value]) => [`aws:RequestTag/${name}`, String(value)])), 'aws:TagKeys': names }
}

function pairOf(tag: unknown): [string, unknown] {
  const { Key, Value, key, value, TagKey, TagValue } = tag as Input
  return [String(Key ?? key ?? TagKey ?? ''), Value ?? value ?? TagValue ?? '']
}

/** KMS Developer Guide, "AWS KMS condition keys", kms:RequestAlias and kms:CallerAccount. */
const kmsKeys = ({ KeyId }: Input, { principal }: CallContext): RequestContext => ({
  'kms:RequestAlias': typeof KeyId === 'string' ? /(?:^|:)(alias\/.+)$/.exec(KeyId)?.[1] : undefined,
  'kms:CallerAccount': 'account' in principal ? principal.account : undefined,
})

/** Service Authorization Reference, "Condition keys for Amazon S3". */
const s3Keys = (input: Input, context: CallContext): RequestContext => ({
  ...commonKeys(context),
  ...settingsKeys(input as ObjectSettings),
  's3:ResourceAccount': context.world.settings.account,
  's3:prefix': input['Prefix'] as string | undefined,
  's3:delimiter': input['Delimiter'] as string | undefined,
  's3:max-keys': (input['MaxKeys'] ?? input['MaxBuckets']) as number | undefined,
  's3:VersionId': input['VersionId'] as string | undefined,
  's3:x-amz-copy-source': (input['CopySource'] as string | undefined)?.replace(/^\//, ''),
  's3:x-amz-metadata-directive': input['MetadataDirective'] as string | undefined,
  's3:x-amz-grant-write': input['GrantWrite'] as string | undefined,
  's3:x-amz-object-ownership': input['ObjectOwnership'] as string | undefined,
  's3:x-amz-server-side-encryption-aws-kms-key-id': input['SSEKMSKeyId'] as string | undefined,
  's3:locationconstraint': (input['CreateBucketConfiguration'] as { readonly LocationConstraint?: string } | undefined)?.LocationConstraint,
})
