import { operationsOf } from '../operation.ts'
import * as absentSettings from './absent-settings.ts'
import * as bucketPolicy from './bucket-policy.ts'
import * as bucketSettings from './bucket-settings.ts'
import * as buckets from './buckets.ts'
import * as copyObject from './copy-object.ts'
import * as deleteObjects from './delete-objects.ts'
import * as getObject from './get-object.ts'
import * as listObjects from './list-objects.ts'
import * as multipartUpload from './multipart-upload.ts'
import * as objectTagging from './object-tagging.ts'
import * as putObject from './put-object.ts'

export const operations = operationsOf(
  buckets,
  bucketPolicy,
  bucketSettings,
  absentSettings,
  putObject,
  getObject,
  deleteObjects,
  listObjects,
  copyObject,
  objectTagging,
  multipartUpload,
)
