import { isIPv4 } from 'node:net'
import { s3Error } from './errors.ts'

/** Beginnings and ends that S3 keeps for itself. User Guide, "General purpose bucket naming rules". */
const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-']
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']

/** @throws InvalidBucketName. User Guide, "General purpose bucket naming rules". */
export function checkBucketName(name: string): void {
  const legal =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !isIPv4(name) &&
    !reservedPrefixes.some(prefix => name.startsWith(prefix)) &&
    !reservedSuffixes.some(suffix => name.endsWith(suffix))
  if (!legal) throw s3Error('InvalidBucketName', undefined, { BucketName: name })
}
