import type { Json, JsonObject } from '../../types/json.ts'

/** The parts of every Kubernetes object that the server reads and writes. Kubernetes API, "ObjectMeta". */
export interface ObjectMeta extends JsonObject {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: { [key: string]: string }
  annotations?: { [key: string]: string }
  finalizers?: string[]
  managedFields?: JsonObject[]
}

export interface KubernetesObject extends JsonObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value when it is a JSON object, else an empty one. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

export const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : [])

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** A time as objects have it, in whole seconds. @param at  epoch milliseconds */
export const timestamp = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
