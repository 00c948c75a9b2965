import { ServiceError } from '../../wire/errors.ts'
import { cloudtrail } from './service.ts'

/** S3's refusals of a bucket to deliver to, as CloudTrail tells of them. CloudTrail API Reference, "CreateTrail" and "StartQuery", Errors. */
const bucketErrors: { readonly [code: string]: (bucket: string) => ServiceError } = {
  NoSuchBucket: bucket => new cloudtrail.S3BucketDoesNotExistException(`S3 bucket ${bucket} does not exist!`),
  AccessDenied: bucket =>
    new cloudtrail.InsufficientS3BucketPolicyException(`Incorrect S3 bucket policy is detected for bucket: ${bucket}`),
}

/** @throws S3BucketDoesNotExistException, InsufficientS3BucketPolicyException */
export async function tellOfBucket(bucket: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (problem) {
    throw (problem instanceof ServiceError && bucketErrors[problem.code]?.(bucket)) || problem
  }
}
