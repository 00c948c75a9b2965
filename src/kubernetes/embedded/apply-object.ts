import { parse as parseYaml } from 'yaml'
import type { Json } from '../../types/json.ts'
import { decodeConfiguration } from './field-validation.ts'
import { changeObject, createObject, requireCreation, type Written, writerOf } from './object-changes.ts'
import { isObject, type KubernetesObject, objectOf, textOf } from './objects.ts'
import { notA } from './patch.ts'
import type { ResourceRequest } from './requests.ts'
import { apiVersionOf } from './resource-types.ts'
import { applied } from './server-side-apply/ownership.ts'
import { badRequest, conflict, notFound } from './status.ts'

/** The content type of a configuration that is applied. */
export const applyType = 'application/apply-patch+yaml'

/**
 * Applies a configuration: makes the object, or changes what of it the configuration's manager manages.
 * @returns the object, and whether it was made
 * @throws  StatusError Conflict when others manage what it would change, unless forced
 * @see     Kubernetes documentation, "Server-Side Apply"
 */
export async function applyConfiguration(call: ResourceRequest, body: string, force: boolean): Promise<Written> {
  const { type, namespace, name, subresource, parts } = call
  const config = configurationOf(call, body)
  const live = await parts.objects.read(tx => tx.get(type, { namespace, name }))
  if (live) return { object: await changeObject(call, current => applied(writerOf(call), current, config, force), 'apply'), created: false }
  if (subresource !== '') throw notFound(type, name)
  const { uid } = config.metadata
  if (uid !== undefined)
    throw conflict(type, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`)
  await requireCreation(call)
  const object = await createObject({ ...call, name: '' }, config, made => {
    const { metadata } = applied(writerOf(call), undefined, config, force)
    return { ...made, metadata: { ...made.metadata, managedFields: metadata.managedFields } }
  })
  return { object, created: true }
}

function configurationOf(call: ResourceRequest, body: string): KubernetesObject {
  const { type, namespace, name } = call
  const read = parsed(body)
  if (read !== null && !isObject(read))
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${notA(read, 'map[string]interface {}')}`)
  const given = objectOf(read)
  const { apiVersion, kind } = given
  if (apiVersion !== apiVersionOf(type) || kind !== type.kind)
    throw badRequest(`invalid object type: ${groupVersion(textOf(apiVersion))}, Kind=${textOf(kind).slice(0, 100)}`)
  const { metadata, ...config } = decodeConfiguration(call, { ...given, metadata: objectOf(given['metadata']) })
  if (objectOf(given['metadata'])['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil')
  if (metadata.name !== undefined && metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  if (type.namespaced && metadata.namespace !== undefined && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  return { ...config, metadata: { ...metadata, name, ...(type.namespaced && { namespace }) } }
}

/** A version as Go shows it: with a slash where the group has no name. */
const groupVersion = (apiVersion: string) => (apiVersion.includes('/') ? apiVersion : `/${apiVersion}`).slice(0, 100)

/** JSON is YAML too, and read faster. */
function parsed(body: string): Json {
  try {
    return (body.trimStart().startsWith('{') ? JSON.parse(body) : parseYaml(body, { maxAliasCount: 0 })) as Json
  } catch (problem) {
    throw badRequest(`error decoding YAML: ${(problem as Error).message.slice(0, 200)}`)
  }
}
