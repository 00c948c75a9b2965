/** A request as it came from the socket. */
export interface WireRequest {
  readonly method: string
  /** Undecoded path, as signed. */
  readonly path: string
  /** What follows the first `?`, undecoded; empty when there is none. */
  readonly query: string
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: { readonly [name: string]: string }
  readonly rawHeaders: readonly (readonly [string, string])[]
  readonly body: Uint8Array
  /** True over TLS. */
  readonly secure: boolean
  readonly remoteAddress: string
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

export interface WireResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string | Uint8Array
}
