import { createHash } from 'node:crypto'
import { combineCrcs, crc32cOf, crc32Of, crc64nvmeOf } from './crc.ts'
import { s3Error } from './errors.ts'

/** The algorithms that are computed. User Guide, "Checking object integrity for data uploads in Amazon S3". */
const algorithms = {
  CRC32: crc32Of,
  CRC32C: crc32cOf,
  CRC64NVME: crc64nvmeOf,
  SHA1: () => createHash('sha1'),
  SHA256: () => createHash('sha256'),
  SHA512: () => createHash('sha512'),
} as const

export type Algorithm = keyof typeof algorithms
type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

export interface Checksum {
  readonly algorithm: Algorithm
  readonly type: ChecksumType
  /** Base64; composite ones end with `-` and the number of parts. */
  readonly value: string
}

/** What S3 computes when the client chose nothing. */
export const usualAlgorithm: Algorithm = 'CRC64NVME'

export const newDigest = (algorithm: Algorithm): { update(data: Uint8Array): unknown; digest(): Buffer } => algorithms[algorithm]()

export const algorithmNames = Object.keys(algorithms) as Algorithm[]

export type ChecksumMembers = { readonly [Name in `Checksum${Algorithm}`]?: string | undefined }

/** The member of a request or answer that holds a checksum. */
export const memberOf = (algorithm: Algorithm) => `Checksum${algorithm}` as const

/** @throws InvalidRequest for an algorithm that is not computed, such as those of the xxHash family */
export function algorithmFrom(name: string | undefined): Algorithm | undefined {
  if (name === undefined) return undefined
  const found = algorithmNames.find(algorithm => algorithm === name.toUpperCase())
  if (!found) throw s3Error('InvalidRequest', `Checksum algorithm ${name.slice(0, 20)} is not supported.`)
  return found
}

/** The one checksum that a request states. @throws InvalidRequest for several */
export function statedChecksum(
  input: ChecksumMembers,
  trailers: ReadonlyMap<string, string>,
): { algorithm: Algorithm; value: string } | undefined {
  const stated = algorithmNames.flatMap(algorithm => {
    const value = input[memberOf(algorithm)] ?? trailers.get(`x-amz-checksum-${algorithm.toLowerCase()}`)
    return value === undefined ? [] : [{ algorithm, value }]
  })
  if (stated.length > 1)
    throw s3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.')
  return stated[0]
}

/** Hashes can only be composite over parts, CRC64NVME only full. User Guide, "Full object and composite checksums". */
export function checksumTypeOf(algorithm: Algorithm, asked: string | undefined): ChecksumType {
  const usual = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  const type = (asked ?? usual) as ChecksumType
  const legal = type === 'COMPOSITE' ? algorithm !== 'CRC64NVME' : algorithm.startsWith('CRC')
  if (!legal)
    throw s3Error('InvalidRequest', `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`)
  return type
}

/** The checksum of an object from those of its parts. */
export function checksumOfParts(
  algorithm: Algorithm,
  type: ChecksumType,
  parts: readonly { readonly size: number; readonly checksum: string }[],
): Checksum {
  const values = parts.map(({ checksum }) => Buffer.from(checksum, 'base64'))
  if (type === 'COMPOSITE') {
    const digest = newDigest(algorithm)
    for (const value of values) digest.update(value)
    return { algorithm, type, value: `${digest.digest().toString('base64')}-${parts.length}` }
  }
  const [first = Buffer.alloc(0), ...rest] = values
  let whole: Buffer = first
  for (const [index, value] of rest.entries())
    whole = combineCrcs(algorithm as 'CRC32' | 'CRC32C' | 'CRC64NVME', whole, value, parts[index + 1]?.size ?? 0)
  return { algorithm, type, value: whole.toString('base64') }
}

/** The members that tell an answer's checksum. */
export const checksumMembers = (checksum: Checksum | undefined): ChecksumMembers & { readonly ChecksumType?: string } =>
  checksum ? { [memberOf(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type } : {}
