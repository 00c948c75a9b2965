import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../../src/wire/model.ts'
import { escapeXml } from '../../src/wire/xml.ts'
import type { Draft } from '../server/house.ts'
import { alteredText, anyText, anyValue, type Value } from './mutations.ts'
import type { SeededRandom } from './random.ts'

/** A request that calls an operation of a model in its protocol, mostly well formed, with members that are mostly of their shapes; some of its bytes altered. */
export function modelRequest(model: ServiceModel, random: SeededRandom): Draft {
  const names = Object.keys(model.operations)
  const name = random.pick(names)
  const operation = model.operations[name] as OperationModel
  const input = operation.input ? valueOf(model, { shape: operation.input }, random, 0) : {}
  const draft = spelled(model, name, operation, isObject(input) ? input : {}, random)
  return random.chance(0.3) ? { ...draft, body: alteredText(String(draft.body ?? ''), random) } : draft
}

const isObject = (value: Value): value is { [name: string]: Value } => typeof value === 'object' && value !== null && !Array.isArray(value)

function valueOf(model: ServiceModel, member: Member, random: SeededRandom, depth: number): Value {
  const shape = model.shapes[member.shape] as Shape
  if (depth > 5 || random.chance(0.08)) return anyValue(random)
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).filter(([name]) => shape.required?.includes(name) || random.chance(0.4))
      return Object.fromEntries(members.map(([name, inner]) => [name, valueOf(model, inner, random, depth + 1)])) as Value
    }
    case 'list':
      return random.several(3, () => valueOf(model, shape.member, random, depth + 1))
    case 'map':
      return Object.fromEntries(random.several(3, () => [anyText(random), valueOf(model, shape.value, random, depth + 1)])) as Value
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return random.pick([0, 1, 900, -1, 2 ** 31, 0.5])
    case 'boolean':
      return random.chance(0.5)
    case 'timestamp':
      return random.pick<Value>([1_768_478_400, '2026-01-15T12:00:00Z', 'Thu, 15 Jan 2026 12:00:00 GMT', -1e300, '0000-00-00'])
    case 'blob':
      return random.pick(['aGk=', 'aGk', '====', '%'])
    default:
      return 'enum' in shape && shape.enum ? random.pick(shape.enum) : random.chance(0.5) ? anyText(random) : 'name-1'
  }
}

const encoded = (value: Value) => encodeURIComponent(textOf(value).toWellFormed())
const textOf = (value: Value) => (typeof value === 'string' ? value : JSON.stringify(value))

function spelled(
  model: ServiceModel,
  name: string,
  operation: OperationModel,
  input: { readonly [name: string]: Value },
  random: SeededRandom,
): Draft {
  if (model.protocol === 'query' || model.protocol === 'ec2') {
    const parameters = operation.input ? parametersOf(model, { shape: operation.input }, input, '') : []
    const body = [['Action', name], ['Version', model.apiVersion], ...parameters].map(
      ([key = '', text = '']) => `${encoded(key)}=${encoded(text)}`,
    )
    return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: body.join('&') }
  }
  const shape = operation.input ? (model.shapes[operation.input] as StructureShape) : undefined
  if (model.protocol === 'json') {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${model.targetPrefix}.${name}` }
    return { headers, body: JSON.stringify(renamed(model, operation.input, input)) }
  }
  return restRequest(model, operation, shape, input, random)
}

function restRequest(
  model: ServiceModel,
  operation: OperationModel,
  shape: StructureShape | undefined,
  input: { readonly [name: string]: Value },
  random: SeededRandom,
): Draft {
  const [template = '/', literal = ''] = operation.uri.split('?')
  const headers: { [name: string]: string } = { 'content-type': model.protocol === 'rest-json' ? 'application/json' : 'application/xml' }
  const query = literal === '' ? [] : [literal]
  const inBody: { [name: string]: Value } = {}
  let path = template
  for (const [name, member] of Object.entries(shape?.members ?? {})) {
    const value = input[name]
    const wire = member.name ?? name
    if (member.location === 'uri') path = path.replace(new RegExp(`\\{${wire}\\+?\\}`), () => encoded(value ?? 'x').slice(0, 2_000) || 'x')
    if (value === undefined) continue
    if (member.location === 'querystring') query.push(`${encoded(wire)}=${encoded(value)}`)
    else if (member.location === 'header') headers[wire.toLowerCase()] = headerText(value)
    else if (member.location === 'headers') headers[`${wire}a`.toLowerCase()] = headerText(value)
    else if (member.location === undefined) inBody[name] = value
  }
  if (random.chance(0.05)) path += random.pick(['/', '//', '/..', '/%2e%2e/x', '/%00', '%ff'])
  const drafted = { method: operation.method, path, query: query.join('&'), headers }
  if (operation.method === 'GET' || operation.method === 'HEAD' || !shape) return drafted
  const payload = shape.payload
  const body = payload ? (inBody[payload] ?? null) : (inBody as Value)
  const payloadMember = payload ? (shape.members[payload] as Member) : { shape: operation.input as string }
  if (model.protocol === 'rest-json') return { ...drafted, body: JSON.stringify(payload ? body : renamed(model, operation.input, body)) }
  const root = payload ? (payloadMember.name ?? payloadMember.shape) : (operation.inputName ?? (operation.input as string))
  return { ...drafted, body: xmlOf(model, payloadMember, root, body) }
}

/** What a header can hold: node:http hands on no control characters. */
const headerText = (value: Value) => textOf(value).replace(/[^\x20-\xff]/g, '?')

/** Members by their names on the wire, at the top: deeper ones mostly keep theirs. */
function renamed(model: ServiceModel, shapeName: string | undefined, value: Value): Value {
  const shape = shapeName === undefined ? undefined : (model.shapes[shapeName] as Shape)
  if (shape?.type !== 'structure' || !isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      (Object.hasOwn(shape.members, name) && shape.members[name]?.name) || name,
      Object.hasOwn(shape.members, name) ? renamed(model, (shape.members[name] as Member).shape, item) : item,
    ]),
  ) as Value
}

/** Form parameters, with lists and maps as the protocol numbers them. */
function parametersOf(model: ServiceModel, member: Member, value: Value, prefix: string): [string, string][] {
  const shape = model.shapes[member.shape] as Shape
  if (shape.type === 'structure' && isObject(value))
    return Object.entries(value).flatMap(([name, item]) => {
      const inner = Object.hasOwn(shape.members, name) ? (shape.members[name] as Member) : undefined
      const key = inner?.queryName ?? inner?.name ?? name
      const wire = model.protocol === 'ec2' ? key.charAt(0).toUpperCase() + key.slice(1) : key
      const at = prefix === '' ? wire : `${prefix}.${wire}`
      return inner ? parametersOf(model, inner, item, at) : [[at, textOf(item)]]
    })
  const flat = model.protocol === 'ec2' || member.flattened === true || ('flattened' in shape && shape.flattened === true)
  if (shape.type === 'list' && Array.isArray(value))
    return value.flatMap((item, index) =>
      parametersOf(model, shape.member, item, `${prefix}${flat ? '' : `.${shape.member.name ?? 'member'}`}.${index + 1}`),
    )
  if (shape.type === 'map' && isObject(value))
    return Object.entries(value).flatMap(([key, item], index) => {
      const at = `${prefix}${flat ? '' : '.entry'}.${index + 1}`
      return [[`${at}.${shape.key.name ?? 'key'}`, key], ...parametersOf(model, shape.value, item, `${at}.${shape.value.name ?? 'value'}`)]
    })
  return [[prefix, textOf(value)]]
}

function xmlOf(model: ServiceModel, member: Member, name: string, value: Value): string {
  const shape = model.shapes[member.shape] as Shape
  if (shape.type === 'structure' && isObject(value)) {
    const inner = Object.entries(value).map(([key, item]) => {
      const of = Object.hasOwn(shape.members, key) ? (shape.members[key] as Member) : undefined
      return of ? xmlOf(model, of, of.name ?? key, item) : ''
    })
    return `<${name}>${inner.join('')}</${name}>`
  }
  if (shape.type === 'list' && Array.isArray(value)) {
    const flat = shape.flattened === true || member.flattened === true
    const items = value.map(item => xmlOf(model, shape.member, flat ? name : (shape.member.name ?? 'member'), item)).join('')
    return flat ? items : `<${name}>${items}</${name}>`
  }
  return `<${name}>${escapeXml(textOf(value))}</${name}>`
}
