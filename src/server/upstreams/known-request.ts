import { ServiceError } from '../../wire/errors.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { OperationModel, ServiceModel, StructureShape } from '../../wire/model.ts'
import { formParameters } from '../../wire/protocols/form.ts'
import { matchRoute } from '../../wire/protocols/rest-routes.ts'

/** What signs a presigned request, which is not for the service behind. */
const signing = new Set(
  ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature', 'Security-Token', 'Content-Sha256'].map(
    name => `x-amz-${name.toLowerCase()}`,
  ),
)

/**
 * A request as the service behind it takes it: without what signed it in the query, the headers that presigners put there among the headers again, and
 * the bucket of the host in the path.
 */
export function plainRequest(request: WireRequest, { service }: ServiceModel): WireRequest {
  const headers: { [name: string]: string } = { ...request.headers }
  const kept = request.query.split('&').filter(part => {
    const [name = '', value = ''] = part.split(/=(.*)/s).map(decoded)
    const lower = name.toLowerCase()
    if (!lower.startsWith('x-amz-')) return part !== ''
    if (!signing.has(lower)) headers[lower] ??= value
    return false
  })
  const { hostedBucket, ...rest } = request
  const bucket = hostedBucket !== undefined && service === 's3' ? `/${hostedBucket}` : ''
  return { ...rest, path: `${bucket}${request.path}`, query: kept.join('&'), headers }
}

/** Text that is not percent-encoded UTF-8 names nothing that is known. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/**
 * Refuses what the model does not know, and what two readers could read in two ways: what is decided on must be what the service behind acts on.
 * @throws ServiceError
 */
export function refuseUnknown(request: WireRequest, model: ServiceModel, operationName: string): void {
  const operation = model.operations[operationName] as OperationModel
  const shape = model.shapes[operation.input ?? ''] as StructureShape | undefined
  const unknown =
    model.protocol === 'query' || model.protocol === 'ec2'
      ? unknownInForm(request, shape)
      : model.protocol === 'json'
        ? (unknownTarget(request, model) ?? unknownInQuery(request, operation, undefined) ?? unknownInJson(request, shape))
        : (unclearPath(request, model, shape) ?? unknownInQuery(request, operation, shape))
  const inJson = unknown ?? (model.protocol === 'rest-json' && hasJsonBody(shape) ? unknownInJson(request, shape) : undefined)
  if (inJson !== undefined) throw refused(model, inJson)
}

const refused = ({ protocol }: ServiceModel, what: string) =>
  new ServiceError(
    protocol === 'rest-xml' ? 'InvalidRequest' : protocol === 'query' || protocol === 'ec2' ? 'ValidationError' : 'ValidationException',
    400,
    `The request is not passed on: ${what}`,
  )

const hasJsonBody = (shape: StructureShape | undefined) => shape !== undefined && shape.payload === undefined

function unknownTarget({ headers, method, path }: WireRequest, { targetPrefix }: ServiceModel): string | undefined {
  if (method !== 'POST' || path !== '/') return 'calls of this protocol are a POST to /.'
  return headers['x-amz-target']?.startsWith(`${targetPrefix}.`) ? undefined : 'X-Amz-Target is not of this service.'
}

/** Only a POST's form is read as one here, in the path / alone; services differ in which of two values of one name they take. */
function unknownInForm(request: WireRequest, shape: StructureShape | undefined): string | undefined {
  if (request.path !== '/') return 'calls of this protocol are to /.'
  const parameters = formParameters(request)
  const body = request.method === 'POST' && request.body.length > 0 ? Buffer.from(request.body).toString('utf8') : ''
  const given = `${request.query}&${body}`.split('&').filter(part => part !== '').length
  if (given !== parameters.size) return 'a parameter is given twice.'
  const names = new Set(Object.entries(shape?.members ?? {}).flatMap(([name, member]) => [name, member.name ?? name]))
  const stray = [...parameters.keys()].find(name => !['Action', 'Version'].includes(name) && !names.has(name.split('.')[0] as string))
  return stray === undefined ? undefined : `the model has no parameter ${stray.slice(0, 100)}.`
}

function unknownInQuery({ query }: WireRequest, { uri }: OperationModel, shape: StructureShape | undefined): string | undefined {
  const given = [...new URLSearchParams(query).keys()]
  const members = Object.entries(shape?.members ?? {}).filter(([, { location }]) => location === 'querystring')
  if (members.some(([, member]) => member.name === undefined)) return undefined
  const known = new Set([...new URLSearchParams(uri.split('?')[1] ?? '').keys(), ...members.map(([, { name }]) => name), 'x-id'])
  const stray = given.find(name => !known.has(name))
  if (stray !== undefined) return `the model has no query parameter ${stray.slice(0, 100)}.`
  const lists = new Set(members.filter(([, { shape: type }]) => type.toLowerCase().includes('list')).map(([, { name }]) => name))
  const twice = given.find((name, index) => given.indexOf(name) !== index && !lists.has(name))
  return twice === undefined ? undefined : `the query parameter ${twice.slice(0, 100)} is given twice.`
}

/** Servers differ in what they make of dot segments and of encoded slashes. */
function unclearPath(request: WireRequest, model: ServiceModel, shape: StructureShape | undefined): string | undefined {
  const segments = request.path.split('/').map(decoded)
  if (segments.some(segment => segment.split('/').some(part => part === '.' || part === '..'))) return 'the path has dot segments.'
  const labels = Object.entries(matchRoute(model, request)?.labels ?? {})
  const greedy = model.operations[matchRoute(model, request)?.operation ?? '']?.uri ?? ''
  for (const [name, value] of labels) {
    if (value.includes('/') && !greedy.includes(`{${name}+}`) && !value.startsWith('arn:')) return `${name} has a slash.`
    if (model.service === 's3' && name === 'Bucket' && !/^[A-Za-z0-9._-]{3,255}$/.test(value)) return 'the bucket has no name of a bucket.'
  }
  return shape === undefined && labels.length > 0 ? 'the model has no input.' : undefined
}

/** JSON whose names are written twice is read in two ways by two readers. */
function unknownInJson({ body }: WireRequest, shape: StructureShape | undefined): string | undefined {
  if (body.length === 0) return undefined
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const value = JSON.parse(text) as unknown
  if ((text.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/g) ?? []).length !== namesIn(value)) return 'a name is given twice.'
  const known = new Set(Object.entries(shape?.members ?? {}).map(([name, member]) => member.name ?? name))
  const stray = Object.keys((value ?? {}) as object).find(name => !known.has(name))
  return stray === undefined ? undefined : `the model has no member ${stray.slice(0, 100)}.`
}

function namesIn(value: unknown): number {
  let count = 0
  const open: unknown[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const inner = Object.values(next)
    if (!Array.isArray(next)) count += inner.length
    // Nothing is undefined in JSON: the loop ends where the work does.
    for (const item of inner) open.push(item)
  }
  return count
}
