import type { WireRequest } from '../message.ts'
import type { ServiceModel } from '../model.ts'

interface Route {
  readonly operation: string
  readonly method: string
  /** Literal segments, or labels `{name}` and `{name+}` that take the rest. */
  readonly segments: readonly string[]
}

export interface RouteMatch {
  readonly operation: string
  readonly labels: { readonly [name: string]: string }
}

const routesByModel = new WeakMap<ServiceModel, readonly Route[]>()
const matches = new WeakMap<WireRequest, RouteMatch | null>()

/**
 * The operation whose method and path template a request fits, most literal segments first.
 * Smithy, "http trait": greedy labels, and specificity of routes.
 */
export function matchRoute(model: ServiceModel, request: WireRequest): RouteMatch | undefined {
  const known = matches.get(request)
  if (known !== undefined) return known ?? undefined
  const found = find(model, request.method, request.path)
  matches.set(request, found ?? null)
  return found
}

function find(model: ServiceModel, method: string, path: string): RouteMatch | undefined {
  const parts = path.split('/').slice(1)
  if (parts.length > 1 && parts[parts.length - 1] === '') parts.pop()
  for (const route of routesOf(model)) {
    if (route.method !== method) continue
    const labels = labelsOf(route.segments, parts)
    if (labels) return { operation: route.operation, labels }
  }
  return undefined
}

function routesOf(model: ServiceModel): readonly Route[] {
  let routes = routesByModel.get(model)
  if (!routes) {
    routes = Object.entries(model.operations)
      .map(([operation, { method, uri }]) => ({ operation, method, segments: segmentsOf(uri) }))
      .sort((a, b) => literals(b) - literals(a))
    routesByModel.set(model, routes)
  }
  return routes
}

function segmentsOf(uri: string): string[] {
  const segments = (uri.split('?')[0] as string).split('/').slice(1)
  if (segments.length > 1 && segments[segments.length - 1] === '') segments.pop()
  return segments
}

const literals = (route: Route) => route.segments.filter(segment => !segment.startsWith('{')).length

function labelsOf(segments: readonly string[], parts: readonly string[]): { [name: string]: string } | undefined {
  const labels: { [name: string]: string } = Object.create(null) as { [name: string]: string }
  for (const [index, segment] of segments.entries()) {
    const part = parts[index]
    if (part === undefined) return undefined
    if (segment.endsWith('+}')) {
      const rest = decoded(parts.slice(index).join('/'))
      if (!rest) return undefined
      labels[segment.slice(1, -2)] = rest
      return labels
    }
    if (segment.startsWith('{')) {
      const text = decoded(part)
      if (!text) return undefined
      labels[segment.slice(1, -1)] = text
    } else if (segment !== part) return undefined
  }
  return segments.length === parts.length ? labels : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
