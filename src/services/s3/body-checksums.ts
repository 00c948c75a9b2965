import { createHash } from 'node:crypto'
import type { WireRequest } from '../../wire/message.ts'
import { algorithmNames, newDigest } from './checksums.ts'
import { s3Error } from './errors.ts'
import { checkDigest, checkMd5 } from './received-body.ts'

/** "The Content-MD5 request header is required for all Multi-Object Delete requests"; one of the newer checksums stands for it. Amazon S3 API Reference, "DeleteObjects". */
const wantChecksum = new Set(['DeleteObjects'])

/**
 * Holds a body that is no object's content (a list of keys, a policy, tags) against the digests that its request states.
 * User Guide, "Checking object integrity for data uploads in Amazon S3".
 * @throws InvalidDigest, BadDigest, InvalidRequest
 */
export function checkBody({ headers, body }: WireRequest, operationName: string): void {
  const md5 = headers['content-md5']
  const stated = algorithmNames.flatMap(algorithm => {
    const value = headers[`x-amz-checksum-${algorithm.toLowerCase()}`]
    return value === undefined ? [] : [{ algorithm, value }]
  })
  if (md5 === undefined && stated.length === 0 && wantChecksum.has(operationName))
    throw s3Error('InvalidRequest', 'Missing required header for this request: Content-MD5')
  checkMd5(md5, createHash('md5').update(body).digest())
  for (const { algorithm, value } of stated) {
    const digest = newDigest(algorithm)
    digest.update(body)
    checkDigest({ algorithm, value }, digest.digest().toString('base64'))
  }
}
