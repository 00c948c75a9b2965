import type { WireRequest } from '../message.ts'
import type { OperationModel, ServiceModel, StructureShape } from '../model.ts'

interface Route {
  readonly operation: string
  readonly method: string
  /** Literal segments, or labels `{name}` and `{name+}` that take several. */
  readonly segments: readonly string[]
  /** Query parameters that the template names, with their value where it gives one. */
  readonly literals: readonly (readonly [string, string])[]
  /** Query parameters and headers that tell this operation from another with the same template. */
  readonly needs: readonly Need[]
}

interface Need {
  readonly location: 'querystring' | 'header'
  readonly name: string
}

export interface RouteMatch {
  readonly operation: string
  readonly labels: { readonly [name: string]: string }
}

const routesByModel = new WeakMap<ServiceModel, readonly Route[]>()
/** By model too: an unsigned request is held against several services' routes. */
const matches = new WeakMap<WireRequest, WeakMap<ServiceModel, RouteMatch | null>>()

/**
 * The operation whose method, path template and query literals a request fits, the most specific first.
 * Smithy, "http trait": greedy labels, query literals, and specificity of routes.
 */
export function matchRoute(model: ServiceModel, request: WireRequest): RouteMatch | undefined {
  let byModel = matches.get(request)
  if (!byModel) matches.set(request, (byModel = new WeakMap()))
  const known = byModel.get(model)
  if (known !== undefined) return known ?? undefined
  const found = find(model, request)
  byModel.set(model, found ?? null)
  return found
}

function find(model: ServiceModel, request: WireRequest): RouteMatch | undefined {
  const { hostedBucket } = request
  const path = hostedBucket !== undefined && model.service === 's3' ? `/${hostedBucket}${request.path}` : request.path
  const parts = path.split('/').slice(1)
  const parameters = new URLSearchParams(request.query)
  const about = model.subresources?.filter(name => parameters.has(name)) ?? []
  for (const route of routesOf(model)) {
    if (route.method !== request.method || !fits(route, request, parameters) || !about.every(name => names(route, name))) continue
    const labels = labelsOf(route.segments, parts)
    if (labels) return { operation: route.operation, labels }
  }
  return undefined
}

function fits({ literals, needs }: Route, { headers }: WireRequest, parameters: URLSearchParams): boolean {
  return (
    literals.every(([name, value]) => (value === '' ? parameters.has(name) : parameters.getAll(name).includes(value))) &&
    needs.every(({ location, name }) => (location === 'querystring' ? parameters.has(name) : Object.hasOwn(headers, name)))
  )
}

const names = ({ literals, needs }: Route, parameter: string) =>
  literals.some(([name]) => name === parameter) || needs.some(({ name }) => name === parameter)

function routesOf(model: ServiceModel): readonly Route[] {
  let routes = routesByModel.get(model)
  if (!routes) {
    const operations = Object.entries(model.operations)
    routes = operations
      .map(([operation, { method, uri, input }]) => {
        const [path, query = ''] = uri.split('?') as [string, string?]
        const shared = operations.filter(([, other]) => sameTemplate(other, method, uri)).length > 1
        const needs = shared && input ? needsOf(model.shapes[input] as StructureShape) : []
        return { operation, method, segments: segmentsOf(path), literals: [...new URLSearchParams(query)], needs }
      })
      .sort((a, b) => literalSegments(b) - literalSegments(a) || specificity(b) - specificity(a))
    routesByModel.set(model, routes)
  }
  return routes
}

const sameTemplate = (other: OperationModel, method: string, uri: string) => other.method === method && other.uri === uri

/** S3's UploadPart, CopyObject and PutObject have one template: what is required of each tells them apart. */
const needsOf = (shape: StructureShape): Need[] =>
  Object.entries(shape.members).flatMap(([name, { location, name: key = name }]): Need[] => {
    if (!shape.required?.includes(name)) return []
    if (location === 'querystring') return [{ location, name: key }]
    return location === 'header' ? [{ location, name: key.toLowerCase() }] : []
  })

function segmentsOf(path: string): string[] {
  const segments = path.split('/').slice(1)
  if (segments.length > 1 && segments[segments.length - 1] === '') segments.pop()
  return segments
}

const literalSegments = (route: Route) => route.segments.filter(segment => !segment.startsWith('{')).length
const specificity = ({ literals, needs, segments }: Route) => (literals.length + needs.length) * 100 + segments.length

function labelsOf(segments: readonly string[], given: readonly string[]): { [name: string]: string } | undefined {
  const greedyAt = segments.findIndex(segment => segment.endsWith('+}'))
  // A slash at the end means nothing, save in what a greedy label takes, such as the key of a folder.
  const parts = greedyAt === -1 && given.length > 1 && given[given.length - 1] === '' ? given.slice(0, -1) : given
  const taken = parts.length - segments.length + 1
  if (greedyAt === -1 ? taken !== 1 : taken < 1) return undefined
  const labels: { [name: string]: string } = Object.create(null) as { [name: string]: string }
  let at = 0
  for (const [index, segment] of segments.entries()) {
    const width = index === greedyAt ? taken : 1
    const part = parts.slice(at, at + width).join('/')
    at += width
    if (!segment.startsWith('{')) {
      if (segment !== part) return undefined
      continue
    }
    const text = decoded(part)
    if (!text) return undefined
    labels[segment.slice(1, segment.endsWith('+}') ? -2 : -1)] = text
  }
  return labels
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
