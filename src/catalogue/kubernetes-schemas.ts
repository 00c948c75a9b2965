import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

/** A schema as kube-apiserver publishes it. OpenAPI 3.0, "Schema Object"; Kubernetes documentation, "Server-Side Apply", "Merge strategy". */
export interface OpenApiSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly format?: string
  readonly description?: string
  readonly properties?: { readonly [name: string]: OpenApiSchema }
  readonly additionalProperties?: OpenApiSchema
  readonly items?: OpenApiSchema
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly allOf?: readonly OpenApiSchema[]
  readonly oneOf?: readonly OpenApiSchema[]
  readonly $ref?: string
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-patch-strategy'?: string
  readonly 'x-kubernetes-patch-merge-key'?: string
}

interface KubernetesSchemas {
  /** Of the kube-apiserver that published them. */
  readonly version: string
  /** Names of schemas by `group/version/Kind`. */
  readonly kinds: { readonly [kind: string]: string }
  readonly schemas: { readonly [name: string]: OpenApiSchema }
  readonly messages: { readonly [name: string]: ProtobufMessage }
}

/**
 * A protobuf message's fields by number, as JSON has them; without a name what JSON has in the message's own place. A type is a scalar's or a message's name;
 * `[]` after it repeats it, `map:` before it is a map of texts to it.
 */
export interface ProtobufMessage {
  readonly [number: string]: readonly [name: string, type: string]
}

let known: KubernetesSchemas | undefined

/** Schemas of the kinds that embedded clusters serve, and of all that they refer to. scripts/generate-kubernetes-schemas.mjs writes them. */
export function kubernetesSchemas(): KubernetesSchemas {
  known ??= JSON.parse(
    brotliDecompressSync(readFileSync(new URL('./kubernetes-schemas.br', import.meta.url))).toString('utf8'),
  ) as KubernetesSchemas
  return known
}

const referencePrefix = '#/components/schemas/'

/** The name of the schema that one refers to. */
export const referredSchema = ({ $ref, allOf }: OpenApiSchema): string | undefined =>
  ($ref ?? allOf?.[0]?.$ref)?.slice(referencePrefix.length)
