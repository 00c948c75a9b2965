import type { ServiceError } from '../errors.ts'
import type { Member, SimpleShape } from '../model.ts'
import { formatTimestamp, parseTimestamp, type TimestampFormat } from './timestamps.ts'

/** The largest 32-bit integer; `integer` shapes go no further, `long` ones do. Smithy, "Simple types". */
const largestInteger = 2 ** 31 - 1

/**
 * A simple value from text: a form parameter, a label, a query parameter, a header or an XML element.
 * @param fallback  the place's own timestamp format, for shapes that name none
 * @param refuse    makes the protocol's error for text that is no such value
 */
export function readText(
  shape: SimpleShape,
  member: Member,
  text: string,
  fallback: TimestampFormat,
  refuse: (type: string) => ServiceError,
): unknown {
  switch (shape.type) {
    case 'integer':
    case 'long': {
      const number = Number(text)
      if (!/^[+-]?\d{1,19}$/.test(text) || (shape.type === 'integer' && (number > largestInteger || number < -largestInteger - 1)))
        throw refuse('Integer')
      return number
    }
    case 'float':
    case 'double':
      return readDouble(text, refuse)
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw refuse('Boolean')
      return text.toLowerCase() === 'true'
    case 'timestamp': {
      const at = parseTimestamp(text, member.timestampFormat ?? shape.timestampFormat ?? fallback)
      if (!at) throw refuse('Timestamp')
      return at
    }
    case 'blob': {
      const bytes = readBase64(text)
      if (!bytes) throw refuse('Blob')
      return bytes
    }
    default:
      return text
  }
}

function readDouble(text: string, refuse: (type: string) => ServiceError): number {
  // What Smithy calls the numbers that decimals cannot write.
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text)
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) throw refuse('Double')
  return Number(text)
}

/** @returns undefined for text that is not base64, whole with its padding. RFC 4648, section 4 */
export function readBase64(text: string): Uint8Array | undefined {
  // No expression such as /=+$/: on many = signs before another character its time is the square of theirs.
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bare = text.slice(0, text.length - padding)
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || text.length % 4 !== 0) return undefined
  return new Uint8Array(Buffer.from(text, 'base64'))
}

/** The reverse, for headers and XML. */
export function writeText(shape: SimpleShape, member: Member, value: unknown, fallback: TimestampFormat): string {
  if (shape.type === 'timestamp') return String(formatTimestamp(value as Date, member.timestampFormat ?? shape.timestampFormat ?? fallback))
  if (shape.type === 'blob') return Buffer.from(value as Uint8Array).toString('base64')
  return String(value)
}
