import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { BodyStream, WireRequest, WireResponse } from '../wire/message.ts'

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

export interface ListenerOptions extends ServerOptions {
  readonly host: string
  readonly port: number
  readonly httpPort: number
  /** Gives a new connection to another process. @returns false when this one is to serve it; left out, this one serves all */
  readonly handOn?: (connection: Socket, secure: boolean) => boolean
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

export interface Listeners {
  readonly port: number
  readonly httpPort: number
  /** Serves new connections with another certificate; open ones go on. */
  replaceCertificate(certificate: ListenerOptions['certificate']): void
  /** Stops accepting, gives open requests a moment, then ends them. */
  close(): Promise<void>
}

const closeGraceMilliseconds = 2_000

/**
 * Opens the HTTPS and the HTTP listener.
 * @throws Error with the address when a port is taken
 */
export async function listen(options: ListenerOptions, handler: RequestHandler): Promise<Listeners> {
  const { https, http, replaceCertificate, finish } = createServers(options, handler)
  const doors = { https: doorOf(https, true, options), http: doorOf(http, false, options) }
  const port = await open(doors.https, options.port, options.host)
  try {
    const httpPort = await open(doors.http, options.httpPort, options.host)
    return {
      port,
      httpPort,
      replaceCertificate,
      close() {
        // Doors tell of their end late, when connections of theirs are elsewhere.
        for (const door of [doors.https, doors.http]) door.close()
        return finish()
      },
    }
  } catch (problem) {
    doors.https.close()
    throw problem
  }
}

/** Servers that listen nowhere yet. */
export interface Servers {
  readonly https: HttpsServer
  readonly http: Server
  replaceCertificate(certificate: ServerOptions['certificate']): void
  /** Gives open requests a moment, then ends all connections. */
  finish(): Promise<void>
}

/** Makes the servers of both schemes. Slow or huge requests are cut off by node:http's header and request time-outs. */
export function createServers(options: ServerOptions, handler: RequestHandler): Servers {
  const { cert, key } = tlsFiles(options.certificate)
  const listener = requestListener(handler, options)
  const limits = nodeLimits(options.limits)
  const https: HttpsServer = createHttpsServer({ ...limits, cert, key, minVersion: 'TLSv1.2' }, listener)
  const http: Server = createHttpServer(limits, listener)
  // Whoever waits for leave to send a body gets it when somebody reads it.
  for (const server of [https, http]) server.on('checkContinue', listener)
  const open = new Set<Socket>()
  for (const server of [https, http])
    server.on('connection', (connection: Socket) => {
      open.add(connection)
      connection.once('close', () => open.delete(connection))
    })
  return {
    https,
    http,
    replaceCertificate: certificate => https.setSecureContext(tlsFiles(certificate)),
    finish: async () => {
      await Promise.all([finish(https, open), finish(http, open)])
    },
  }
}

/** Where connections come in: the server itself, or one that shares them with other processes. */
function doorOf(server: Server | HttpsServer, secure: boolean, { handOn, limits, connectionDropped }: ListenerOptions): NetServer {
  // Paused, so that whoever serves it reads all of it.
  const shared = () =>
    createNetServer({ pauseOnConnect: true }, connection => {
      if (handOn?.(connection, secure) !== true) serveConnection(server, connection)
    })
  const door = handOn ? shared() : server
  door.maxConnections = limits.maxConnections
  door.on('drop', () => connectionDropped?.())
  return door
}

/** Lets a server serve a connection that something else accepted, and paused. */
export function serveConnection(server: Server | HttpsServer, connection: Socket): void {
  server.emit('connection', connection)
  connection.resume()
}

/** node:http looks for slow requests every `connectionsCheckingInterval`. */
const nodeLimits = ({ maxHeaderBytes, headerSeconds, requestSeconds }: ListenerLimits) => ({
  maxHeaderSize: maxHeaderBytes,
  headersTimeout: Math.min(headerSeconds, requestSeconds) * 1000,
  requestTimeout: requestSeconds * 1000,
  connectionsCheckingInterval: Math.min(30_000, headerSeconds * 500),
  keepAliveTimeout: 65_000,
})

const tlsFiles = ({ certificatePem, keyPem }: ListenerOptions['certificate']) => ({ cert: certificatePem, key: keyPem })

function open(server: NetServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (problem: NodeJS.ErrnoException) =>
      reject(
        problem.code === 'EADDRINUSE' ? new Error(`port ${port} on ${host} is in use; choose another with --port or --http-port`) : problem,
      ),
    )
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

async function finish(server: Server | HttpsServer, connections: ReadonlySet<Socket>): Promise<void> {
  const endsAt = performance.now() + closeGraceMilliseconds
  server.closeIdleConnections()
  while (connections.size > 0 && performance.now() < endsAt) {
    await new Promise(resolve => setTimeout(resolve, 20))
    server.closeIdleConnections()
  }
  for (const connection of connections) connection.destroy()
}

export function requestListener(handler: RequestHandler, options: Omit<ServerOptions, 'certificate'>): RequestListener {
  return (incoming, outgoing) => {
    void answer(incoming, outgoing, handler, options)
  }
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: RequestHandler,
  options: Omit<ServerOptions, 'certificate'>,
): Promise<void> {
  const { streams, limits } = options
  const head = headOf(incoming, options)
  // RFC 9112, section 3.2: more hosts than one are an error, not a choice.
  if (head.headers['host']?.includes(',')) {
    outgoing.writeHead(400, { connection: 'close', 'content-type': 'text/plain' })
    outgoing.end('The request has more than one Host header.\n')
    return
  }
  // Made only when somebody listens: an AbortController a request costs more than the signature check's hash.
  let gone: AbortController | undefined
  const clientGone = () => (gone ??= new AbortController()).signal
  if (streams(head)) {
    outgoing.once('close', () => gone?.abort())
    const response = await handler({ ...head, stream: streamOf(incoming, outgoing, limits) }, clientGone)
    await send(outgoing, false, await withoutRest(incoming, response, limits))
    return
  }
  leaveToSend(incoming, outgoing)
  const body = await readBody(incoming, limits)
  if (body === 'aborted') return
  if (body === 'tooLarge') {
    outgoing.writeHead(413, { connection: 'close', 'content-type': 'text/plain' })
    outgoing.end(`The request body is larger than ${limits.maxBodyBytes} bytes.\n`)
    return
  }
  outgoing.once('close', () => gone?.abort())
  const response = await handler({ ...head, body }, clientGone)
  await send(outgoing, incoming.method === 'HEAD', response)
}

function leaveToSend(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.headers.expect?.toLowerCase() === '100-continue') outgoing.writeContinue()
}

function streamOf(incoming: IncomingMessage, outgoing: ServerResponse, { bodySeconds }: ListenerLimits): BodyStream {
  const declared = incoming.headers['content-length']
  async function* read() {
    leaveToSend(incoming, outgoing)
    const { socket } = incoming
    const giveUp = () => incoming.destroy()
    socket.setTimeout(bodySeconds * 1000)
    socket.once('timeout', giveUp)
    try {
      // Without destroying what is left when the reader stops: the answer still has to go out on the same connection.
      yield* incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
    } finally {
      // The connection goes on, and serves many more.
      socket.off('timeout', giveUp)
      socket.setTimeout(0)
    }
  }
  return { length: declared === undefined ? undefined : Number(declared), trailers: new Map(), [Symbol.asyncIterator]: read }
}

/** Before the answer to a request whose body nobody read, as much of it as a client may send before it listens. */
async function withoutRest(incoming: IncomingMessage, response: StreamedResponse, limits: ListenerLimits): Promise<StreamedResponse> {
  if (incoming.complete) return response
  const waitsForLeave = incoming.headers.expect !== undefined && incoming.readableDidRead === false
  if (!waitsForLeave) await readBody(incoming, limits)
  return { ...response, headers: { ...response.headers, connection: 'close' } }
}

function headOf(incoming: IncomingMessage, { now, hostedBucket, takeOrigin }: Omit<ServerOptions, 'certificate'>): WireRequest {
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const origin = takeOrigin?.(incoming.rawHeaders) ?? originOf(incoming.socket)
  const headers = joinedHeaders(incoming.rawHeaders)
  const bucket = hostedBucket(headers['host'] ?? '')
  return {
    method: incoming.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers,
    rawHeaders: pairs(incoming.rawHeaders),
    body: noBody,
    ...(bucket !== undefined && { hostedBucket: bucket }),
    ...origin,
    receivedAt: now(),
  }
}

function originOf(connection: Socket): Origin {
  const socket = connection as TLSSocket
  const secure = socket.encrypted === true
  return {
    secure,
    remoteAddress: plainAddress(socket.remoteAddress ?? ''),
    ...(secure && { tls: { version: socket.getProtocol() ?? '', cipher: socket.getCipher()?.standardName ?? '' } }),
  }
}

const noBody = new Uint8Array(0)

/** `::ffff:127.0.0.1` is 127.0.0.1: policies speak of IPv4 addresses as such. */
const plainAddress = (address: string) => (address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address)

function joinedHeaders(raw: readonly string[]): { [name: string]: string } {
  const headers: { [name: string]: string } = Object.create(null) as { [name: string]: string }
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}

function pairs(raw: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let index = 0; index < raw.length; index += 2) list.push([raw[index] as string, raw[index + 1] as string])
  return list
}

function readBody(incoming: IncomingMessage, { maxBodyBytes, bodySeconds }: ListenerLimits): Promise<Uint8Array | 'tooLarge' | 'aborted'> {
  return new Promise(settle => {
    const chunks: Buffer[] = []
    let size = 0
    const impatience = setTimeout(() => incoming.destroy(), bodySeconds * 1000)
    const resolve = (result: Uint8Array | 'tooLarge' | 'aborted') => {
      clearTimeout(impatience)
      settle(result)
    }
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBodyBytes) {
        incoming.removeAllListeners('data')
        incoming.resume()
        resolve('tooLarge')
        return
      }
      chunks.push(chunk)
    })
    incoming.on('end', () =>
      resolve(chunks.length === 0 ? noBody : chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)),
    )
    incoming.on('error', () => resolve('aborted'))
    incoming.on('close', () => resolve('aborted'))
  })
}

async function send(outgoing: ServerResponse, withoutBody: boolean, { status, headers, body }: StreamedResponse): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    // What a HEAD says of the length is that of the body which a GET would have; a 304 has none.
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    outgoing.writeHead(status, status === 304 || status === 204 ? headers : { 'content-length': length, ...headers })
    outgoing.end(withoutBody ? undefined : body)
    return
  }
  outgoing.writeHead(status, headers)
  if (withoutBody) {
    outgoing.end()
    return
  }
  outgoing.flushHeaders()
  try {
    for await (const chunk of body) {
      if (outgoing.destroyed) break
      if (!outgoing.write(chunk)) await drained(outgoing)
    }
  } catch {
    // The stream's source failed after the status was sent: cutting the connection is the only error left to give.
    outgoing.destroy()
  }
  outgoing.end()
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
}
