import { Agent, type RequestOptions, request } from 'node:https'

/** Calls a kube-apiserver as its administrator. */
export interface ApiClient {
  /** @throws Error when no answer comes; an answer of any status is returned */
  call(method: string, path: string, body?: object, headers?: { readonly [name: string]: string }): Promise<ApiAnswer>
  /** What is at a path. @throws Error when it is not there or cannot be had */
  get<T>(path: string, headers?: { readonly [name: string]: string }): Promise<T>
  /** Lines of a watch until it ends, the signal aborts or the connection breaks; never throws. */
  lines(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void>
  close(): void
}

export interface ApiAnswer {
  readonly status: number
  readonly body: string
}

/** The client's certificate with its key, and the authority of the server's. */
export interface ApiCredentials {
  readonly certificatePem: string
  readonly keyPem: string
  readonly certificateAuthorityPem: string
}

const answerMilliseconds = 10_000

/** @param credentials  read at each call, as they may be renewed */
export function createApiClient(port: number, credentials: () => ApiCredentials): ApiClient {
  const agent = new Agent({ keepAlive: true })

  function options(): RequestOptions {
    const { certificatePem, keyPem, certificateAuthorityPem } = credentials()
    return { host: '127.0.0.1', port, agent, servername: 'localhost', cert: certificatePem, key: keyPem, ca: certificateAuthorityPem }
  }

  function call(method: string, path: string, body?: object, headers: { readonly [name: string]: string } = {}): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const type = body ? { 'content-type': 'application/json' } : {}
      const sent = request({ ...options(), method, path, timeout: answerMilliseconds, headers: { ...type, ...headers } }, response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      })
      sent.on('timeout', () => sent.destroy(new Error('the API server did not answer in time')))
      sent.on('error', reject)
      sent.end(body && JSON.stringify(body))
    })
  }

  return {
    call,

    async get<T>(path: string, headers?: { readonly [name: string]: string }) {
      const { status, body } = await call('GET', path, undefined, headers)
      if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body.slice(0, 500)}`)
      return JSON.parse(body) as T
    },

    lines: (path, onLine, signal) =>
      new Promise(resolve => {
        const sent = request({ ...options(), method: 'GET', path, signal }, response => {
          let rest = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            const parts = (rest + chunk).split('\n')
            rest = parts.pop() ?? ''
            for (const line of parts) onLine(line)
          })
          response.on('error', () => resolve())
          response.on('close', () => resolve())
        })
        sent.on('error', () => resolve())
        sent.end()
      }),

    close: () => agent.destroy(),
  }
}
