import type { AccessStatement, CallContext, Operation, OperationDefinition, Service, TrailDetails } from '../../services/operation.ts'
import { isReadOnly } from '../../services/read-only.ts'
import { s3 } from '../../services/s3/service.ts'
import { trailValue } from '../../services/trail-values.ts'
import type { ServiceFacts } from '../../catalogue/facts/authorization-facts.ts'
import type { Json, JsonObject } from '../../types/json.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { WireResponse } from '../../wire/message.ts'
import type { ServiceModel, StructureShape } from '../../wire/model.ts'
import { accessOf, factsOf, possibleActions } from './access.ts'
import { dataEvents } from './actions.ts'
import { plainRequest, refuseUnknown } from './known-request.ts'
import type { PassOn } from './pass-on.ts'
import { resourceMembers } from './resource-members.ts'
import { upstreamError } from './upstream-error.ts'

interface Input {
  readonly [name: string]: unknown
}

/** What is known of a call on the way: what was asked of it, then the answer. */
interface Passed {
  readonly statements: readonly AccessStatement[]
  readonly response?: WireResponse
}

/**
 * A service that another server is: every operation of its model for which there is an action, authorized here and answered there.
 * @param name  what the upstream is called, such as `dynamodb`
 * @throws      Error for a service that no policy can speak of
 */
export function upstreamService(
  name: string,
  model: ServiceModel,
  passOn: PassOn,
): { readonly service: Service; readonly operations: readonly Operation[] } {
  const facts = factsOf(name, model.signingName)
  if (!facts) throw new Error(`the Service Authorization Reference has no service ${name}`)
  const service: Service = {
    ...(name === 's3' ? s3Manners : { accessDenied: accessDeniedOf(model) }),
    name,
    model,
    actionPrefix: facts.prefix,
    eventSource: `${model.signingName}.amazonaws.com`,
    passesOn: request => plainRequest(request, model),
  }
  const operations = Object.keys(model.operations).flatMap(operation => {
    const [action] = possibleActions(facts, name, operation)
    if (!action) return []
    const made: Operation = {
      name: operation,
      service,
      action: `${facts.prefix}:${action.name}`,
      readOnly: isReadOnly(operation) || action.level === 'L' || action.level === 'R',
      transaction: 'read',
      definition: passedOn(service, facts, operation, passOn) as OperationDefinition<unknown, unknown, unknown>,
    }
    return [made]
  })
  return { service, operations }
}

/** S3 says who is refused and who is unknown in its own way, whoever keeps the objects. */
const s3Manners = { accessDenied: s3.accessDenied, anonymous: true, hidesDenials: true }

const accessDeniedOf = ({ protocol }: ServiceModel) =>
  protocol === 'query' || protocol === 'ec2'
    ? { code: 'AccessDenied', status: 403 }
    : { code: 'AccessDeniedException', status: protocol === 'json' ? 400 : 403 }

function passedOn(
  service: Service,
  facts: ServiceFacts,
  operation: string,
  passOn: PassOn,
): OperationDefinition<Input, WireResponse, Passed> {
  const { model, name } = service
  const isData = isDataEvent(service, operation)
  return {
    async prepare(input, context) {
      if (!context.wire)
        throw new ServiceError('NotImplemented', 501, `${name} is another server's: Gatehouse makes no calls of its own to it.`)
      refuseUnknown(context.wire, model, operation)
      return { statements: accessOf(facts, name, operation, input, context) }
    },
    access: (_input, _context, { statements }) => statements,
    async reach(_input, { wire }, prepared) {
      const response = await passOn(wire as NonNullable<typeof wire>, operation)
      if (response.status >= 400) throw await upstreamError(response)
      return { ...prepared, response }
    },
    handle: async (_input, _context, { response }) => response as WireResponse,
    abandon: async ({ response }) => {
      // A body that nobody takes still has its connection: begun and left, it lets go of it.
      if (!response || typeof response.body === 'string') return
      const pieces = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      await pieces.next()
      await pieces.return?.()
    },
    trail: (input, _output, context, prepared) => trailOf(service, operation, isData, input, context, prepared),
    ...(isData && { eventCategory: 'Data' }),
  }
}

function isDataEvent({ name, model }: Service, operation: string): boolean {
  if (name !== 's3') return dataEvents[name]?.has(operation) ?? false
  const { uri } = model.operations[operation] as ServiceModel['operations'][string]
  return (
    uri.startsWith('/{Bucket}/{Key+}') ||
    ['DeleteObjects', 'ListObjects', 'ListObjectsV2', 'ListObjectVersions', 'ListMultipartUploads', 'HeadBucket'].includes(operation)
  )
}

function trailOf(
  { name, model }: Service,
  operation: string,
  isData: boolean,
  input: Input,
  { world, request }: CallContext,
  prepared: Passed | undefined,
): TrailDetails {
  const owner = world.settings.account
  const arns = [...new Set((prepared?.statements ?? []).map(({ resource }) => resource))].filter(arn => arn !== '*').slice(0, 100)
  const shape = model.operations[operation]?.input
  return {
    requestParameters:
      name === 's3'
        ? s3Parameters(model, shape, input, request.host)
        : isData
          ? namingMembers(name, input)
          : trailValue(model, shape, withoutBlobs(model, shape, input)),
    ...(arns.length > 0 && { resources: arns.map(ARN => ({ ARN, accountId: owner })) }),
  }
}

/** A data event names what it is about; content stays out of the record. */
function namingMembers(service: string, input: Input): JsonObject | null {
  const paths = Object.values(resourceMembers[service] ?? {}).flat()
  const names = new Set(paths.map(path => path.split(/[.[{|]/)[0] as string))
  const kept = Object.entries(input).flatMap(([name, value]): [string, Json][] => {
    if (!names.has(name)) return []
    if (typeof value === 'string') return [[lowerFirst(name), value]]
    return name === 'RequestItems' ? [[lowerFirst(name), Object.fromEntries(Object.keys(value as object).map(key => [key, null]))]] : []
  })
  return kept.length === 0 ? null : Object.fromEntries(kept)
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

function withoutBlobs({ shapes }: ServiceModel, shape: string | undefined, input: Input): Input {
  const members = (shapes[shape ?? ''] as StructureShape | undefined)?.members ?? {}
  return Object.fromEntries(Object.entries(input).filter(([name]) => shapes[members[name]?.shape ?? '']?.type !== 'blob'))
}

/** As S3 writes them: `bucketName`, `Host`, `key`, and other parameters by their names on the wire. */
function s3Parameters(model: ServiceModel, shape: string | undefined, input: Input, Host: string): JsonObject {
  const { Bucket, Key, ...others } = input
  const members = (model.shapes[shape ?? ''] as StructureShape | undefined)?.members ?? {}
  const simple = Object.entries(others).flatMap(([name, value]): [string, Json][] => {
    const member = members[name]
    const told = member?.location === 'querystring' || member?.location === 'header'
    return told && !name.endsWith('SSECustomerKey') && typeof value !== 'object' ? [[member.name ?? name, String(value)]] : []
  })
  return {
    ...(Bucket !== undefined && { bucketName: String(Bucket) }),
    Host,
    ...(Key !== undefined && { key: String(Key) }),
    ...Object.fromEntries(simple),
  }
}
