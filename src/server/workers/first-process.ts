import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { WireRequest } from '../../wire/message.ts'
import type { Origin, RequestHandler, StreamedResponse } from '../listeners/exchange.ts'

/** The header in which a worker tells where a request came from. Read on the first process's own socket alone, where nobody else reaches. */
const originHeader = 'x-gatehouse-origin'

/** Sends requests to the first process, as they came. @param socketPath  where it listens for its workers */
export function toFirstProcess(socketPath: string): RequestHandler {
  const agent = new Agent({ keepAlive: true })
  return (request, clientGone) =>
    new Promise(resolve => {
      const { method, path, query, rawHeaders } = request
      const headers = [[originHeader, originText(request)] as [string, string], ...rawHeaders].flat()
      const signal = clientGone()
      const sent = httpRequest({ socketPath, agent, method, path: query === '' ? path : `${path}?${query}`, headers, signal })
      sent.once('response', answer =>
        resolve({ status: answer.statusCode as number, headers: headersOf(answer.headers), body: chunksOf(answer) }),
      )
      sent.once('error', () => resolve(unavailable))
      if (request.stream) pipeline(Readable.from(request.stream), sent).catch(() => sent.destroy())
      else sent.end(request.body)
    })
}

const unavailable: StreamedResponse = {
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' },
  body: 'the first process cannot be reached\n',
}

const originText = ({ secure, remoteAddress, tls }: WireRequest): string =>
  Buffer.from(JSON.stringify({ secure, remoteAddress, tls } satisfies Origin)).toString('base64url')

/** Takes a worker's word for where a request came from out of its headers. @param rawHeaders  loses the header */
export function takeOrigin(rawHeaders: string[]): Origin {
  const [, text = ''] = rawHeaders.splice(0, 2)
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Origin
}

/** Of one connection alone, or made anew by the server that passes an answer on. RFC 9110, section 7.6.1. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date'])

const headersOf = (headers: IncomingHttpHeaders): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (ofConnection.has(name) ? [] : [[name, [value].flat().join(', ')]])),
  )

async function* chunksOf(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  yield* answer as AsyncIterable<Uint8Array>
}
