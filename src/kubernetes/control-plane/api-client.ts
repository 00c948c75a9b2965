import { Agent, type RequestOptions, request } from 'node:https'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'

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
  /** What the API server warns of, several with commas between. Kubernetes documentation, "Kubernetes API Concepts"; RFC 7234, section 5.5. */
  readonly warning?: string | undefined
}

/** Who calls: a client's certificate with its key, or a bearer token. */
export type ApiUser = ClientKeyPair | { readonly token: string }

/** Who calls, and the authority of the server's certificate. */
export type ApiCredentials = ApiUser & { readonly certificateAuthorityPem: string }

interface ClientKeyPair {
  readonly certificatePem: string
  readonly keyPem: string
}

/** Where an API server is. */
export interface ApiServer {
  readonly port: number
  /** The name that its certificate is for. */
  readonly name: string
  /** What to connect to, asked anew at each call. @throws Error when it must not be connected to */
  address(): Promise<string>
}

/** Of a control plane of ours. */
export const onLoopback = (port: number): ApiServer => ({ port, name: 'localhost', address: async () => '127.0.0.1' })

const answerMilliseconds = 10_000
/** etcd takes no larger object by far; lists that we ask for are of few. */
const largestAnswer = 32 * 1024 * 1024

/** @param credentials  read at each call, as they may be renewed */
export function createApiClient(server: ApiServer, credentials: () => ApiCredentials): ApiClient {
  const agent = new Agent({ keepAlive: true })

  async function options(): Promise<RequestOptions & { readonly headers: { readonly [name: string]: string } }> {
    const { certificateAuthorityPem: ca, ...client } = credentials()
    const { port, name } = server
    return {
      host: await server.address(),
      port,
      agent,
      ca,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
      // RFC 6066, section 3: an address is no server name.
      servername: isIP(name) ? '' : name,
      headers: 'token' in client ? { authorization: `Bearer ${client.token}` } : {},
      ...('token' in client ? {} : { cert: client.certificatePem, key: client.keyPem }),
    }
  }

  async function call(method: string, path: string, body?: object, headers: { readonly [name: string]: string } = {}): Promise<ApiAnswer> {
    const connection = await options()
    return new Promise((resolve, reject) => {
      const type = body ? { 'content-type': 'application/json' } : {}
      const words = { ...connection, method, path, timeout: answerMilliseconds, headers: { ...connection.headers, ...type, ...headers } }
      const sent = request(words, response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > largestAnswer) response.destroy(new Error(`the API server answers more than ${largestAnswer} characters`))
        })
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, warning: response.headers.warning }))
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

    async lines(path, onLine, signal) {
      const connection = await options()
      return new Promise(resolve => {
        const sent = request({ ...connection, method: 'GET', path, signal }, response => {
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
      })
    },

    close: () => agent.destroy(),
  }
}

/** Reads a path once, as whoever a bearer token is of. */
export async function readAs(server: ApiServer, certificateAuthorityPem: string, path: string, token: string): Promise<ApiAnswer> {
  const api = createApiClient(server, () => ({ token, certificateAuthorityPem }))
  try {
    return await api.call('GET', path)
  } finally {
    api.close()
  }
}

type ApiObject = { readonly [field: string]: unknown }

export interface ApiObjects {
  /** An object by its path; undefined when it is not there. */
  find(path: string): Promise<ApiObject | undefined>
  /** Writes an object. @returns false when it has changed, or come or gone, since it was read */
  write(method: 'POST' | 'PUT', path: string, object: object): Promise<boolean>
}

/** @see ApiObjects */
export async function findObject(api: ApiClient, path: string): Promise<ApiObject | undefined> {
  const { status, body } = await api.call('GET', path)
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body.slice(0, 500)}`)
  return JSON.parse(body) as ApiObject
}

/** @see ApiObjects */
export async function writeObject(api: ApiClient, method: 'POST' | 'PUT', path: string, object: object): Promise<boolean> {
  const { status, body } = await api.call(method, path, object)
  if (status === 409 || (method === 'PUT' && status === 404)) return false
  if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${body.slice(0, 500)}`)
  return true
}
