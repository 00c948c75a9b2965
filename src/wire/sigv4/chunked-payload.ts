import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { emptyPayloadHash, sha256Hex } from './payload-hash.ts'
import type { SignatureClaim } from './claim.ts'
import { SignatureMismatch } from './signature-error.ts'
import { signingKey } from './signing-key.ts'

/** What `x-amz-content-sha256` says of a payload that comes in chunks. Amazon S3 API Reference, "Authenticating requests: using the authorization header". */
export const streamingKinds = [
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
] as const

export type StreamingKind = (typeof streamingKinds)[number]

/** A payload that is not the chunks that it says to be. */
export class ChunkError extends Error {}

/** What the frames of a chunked payload are held against. */
export interface ChunkedClaim {
  readonly kind: StreamingKind
  /** Bytes without frames, as x-amz-decoded-content-length says. */
  readonly length: number
  /** The header x-amz-trailer: names of what follows, with commas between. */
  readonly announced: string
  /** Absent for payloads whose chunks are not signed. */
  readonly signer?: { readonly claim: SignatureClaim; readonly secretAccessKey: string }
}

/** Chunks but the last have 8 KB at least; a frame's header line stays far below this. */
const longestLine = 1_024
const longestTrailer = 16 * 1_024

/**
 * Takes an `aws-chunked` payload apart as it comes, and checks each chunk's signature at its end when they are signed.
 * @param source    the payload; the request's signature verified before, as it is the seed of the chunks' signatures
 * @param trailers  filled with the headers that follow the last chunk
 * @returns         the bytes without frames; good only when it comes to its end
 * @throws          SignatureMismatch for a wrong signature; ChunkError for frames that are incomplete or wrong
 * @see             Amazon S3 API Reference, "Signature calculations for the authorization header: transferring payload in multiple chunks"
 */
export async function* readChunks(
  source: AsyncIterable<Uint8Array>,
  claim: ChunkedClaim,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new FrameReader(source)
  try {
    yield* readFrames(reader, claim, trailers)
  } finally {
    await reader.stop()
  }
}

async function* readFrames(
  reader: FrameReader,
  { kind, length, announced, signer }: ChunkedClaim,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chain = kind === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' ? undefined : chainOf(signer)
  let read = 0
  for (;;) {
    const header = /^([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec((await reader.line(longestLine)) ?? '')
    if (!header || (chain !== undefined) !== (header[2] !== undefined)) throw new ChunkError('A chunk header is malformed.')
    const size = Number.parseInt(header[1] as string, 16)
    const hash = chain && createHash('sha256')
    for await (const part of reader.bytes(size)) {
      hash?.update(part)
      read += part.length
      if (read > length) throw lengthError()
      yield part
    }
    chain?.('AWS4-HMAC-SHA256-PAYLOAD', [emptyPayloadHash, (hash as NonNullable<typeof hash>).digest('hex')], header[2] as string)
    // The line end after the last chunk, which is empty, belongs to what follows.
    if (size === 0) break
    if ((await reader.line(0)) !== '') throw new ChunkError('A chunk is longer than its size.')
  }
  if (read !== length) throw lengthError()
  if (kind.endsWith('-TRAILER')) await readTrailers(reader, announced, chain, trailers)
  await reader.end()
}

const lengthError = () => new ChunkError('The decoded length is not what x-amz-decoded-content-length says.')

/** Each signature covers the one before it. */
type Chain = (algorithm: string, covered: readonly string[], given: string) => void

function chainOf(signer: ChunkedClaim['signer']): Chain {
  if (!signer) throw new SignatureMismatch()
  const { claim, secretAccessKey } = signer
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`
  const key = signingKey(secretAccessKey, claim)
  let previous = claim.signature
  return (algorithm, covered, given) => {
    const text = [algorithm, claim.timestamp, scope, previous, ...covered].join('\n')
    const expected = createHmac('sha256', key).update(text).digest()
    const bytes = /^[0-9a-f]{64}$/.test(given) ? Buffer.from(given, 'hex') : Buffer.alloc(32)
    if (!timingSafeEqual(expected, bytes)) throw new SignatureMismatch()
    previous = given
  }
}

async function readTrailers(reader: FrameReader, announced: string, chain: Chain | undefined, found: Map<string, string>): Promise<void> {
  const names = new Set(announced.split(',').map(name => name.trim().toLowerCase()))
  let signature: string | undefined
  let covered = ''
  for (let line = await reader.line(longestTrailer); line; line = await reader.line(longestTrailer)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature' && signature === undefined) signature = value
    else if (colon > 0 && names.has(name) && !found.has(name) && signature === undefined) {
      found.set(name, value)
      covered += `${name}:${value}\n`
    } else throw new ChunkError('A trailer is malformed, or was not announced.')
  }
  if (chain) chain('AWS4-HMAC-SHA256-TRAILER', [sha256Hex(covered)], signature ?? '')
}

/** Lines and counted bytes of a stream; keeps no more of it than one piece and one line. */
class FrameReader {
  readonly #source: AsyncIterator<Uint8Array>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The text up to the next line end. @returns undefined where the stream ends; trailers may end with it */
  async line(longest: number): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf('\r\n')
      if (end > longest || (end === -1 && this.#rest.length > longest + 1))
        throw new ChunkError('A line of the chunked payload does not end.')
      if (end !== -1) {
        const text = this.#rest.subarray(0, end).toString('latin1')
        this.#rest = this.#rest.subarray(end + 2)
        return text
      }
      const more = await this.#more()
      if (!more && this.#rest.length > 0) throw new ChunkError('A line of the chunked payload does not end.')
      if (!more) return undefined
      this.#rest = this.#rest.length === 0 ? more : Buffer.concat([this.#rest, more])
    }
  }

  async *bytes(size: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = size
    while (left > 0) {
      if (this.#rest.length === 0) {
        const more = await this.#more()
        if (!more) throw new ChunkError('A chunk ends before its size.')
        this.#rest = more
      }
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
      if (part.length > 0) yield part
    }
  }

  /** Nothing may follow but the line end of the last chunk. */
  async end(): Promise<void> {
    const last = await this.line(0)
    if ((last ?? '') !== '' || this.#rest.length > 0 || (await this.#more())) throw new ChunkError('Bytes follow the last chunk.')
  }

  /** Lets go of the stream, which somebody else may read to its end. */
  async stop(): Promise<void> {
    await this.#source.return?.()
  }

  async #more(): Promise<Buffer | undefined> {
    const { value, done } = await this.#source.next()
    return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
}
