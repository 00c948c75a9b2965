import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WireRequest } from '../message.ts'
import { emptyPayloadHash, sha256Hex } from './canonical-request.ts'
import type { SignatureClaim } from './claim.ts'
import { SignatureError } from './signature-error.ts'
import { signingKey } from './signing-key.ts'

/** What `x-amz-content-sha256` says of a payload that comes in chunks. Amazon S3 API Reference, "Authenticating requests: using the authorization header". */
export const streamingKinds = [
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
] as const

/** A payload that is not the chunks that it says to be. */
export class ChunkError extends Error {}

/** A payload without its chunks' frames, and the headers that followed it. */
export interface ChunkedPayload {
  readonly data: Uint8Array
  readonly trailers: ReadonlyMap<string, string>
}

const mismatchText =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

/** Chunks but the last have 8 KB at least; a frame's header line stays far below this. */
const longestLine = 1_024
const longestTrailer = 16 * 1_024

/**
 * Takes an `aws-chunked` payload apart, and checks each chunk's signature when they are signed.
 * @param request          its signature verified before: it is the seed of the chunks' signatures
 * @param secretAccessKey  the secret of the claim's access key
 * @returns                undefined when the request's payload does not come in chunks
 * @throws                 SignatureError for a wrong signature; ChunkError for frames that are incomplete or wrong
 * @see                    Amazon S3 API Reference, "Signature calculations for the authorization header: transferring payload in multiple chunks"
 */
export function readChunkedPayload(request: WireRequest, claim: SignatureClaim, secretAccessKey: string): ChunkedPayload | undefined {
  const kind = streamingKinds.find(name => name === request.headers['x-amz-content-sha256'])
  if (!kind) return undefined
  const signed = kind !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const reader = new ChunkReader(Buffer.from(request.body), signed ? chainOf(claim, secretAccessKey) : undefined)
  const data = reader.chunks()
  const declared = request.headers['x-amz-decoded-content-length']
  if (declared === undefined || !/^\d{1,16}$/.test(declared) || Number(declared) !== data.length)
    throw new ChunkError('The decoded length is not what x-amz-decoded-content-length says.')
  const trailers = kind.endsWith('-TRAILER') ? reader.trailers(request.headers['x-amz-trailer'] ?? '') : new Map<string, string>()
  reader.end()
  return { data, trailers }
}

/** Each signature covers the one before it. */
type Chain = (algorithm: string, covered: readonly string[], given: string) => void

function chainOf(claim: SignatureClaim, secretAccessKey: string): Chain {
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`
  const key = signingKey(secretAccessKey, claim)
  let previous = claim.signature
  return (algorithm, covered, given) => {
    const text = [algorithm, claim.timestamp, scope, previous, ...covered].join('\n')
    const expected = createHmac('sha256', key).update(text).digest()
    const bytes = /^[0-9a-f]{64}$/.test(given) ? Buffer.from(given, 'hex') : Buffer.alloc(32)
    if (!timingSafeEqual(expected, bytes)) throw new SignatureError('mismatch', mismatchText)
    previous = given
  }
}

class ChunkReader {
  readonly #body: Buffer
  readonly #chain: Chain | undefined
  #at = 0

  constructor(body: Buffer, chain: Chain | undefined) {
    this.#body = body
    this.#chain = chain
  }

  /** The data of all chunks. The last chunk is empty; the line end after it belongs to what follows. */
  chunks(): Buffer {
    const parts: Buffer[] = []
    for (;;) {
      const header = /^([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(this.#line(longestLine))
      if (!header || (this.#chain !== undefined) !== (header[2] !== undefined)) throw new ChunkError('A chunk header is malformed.')
      const size = Number.parseInt(header[1] as string, 16)
      if (size > this.#body.length - this.#at) throw new ChunkError('A chunk ends before its size.')
      const data = this.#body.subarray(this.#at, this.#at + size)
      this.#at += size
      this.#chain?.('AWS4-HMAC-SHA256-PAYLOAD', [emptyPayloadHash, sha256Hex(data)], header[2] as string)
      if (size === 0) return Buffer.concat(parts)
      parts.push(data)
      if (this.#line(0) !== '') throw new ChunkError('A chunk is longer than its size.')
    }
  }

  /** @param announced  the header x-amz-trailer: names of what follows, with commas between */
  trailers(announced: string): Map<string, string> {
    const found = new Map<string, string>()
    const names = new Set(announced.split(',').map(name => name.trim().toLowerCase()))
    let signature: string | undefined
    let covered = ''
    for (let line = this.#line(longestTrailer); line !== ''; line = this.#line(longestTrailer)) {
      const colon = line.indexOf(':')
      const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase()
      const value = line.slice(colon + 1).trim()
      if (name === 'x-amz-trailer-signature' && signature === undefined) signature = value
      else if (colon > 0 && names.has(name) && !found.has(name) && signature === undefined) {
        found.set(name, value)
        covered += `${name}:${value}\n`
      } else throw new ChunkError('A trailer is malformed, or was not announced.')
    }
    if (this.#chain) this.#chain('AWS4-HMAC-SHA256-TRAILER', [sha256Hex(covered)], signature ?? '')
    return found
  }

  /** Nothing may follow but the line end of the last chunk. */
  end(): void {
    const rest = this.#body.subarray(this.#at).toString('latin1')
    if (rest !== '' && rest !== '\r\n') throw new ChunkError('Bytes follow the last chunk.')
  }

  /** The text up to the next line end; trailers may end with the body. */
  #line(longest: number): string {
    const end = this.#body.indexOf('\r\n', this.#at)
    if (end === -1 && this.#at >= this.#body.length && longest === longestTrailer) return ''
    if (end === -1 || end - this.#at > longest) throw new ChunkError('A line of the chunked payload does not end.')
    const text = this.#body.subarray(this.#at, end).toString('latin1')
    this.#at = end + 2
    return text
  }
}
