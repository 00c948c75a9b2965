/** A field of a protobuf message: a number, or bytes that its type says how to read. */
export interface Field {
  readonly number: number
  readonly value: bigint | Buffer
}

/** Bytes that are no message, or none that Kubernetes sends. */
export class MalformedMessage extends Error {}

const wireTypes = { varint: 0, lengthDelimited: 2 } as const
const tagBits = 3n

/** Splits a message. Protocol Buffers documentation, "Encoding". @throws MalformedMessage */
export function* fieldsOf(bytes: Buffer): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw truncated()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw truncated()
  }
  while (at < bytes.length) {
    const tag = varint()
    const number = Number(tag >> tagBits)
    const wireType = Number(tag & 7n)
    if (wireType === wireTypes.varint) yield { number, value: varint() }
    else if (wireType === wireTypes.lengthDelimited) {
      const length = Number(varint())
      if (at + length > bytes.length) throw truncated()
      yield { number, value: bytes.subarray(at, at + length) }
      at += length
    } else throw new MalformedMessage(`wire type ${wireType} is not used by the Kubernetes API`)
  }
}

const truncated = () => new MalformedMessage('the protobuf message is cut off')

/** A text or bytes as a field. */
export function lengthDelimited(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([varintOf((number << Number(tagBits)) | wireTypes.lengthDelimited), varintOf(bytes.length), bytes])
}

function varintOf(value: number): Buffer {
  const bytes = []
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left])
    bytes.push((left & 0x7f) | 0x80)
  }
}
