import type { OutputOf } from '../operation.ts'
import type { Operations } from '../../wire/models/s3.ts'
import { onBucket, prepareBucket as prepare } from './bucket.ts'
import { s3Error } from './errors.ts'
import { s3 } from './service.ts'
import { s3Trail } from './trail.ts'

// What buckets here never have, as nothing sets it: infrastructure tools read it all back after they make a bucket.

type Reading = Extract<keyof Operations, `Get${string}`>

/** A reading of a setting that no bucket has: what S3 answers for a bucket without it, or the error that says so. */
const absent = <Name extends Reading>(
  name: Name,
  action: string,
  answer: OutputOf<Operations[Name]> | Parameters<typeof s3Error>[0],
  eventName: string = name,
) =>
  s3.operation(name, {
    prepare,
    access: (_input, context, { bucket }) => onBucket(bucket, action, context),
    async handle(_input, _context, { bucket }) {
      if (typeof answer === 'string') throw s3Error(answer, undefined, { BucketName: bucket.name })
      return answer
    },
    trail: s3Trail(name),
    eventName,
  })

/** Amazon S3 API Reference, "GetBucketCors". */
export const GetBucketCors = absent('GetBucketCors', 's3:GetBucketCORS', 'NoSuchCORSConfiguration')

/** Amazon S3 API Reference, "GetBucketWebsite". */
export const GetBucketWebsite = absent('GetBucketWebsite', 's3:GetBucketWebsite', 'NoSuchWebsiteConfiguration')

/** Amazon S3 API Reference, "GetBucketLogging": an empty status is that of a bucket without logging. */
export const GetBucketLogging = absent('GetBucketLogging', 's3:GetBucketLogging', {})

/** Amazon S3 API Reference, "GetBucketAccelerateConfiguration": empty unless it was ever set. */
export const GetBucketAccelerateConfiguration = absent(
  'GetBucketAccelerateConfiguration',
  's3:GetAccelerateConfiguration',
  {},
  'GetAccelerateConfiguration',
)

/** Amazon S3 API Reference, "GetBucketRequestPayment": the owner pays unless told otherwise. */
export const GetBucketRequestPayment = absent('GetBucketRequestPayment', 's3:GetBucketRequestPayment', { Payer: 'BucketOwner' })

/** Amazon S3 API Reference, "GetBucketLifecycleConfiguration". */
export const GetBucketLifecycleConfiguration = absent(
  'GetBucketLifecycleConfiguration',
  's3:GetLifecycleConfiguration',
  'NoSuchLifecycleConfiguration',
  'GetBucketLifecycle',
)

/** Amazon S3 API Reference, "GetBucketReplication". */
export const GetBucketReplication = absent(
  'GetBucketReplication',
  's3:GetReplicationConfiguration',
  'ReplicationConfigurationNotFoundError',
)

/** Amazon S3 API Reference, "GetObjectLockConfiguration". */
export const GetObjectLockConfiguration = absent(
  'GetObjectLockConfiguration',
  's3:GetBucketObjectLockConfiguration',
  'ObjectLockConfigurationNotFoundError',
  'GetBucketObjectLockConfiguration',
)

/** Amazon S3 API Reference, "GetBucketNotificationConfiguration". */
export const GetBucketNotificationConfiguration = absent(
  'GetBucketNotificationConfiguration',
  's3:GetBucketNotification',
  {},
  'GetBucketNotification',
)
