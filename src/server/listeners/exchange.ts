import type { WireRequest, WireResponse } from '../../wire/message.ts'

/** An answer whose body may arrive bit by bit, as Kubernetes watches do. */
export interface StreamedResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: WireResponse['body']
}

/** Answers one request; never throws. The signal, made when asked for, aborts when the client goes away. */
export type RequestHandler = (request: WireRequest, clientGone: () => AbortSignal) => Promise<StreamedResponse>

/** Where a request comes from. */
export type Origin = Pick<WireRequest, 'secure' | 'remoteAddress' | 'tls'>

export interface ServerOptions {
  readonly certificate: { readonly certificatePem: string; readonly keyPem: string }
  readonly now: () => number
  /** Whether a request's body goes to its handler as it comes, by its head. */
  readonly streams: (head: WireRequest) => boolean
  /** The S3 bucket that a host names. */
  readonly hostedBucket: (host: string) => string | undefined
  readonly limits: ListenerLimits
  /** Told of connections that are closed because there are too many. */
  readonly connectionDropped?: () => void
  /** Takes what another process of this Gatehouse tells of a request's origin out of its headers; left out, its connection tells. */
  readonly takeOrigin?: (rawHeaders: string[]) => Origin
}

/** How large and how slow what comes may be. S3's objects stream; nothing else that AWS or kubectl sends comes near the size of a body that is kept. */
export interface ListenerLimits {
  readonly maxConnections: number
  readonly maxHeaderBytes: number
  readonly maxBodyBytes: number
  readonly headerSeconds: number
  /** How long a body that is kept may take to come; a streamed one may pause as long. */
  readonly bodySeconds: number
  /** How long any request may take: by default five gigabytes, S3's largest at once, at eleven megabits a second. */
  readonly requestSeconds: number
}
