import { kubernetesSchemas, type OpenApiSchema } from '../../catalogue/kubernetes-schemas.ts'
import type { Json, JsonObject } from '../../types/json.ts'
import { applyType } from './apply-object.ts'
import { type ResourceType, resourceTypes } from './resource-types.ts'

/** The paths of OpenAPI's documents, by the part after `/openapi/v3/`. */
const documents = new Map(
  resourceTypes.map(({ group, version }) => [group === '' ? `api/${version}` : `apis/${group}/${version}`, { group, version }] as const),
)

/**
 * OpenAPI documents: what kubectl explains, and how clients learn that the server validates fields and applies configurations.
 * Kubernetes documentation, "The Kubernetes API", "OpenAPI interface definition".
 * @param version  of the cluster
 * @returns        undefined for other paths
 */
export function openApi(path: string, version: string): JsonObject | undefined {
  const info = { title: 'Kubernetes', version }
  if (path === '/openapi/v2') return { swagger: '2.0', info, paths: pathsOf(resourceTypes), definitions: definitions() }
  if (path === '/openapi/v3') {
    // Clients keep documents for ever under addresses with a hash, which is therefore that of the schemas' source.
    const hash = encodeURIComponent(`${kubernetesSchemas().version}-${version}`)
    return { paths: Object.fromEntries([...documents.keys()].map(key => [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hash}` }])) }
  }
  const found = path.startsWith('/openapi/v3/') ? documents.get(path.slice('/openapi/v3/'.length)) : undefined
  if (!found) return undefined
  const types = resourceTypes.filter(type => type.group === found.group && type.version === found.version)
  return { openapi: '3.0.0', info, paths: pathsOf(types), components: { schemas: schemasOf(types) } }
}

/** The schemas of types, and all that they refer to. */
function schemasOf(types: readonly ResourceType[]): JsonObject {
  const { kinds, schemas } = kubernetesSchemas()
  const taken = new Map<string, OpenApiSchema>()
  const take = (name: string): void => {
    const schema = schemas[name]
    if (!schema || taken.has(name)) return
    taken.set(name, schema)
    for (const [, referred] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) take(referred as string)
  }
  for (const { group, version, kind } of types) take(kinds[`${group}/${version}/${kind}`] as string)
  return Object.fromEntries([...taken].sort(([one], [other]) => (one < other ? -1 : 1))) as unknown as JsonObject
}

/** Of OpenAPI 2.0, which has no `allOf` beside a reference's own words and no `oneOf`. */
function definitions(): JsonObject {
  const rewritten = JSON.stringify(schemasOf(resourceTypes)).replaceAll('#/components/schemas/', '#/definitions/')
  return JSON.parse(rewritten, (_key, value: Json): Json => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { allOf, oneOf, default: _default, ...rest } = value
    if (Array.isArray(allOf)) return { ...rest, ...(allOf[0] as JsonObject) }
    return oneOf === undefined ? rest : { ...rest, type: 'string' }
  }) as JsonObject
}

const pathsOf = (types: readonly ResourceType[]): JsonObject =>
  Object.fromEntries(
    types.flatMap((type): [string, Json][] => {
      const collection = collectionPath(type)
      const operation = operationOn(type)
      return type.createOnly
        ? [[collection, { post: operation }]]
        : [
            [collection, { get: operation, post: operation }],
            [`${collection}/{name}`, { get: operation, put: operation, patch: patchOn(type), delete: operation }],
          ]
    }),
  )

function collectionPath({ group, version, namespaced, resource }: ResourceType): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${resource}`
}

const operationOn = ({ group, version, kind }: ResourceType): JsonObject => ({
  'x-kubernetes-group-version-kind': { group, version, kind },
  parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map(name => queryParameter(name, 'string')),
  responses: {},
})

const patchTypes = [applyType, 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json']

function patchOn(type: ResourceType): JsonObject {
  const operation = operationOn(type)
  return {
    ...operation,
    parameters: [...(operation['parameters'] as Json[]), queryParameter('force', 'boolean')],
    requestBody: { content: Object.fromEntries(patchTypes.map(name => [name, {}])), required: true },
  }
}

const queryParameter = (name: string, type: string): JsonObject => ({ name, in: 'query', schema: { type, uniqueItems: true } })

/** Media types; that of the answer, unlike that of the question, is one by RFC 2045. */
export const openApiProtobuf = {
  asked: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  answered: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
}

/**
 * The document of OpenAPI 2.0 for clients that read it in protobuf alone, as kubectl does for kinds that version 3 does not have: one that knows no kind.
 * gnostic, openapiv2/OpenAPIv2.proto, "Document": swagger, info, paths.
 */
export function emptyOpenApiDocument(version: string): string {
  const field = (number: number, content: string) => String.fromCharCode((number << 3) | 2, content.length) + content
  return field(1, '2.0') + field(2, field(1, 'Kubernetes') + field(2, version)) + field(8, '')
}
