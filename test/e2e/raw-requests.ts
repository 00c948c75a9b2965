import { execFile } from 'node:child_process'
import { Agent, request } from 'node:https'
import { promisify } from 'node:util'

/** Where a context of a kubeconfig leads, and with what. */
export interface Place {
  readonly url: string
  readonly ca: string
  readonly token: string
}

/** A request as it goes over the wire: no client library mends it. */
export interface RawRequest {
  readonly path: string
  readonly method?: string
  readonly headers?: { readonly [name: string]: string }
  /** An object goes as JSON, a text as it is. */
  readonly body?: object | string
}

export interface RawAnswer {
  readonly code: number | undefined
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly text: string
}

/** Connections are kept between requests. */
const agent = new Agent({ keepAlive: true })

export async function placeOf(environment: NodeJS.ProcessEnv, context: string): Promise<Place> {
  const words = ['config', 'view', '--raw', '--minify', '--context', context, '-o', 'json']
  const { clusters, users } = JSON.parse((await promisify(execFile)('kubectl', words, { env: environment })).stdout)
  const { server, 'certificate-authority-data': data } = clusters[0].cluster
  return { url: server, ca: Buffer.from(data, 'base64').toString('utf8'), token: users[0].user.token }
}

export function ask({ url, ca, token }: Place, { path, method = 'GET', headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port, pathname } = new URL(url)
  const payload = typeof body === 'object' ? JSON.stringify(body) : body
  const all = {
    authorization: `Bearer ${token}`,
    ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
    ...headers,
  }
  // A URL would mend the path: it goes as it stands here.
  const options = { agent, hostname, port, ca, method, headers: all, timeout: 30_000, path: `${pathname.replace(/\/$/, '')}${path}` }
  return new Promise((resolve, reject) => {
    const asked = request(options, answer => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      answer.once('end', () => resolve({ code: answer.statusCode, headers: answer.headers, text }))
      answer.once('error', reject)
    })
    asked.once('error', reject)
    asked.end(payload)
  })
}
