import type { LogBuckets, LogObject } from '../../../src/services/world.ts'
import { ServiceError } from '../../../src/wire/errors.ts'

/** Buckets that a test plays: every one exists and lets CloudTrail in, unless the test says otherwise. */
export interface MemoryBuckets extends LogBuckets {
  readonly objects: Map<string, LogObject>
  /** The code with which calls about a bucket are refused, by its name. */
  readonly refusals: Map<string, string>
  /** Puts that are still to succeed before the next one fails, as when the process is killed. */
  putsLeft: number
}

export function memoryBuckets(): MemoryBuckets {
  const objects = new Map<string, LogObject>()
  const refusals = new Map<string, string>()
  const refuse = (bucket: string) => {
    const code = refusals.get(bucket)
    if (code !== undefined) throw new ServiceError(code, code === 'NoSuchBucket' ? 404 : 403, code)
  }
  const buckets: MemoryBuckets = {
    objects,
    refusals,
    putsLeft: Number.POSITIVE_INFINITY,
    check: async bucket => refuse(bucket),
    async put(object) {
      refuse(object.bucket)
      if (buckets.putsLeft === 0) throw new Error('killed')
      buckets.putsLeft--
      objects.set(`${object.bucket}/${object.key}`, object)
    },
  }
  return buckets
}
