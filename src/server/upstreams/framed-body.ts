import type { BodyStream } from '../../wire/message.ts'

/**
 * A body with its trailers, framed as S3 takes them: `aws-chunked` without signatures.
 * Amazon S3 API Reference, "Signature calculations for the authorization header: transferring payload in multiple chunks with trailing headers".
 */
export async function* frameTrailers(stream: BodyStream): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of stream) {
    if (piece.length === 0) continue
    yield Buffer.from(`${piece.length.toString(16)}\r\n`)
    yield piece
    yield Buffer.from('\r\n')
  }
  // Only now are the trailers known, and the body found to be what its sender signed.
  const trailers = [...stream.trailers].map(([name, value]) => `${name}:${value}\r\n`).join('')
  yield Buffer.from(`0\r\n${trailers}\r\n`)
}
