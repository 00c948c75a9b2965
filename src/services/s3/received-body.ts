import { createHash } from 'node:crypto'
import type { BodyStream } from '../../wire/message.ts'
import type { CallContext } from '../operation.ts'
import { type Algorithm, algorithmNames, type ChecksumMembers, newDigest, statedChecksum } from './checksums.ts'
import { s3Error } from './errors.ts'

/** A body that is on disk. */
export interface Received {
  readonly file: string
  readonly size: number
  /** MD5, hexadecimal. */
  readonly etag: string
  readonly algorithm: Algorithm
  /** Base64. */
  readonly checksum: string
}

export type Body = Uint8Array | AsyncIterable<Uint8Array> | undefined

/** "The maximum size of a single PUT is 5 GB", and of a part. */
const largestPut = 5 * 1024 ** 3

const noTrailers: ReadonlyMap<string, string> = new Map()

/**
 * Reads a body into a file of its own and holds it against what the request says of it.
 * @param usual  the algorithm of the checksum when the request states none
 * @throws       BadDigest, InvalidDigest, IncompleteBody, EntityTooLarge, MissingContentLength; nothing is left then
 */
export async function receiveBody(
  input: ChecksumMembers & { readonly Body?: Body },
  { world, request }: CallContext,
  usual: Algorithm,
): Promise<Received> {
  const stream = asStream(input.Body)
  if (stream.length === undefined) throw s3Error('MissingContentLength')
  if (stream.length > largestPut) throw s3Error('EntityTooLarge', undefined, { ProposedSize: stream.length, MaxSizeAllowed: largestPut })
  const md5 = createHash('md5')
  const early = statedChecksum(input, noTrailers)
  const algorithm = early?.algorithm ?? announcedAlgorithm(input, stream) ?? usual
  const digest = newDigest(algorithm)
  let size = 0
  async function* measured() {
    for await (const part of stream) {
      md5.update(part)
      digest.update(part)
      size += part.length
      yield part
    }
    if (size !== stream.length) throw s3Error('IncompleteBody')
    checkMd5(request.contentMd5, md5.copy().digest())
  }
  const file = Buffer.from(world.random.bytes(16)).toString('hex')
  await world.objectFiles.write(file, measured())
  const received = { file, size, etag: md5.digest('hex'), algorithm, checksum: digest.digest().toString('base64') }
  try {
    return checked(received, input, stream.trailers)
  } catch (problem) {
    world.objectFiles.remove([file])
    throw problem
  }
}

/** SDKs name the algorithm of a trailing checksum beforehand, by x-amz-sdk-checksum-algorithm or, as the one for Go, by the trailer's name alone. */
const announcedAlgorithm = (input: object, { announced = '' }: BodyStream): Algorithm | undefined =>
  (input as { ChecksumAlgorithm?: Algorithm }).ChecksumAlgorithm ??
  algorithmNames.find(name =>
    announced
      .toLowerCase()
      .split(/\s*,\s*/)
      .includes(`x-amz-checksum-${name.toLowerCase()}`),
  )

function checked(received: Received, input: ChecksumMembers, trailers: ReadonlyMap<string, string>): Received {
  const stated = statedChecksum(input, trailers)
  if (stated && stated.algorithm !== received.algorithm)
    throw s3Error('InvalidRequest', `Value for x-amz-sdk-checksum-algorithm header is invalid.`)
  if (stated) checkDigest(stated, received.checksum)
  return received
}

/** @throws InvalidRequest, BadDigest */
export function checkDigest({ algorithm, value }: { readonly algorithm: Algorithm; readonly value: string }, actual: string): void {
  if (!isDigest(value, actual)) throw s3Error('InvalidRequest', `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`)
  if (value !== actual) throw s3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
}

const isDigest = (value: string, like: string) => /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length === like.length

/** @throws InvalidDigest, BadDigest */
export function checkMd5(stated: string | undefined, actual: Buffer): void {
  if (stated === undefined) return
  const bytes = Buffer.from(stated, 'base64')
  if (bytes.length !== 16) throw s3Error('InvalidDigest', undefined, { 'Content-MD5': stated })
  if (!bytes.equals(actual)) throw s3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.')
}

/** Callers inside, and small bodies, have bytes. */
function asStream(body: Body): BodyStream {
  if (body !== undefined && !(body instanceof Uint8Array)) return body as BodyStream
  const bytes = body ?? new Uint8Array(0)
  async function* whole() {
    if (bytes.length > 0) yield bytes
  }
  return { length: bytes.length, trailers: noTrailers, [Symbol.asyncIterator]: whole }
}
