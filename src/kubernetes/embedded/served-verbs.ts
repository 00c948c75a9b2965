import type { ResourcePath } from './request-path.ts'
import { findType, type ResourceType } from './resource-types.ts'
import { badRequest, methodNotAllowed, unknownResource } from './status.ts'

const ofObject = ['GET', 'PUT', 'PATCH', 'DELETE']

/** Methods of subresources; kube-apiserver's discovery has them as verbs. */
const ofSubresource: { readonly [name: string]: readonly string[] } = {
  status: ['GET', 'PUT', 'PATCH'],
  scale: ['GET', 'PUT', 'PATCH'],
  finalize: ['PUT'],
  token: ['POST'],
  eviction: ['POST'],
  log: ['GET'],
  exec: ['GET', 'POST'],
  attach: ['GET', 'POST'],
  portforward: ['GET', 'POST'],
}

/**
 * The type that a path leads to.
 * @throws StatusError NotFound for paths that no type has, MethodNotAllowed for what they do not take, BadRequest for names that none may have
 */
export function servedType(path: ResourcePath, method: string): ResourceType {
  const type = findType(path.group, path.version, path.resource)
  if (!type || !isPathOf(type, path)) throw unknownResource()
  if (!methodsOf(type, path).includes(method)) throw methodNotAllowed()
  const { name } = path
  if (name === '.' || name === '..') throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: may not be '${name}'`)
  return type
}

function isPathOf(type: ResourceType, { inNamespace, name, subresource }: ResourcePath): boolean {
  if (subresource !== '' && !type.subresources?.includes(subresource)) return false
  if (!type.namespaced) return !inNamespace && (!type.createOnly || name === '')
  // All of a type, wherever they are, can be listed and nothing else.
  return inNamespace ? !type.createOnly || name === '' : name === '' && !type.createOnly
}

function methodsOf(type: ResourceType, { inNamespace, name, subresource }: ResourcePath): readonly string[] {
  if (subresource !== '') return ofSubresource[subresource] ?? []
  if (type.createOnly) return ['POST']
  if (name !== '') return ofObject
  if (type.namespaced && !inNamespace) return ['GET']
  return type.deletedOneByOne ? ['GET', 'POST'] : ['GET', 'POST', 'DELETE']
}
