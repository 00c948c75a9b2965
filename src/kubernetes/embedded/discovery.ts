import type { JsonObject } from '../../types/json.ts'
import { apiVersionOf, type ResourceType, resourceTypes } from './resource-types.ts'

const groups = [...new Set(resourceTypes.map(({ group }) => group))].filter(group => group !== '')
const objectVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** Where discovery is answered. */
export const discoveryPaths: readonly string[] = [
  '/api',
  '/api/v1',
  '/apis',
  ...groups.flatMap(group => [`/apis/${group}`, `/apis/${group}/v1`]),
]

/** Answers to discovery requests; undefined for other paths. Kubernetes documentation, "The Kubernetes API", "Discovery API". */
export function discover(path: string, serverAddress: string): JsonObject | undefined {
  if (path === '/api')
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(group => groupOf(group)) }
  if (path === '/api/v1') return resourceList('', 'v1')
  const [, root, group, version, more] = path.split('/')
  if (root !== 'apis' || group === undefined || !groups.includes(group) || more !== undefined) return undefined
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) }
  return version === 'v1' ? resourceList(group, version) : undefined
}

function groupOf(name: string): JsonObject {
  const version = { groupVersion: `${name}/v1`, version: 'v1' }
  return { name, versions: [version], preferredVersion: version }
}

const resourceList = (group: string, version: string): JsonObject => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: apiVersionOf({ group, version }),
  resources: resourceTypes.filter(type => type.group === group).flatMap(resourceEntries),
})

function resourceEntries(type: ResourceType): JsonObject[] {
  const entry: JsonObject = {
    name: type.resource,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: type.createOnly ? ['create'] : objectVerbs.filter(verb => verb !== 'deletecollection' || !type.deletedOneByOne),
    ...(type.shortNames && { shortNames: [...type.shortNames] }),
    ...(type.categories && { categories: [...type.categories] }),
  }
  const subresources = (type.subresources ?? []).map(name => ({
    name: `${type.resource}/${name}`,
    singularName: '',
    namespaced: type.namespaced,
    ...(name === 'token'
      ? { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }
      : name === 'scale'
        ? { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] }
        : { kind: type.kind, verbs: ['get', 'patch', 'update'] }),
  }))
  return [entry, ...subresources]
}
