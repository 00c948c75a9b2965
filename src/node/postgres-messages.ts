import type { Duplex } from 'node:stream'

/** The connection ended, or what came is no message of the protocol. */
export class ProtocolError extends Error {}

/** Codes that stand where a startup message has its version. PostgreSQL documentation, "Message Formats". */
export const requestCodes = { cancel: 80_877_102, ssl: 80_877_103, gssEncryption: 80_877_104 } as const

/** As PostgreSQL's own limit, MAX_STARTUP_PACKET_LENGTH. */
const longestStartup = 10_000

/**
 * Exactly so many bytes; the stream must not be flowing. What is there is taken at once: a stream that holds less than it is asked for says without
 * end that it is readable, and lets nothing else happen.
 * @throws ProtocolError when it ends before
 */
export async function readBytes(stream: Duplex, size: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let missing = size; missing > 0; ) {
    const part = stream.read(Math.min(missing, stream.readableLength || missing)) as Buffer | null
    if (part) {
      parts.push(part)
      missing -= part.length
    } else if (stream.readableEnded || stream.destroyed) throw new ProtocolError('the connection ended')
    else await readable(stream)
  }
  return Buffer.concat(parts, size)
}

function readable(stream: Duplex): Promise<void> {
  return new Promise(resolve => {
    const events = ['readable', 'end', 'close', 'error']
    const done = () => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.on(event, done)
  })
}

/** A message that begins with its length: startup, or a request before it. */
export async function readStartup(stream: Duplex): Promise<{ readonly code: number; readonly body: Buffer }> {
  const head = await readBytes(stream, 8)
  const length = head.readInt32BE(0)
  if (length < 8 || length > longestStartup) throw new ProtocolError('invalid length of startup packet')
  return { code: head.readInt32BE(4), body: await readBytes(stream, length - 8) }
}

/** A message with a type. @throws ProtocolError when it is longer than `longest` */
export async function readMessage(stream: Duplex, longest: number): Promise<{ readonly type: string; readonly body: Buffer }> {
  const head = await readBytes(stream, 5)
  const length = head.readInt32BE(1)
  if (length < 4 || length > longest) throw new ProtocolError('invalid message length')
  return { type: head.toString('latin1', 0, 1), body: await readBytes(stream, length - 4) }
}

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** A startup message, or a request before it. */
export function startup(code: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8, 0)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, body])
}

/** Names and values of a startup message. */
export function parametersOf(body: Buffer): Map<string, string> {
  const texts = body.toString('utf8').split('\0')
  const parameters = new Map<string, string>()
  for (let at = 0; at + 1 < texts.length && texts[at] !== ''; at += 2) parameters.set(texts[at] as string, texts[at + 1] as string)
  return parameters
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** An error that ends the connection. PostgreSQL documentation, "Error and Notice Message Fields". */
export function fatal(code: string, text: string): Buffer {
  const fields = { S: 'FATAL', V: 'FATAL', C: code, M: text }
  const body = Object.entries(fields).map(([field, value]) => `${field}${value.replaceAll('\0', '')}\0`)
  return message('E', Buffer.from(`${body.join('')}\0`))
}
