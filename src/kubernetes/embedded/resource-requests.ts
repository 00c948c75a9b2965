import { parse as parseYaml } from 'yaml'
import type { Json } from '../../types/json.ts'
import type { UserInfo } from '../../cluster-access/rules.ts'
import { momentHeader } from '../../types/moment.ts'
import { applyConfiguration, applyType } from './apply-object.ts'
import { decodeBody } from './field-validation.ts'
import { createObject, patchObject, updateObject } from './object-changes.ts'
import { deleteOptions } from './delete-options.ts'
import { deleteCollection, deleteObject } from './object-deletions.ts'
import { isObject, type KubernetesObject, objectOf, textOf, timestamp } from './objects.ts'
import { checkListedVersion, checkListParameters, checkVersion } from './list-parameters.ts'
import { listOptions, type Presenter, presenterOf } from './presentation.ts'
import { checkPatchType } from './patch.ts'
import { fromProtobuf } from './protobuf.ts'
import { askedMoment, pastObjectsOf } from './past-requests.ts'
import type { ResourcePath } from './request-path.ts'
import { json, type KubernetesRequest, type KubernetesResponse, type ResourceRequest, type ResourceParts } from './requests.ts'
import { checkTimeout, integerOf, isTrue, parseQuery } from './query.ts'
import { apiVersionOf } from './resource-types.ts'
import { reviews } from './reviews.ts'
import { onScale } from './scale.ts'
import { nameChosen } from './selectors.ts'
import { servedType } from './served-verbs.ts'
import { badRequest, methodNotAllowed, notFound, StatusError, unsupportedMediaType } from './status.ts'
import { requestToken } from './token-requests.ts'
import { checkType } from './validation.ts'
import { watch } from './watch.ts'
import { writeOptions } from './write-options.ts'

/** Answers requests on resources: authorize, then do. */
export function createResourceHandler(parts: ResourceParts) {
  return async (request: KubernetesRequest, path: ResourcePath, user: UserInfo): Promise<KubernetesResponse> => {
    const query = parseQuery(request.query)
    checkTimeout(query)
    const verb = verbOf(request, path, query)
    const { group: apiGroup, resource, subresource, namespace, name } = path
    const about = name || (['list', 'watch'].includes(verb) ? nameChosen(query) : '')
    await parts.authorizer.require(user, { kind: 'resource', verb, apiGroup, resource, subresource, namespace, name: about })
    const type = servedType(path, request.method)
    const { force, ...options } = writeOptions(request, query, contentTypeOf(request) === applyType)
    const warnings: string[] = []
    const place = { type, namespace: type.namespaced ? namespace : '', name, subresource }
    const moment = askedMoment(request)
    const objects = moment === undefined ? parts.objects : await pastObjectsOf(parts, moment, { type, verb, subresource })
    const call: ResourceRequest = { ...place, ...options, query, user, warnings, objects, parts }
    const response = await answer(verb, request, call, force)
    if (moment !== undefined) return told(moment, response)
    return warnings.length === 0
      ? response
      : { ...response, headers: { ...response.headers, warning: warnings.map(warningText).join(', ') } }
  }
}

function answer(verb: string, request: KubernetesRequest, call: ResourceRequest, force: boolean): Promise<KubernetesResponse> {
  if (call.type.createOnly) return review(request, call)
  if (call.subresource !== '' && call.subresource !== 'status') return onSubresource(request, call)
  return onObject(verb, request, call, force)
}

/** RFC 7234, section 5.5: a warning of an origin server, 299. Bytes that no header may have are left out. */
const warningText = (warning: string) => `299 - ${JSON.stringify(warning.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1_000))}`

/** An answer that says of which moment it is. */
const told = (moment: number, response: KubernetesResponse): KubernetesResponse => ({
  ...response,
  headers: { ...response.headers, [momentHeader]: new Date(moment).toISOString() },
})

/** Kubernetes documentation, "Authorization", "Determine the request verb". */
function verbOf({ method }: KubernetesRequest, { name }: ResourcePath, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return name !== '' ? 'get' : isTrue(query, 'watch') ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      return method.toLowerCase()
  }
}

async function onObject(verb: string, request: KubernetesRequest, call: ResourceRequest, force: boolean): Promise<KubernetesResponse> {
  const present = presenterOf(call.type, request.headers['accept'] ?? '', call.parts.now)
  switch (verb) {
    case 'get':
      await checkAsked(call)
      return json(200, present.one(await required(call)))
    case 'list':
      return list(call, present)
    case 'watch':
      return startWatch(request, call, present)
    case 'create':
      return json(201, present.one(await createObject(call, bodyOf(request, call))))
    case 'update':
      return put(request, call, present)
    case 'patch': {
      if (contentTypeOf(request) === applyType) {
        const { object, created } = await applyConfiguration(call, Buffer.from(request.body).toString('utf8'), force)
        return json(created ? 201 : 200, present.one(object))
      }
      checkPatchType(contentTypeOf(request))
      return json(200, present.one(await patchObject(call, contentTypeOf(request), parseBody(request))))
    }
    case 'delete':
      return json(200, await deleteObject(call, optionsOf(request, call)))
    case 'deletecollection':
      return json(200, await deleteCollection(call, optionsOf(request, call), present))
    default:
      throw methodNotAllowed()
  }
}

const optionsOf = (request: KubernetesRequest, { query }: ResourceRequest) =>
  deleteOptions(query, request.body.length > 0 ? parseBody(request) : undefined)

async function put(request: KubernetesRequest, call: ResourceRequest, present: Presenter): Promise<KubernetesResponse> {
  const { object, created } = await updateObject(call, bodyOf(request, call))
  return json(created ? 201 : 200, present.one(object))
}

/** What an eviction says of the deletion that it is. Kubernetes API, policy/v1 Eviction. */
function evictionOptions(request: KubernetesRequest, { name, query }: ResourceRequest) {
  const eviction = objectOf(parseBody(request))
  const named = textOf(objectOf(eviction['metadata'])['name'])
  if (named !== name) throw badRequest('name in URL does not match name in Eviction object')
  return deleteOptions(query, eviction['deleteOptions'])
}

/** Whether what there is now is what a single object is asked for. */
async function checkAsked({ objects, query }: ResourceRequest): Promise<void> {
  checkVersion(query)
  if (query.get('resourceVersion')) checkListedVersion(query, await objects.revision())
}

async function required({ objects, type, namespace, name }: ResourceRequest): Promise<KubernetesObject> {
  const object = await objects.read(tx => tx.get(type, { namespace, name }))
  if (!object) throw notFound(type, name)
  return object
}

async function list({ objects, type, namespace, query }: ResourceRequest, present: Presenter): Promise<KubernetesResponse> {
  checkListParameters(query, false)
  const { selects, page } = listOptions(type, query)
  const revision = await objects.revision()
  checkListedVersion(query, revision)
  const all = (await objects.read(tx => tx.list(type, namespace))).filter(selects)
  const { items, more } = page(all, revision)
  return json(200, present.many(items, { resourceVersion: String(revision), ...more }))
}

/** Seconds that a watch lasts when the client does not say. */
const defaultWatchSeconds = 1_800

async function startWatch(
  request: KubernetesRequest,
  { parts, type, namespace, query }: ResourceRequest,
  present: Presenter,
): Promise<KubernetesResponse> {
  checkListParameters(query, true)
  const body = await watch(parts.objects, {
    type,
    namespace,
    selects: listOptions(type, query).selects,
    resourceVersion: query.get('resourceVersion') ?? '',
    timeoutSeconds: Math.min(integerOf(query, 'timeoutSeconds') || defaultWatchSeconds, defaultWatchSeconds),
    bookmarks: isTrue(query, 'allowWatchBookmarks'),
    ...(query.has('sendInitialEvents') && { initialEvents: isTrue(query, 'sendInitialEvents') }),
    present: present.one,
    signal: request.signal(),
  })
  return { status: 200, headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }, body }
}

async function review(request: KubernetesRequest, call: ResourceRequest): Promise<KubernetesResponse> {
  const { type, namespace, user, parts } = call
  const object = bodyOf(request, call)
  const answer = reviews[type.kind]
  if (request.method !== 'POST' || !answer) throw methodNotAllowed()
  const status = await answer(object, user, parts, namespace)
  return json(201, {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: { ...object.metadata, creationTimestamp: type.kind === 'SelfSubjectReview' ? timestamp(parts.now()) : null },
    ...(type.kind !== 'SelfSubjectReview' && { spec: object['spec'] ?? {} }),
    status,
  })
}

async function onSubresource(request: KubernetesRequest, call: ResourceRequest): Promise<KubernetesResponse> {
  if (call.subresource === 'token' && request.method === 'POST') return json(201, await requestToken(call, objectOf(parseBody(request))))
  if (call.subresource === 'finalize' && request.method === 'PUT')
    return json(200, (await updateObject(call, bodyOf(request, call))).object)
  if (call.subresource === 'eviction' && request.method === 'POST')
    return json(201, await deleteObject(call, evictionOptions(request, call)))
  if (call.subresource === 'scale') return json(200, await onScale(call, request.method, contentTypeOf(request), () => parseBody(request)))
  if (call.query.has('dryRun')) throw badRequest('dryRun is not supported')
  await required(call)
  throw new StatusError(501, 'NotImplemented', `pods of an embedded cluster do not run: ${call.subresource} has nothing to connect to`)
}

const contentTypeOf = ({ headers }: KubernetesRequest) => ((headers['content-type'] ?? 'application/json').split(';')[0] as string).trim()

/** The object in a request's body, its type checked against the path. */
function bodyOf(request: KubernetesRequest, call: ResourceRequest): KubernetesObject {
  const { type, namespace } = call
  const body = parseBody(request)
  if (!isObject(body)) throw badRequest('the body is not an object')
  const given = body['metadata']
  if (given !== undefined && given !== null && !isObject(given))
    throw badRequest(
      `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: json: cannot unmarshal ${Array.isArray(given) ? 'array' : typeof given} into Go struct field ${type.kind}.metadata of type v1.ObjectMeta`,
    )
  const object = { ...body, metadata: objectOf(given) } as KubernetesObject
  checkType(type, object, namespace)
  return decodeBody(call, object)
}

const jsonTypes = new Set([
  'application/json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  '',
])

function parseBody(request: KubernetesRequest): Json {
  const type = contentTypeOf(request)
  if (type === 'application/vnd.kubernetes.protobuf') return fromProtobuf(request.body)
  const text = Buffer.from(request.body).toString('utf8')
  try {
    if (jsonTypes.has(type)) return JSON.parse(text) as Json
    if (type === 'application/yaml') return parseYaml(text, { maxAliasCount: 0 }) as Json
  } catch (problem) {
    const what = request.method === 'PATCH' ? 'patch' : 'the body'
    throw badRequest(`error decoding ${what}: ${(problem as Error).message.slice(0, 200)}`)
  }
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
  )
}
