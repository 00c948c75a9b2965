import { timestamp } from './objects.ts'
import { kubernetesSchemas } from '../../catalogue/kubernetes-schemas.ts'
import type { Json, JsonObject } from '../../types/json.ts'
import { type Field, fieldsOf, MalformedMessage } from '../protobuf-fields.ts'
import { badRequest, unsupportedMediaType } from './status.ts'

/** Begins every protobuf body. Kubernetes documentation, "Kubernetes API Concepts", "Kubernetes Protobuf encoding". */
const magic = Buffer.from('k8s\0')
const deepest = 32

/**
 * Reads a protobuf body as the JSON that it stands for. kubectl's typed commands send this form and do not fall back to JSON.
 * @throws StatusError BadRequest for bytes that are no message, UnsupportedMediaType for kinds and fields that we do not read
 */
export function fromProtobuf(body: Uint8Array): JsonObject {
  try {
    return objectIn(body)
  } catch (problem) {
    throw problem instanceof MalformedMessage ? badRequest(problem.message) : problem
  }
}

function objectIn(body: Uint8Array): JsonObject {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (!bytes.subarray(0, 4).equals(magic)) throw badRequest('the body does not begin as Kubernetes protobuf does')
  const fields = [...fieldsOf(bytes.subarray(4))]
  const typeMeta = [...fieldsOf(bytesOf(fields.find(({ number }) => number === 1)))]
  const text = (number: number) => bytesOf(typeMeta.find(field => field.number === number)).toString('utf8')
  const [apiVersion, kind] = [text(1), text(2)]
  const name = messageOf(apiVersion, kind)
  if (name === undefined) throw unsupportedMediaType(`a ${kind.slice(0, 50)} cannot be read from protobuf: send application/json`)
  return { apiVersion, kind, ...message(name, bytesOf(fields.find(({ number }) => number === 2)), 0) }
}

const metaPackage = 'k8s.io.apimachinery.pkg.apis.meta.v1'

/** `apps/v1` and `Deployment` are `k8s.io.api.apps.v1.Deployment`; options belong to every group. */
function messageOf(apiVersion: string, kind: string): string | undefined {
  const [version = '', group = 'core'] = apiVersion.split('/').toReversed()
  const { messages } = kubernetesSchemas()
  const names = [`k8s.io.api.${group.split('.')[0]}.${version}.${kind}`, ...(kind === 'DeleteOptions' ? [`${metaPackage}.${kind}`] : [])]
  return names.find(name => Object.hasOwn(messages, name))
}

const bytesOf = (field: Field | undefined): Buffer => (field && typeof field.value !== 'bigint' ? field.value : Buffer.alloc(0))

function message(name: string, bytes: Buffer, depth: number): JsonObject {
  if (depth > deepest) throw badRequest('the message nests too deeply')
  const type = kubernetesSchemas().messages[name] ?? {}
  const result = emptyObject()
  for (const { number, value } of fieldsOf(bytes)) {
    const known = type[number]
    if (!known) throw unsupportedMediaType(`field ${number} of ${name} cannot be read from protobuf: send application/json`)
    const [field, kind] = known
    if (field === '') Object.assign(result, single(kind, value, depth))
    else if (kind.endsWith('[]'))
      result[field] = [...((result[field] as Json[] | undefined) ?? []), single(kind.slice(0, -2), value, depth)]
    else if (kind.startsWith('map:'))
      result[field] = Object.assign(
        (result[field] as JsonObject | undefined) ?? emptyObject(),
        entry(kind.slice('map:'.length), value, depth),
      )
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
  if (kind === 'string') return value.toString('utf8')
  if (kind === 'bytes') return value.toString('base64')
  const own = ownForms[kind]
  return own ? own(value) : message(kind, value, depth + 1)
}

const textField = (bytes: Buffer, number: number) => bytesOf([...fieldsOf(bytes)].find(field => field.number === number)).toString('utf8')

/** Messages that JSON writes in a form of its own. Kubernetes API, meta/v1, runtime, resource and intstr. */
const ownForms: { readonly [name: string]: (bytes: Buffer) => Json } = {
  [`${metaPackage}.Time`]: time,
  [`${metaPackage}.MicroTime`]: time,
  [`${metaPackage}.FieldsV1`]: bytes => jsonIn(textField(bytes, 1)),
  'k8s.io.apimachinery.pkg.runtime.RawExtension': bytes => jsonIn(textField(bytes, 1)),
  'k8s.io.apimachinery.pkg.api.resource.Quantity': bytes => textField(bytes, 1),
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString'(bytes) {
    const fields = new Map([...fieldsOf(bytes)].map(({ number, value }) => [number, value]))
    return fields.get(1) === 1n ? textField(bytes, 3) : Number(BigInt.asIntN(32, (fields.get(2) as bigint | undefined) ?? 0n))
  },
  'k8s.io.api.authentication.v1.ExtraValue': listOfTexts,
  'k8s.io.api.authorization.v1.ExtraValue': listOfTexts,
}

function listOfTexts(bytes: Buffer): Json {
  return [...fieldsOf(bytes)].map(item => bytesOf(item).toString('utf8'))
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw badRequest('a message holds what is not JSON')
  }
}

/** Seconds and nanoseconds; a zero time is none. */
function time(bytes: Buffer): Json {
  const seconds = [...fieldsOf(bytes)].find(({ number }) => number === 1)?.value
  if (typeof seconds !== 'bigint' || seconds === 0n) return null
  const at = new Date(Number(BigInt.asIntN(64, seconds)) * 1000)
  return Number.isNaN(at.getTime()) ? null : timestamp(at.getTime())
}

/** A map's entry is a message of key and value. */
function entry(kind: string, value: Field['value'], depth: number): JsonObject {
  const fields = typeof value === 'bigint' ? [] : [...fieldsOf(value)]
  const key = bytesOf(fields.find(({ number }) => number === 1)).toString('utf8')
  const content = single(kind, bytesOf(fields.find(({ number }) => number === 2)), depth)
  return Object.defineProperty(emptyObject(), key, { value: content, enumerable: true })
}
