import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import type { House } from '../call.ts'
import { openS3 } from './house.ts'

let house: House
let nobody: Principal
const Bucket = 'bucket-as-it-is-made'

beforeAll(async () => {
  house = await openS3()
  await house.call('CreateBucket', { Bucket })
  await house.call('CreateUser', { UserName: 'nobody' })
  nobody = await house.user('nobody')
})
afterAll(() => house.close())

/** What S3 answers for a bucket that nothing was set of. Amazon S3 API Reference, by operation. */
describe('a bucket without a setting answers as S3 does', () => {
  test.each([
    ['GetBucketCors', 'NoSuchCORSConfiguration', 's3:GetBucketCORS'],
    ['GetBucketWebsite', 'NoSuchWebsiteConfiguration', 's3:GetBucketWebsite'],
    ['GetBucketLifecycleConfiguration', 'NoSuchLifecycleConfiguration', 's3:GetLifecycleConfiguration'],
    ['GetBucketReplication', 'ReplicationConfigurationNotFoundError', 's3:GetReplicationConfiguration'],
    ['GetObjectLockConfiguration', 'ObjectLockConfigurationNotFoundError', 's3:GetBucketObjectLockConfiguration'],
    ['GetBucketLogging', {}, 's3:GetBucketLogging'],
    ['GetBucketAccelerateConfiguration', {}, 's3:GetAccelerateConfiguration'],
    ['GetBucketRequestPayment', { Payer: 'BucketOwner' }, 's3:GetBucketRequestPayment'],
    ['GetBucketNotificationConfiguration', {}, 's3:GetBucketNotification'],
  ])('%s: %o, by %s', async (operation, answer, action) => {
    if (typeof answer === 'string') expect(await house.refusal(operation, { Bucket })).toMatchObject({ code: answer })
    else expect(await house.call(operation, { Bucket })).toEqual(answer)
    const denied = await house.refusal(operation, { Bucket }, { as: nobody })
    expect(denied.code).toBe('AccessDenied')
    expect(denied.message).toContain(`is not authorized to perform: ${action} on resource`)
    expect(await house.refusal(operation, { Bucket: 'no-such-bucket-here' })).toMatchObject({ code: 'NoSuchBucket' })
  })
})
