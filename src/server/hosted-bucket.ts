/**
 * `bucket.s3.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`, `bucket.s3.dualstack.eu-west-1.amazonaws.com`, `bucket.s3-accelerate.amazonaws.com`.
 * Amazon S3 User Guide, "Virtual hosting of general purpose buckets", "Using Amazon S3 dual-stack endpoints", "Getting started with Amazon S3 Transfer Acceleration"
 */
const atAws = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:-accelerate|-fips)?(?:\.dualstack)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com$/
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/**
 * The bucket that a host names.
 * @param host      of the request, with its port
 * @param hostname  ours; buckets are before it or before `s3.` and it
 */
export function hostedBucket(host: string, hostname: string): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  const [, bucket] = atAws.exec(name) ?? []
  if (bucket !== undefined) return bucket
  for (const suffix of [`.s3.${hostname}`, '.s3.localhost', `.${hostname}`, '.localhost']) {
    if (!name.endsWith(suffix)) continue
    const before = name.slice(0, -suffix.length)
    return bucketName.test(before) && before !== `s3.${hostname}` ? before : undefined
  }
  return undefined
}
