import type { ServiceError } from '../errors.ts'
import type { WireRequest, WireResponse } from '../message.ts'
import type { OperationModel, ServiceModel } from '../model.ts'

/** One AWS wire protocol: bytes to typed values and back. Smithy specification, "AWS protocols". */
export interface Protocol {
  /** The operation that a request names, or undefined when it names none. */
  operationName(request: WireRequest, model: ServiceModel): string | undefined
  /** The version of the API that a request names, in protocols whose requests name one. */
  version?(request: WireRequest): string
  /** The input with the model's member names. @throws ServiceError when the bytes cannot be read */
  decode(request: WireRequest, model: ServiceModel, operation: OperationModel): { readonly [name: string]: unknown }
  encode(output: unknown, model: ServiceModel, operationName: string, requestId: string): WireResponse
  encodeError(error: ServiceError, model: ServiceModel, requestId: string): WireResponse
}
