import type { WireRequest, WireResponse } from '../../wire/message.ts'
import type { Configuration } from '../configuration.ts'

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
export type ListenerLimits = Pick<
  Configuration,
  'maxConnections' | 'maxHeaderBytes' | 'maxBodyBytes' | 'headerSeconds' | 'bodySeconds' | 'requestSeconds'
>
