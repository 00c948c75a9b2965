import type { JsonObject } from '../../../types/json.ts'
import { isSystemTag } from '../../../types/tags.ts'
import { ServiceError } from '../../../wire/errors.ts'
import { isObject } from '../template/template.ts'
import { changed, document, objects, requiredText, type Tag, tagChanges, tagsOf, text, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// CloudFormation Template Reference, "Amazon S3": what our S3 knows of a bucket.

const call = <Output = object>(context: ResourceContext, operation: string, input: object) => context.call<Output>('s3', operation, input)

/** What a bucket is told, by property: the call that sets it, and the one that takes it away. */
const settings: {
  readonly [property: string]: { readonly put: (value: JsonObject) => readonly [string, object]; readonly drop: string }
} = {
  PublicAccessBlockConfiguration: {
    put: value => ['PutPublicAccessBlock', { PublicAccessBlockConfiguration: value }],
    drop: 'DeletePublicAccessBlock',
  },
  OwnershipControls: {
    put: value => ['PutBucketOwnershipControls', { OwnershipControls: { Rules: objects(value, 'Rules') } }],
    drop: 'DeleteBucketOwnershipControls',
  },
  BucketEncryption: {
    put: value => [
      'PutBucketEncryption',
      {
        ServerSideEncryptionConfiguration: {
          Rules: objects(value, 'ServerSideEncryptionConfiguration').map(({ ServerSideEncryptionByDefault, ...rest }) => ({
            ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault,
            ...rest,
          })),
        },
      },
    ],
    drop: 'DeleteBucketEncryption',
  },
}

async function configure(Bucket: string, properties: JsonObject, previous: JsonObject, context: ResourceContext): Promise<void> {
  for (const [property, { put, drop }] of Object.entries(settings)) {
    if (!changed(properties, previous, property)) continue
    const value = properties[property]
    const [operation, input] = isObject(value) ? put(value) : [drop, {}]
    await call(context, operation, { Bucket, ...input })
  }
  await retag(Bucket, tagsOf(properties, context.tags), tagsOf(previous, context.previousTags), context)
}

/**
 * CloudFormation's own tags are no reason to fail a bucket of somebody who may make buckets and not tag them; others are. AWS re:Post, "Why do my
 * CloudFormation stack operations fail after I tag resources".
 */
async function retag(Bucket: string, next: readonly Tag[], previous: readonly Tag[], context: ResourceContext): Promise<void> {
  const { set, remove } = tagChanges(next, previous)
  if (set.length === 0 && remove.length === 0) return
  try {
    await call(context, 'PutBucketTagging', { Bucket, Tagging: { TagSet: next } })
  } catch (problem) {
    const denied = problem instanceof ServiceError && problem.code === 'AccessDenied'
    if (!denied || ![...set.map(({ Key }) => Key), ...remove].every(isSystemTag)) throw problem
  }
}

const attributesOf = (name: string, region: string) => ({
  Arn: `arn:aws:s3:::${name}`,
  DomainName: `${name}.s3.amazonaws.com`,
  RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
  DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
  WebsiteURL: `http://${name}.s3-website${regionsWithDash.has(region) ? '-' : '.'}${region}.amazonaws.com`,
})

/** Regions whose website endpoints have a dash before the region. Amazon S3 User Guide, "Website endpoints". */
const regionsWithDash = new Set([
  'us-east-1',
  'us-west-1',
  'us-west-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'eu-west-1',
  'sa-east-1',
  'us-gov-west-1',
])

export const bucket: ResourceType = {
  name: 'AWS::S3::Bucket',
  systemTags: true,
  properties: { ...mutable('Tags', ...Object.keys(settings)), ...replacing('BucketName') },
  required: [],
  namedBy: 'BucketName',
  attributes: ['Arn', 'DomainName', 'RegionalDomainName', 'DualStackDomainName', 'WebsiteURL'],

  async create(properties, context) {
    const Bucket = text(properties, 'BucketName') ?? context.name(63).toLowerCase()
    const { region } = context
    await call(context, 'CreateBucket', {
      Bucket,
      ...(region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint: region } }),
    })
    await thenFinish(Bucket, () => configure(Bucket, properties, {}, { ...context, previousTags: [] }))
    return { physicalId: Bucket, attributes: attributesOf(Bucket, region) }
  },

  async update(Bucket, properties, previous, context) {
    await configure(Bucket, properties, previous, context)
    return { physicalId: Bucket, attributes: attributesOf(Bucket, context.region) }
  },

  delete: (Bucket, _properties, context) => unlessGone(call(context, 'DeleteBucket', { Bucket })),
}

export const bucketPolicy: ResourceType = {
  name: 'AWS::S3::BucketPolicy',
  properties: { ...mutable('PolicyDocument'), ...replacing('Bucket') },
  required: ['Bucket', 'PolicyDocument'],
  attributes: [],

  async create(properties, context) {
    const Bucket = requiredText(properties, 'Bucket')
    await call(context, 'PutBucketPolicy', { Bucket, Policy: document(properties['PolicyDocument']) })
    return { physicalId: Bucket, attributes: {} }
  },

  async update(Bucket, properties, _previous, context) {
    await call(context, 'PutBucketPolicy', { Bucket, Policy: document(properties['PolicyDocument']) })
    return { physicalId: Bucket }
  },

  delete: (Bucket, _properties, context) => unlessGone(call(context, 'DeleteBucketPolicy', { Bucket })),
}
