import type { ServerResponse } from 'node:http'
import type { StreamedResponse } from './exchange.ts'

/** Sends an answer, as fast as the client takes it. @param withoutBody  the answer to a HEAD */
export async function send(outgoing: ServerResponse, withoutBody: boolean, { status, headers, body }: StreamedResponse): Promise<void> {
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
