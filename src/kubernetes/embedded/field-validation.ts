import type { Json, JsonObject } from '../../types/json.ts'
import { decodeFields, FieldTypeError } from './decode-fields.ts'
import { type KubernetesObject, objectOf } from './objects.ts'
import type { ResourceRequest } from './requests.ts'
import { apiVersionOf, type ResourceType } from './resource-types.ts'
import { badRequest, invalid, type StatusError } from './status.ts'

/** The object of a creation or an update without unknown fields. @throws StatusError BadRequest when they are forbidden, or a value has the wrong type */
export function decodeBody(call: ResourceRequest, given: KubernetesObject): KubernetesObject {
  const { kind, version } = call.type
  return decode(call, given, why => badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`))
}

/** A patched object without unknown fields. @throws StatusError Invalid likewise */
export function decodePatched(call: ResourceRequest, patch: Json, patched: JsonObject): KubernetesObject {
  const shown = JSON.stringify(JSON.stringify(patch))
  const refused = (why: string) =>
    invalid('', '', '', [{ reason: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${shown}: ${why}` }])
  const { type } = call
  const { kind = type.kind, apiVersion = apiVersionOf(type) } = patched
  if (kind !== type.kind || apiVersion !== apiVersionOf(type))
    throw refused(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  return decode(call, patched, refused)
}

/** A configuration that is applied: unknown fields have no manager. @throws StatusError BadRequest; kube-apiserver answers 500 */
export function decodeConfiguration({ type }: ResourceRequest, config: KubernetesObject): KubernetesObject {
  const { namespace = '', name = '' } = config.metadata
  const refused = (why: string) =>
    badRequest(`failed to create typed patch object (${namespace}/${name}; ${type.group}/${type.version}, Kind=${type.kind}): ${why}`)
  const { object, unknown } = decodeOr(type, config, refused)
  if (unknown.length > 0) throw refused(unknown.map(path => `.${path}: field not declared in schema`).join(', '))
  return withMetadata(object)
}

function decode(call: ResourceRequest, given: JsonObject, refused: (why: string) => StatusError): KubernetesObject {
  const { object, unknown } = decodeOr(call.type, given, refused)
  const problems = unknown.map(path => `unknown field ${JSON.stringify(path)}`)
  if (call.fieldValidation === 'Strict' && problems.length > 0) throw refused(`strict decoding error: ${problems.join(', ')}`)
  if (call.fieldValidation === 'Warn') for (const problem of problems) if (!call.warnings.includes(problem)) call.warnings.push(problem)
  return withMetadata(object)
}

function decodeOr(type: ResourceType, given: JsonObject, refused: (why: string) => StatusError) {
  try {
    return decodeFields(type, given)
  } catch (problem) {
    if (problem instanceof FieldTypeError) throw refused(problem.message)
    throw problem
  }
}

const withMetadata = (object: JsonObject): KubernetesObject => ({ ...object, metadata: objectOf(object['metadata']) })
