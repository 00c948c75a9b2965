import { createHash } from 'node:crypto'
import type { BodyStream, WireRequest } from '../message.ts'
import { ChunkError, readChunks, type StreamingKind, streamingKinds } from './chunked-payload.ts'
import type { SignatureClaim } from './claim.ts'

/** A body whose SHA-256 is not the one that its request was signed with. */
export class PayloadHashError extends Error {
  readonly declared: string
  readonly computed: string
  constructor(declared: string, computed: string) {
    super("The provided 'x-amz-content-sha256' header does not match what was computed.")
    this.declared = declared
    this.computed = computed
  }
}

/**
 * A streamed body as its sender means it: out of its chunks, and held against what the request's signature covers.
 * @param signer  absent for an anonymous request
 * @throws        ChunkError for chunks without a decoded length; reading throws PayloadHashError, ChunkError and SignatureError
 * @see           Amazon S3 API Reference, "Authenticating requests: using the authorization header"
 */
export function bodyStreamOf(
  { headers, stream }: Pick<WireRequest, 'headers' | 'stream'>,
  signer: { readonly claim: SignatureClaim; readonly secretAccessKey: string } | undefined,
): BodyStream | undefined {
  if (!stream) return undefined
  const declared = headers['x-amz-content-sha256']
  const kind = streamingKinds.find(name => name === declared)
  if (kind) return unchunked(headers, stream, kind, signer)
  return declared !== undefined && /^[0-9a-f]{64}$/.test(declared) ? hashed(stream, declared) : stream
}

function unchunked(
  headers: WireRequest['headers'],
  stream: BodyStream,
  kind: StreamingKind,
  signer: { readonly claim: SignatureClaim; readonly secretAccessKey: string } | undefined,
): BodyStream {
  const decoded = headers['x-amz-decoded-content-length'] ?? ''
  if (!/^\d{1,15}$/.test(decoded)) throw new ChunkError('x-amz-decoded-content-length is missing or no number.')
  const length = Number(decoded)
  const trailers = new Map<string, string>()
  const announced = headers['x-amz-trailer'] ?? ''
  const chunks = readChunks(stream, { kind, length, announced, ...(signer && { signer }) }, trailers)
  return { length, trailers, announced, [Symbol.asyncIterator]: () => chunks }
}

function hashed(stream: BodyStream, declared: string): BodyStream {
  async function* read() {
    const hash = createHash('sha256')
    for await (const part of stream) {
      hash.update(part)
      yield part
    }
    const computed = hash.digest('hex')
    if (computed !== declared) throw new PayloadHashError(declared, computed)
  }
  return { length: stream.length, trailers: stream.trailers, [Symbol.asyncIterator]: read }
}
