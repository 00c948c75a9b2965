import { Agent, type RequestOptions, request } from 'node:https'

/** Calls a kube-apiserver as its administrator. */
export interface ApiClient {
  call(method: string, path: string, body?: object, contentType?: string): Promise<{ readonly status: number; readonly body: string }>
  /** Lines of a watch until it ends, the signal aborts or the connection breaks. */
  lines(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void>
}

export function createApiClient(
  port: number,
  credentials: { readonly certificatePem: string; readonly keyPem: string },
  certificateAuthorityPem: string,
): ApiClient & { close(): void } {
  const agent = new Agent({ keepAlive: true, ca: certificateAuthorityPem, cert: credentials.certificatePem, key: credentials.keyPem })
  const base: RequestOptions = { host: '127.0.0.1', port, agent, servername: 'localhost' }

  return {
    call: (method, path, body, contentType = 'application/json') =>
      new Promise((resolve, reject) => {
        const sent = request({ ...base, method, path, timeout: 10_000, headers: body ? { 'content-type': contentType } : {} }, response => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('error', reject)
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
        })
        sent.on('timeout', () => sent.destroy(new Error('the API server did not answer in time')))
        sent.on('error', reject)
        sent.end(body && JSON.stringify(body))
      }),

    lines: (path, onLine, signal) =>
      new Promise(resolve => {
        const sent = request({ ...base, method: 'GET', path, signal }, response => {
          let rest = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            const parts = (rest + chunk).split('\n')
            rest = parts.pop() ?? ''
            for (const line of parts) onLine(line)
          })
          response.on('error', () => resolve())
          response.on('end', () => resolve())
        })
        sent.on('error', () => resolve())
        sent.end()
      }),

    close: () => agent.destroy(),
  }
}
