import type { LogBuckets, LogObject } from '../../../src/services/world.ts'
import { ServiceError } from '../../../src/wire/errors.ts'

/** Buckets that a test plays: every one exists and lets CloudTrail in, unless the test says otherwise. */
export interface MemoryBuckets extends LogBuckets {
  readonly objects: Map<string, LogObject>
  /** The code with which calls about a bucket are refused, by its name, or reads of an object. */
  readonly refusals: Map<string, string>
  /** Puts that are still to succeed before the next one fails, as when the process is killed. */
  putsLeft: number
}

/** Keys that one list has. */
const pageKeys = 2

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
    async list({ bucket, prefix, after = '' }) {
      refuse(bucket)
      const names = [...objects.keys()].filter(name => name.startsWith(`${bucket}/${prefix}`)).map(name => name.slice(bucket.length + 1))
      const keys = names.filter(key => key > after).toSorted()
      return { keys: keys.slice(0, pageKeys), more: keys.length > pageKeys }
    },
    async get({ bucket, key }) {
      refuse(`${bucket}/${key}`)
      const object = objects.get(`${bucket}/${key}`)
      if (!object) throw new ServiceError('NoSuchKey', 404, 'The specified key does not exist.')
      return object.body
    },
    async put(object) {
      refuse(object.bucket)
      if (buckets.putsLeft === 0) throw new Error('killed')
      buckets.putsLeft--
      objects.set(`${object.bucket}/${object.key}`, object)
    },
  }
  return buckets
}
