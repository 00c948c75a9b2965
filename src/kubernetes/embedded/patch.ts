import type { Json, JsonObject } from '../../types/json.ts'
import { type FieldSchema, schemaOf } from './field-schema.ts'
import { isObject, listOf, objectOf } from './objects.ts'
import type { ResourceType } from './resource-types.ts'
import { badRequest, StatusError, unsupportedMediaType } from './status.ts'

/** Applies a patch by its content type. Kubernetes documentation, "Update API Objects in Place Using kubectl patch". */
export function applyPatch(contentType: string, target: JsonObject, patch: Json, type: ResourceType): JsonObject {
  switch (contentType) {
    case 'application/merge-patch+json':
      if (patch === null) throw badRequest('Invalid JSON Patch')
      if (!isObject(patch)) throw badRequest(`error decoding patch: ${notA(patch, 'map[string]interface {}')}`)
      return objectOf(mergePatch(target, patch))
    case 'application/strategic-merge-patch+json':
      if (patch !== null && !isObject(patch)) throw badRequest(notA(patch, 'map[string]interface {}'))
      return objectOf(strategicMerge(target, patch ?? {}, schemaOf(type)))
    default:
      return jsonPatch(target, patch ?? [])
  }
}

const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json']

/** Holds the content type of a patch to those that we know; configurations that are applied have one of their own. @throws StatusError UnsupportedMediaType */
export function checkPatchType(contentType: string): void {
  if (!patchTypes.includes(contentType)) throw unsupportedMediaType('415: Unsupported Media Type')
}

/** How Go's decoder says that a value is of another type. */
export const notA = (value: Json, type: string) =>
  `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type ${type}`

/** RFC 7396. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result = copy(target)
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else if (value !== undefined) result[key] = mergePatch(result[key], value)
  }
  return result
}

/** Kubernetes documentation, "Update API Objects in Place Using kubectl patch", "Notes on the strategic merge patch". */
function strategicMerge(target: Json | undefined, patch: Json, schema: FieldSchema | undefined): Json {
  if (!isObject(patch)) return patch
  if (patch['$patch'] === 'replace') return without(patch, '$patch')
  if (patch['$patch'] === 'delete') return {}
  const fieldOf = (name: string) => (schema?.shape === 'map' ? schema.field(name) : undefined)
  const result = retained(copy(target), patch['$retainKeys'])
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined || key.startsWith('$setElementOrder/') || key === '$retainKeys' || key === '$patch') continue
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const name = key.slice('$deleteFromPrimitiveList/'.length)
      result[name] = listOf(result[name]).filter(item => !listOf(value).includes(item))
    } else if (value === null) delete result[key]
    else if (Array.isArray(value)) result[key] = mergeList(listOf(result[key]), value, fieldOf(key), patch[`$setElementOrder/${key}`])
    else result[key] = strategicMerge(result[key], value, fieldOf(key))
  }
  return result
}

/** `$retainKeys` takes away all other fields: of a union, such as a strategy, one is left. */
const retained = (target: JsonObject, keys: Json | undefined): JsonObject =>
  Array.isArray(keys) ? copy(Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)))) : target

function mergeList(target: Json[], patch: Json[], schema: FieldSchema | undefined, wantedOrder: Json | undefined): Json[] {
  if (schema?.shape !== 'list' || !schema.merged) return patch
  const { mergedBy, items } = schema
  if (patch.some(item => isObject(item) && item['$patch'] === 'replace'))
    return patch.filter(item => !(isObject(item) && item['$patch'] === 'replace'))
  const keyOf = (item: Json): Json => {
    if (mergedBy === undefined) return item
    const key = isObject(item) ? item[mergedBy] : undefined
    if (key === undefined) throw badRequest(`map: ${JSON.stringify(item).slice(0, 100)} does not contain declared merge key: ${mergedBy}`)
    return key
  }
  const merged = target.map(item => ({ key: keyOf(item), item }))
  for (const item of patch) {
    const key = keyOf(item)
    const at = merged.findIndex(entry => entry.key === key)
    if (isObject(item) && item['$patch'] === 'delete') {
      if (at !== -1) merged.splice(at, 1)
    } else {
      const entry = { key, item: mergedBy === undefined ? item : strategicMerge(merged[at]?.item ?? {}, item, items) }
      if (at === -1) merged.push(entry)
      else merged[at] = entry
    }
  }
  const order = Array.isArray(wantedOrder) ? wantedOrder.map(keyOf) : patch.map(keyOf)
  return inOrder(merged, order, target.map(keyOf)).map(({ item }) => item)
}

interface Keyed {
  readonly key: Json
  readonly item: Json
}

/**
 * Items that the patch names in its order; the others come before the first of these that was behind them.
 * @param order  the patch's
 * @param live   the list's before
 */
function inOrder(entries: readonly Keyed[], order: readonly Json[], live: readonly Json[]): Keyed[] {
  const named = order.flatMap((key, index) => (order.indexOf(key) === index ? entries.filter(entry => entry.key === key) : []))
  const result: Keyed[] = []
  for (const other of entries.filter(({ key }) => !order.includes(key))) {
    while (named[0] && live.indexOf(named[0].key) <= live.indexOf(other.key)) result.push(named.shift() as Keyed)
    result.push(other)
  }
  return [...result, ...named]
}

const without = (object: JsonObject, key: string) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

/** As kube-apiserver has them by default: maxJSONPatchOperations, and JSONPatchMaxCopyBytes of its generic server. */
const mostOperations = 10_000
const mostCopiedBytes = 3 * 1024 ** 2

/** RFC 6902. @throws StatusError Invalid when a path is not there, a test fails or too much is copied */
function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw badRequest(`error decoding patch: ${notA(patch, '[]handlers.jsonPatchOp')}`)
  if (patch.length > mostOperations) throw tooManyOperations(patch.length)
  const document: { root: Json } = { root: structuredClone(target) }
  let copied = 0
  for (const item of patch) {
    if (item !== null && !isObject(item)) throw badRequest(`error decoding patch: ${notA(item, 'handlers.jsonPatchOp')}`)
    const { op, path, from, value } = objectOf(item)
    const at = pointer(path)
    switch (op) {
      case 'add':
        set(document, at, value ?? null, true)
        break
      case 'replace':
        get(document, at)
        set(document, at, value ?? null, false)
        break
      case 'remove':
        remove(document, at)
        break
      case 'move': {
        const moved = get(document, pointer(from))
        remove(document, pointer(from))
        set(document, at, moved, true)
        break
      }
      case 'copy': {
        const text = JSON.stringify(get(document, pointer(from)))
        copied += Buffer.byteLength(text)
        // What is copied into itself doubles each time.
        if (copied > mostCopiedBytes) throw failed(tooMuchCopied(copied))
        set(document, at, JSON.parse(text) as Json, true)
        break
      }
      case 'test':
        if (JSON.stringify(found(document, at)) !== JSON.stringify(value ?? null)) throw failed(`testing value ${String(path)} failed`)
        break
      default:
        throw failed(`Unexpected kind: ${String(op).slice(0, 50)}`)
    }
  }
  return objectOf(document.root)
}

const tooManyOperations = (count: number) =>
  new StatusError(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: The allowed maximum operations in a JSON patch is ${mostOperations}, got ${count}`,
  )

const tooMuchCopied = (bytes: number) =>
  `Unable to complete the copy, the accumulated size increase of copy is ${bytes}, exceeding the limit ${mostCopiedBytes}`

const failed = (message: string) =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {
    causes: [{ reason: 'UnexpectedServerResponse', message }],
  })

function pointer(path: Json | undefined): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw failed('a JSON patch path begins with /')
  return path
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function parentOf(document: { root: Json }, path: readonly string[]): { holder: JsonObject | Json[]; key: string } {
  let holder: Json = document.root
  for (const part of path.slice(0, -1)) holder = child(holder, part)
  if (typeof holder !== 'object' || holder === null) throw failed(`path /${path.join('/')} does not exist`)
  return { holder, key: path.at(-1) as string }
}

function child(holder: Json, key: string): Json {
  const value = Array.isArray(holder)
    ? holder[indexOf(holder, key)]
    : isObject(holder) && Object.hasOwn(holder, key)
      ? holder[key]
      : undefined
  if (value === undefined) throw failed(`path element ${key} does not exist`)
  return value
}

const indexOf = (list: readonly Json[], key: string) => (/^\d+$/.test(key) && Number(key) < list.length ? Number(key) : -1)

const get = (document: { root: Json }, path: readonly string[]): Json => path.reduce(child, document.root)

/** What is there, or null: a test takes both for the same. */
function found(document: { root: Json }, path: readonly string[]): Json {
  const last = path.at(-1)
  if (last === undefined) return document.root
  const holder = get(document, path.slice(0, -1))
  if (isObject(holder)) return Object.hasOwn(holder, last) ? (holder[last] ?? null) : null
  return child(holder, last)
}

function set(document: { root: Json }, path: readonly string[], value: Json, insert: boolean): void {
  if (path.length === 0) {
    document.root = value
    return
  }
  const { holder, key } = parentOf(document, path)
  if (Array.isArray(holder)) {
    const index = key === '-' ? holder.length : Number(key)
    if (!Number.isInteger(index) || index < 0 || index > holder.length) throw failed(`index ${key} is out of bounds`)
    holder.splice(index, insert ? 0 : 1, value)
  } else Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}

function remove(document: { root: Json }, path: readonly string[]): void {
  get(document, path)
  const { holder, key } = parentOf(document, path)
  if (Array.isArray(holder)) holder.splice(indexOf(holder, key), 1)
  else delete holder[key]
}

/** A shallow copy without a prototype to pollute. */
const copy = (value: Json | undefined): JsonObject => Object.assign(Object.create(null) as JsonObject, isObject(value) ? value : {})
