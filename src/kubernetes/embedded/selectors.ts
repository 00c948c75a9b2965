import { parseFieldSelector } from './field-selectors.ts'
import { parseLabelSelector, SelectorProblem } from './label-selectors.ts'
import type { KubernetesObject } from './objects.ts'
import type { ResourceType } from './resource-types.ts'
import { badRequest } from './status.ts'

/** Both selectors of a list or watch request, as kubectl sends them. @throws StatusError BadRequest */
export function selectorsOf({ kind }: ResourceType, query: URLSearchParams): (object: KubernetesObject) => boolean {
  try {
    const byLabel = parseLabelSelector(query.get('labelSelector') ?? '')
    const byField = query.getAll('fieldSelector').flatMap(text => parseFieldSelector(kind, text))
    return object =>
      byLabel.every(requirement => requirement(object.metadata.labels ?? {})) && byField.every(requirement => requirement(object))
  } catch (problem) {
    if (problem instanceof SelectorProblem) throw badRequest(problem.message)
    throw problem
  }
}
