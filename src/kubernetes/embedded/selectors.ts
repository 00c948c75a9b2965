import { parseFieldSelector } from './field-selectors.ts'
import { parseLabelSelector, SelectorProblem } from './label-selectors.ts'
import { isPathSegment } from './names.ts'
import type { KubernetesObject } from './objects.ts'
import type { ResourceType } from './resource-types.ts'
import { badRequest } from './status.ts'

/**
 * The one name that a field selector lets through, if it does: rights on objects by name count for such lists.
 * Kubernetes documentation, "Using RBAC Authorization", "Referring to resources".
 */
export function nameChosen(query: URLSearchParams): string {
  // Sorted, as kube-apiserver has them: of two names the first in this order counts, and no object has both.
  const terms = (query.get('fieldSelector') ?? '').split(',').sort()
  const [, name = ''] = terms.map(term => /^metadata\.name==?([^=!\\]+)$/.exec(term)).find(match => match !== null) ?? []
  return isPathSegment(name) ? name : ''
}

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
