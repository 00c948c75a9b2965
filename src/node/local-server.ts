import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { defaultHeaders } from '../types/default-headers.ts'
import { requestTarget } from '../types/request-target.ts'

/** A request without a body: neither the agent nor instance metadata reads one. */
export interface LocalRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string
}

export interface LocalAnswer {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  readonly body: string
}

/** Must not throw. */
export type LocalHandler = (request: LocalRequest) => Promise<LocalAnswer | typeof lost> | LocalAnswer | typeof lost

/** No answer at all: the connection ends, as when packets get lost. */
export const lost = Symbol('lost')

export interface LocalServer {
  /** Such as `http://127.0.0.1:49152`, one for each address. */
  readonly origins: readonly string[]
  close(): Promise<void>
}

/** Who is slow is looked for every `connectionsCheckingInterval`. */
const limits = { maxHeaderSize: 32 * 1024, headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 }
/** More than a node has pods; a pod that opens connections without end takes them from the others of its node, not from the machine. */
const mostConnections = 1_000

/**
 * Serves plain HTTP to processes of this machine.
 * @param hosts   addresses to listen on: link-local as on nodes, or loopback
 * @param port    0 takes a free one for the first address, and the same for the others
 * @param handle  must not throw
 * @throws        Error when an address or port cannot be had; then none is
 */
export async function serveLocally(hosts: readonly string[], port: number, handle: LocalHandler): Promise<LocalServer> {
  const servers: Server[] = []
  const origins: string[] = []
  const close = async () => {
    await Promise.all(servers.map(closed))
  }
  let taken = port
  try {
    for (const host of hosts) {
      const server = newServer(handle)
      taken = await listening(server, host, taken)
      servers.push(server)
      origins.push(`http://${isIPv6(host) ? `[${host}]` : host}:${taken}`)
    }
  } catch (problem) {
    await close()
    throw problem
  }
  return { origins, close }
}

function newServer(handle: LocalHandler): Server {
  const server = createServer(limits, (request, response) => {
    request.resume()
    const { problem, path } = requestTarget(request.url ?? '/', request.headersDistinct['host']?.join(', '))
    if (path === undefined) {
      response.writeHead(400, { ...defaultHeaders, connection: 'close', 'content-type': 'text/plain' }).end(`${problem}\n`)
      return
    }
    const remoteAddress = request.socket.remoteAddress ?? ''
    void Promise.resolve(handle({ method: request.method ?? 'GET', path, headers: request.headers, remoteAddress })).then(answer => {
      if (answer === lost) return request.socket.destroy()
      const { status, headers, body } = answer
      response
        .writeHead(status, { ...defaultHeaders, ...headers, 'content-length': Buffer.byteLength(body) })
        .end(request.method === 'HEAD' ? '' : body)
    })
  })
  server.maxConnections = mostConnections
  return server
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (problem: NodeJS.ErrnoException) =>
      reject(new Error(`cannot listen on ${host} port ${port}: ${problem.code ?? problem.message}`)),
    )
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
