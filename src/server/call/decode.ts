import type { Service } from '../../services/operation.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { WireRequest } from '../../wire/message.ts'
import { protocolOf } from '../../wire/protocols/index.ts'
import { validationProblem } from '../../wire/validation.ts'
import type { Registry } from '../registry.ts'
import type { Call } from './call.ts'
import { validationError } from './validation-errors.ts'

/** Reads what is asked, and tells the call. @throws ServiceError for what is no operation, for one that is not served, and for an input that breaks its model's constraints */
export function decode(registry: Registry, call: Call, request: WireRequest): void {
  const { service, operationName } = call
  const model = Object.hasOwn(service.model.operations, operationName) ? service.model.operations[operationName] : undefined
  const protocol = protocolOf(service.model.protocol)
  const version = protocol.version?.(request) ?? service.model.apiVersion
  // A server behind may have versions of its own.
  if (!model || (version !== service.model.apiVersion && !service.passesOn)) throw unknownOperation(service, call, version)
  const operation = registry.operation(service, operationName)
  if (!operation)
    throw service.model.protocol === 'rest-xml'
      ? notImplemented()
      : new ServiceError(
          isQuery(service) ? 'InvalidAction' : 'UnsupportedOperationException',
          400,
          `Gatehouse does not serve ${service.name}:${operationName}; "gatehouse coverage" lists what it serves.`,
        )
  call.operation = operation
  if (!request.stream) service.checkBody?.(request, operationName)
  takeInput(call, protocol.decode(request, service.model, model))
}

/** Takes an input that keeps its model's constraints. @throws ServiceError for one that does not */
export function takeInput(call: Call, input: { readonly [name: string]: unknown }): void {
  const { service, operationName } = call
  call.input = input
  const problem = validationProblem(service.model, service.model.operations[operationName]?.input, input, service.patternWords)
  if (problem !== undefined) throw validationError(service, problem)
  call.inputHolds = true
}

/** Services whose operations a parameter names, EC2 among them. */
const isQuery = ({ model }: Service): boolean => model.protocol === 'query' || model.protocol === 'ec2'

function unknownOperation(service: Service, { operationName }: Call, version: string): ServiceError {
  if (service.model.protocol === 'rest-xml') return notImplemented()
  if (!isQuery(service))
    return new ServiceError('UnknownOperationException', 404, 'The requested operation is not recognized by the service.')
  return operationName === ''
    ? new ServiceError('MissingAction', 400, 'The request must contain the parameter Action.')
    : new ServiceError('InvalidAction', 400, `Could not find operation ${shortened(operationName)} for version ${shortened(version)}`)
}

const shortened = (text: string) => text.slice(0, 128)

/** Amazon S3 API Reference, "Error responses", NotImplemented. */
const notImplemented = () =>
  new ServiceError('NotImplemented', 501, 'A header or query you provided implies functionality that is not implemented.')
