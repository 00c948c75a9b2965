import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { tlsSuites } from '../../types/tls-suites.ts'
import type { ListenerLimits, RequestHandler, ServerOptions } from './exchange.ts'
import { requestListener } from './request-listener.ts'

export interface ListenerOptions extends ServerOptions {
  readonly host: string
  readonly port: number
  readonly httpPort: number
  /** Gives a new connection to another process. @returns false when this one is to serve it; left out, this one serves all */
  readonly handOn?: (connection: Socket, secure: boolean) => boolean
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
  const listener = requestListener(handler, options)
  const limits = nodeLimits(options.limits)
  // Whoever does not greet is as slow as who sends no headers.
  const handshakeTimeout = limits.headersTimeout
  const https: HttpsServer = createHttpsServer({ ...limits, ...secureContext(options.certificate), handshakeTimeout }, listener)
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
    replaceCertificate: certificate => https.setSecureContext(secureContext(certificate)),
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

/** All of it, for another certificate too: what is left out then is as Node has it by itself. */
const secureContext = ({ certificatePem, keyPem }: ListenerOptions['certificate']) =>
  ({ cert: certificatePem, key: keyPem, minVersion: 'TLSv1.2', ciphers: tlsSuites }) as const

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
