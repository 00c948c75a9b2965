import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyStream } from '../../wire/message.ts'
import type { ListenerLimits, StreamedResponse } from './exchange.ts'

export const noBody = new Uint8Array(0)

/**
 * Tells a client that waits for it to go on. RFC 9110, section 10.1.1.
 * @param expect  its header: node:http makes an object of all headers when it is asked for one, and we have them already
 */
export function leaveToSend(expect: string | undefined, outgoing: ServerResponse): void {
  if (expect?.toLowerCase() === '100-continue') outgoing.writeContinue()
}

/** A body as it comes, read at most once. */
export function streamOf(incoming: IncomingMessage, outgoing: ServerResponse, { bodySeconds }: ListenerLimits): BodyStream {
  const declared = incoming.headers['content-length']
  async function* read() {
    leaveToSend(incoming.headers.expect, outgoing)
    const { socket } = incoming
    const giveUp = () => incoming.destroy()
    socket.setTimeout(bodySeconds * 1000)
    socket.once('timeout', giveUp)
    try {
      // Without destroying what is left when the reader stops: the answer still has to go out on the same connection.
      yield* incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
    } finally {
      // The connection goes on, and serves many more.
      socket.off('timeout', giveUp)
      socket.setTimeout(0)
    }
  }
  return { length: declared === undefined ? undefined : Number(declared), trailers: new Map(), [Symbol.asyncIterator]: read }
}

/** Before the answer to a request whose body nobody read, as much of it as a client may send before it listens. */
export async function withoutRest(
  incoming: IncomingMessage,
  response: StreamedResponse,
  limits: ListenerLimits,
): Promise<StreamedResponse> {
  if (incoming.complete) return response
  const waitsForLeave = incoming.headers.expect !== undefined && incoming.readableDidRead === false
  if (!waitsForLeave) await readBody(incoming, limits)
  return { ...response, headers: { ...response.headers, connection: 'close' } }
}

/** A whole body, of the size and in the time that limits allow. */
export function readBody(
  incoming: IncomingMessage,
  { maxBodyBytes, bodySeconds }: ListenerLimits,
): Promise<Uint8Array | 'tooLarge' | 'aborted'> {
  return new Promise(settle => {
    const chunks: Buffer[] = []
    let size = 0
    const impatience = setTimeout(() => incoming.destroy(), bodySeconds * 1000)
    const resolve = (result: Uint8Array | 'tooLarge' | 'aborted') => {
      clearTimeout(impatience)
      settle(result)
    }
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBodyBytes) {
        incoming.removeAllListeners('data')
        incoming.resume()
        resolve('tooLarge')
        return
      }
      chunks.push(chunk)
    })
    incoming.on('end', () =>
      resolve(chunks.length === 0 ? noBody : chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)),
    )
    incoming.on('error', () => resolve('aborted'))
    incoming.on('close', () => resolve('aborted'))
  })
}
