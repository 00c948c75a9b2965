import { errorShapeName, type ServiceError } from '../errors.ts'
import type { ServiceModel, StructureShape } from '../model.ts'
import { toJson } from './json-values.ts'
import { writeBindings } from './rest-bindings.ts'

/**
 * An error as its model writes it: the message by the name that its shape has for it, as Organizations says Message where EKS says message,
 * and members of headers apart. An error that the model does not know is written as it is.
 * @see Smithy, "AWS JSON 1.1 protocol" and "AWS restJson1 protocol", Operation error serialization
 */
export function errorParts(
  error: ServiceError,
  model: ServiceModel,
): { readonly body: { readonly [name: string]: unknown }; readonly headers: { readonly [name: string]: string } } {
  const { message, fields = {} } = error
  const name = errorShapeName(model, error.code)
  if (name === undefined) return { body: { message, ...fields }, headers: {} }
  const shape = model.shapes[name] as StructureShape
  const messageMember = Object.hasOwn(shape.members, 'Message') ? 'Message' : 'message'
  const body = toJson(model, name, fields) as { readonly [name: string]: unknown }
  return { body: { ...(message !== '' && { [messageMember]: message }), ...body }, headers: writeBindings(model, shape, fields).headers }
}
