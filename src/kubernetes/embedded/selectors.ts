import { badRequest } from './status.ts'
import { type KubernetesObject, objectOf, textOf } from './objects.ts'

type Test = (object: KubernetesObject) => boolean

/**
 * A label selector as kubectl sends it: `app=shop,tier in (web,api),!legacy`.
 * Kubernetes documentation, "Labels and Selectors".
 */
export function labelSelector(text: string): Test {
  const tests = splitOutsideParentheses(text).map(requirement)
  return object => tests.every(test => test(object.metadata.labels ?? {}))
}

function requirement(text: string): (labels: { readonly [key: string]: string }) => boolean {
  const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(text)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map(value => value.trim())
    return operator === 'in'
      ? labels => labels[key] !== undefined && values.includes(labels[key])
      : labels => labels[key] === undefined || !values.includes(labels[key])
  }
  const equality = /^\s*([^\s=!]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(text)
  if (equality) {
    const [, key = '', operator, value] = equality
    return operator === '!=' ? labels => labels[key] !== value : labels => labels[key] === value
  }
  const presence = /^\s*(!?)\s*([A-Za-z0-9][\w./-]*)\s*$/.exec(text)
  if (presence) {
    const [, not, key = ''] = presence
    return labels => (labels[key] === undefined) === (not === '!')
  }
  throw badRequest(`unable to parse requirement: ${text.slice(0, 100)}`)
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/).filter(part => part.trim() !== '')
}

const fieldPaths: { readonly [field: string]: (object: KubernetesObject) => string } = {
  'metadata.name': object => object.metadata.name ?? '',
  'metadata.namespace': object => object.metadata.namespace ?? '',
  'spec.nodeName': object => textOf(objectOf(object['spec'])['nodeName']),
  'spec.serviceAccountName': object => textOf(objectOf(object['spec'])['serviceAccountName']),
  'status.phase': object => textOf(objectOf(object['status'])['phase']),
  type: object => textOf(object['type']),
  'involvedObject.name': object => textOf(objectOf(object['involvedObject'])['name']),
  'involvedObject.namespace': object => textOf(objectOf(object['involvedObject'])['namespace']),
  'involvedObject.kind': object => textOf(objectOf(object['involvedObject'])['kind']),
  'involvedObject.uid': object => textOf(objectOf(object['involvedObject'])['uid']),
}

/** A field selector such as `metadata.name=checkout`. Kubernetes documentation, "Field Selectors". */
export function fieldSelector(text: string): Test {
  const tests = text
    .split(',')
    .filter(part => part !== '')
    .map(part => {
      const match = /^([\w.]+)(==|!=|=)(.*)$/.exec(part)
      const field = match && fieldPaths[match[1] as string]
      if (!match || !field) throw badRequest(`Unable to find "${part.slice(0, 100)}": field label not supported`)
      const [, , operator, value] = match
      return (object: KubernetesObject) => (field(object) === value) === (operator !== '!=')
    })
  return object => tests.every(test => test(object))
}

/** Both selectors of a list or watch request. */
export function selectorsOf(query: URLSearchParams): Test {
  const byLabel = labelSelector(query.get('labelSelector') ?? '')
  const byField = fieldSelector(query.get('fieldSelector') ?? '')
  return object => byLabel(object) && byField(object)
}
