import type { JsonObject } from '../../types/json.ts'
import type { ResourceType } from './resource-types.ts'

/** An error as the Kubernetes API answers it. Kubernetes API conventions, "Response Status Kind". */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: JsonObject | undefined
  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message)
    this.name = 'StatusError'
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** The body of the answer. */
  toStatus(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.code,
    }
  }
}

/** How messages name a type: `pods`, `deployments.apps`. */
const qualified = ({ resource, group }: Pick<ResourceType, 'resource' | 'group'>) => (group === '' ? resource : `${resource}.${group}`)

const details = (type: Pick<ResourceType, 'resource' | 'group'>, name: string): JsonObject => ({
  ...(name && { name }),
  ...(type.group && { group: type.group }),
  kind: type.resource,
})

export const notFound = (type: ResourceType, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(type)} "${name}" not found`, details(type, name))

export const alreadyExists = (type: ResourceType, name: string) =>
  new StatusError(409, 'AlreadyExists', `${qualified(type)} "${name}" already exists`, details(type, name))

export const conflict = (
  type: ResourceType,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
) => new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(type)} "${name}": ${why}`, details(type, name))

export const forbidden = (type: Pick<ResourceType, 'resource' | 'group'>, name: string, why: string) =>
  new StatusError(403, 'Forbidden', `${qualified(type)}${name ? ` "${name}"` : ''} is forbidden: ${why}`, details(type, name))

/** One thing that is wrong with an object. */
export interface Cause {
  /** Such as `FieldValueInvalid`. */
  readonly reason: string
  readonly message: string
  readonly field: string
}

export function invalid(kind: string, group: string, name: string, causes: readonly Cause[]) {
  const listed = causes.map(({ field, message }) => `${field}: ${message}`)
  const text = listed.length === 1 ? listed[0] : `[${listed.join(', ')}]`
  const qualifiedKind = group === '' ? kind : `${kind}.${group}`
  return new StatusError(422, 'Invalid', `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${text}`, {
    ...(name && { name }),
    ...(group && { group }),
    ...(kind && { kind }),
    causes: causes.map(cause => ({ ...cause })),
  })
}

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message)
export const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized')
export const methodNotAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
export const unknownResource = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
export const unsupportedMediaType = (message: string) => new StatusError(415, 'UnsupportedMediaType', message)
export const expired = (message: string) => new StatusError(410, 'Expired', message)
