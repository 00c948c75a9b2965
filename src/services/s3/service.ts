import { type ErrorCode, model, type Operations } from '../../wire/models/s3.ts'
import { defineService } from '../operation.ts'
import { checkBody } from './body-checksums.ts'

/**
 * Amazon S3. Amazon S3 API Reference.
 *
 * A caller inside Gatehouse puts an object as any client does, without the wire:
 * `world.calls.asService('cloudtrail.amazonaws.com', { arn, account }, { service: 's3', operation: 'PutObject', input: { Bucket, Key, Body } })`,
 * where `Body` is bytes. The bucket policy decides, the call is on record, and the object is on disk when the promise resolves.
 */
export const s3 = defineService<Operations, ErrorCode>({
  name: 's3',
  model,
  actionPrefix: 's3',
  eventSource: 's3.amazonaws.com',
  accessDenied: { code: 'AccessDenied', status: 403 },
  anonymous: true,
  hidesDenials: true,
  checkBody,
})
