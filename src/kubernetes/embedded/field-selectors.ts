import type { Json } from '../../types/json.ts'
import { SelectorProblem } from './label-selectors.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'

type Field = (object: KubernetesObject) => string

const at =
  (...path: readonly string[]): Field =>
  object => {
    const value = path.reduce<Json | undefined>((inner, name) => objectOf(inner)[name], object)
    return typeof value === 'boolean' || typeof value === 'number' ? String(value) : textOf(value)
  }
const flag =
  (...path: readonly string[]): Field =>
  object =>
    at(...path)(object) || 'false'

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']
const spec = (name: string) => [`spec.${name}`, at('spec', name)] as const
const status = (name: string) => [`status.${name}`, at('status', name)] as const

/** Fields that every kind has. */
const common: { readonly [field: string]: Field } = {
  'metadata.name': at('metadata', 'name'),
  'metadata.namespace': at('metadata', 'namespace'),
}

const nameOnly: typeof common = { 'metadata.name': at('metadata', 'name') }
/** Kinds of the core group that are in no namespace, and are not asked for one. */
const inNoNamespace = new Set(['Namespace', 'Node'])

/** What some kinds have besides. Kubernetes documentation, "Field Selectors", "List of supported fields". */
const ofKind: { readonly [kind: string]: { readonly [field: string]: Field } } = {
  Pod: {
    ...Object.fromEntries(['nodeName', 'restartPolicy', 'schedulerName', 'serviceAccountName'].map(spec)),
    ...Object.fromEntries(['phase', 'podIP', 'nominatedNodeName'].map(status)),
    'status.podIPs': object =>
      listOf(objectOf(object['status'])['podIPs'])
        .map(address => textOf(objectOf(address)['ip']))
        .join(','),
    'spec.hostNetwork': flag('spec', 'hostNetwork'),
  },
  Node: { 'spec.unschedulable': flag('spec', 'unschedulable') },
  Event: {
    ...Object.fromEntries(involved.map(name => [`involvedObject.${name}`, at('involvedObject', name)])),
    reason: at('reason'),
    reportingComponent: at('reportingComponent'),
    source: object => at('source', 'component')(object) || at('reportingComponent')(object),
    type: at('type'),
  },
  Namespace: { 'status.phase': at('status', 'phase') },
  Secret: { type: at('type') },
  Service: Object.fromEntries(['clusterIP', 'type'].map(spec)),
  Job: { 'status.successful': object => at('status', 'succeeded')(object) || '0' },
}

/** How a field that a kind does not have is refused. */
function unknownField(kind: string, field: string): SelectorProblem {
  if (kind === 'Job') return new SelectorProblem(`field label ${JSON.stringify(field)} not supported for Job`)
  return ofKind[kind]
    ? new SelectorProblem(`field label not supported: ${field}`)
    : new SelectorProblem(`${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`)
}

/**
 * Reads a field selector such as `metadata.name=checkout`. Kubernetes documentation, "Field Selectors".
 * @throws SelectorProblem
 */
export function parseFieldSelector(kind: string, text: string): ((object: KubernetesObject) => boolean)[] {
  return termsOf(text).map(term => {
    const match = /^([^=!]*?)(!=|==|=)(.*)$/s.exec(term)
    if (!match) throw new SelectorProblem(`invalid selector: '${text}'; can't understand '${term}'`)
    const [, name = '', operator, value = ''] = match
    const wanted = unescaped(value)
    const fields = { ...(inNoNamespace.has(kind) ? nameOnly : common), ...ofKind[kind] }
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) throw unknownField(kind, name)
    return object => (field(object) === wanted) === (operator !== '!=')
  })
}

/** Terms are between commas that no backslash stands before. */
const termsOf = (text: string): string[] => [...text.matchAll(/(?:\\.|[^\\,])+/gs)].map(([term]) => term).sort()

function unescaped(value: string): string {
  const bare = /(?<!\\)(?:\\\\)*([,=])/.exec(value)?.[1]
  if (bare !== undefined) throw new SelectorProblem(`invalid field selector: unescaped character in value: ${bare.codePointAt(0)}`)
  const unknown = /\\(?:[^\\,=]|$)/.exec(value.replaceAll('\\\\', ''))
  if (unknown) throw new SelectorProblem(`invalid field selector: invalid escape sequence: ${unknown[0]}`)
  return value.replaceAll(/\\([\\,=])/g, '$1')
}
