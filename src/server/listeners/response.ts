import type { ServerResponse } from 'node:http'
import { defaultHeaders } from '../../types/default-headers.ts'
import type { StreamedResponse } from './exchange.ts'

/** What a connection takes at once, whether somebody reads it or not. */
const takenAtOnce = 65_536

/**
 * Sends an answer, as fast as the client takes it.
 * @param withoutBody     the answer to a HEAD
 * @param silenceSeconds  for how long the client may take nothing, before node:http ends the connection
 */
export async function send(
  outgoing: ServerResponse,
  withoutBody: boolean,
  { status, headers, body }: StreamedResponse,
  silenceSeconds: number,
): Promise<void> {
  const told = { ...defaultHeaders, ...headers }
  if (typeof body === 'string' || body instanceof Uint8Array) {
    // What a HEAD says of the length is that of the body which a GET would have; a 304 has none.
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    outgoing.writeHead(status, status === 304 || status === 204 ? told : { 'content-length': length, ...told })
    // Whoever has all of an answer may be silent as long as between any two.
    if (length > takenAtOnce) outgoing.socket?.setTimeout(silenceSeconds * 1000)
    outgoing.end(withoutBody ? undefined : body)
    return
  }
  outgoing.writeHead(status, told)
  if (withoutBody) {
    outgoing.end()
    return
  }
  outgoing.flushHeaders()
  try {
    for await (const chunk of body) {
      if (outgoing.destroyed) break
      if (!outgoing.write(chunk)) await drained(outgoing, silenceSeconds)
    }
  } catch {
    // The stream's source failed after the status was sent: cutting the connection is the only error left to give.
    outgoing.destroy()
  }
  outgoing.end()
}

/** @returns when there is room for more, or nobody to send it to */
function drained(outgoing: ServerResponse, silenceSeconds: number): Promise<void> {
  return new Promise(resolve => {
    const { socket } = outgoing
    socket?.setTimeout(silenceSeconds * 1000)
    const done = () => {
      socket?.setTimeout(0)
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
}
