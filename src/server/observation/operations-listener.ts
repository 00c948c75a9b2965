import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defaultHeaders } from '../../types/default-headers.ts'
import { requestTarget } from '../../types/request-target.ts'

export interface OperationsListenerOptions {
  readonly host: string
  readonly port: number
  /** Why calls cannot be answered now; undefined when they can. */
  readonly unready: () => Promise<string | undefined>
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
}

export interface OperationsListener {
  readonly port: number
  close(): Promise<void>
}

const limits = { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 5_000 }
/** Monitoring has few. */
const mostConnections = 100

/**
 * A plain HTTP listener for those who watch over Gatehouse: /metrics, /livez, /readyz. It is apart from the others because it asks nobody who they are:
 * whoever reaches it may read how many calls of which kind there were.
 * @throws Error with the address when the port is taken
 */
export function listenForOperations({ host, port, unready, metrics }: OperationsListenerOptions): Promise<OperationsListener> {
  const server = createServer(limits, (request, response) => {
    const { problem, path } = requestTarget(request.url ?? '/', request.headersDistinct['host']?.join(', '))
    const answer = (status: number, text: string, contentType = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { ...defaultHeaders, 'content-type': contentType })
      response.end(request.method === 'HEAD' ? undefined : text)
    }
    request.resume()
    if (path === undefined) {
      response.setHeader('connection', 'close')
      return answer(400, `${problem}\n`)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'method not allowed\n')
    if (path === '/livez') return answer(200, 'ok\n')
    const work =
      path === '/readyz'
        ? unready().then(reason => answer(reason === undefined ? 200 : 503, `${reason ?? 'ok'}\n`))
        : path === '/metrics'
          ? metrics().then(({ contentType, text }) => answer(200, text, contentType))
          : undefined
    if (!work) return answer(404, 'not found\n')
    work.catch((problem: unknown) => answer(503, `${problem instanceof Error ? problem.message : String(problem)}\n`))
  })
  server.maxConnections = mostConnections
  return new Promise((resolve, reject) => {
    server.once('error', (problem: NodeJS.ErrnoException) =>
      reject(problem.code === 'EADDRINUSE' ? new Error(`port ${port} on ${host} is in use; choose another with --metrics-port`) : problem),
    )
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise(done => {
            server.close(() => done())
            server.closeAllConnections()
          }),
      }),
    )
  })
}
