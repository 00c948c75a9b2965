/** A request as it came from the socket. */
export interface WireRequest {
  readonly method: string
  /** Undecoded path, as signed. */
  readonly path: string
  /** What follows the first `?`, undecoded; empty when there is none. */
  readonly query: string
  /** Lower-case names; repeated headers joined by `,`. */
  readonly headers: { readonly [name: string]: string }
  readonly rawHeaders: readonly (readonly [string, string])[]
  /** Empty when the body is a stream. */
  readonly body: Uint8Array
  /** The body of a request that may be too large to keep: read as it comes. */
  readonly stream?: BodyStream
  /** The S3 bucket that the host names, as in `bucket.s3.example.com`. */
  readonly hostedBucket?: string
  /** True over TLS. */
  readonly secure: boolean
  readonly remoteAddress: string
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

/** A body that is read once, and fails when it is not what its sender declared. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** Bytes, when the sender says how many. */
  readonly length: number | undefined
  /** Headers that follow the body; complete when the body is read to its end. */
  readonly trailers: ReadonlyMap<string, string>
  /** The header x-amz-trailer, when the body has trailers: their names, with commas between. */
  readonly announced?: string
}

export interface WireResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  /** A stream's length is in its `content-length` header. */
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>
}
