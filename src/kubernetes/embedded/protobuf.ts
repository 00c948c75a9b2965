import type { Json, JsonObject } from '../../types/json.ts'
import { messages } from './protobuf-types.ts'
import { badRequest, unsupportedMediaType } from './status.ts'

/** Begins every protobuf body. Kubernetes documentation, "Kubernetes API Concepts", "Kubernetes Protobuf encoding". */
const magic = Buffer.from('k8s\0')
const deepest = 32

/**
 * Reads a protobuf body as the JSON that it stands for. kubectl's typed commands send this form and do not fall back to JSON.
 * @throws StatusError BadRequest for bytes that are no message, UnsupportedMediaType for kinds and fields that we do not read
 */
export function fromProtobuf(body: Uint8Array): JsonObject {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (!bytes.subarray(0, 4).equals(magic)) throw badRequest('the body does not begin as Kubernetes protobuf does')
  const fields = [...fieldsOf(bytes.subarray(4))]
  const typeMeta = [...fieldsOf(bytesOf(fields.find(({ number }) => number === 1)))]
  const text = (number: number) => bytesOf(typeMeta.find(field => field.number === number)).toString('utf8')
  const [apiVersion, kind] = [text(1), text(2)]
  if (!messages[kind] || !/^[A-Z]/.test(kind))
    throw unsupportedMediaType(`a ${kind.slice(0, 50)} cannot be read from protobuf: send application/json`)
  return { apiVersion, kind, ...message(kind, bytesOf(fields.find(({ number }) => number === 2)), 0) }
}

interface Field {
  readonly number: number
  readonly value: bigint | Buffer
}

const bytesOf = (field: Field | undefined): Buffer => (field && typeof field.value !== 'bigint' ? field.value : Buffer.alloc(0))

function message(name: string, bytes: Buffer, depth: number): JsonObject {
  if (depth > deepest) throw badRequest('the message nests too deeply')
  const type = messages[name] ?? {}
  const result: { [field: string]: Json } = Object.create(null) as { [field: string]: Json }
  for (const { number, value } of fieldsOf(bytes)) {
    const known = type[number]
    if (!known) throw unsupportedMediaType(`field ${number} of ${name} cannot be read from protobuf: send application/json`)
    const [field, kind] = known
    if (kind.endsWith('[]')) result[field] = [...((result[field] as Json[] | undefined) ?? []), single(kind.slice(0, -2), value, depth)]
    else if (kind.toLowerCase().endsWith('map'))
      result[field] = Object.assign((result[field] as JsonObject | undefined) ?? emptyObject(), entry(kind, value))
    else {
      const decoded = single(kind, value, depth)
      // Go sends empty texts for fields that were not set; JSON leaves them out.
      if (decoded !== '' && decoded !== null) result[field] = decoded
    }
  }
  return result
}

const emptyObject = () => Object.create(null) as JsonObject

function single(kind: string, value: Field['value'], depth: number): Json {
  if (typeof value === 'bigint') return kind === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value))
  switch (kind) {
    case 'string':
      return value.toString('utf8')
    case 'time':
      return time(value)
    default:
      return message(kind, value, depth + 1)
  }
}

/** Seconds and nanoseconds; a zero time is none. */
function time(bytes: Buffer): Json {
  const seconds = [...fieldsOf(bytes)].find(({ number }) => number === 1)?.value
  if (typeof seconds !== 'bigint' || seconds === 0n) return null
  return new Date(Number(BigInt.asIntN(64, seconds)) * 1000).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/** A map's entry is a message of key and value. */
function entry(kind: string, value: Field['value']): JsonObject {
  const fields = typeof value === 'bigint' ? [] : [...fieldsOf(value)]
  const key = bytesOf(fields.find(({ number }) => number === 1)).toString('utf8')
  const content = bytesOf(fields.find(({ number }) => number === 2))
  const read: Json =
    kind === 'bytesMap'
      ? content.toString('base64')
      : kind === 'listMap'
        ? [...fieldsOf(content)].map(item => bytesOf(item).toString('utf8'))
        : content.toString('utf8')
  return Object.defineProperty(emptyObject(), key, { value: read, enumerable: true })
}

/** Splits a message. Protocol Buffers documentation, "Encoding". */
function* fieldsOf(bytes: Buffer): Generator<Field> {
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
    const number = Number(tag >> 3n)
    const wireType = Number(tag & 7n)
    if (wireType === 0) yield { number, value: varint() }
    else if (wireType === 2) {
      const length = Number(varint())
      if (at + length > bytes.length) throw truncated()
      yield { number, value: bytes.subarray(at, at + length) }
      at += length
    } else throw badRequest(`wire type ${wireType} is not used by the Kubernetes API`)
  }
}

const truncated = () => badRequest('the protobuf message is cut off')
