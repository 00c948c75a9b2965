import { gunzipSync } from 'node:zlib'
import type { Member, OperationModel, ProtocolName, ServiceModel, Shape } from '../../wire/model.ts'

/** A service model as botocore publishes it, as far as requests go. botocore, "data/SERVICE/VERSION/service-2.json". */
export interface BotocoreModel {
  readonly metadata: {
    readonly serviceId: string
    readonly apiVersion: string
    readonly protocol: string
    readonly protocols?: readonly string[]
    readonly endpointPrefix: string
    readonly signingName?: string
    readonly jsonVersion?: string
    readonly targetPrefix?: string
    readonly xmlNamespace?: string
  }
  readonly operations: { readonly [name: string]: BotocoreOperation }
  readonly shapes: { readonly [name: string]: BotocoreShape }
}

interface BotocoreOperation {
  readonly http: { readonly method: string; readonly requestUri: string }
  readonly input?: { readonly shape?: string; readonly locationName?: string }
}

interface BotocoreReference {
  readonly shape: string
  readonly location?: string
  readonly locationName?: string
  readonly xmlNamespace?: { readonly uri?: string }
  readonly [fact: string]: unknown
}

interface BotocoreShape {
  readonly type: string
  readonly document?: boolean
  readonly members?: { readonly [name: string]: BotocoreReference }
  readonly member?: BotocoreReference
  readonly key?: BotocoreReference
  readonly value?: BotocoreReference
  readonly xmlNamespace?: { readonly uri?: string }
  readonly [fact: string]: unknown
}

const protocols: readonly string[] = ['query', 'ec2', 'json', 'rest-json', 'rest-xml'] satisfies ProtocolName[]

let bundled: { readonly [name: string]: BotocoreModel } | undefined

async function bundledModels() {
  if (!bundled) {
    const { default: packed } = await import('../../wire/models/upstream-models.json', { with: { type: 'json' } })
    bundled = JSON.parse(gunzipSync(Buffer.from(packed.gzip, 'base64')).toString('utf8')) as { readonly [name: string]: BotocoreModel }
  }
  return bundled
}

/** The model of a service whose requests are known without a file. @returns undefined for any other */
export async function bundledModel(name: string): Promise<BotocoreModel | undefined> {
  const models = await bundledModels()
  return Object.hasOwn(models, name) ? models[name] : undefined
}

/**
 * What requests of a service look like. Constraints on values are left to the service itself, whose errors they are.
 * @param name  what the upstream is called, such as `dynamodb`
 * @throws      Error for a model of no protocol that is spoken here
 */
export function requestModel(name: string, { metadata, operations, shapes }: BotocoreModel): ServiceModel {
  const protocol = [metadata.protocol, ...(metadata.protocols ?? [])].find(spoken => protocols.includes(spoken))
  if (protocol === undefined) throw new Error(`the model's protocol is ${metadata.protocol}; these are spoken: ${protocols.join(', ')}`)
  const converted = Object.fromEntries(Object.entries(operations).map(([operation, facts]) => [operation, operationModel(facts)]))
  return {
    service: name,
    serviceId: metadata.serviceId,
    apiVersion: metadata.apiVersion,
    protocol: protocol as ProtocolName,
    endpointPrefix: metadata.endpointPrefix,
    signingName: metadata.signingName ?? metadata.endpointPrefix,
    ...(metadata.jsonVersion !== undefined && { jsonVersion: metadata.jsonVersion }),
    ...(metadata.targetPrefix !== undefined && { targetPrefix: metadata.targetPrefix }),
    ...(metadata.xmlNamespace !== undefined && { xmlNamespace: metadata.xmlNamespace }),
    ...(name === 's3' && { subresources: subresourcesOf(operations) }),
    operations: converted,
    shapes: Object.fromEntries(Object.entries(shapes).map(([shape, facts]) => [shape, shapeOf(facts)])),
  }
}

const operationModel = ({ http, input }: BotocoreOperation): OperationModel => ({
  method: http.method,
  uri: http.requestUri,
  ...(input?.shape !== undefined && { input: input.shape }),
  ...(input?.locationName !== undefined && { inputName: input.locationName }),
})

/** As scripts/generate-models.py has it of the models that are served. */
function subresourcesOf(operations: BotocoreModel['operations']): string[] {
  const parameters = Object.values(operations).flatMap(({ http }) => (http.requestUri.split('?')[1] ?? '').split('&'))
  const names = parameters.map(parameter => parameter.split('=')[0] as string)
  return [...new Set(names)].filter(name => name !== '' && name !== 'list-type' && name !== 'x-id')
}

const kept = ['flattened', 'sensitive', 'streaming', 'timestampFormat', 'jsonvalue', 'required', 'payload'] as const
const keptOfReference = ['location', 'flattened', 'queryName', 'xmlAttribute', 'timestampFormat', 'streaming', 'jsonvalue'] as const
const otherNames: { readonly [type: string]: string } = { character: 'string', bigdecimal: 'double' }

function shapeOf(facts: BotocoreShape): Shape {
  if (facts.type === 'structure' && facts.document === true) return { type: 'document' }
  const { members, member, key, value } = facts
  return {
    type: otherNames[facts.type] ?? facts.type,
    ...picked(facts, kept),
    ...(members && { members: Object.fromEntries(Object.entries(members).map(([name, reference]) => [name, memberOf(reference)])) }),
    ...(member && { member: memberOf(member) }),
    ...(key && { key: memberOf(key) }),
    ...(value && { value: memberOf(value) }),
  } as Shape
}

const memberOf = (reference: BotocoreReference): Member => ({
  shape: reference.shape,
  ...picked(reference, keptOfReference),
  ...(reference.locationName !== undefined && { name: reference.locationName }),
})

const picked = (facts: { readonly [name: string]: unknown }, names: readonly string[]) =>
  Object.fromEntries(names.filter(name => facts[name] !== undefined && facts[name] !== false).map(name => [name, facts[name]]))
