import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { RequestHandler, ServerOptions } from './exchange.ts'
import { defaultHeaders } from '../../types/default-headers.ts'
import { leaveToSend, readBody, streamOf, withoutRest } from './request-body.ts'
import { headOf } from './request-head.ts'
import { send } from './response.ts'

/** What node:http calls for each request: reads it within limits, has it handled and sends the answer. */
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
  if ('problem' in head) {
    outgoing.writeHead(400, { ...defaultHeaders, connection: 'close', 'content-type': 'text/plain' })
    outgoing.end(`${head.problem}\n`)
    return
  }
  // Made only when somebody listens: an AbortController a request costs more than the signature check's hash.
  let gone: AbortController | undefined
  const clientGone = () => (gone ??= new AbortController()).signal
  if (streams(head)) {
    outgoing.once('close', () => gone?.abort())
    const response = await handler({ ...head, stream: streamOf(incoming, outgoing, limits) }, clientGone)
    await send(outgoing, false, await withoutRest(incoming, response, limits), limits.bodySeconds)
    return
  }
  leaveToSend(head.headers['expect'], outgoing)
  const body = await readBody(incoming, limits)
  if (body === 'aborted') return
  if (body === 'tooLarge') {
    outgoing.writeHead(413, { ...defaultHeaders, connection: 'close', 'content-type': 'text/plain' })
    outgoing.end(`The request body is larger than ${limits.maxBodyBytes} bytes.\n`)
    return
  }
  outgoing.once('close', () => gone?.abort())
  const response = await handler({ ...head, body }, clientGone)
  await send(outgoing, incoming.method === 'HEAD', response, limits.bodySeconds)
}
