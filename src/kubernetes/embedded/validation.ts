import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { apiVersionOf, type ResourceType } from './resource-types.ts'
import { badRequest, type Cause, invalid } from './status.ts'

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const dnsSubdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const qualifiedName =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

/** Types whose names may hold what path segments may: roles such as `system:discovery`. */
const pathNames = new Set(['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'])
const labelNames = new Set(['namespaces', 'services'])

/** Bytes of annotations that an object may have in all. */
const mostAnnotationBytes = 256 * 1024

/**
 * Checks that a body is the object that its path says.
 * @throws StatusError BadRequest in Kubernetes' words
 */
export function checkType(type: ResourceType, object: KubernetesObject, namespace: string): void {
  if (object.apiVersion !== undefined && object.apiVersion !== apiVersionOf(type))
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersionOf(type)})`)
  if (object.kind !== undefined && object.kind !== type.kind)
    throw badRequest(`${object.kind} in version "${type.version}" cannot be handled as a ${type.kind}`)
  const given = object.metadata.namespace
  if (type.namespaced && given && given !== namespace)
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
}

/**
 * Checks what Kubernetes checks of the objects that we serve: names, labels, annotations, and what makes each kind usable.
 * Kubernetes documentation, "Object Names and IDs", "Labels and Selectors".
 * @throws StatusError Invalid
 */
export function validate(type: ResourceType, object: KubernetesObject): void {
  const causes = [...metadataCauses(type, object), ...(kindChecks[type.kind]?.(object) ?? [])]
  if (causes.length > 0) throw invalid(type.kind, type.group, object.metadata.name ?? '', causes)
}

function metadataCauses(type: ResourceType, { metadata }: KubernetesObject): Cause[] {
  const causes: Cause[] = []
  const name = metadata.name ?? ''
  if (name === '') causes.push(required('metadata.name', 'name or generateName is required'))
  else if (pathNames.has(type.resource)) {
    if (/[/%]/.test(name) || name === '.' || name === '..')
      causes.push(wrong('metadata.name', name, `may not contain '/' or '%', nor be '.' or '..'`))
  } else if (labelNames.has(type.resource)) {
    if (!dnsLabel.test(name)) causes.push(wrong('metadata.name', name, labelText))
  } else if (!dnsSubdomain.test(name)) causes.push(wrong('metadata.name', name, subdomainText))
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (!qualifiedName.test(key))
      causes.push(
        wrong(
          'metadata.labels',
          key,
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ),
      )
    if (typeof value !== 'string' || value.length > 63 || !labelValue.test(value))
      causes.push(
        wrong(
          'metadata.labels',
          String(value),
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ),
      )
  }
  let bytes = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    if (!qualifiedName.test(key.toLowerCase()))
      causes.push(wrong('metadata.annotations', key, "name part must consist of alphanumeric characters, '-', '_' or '.'"))
    bytes += key.length + String(value).length
  }
  if (bytes > mostAnnotationBytes)
    causes.push({
      reason: 'FieldValueTooLong',
      field: 'metadata.annotations',
      message: `Too long: may not be more than ${mostAnnotationBytes} bytes`,
    })
  return causes
}

const kindChecks: { readonly [kind: string]: (object: KubernetesObject) => Cause[] } = {
  Pod(object) {
    const containers = listOf(objectOf(object['spec'])['containers']).map(objectOf)
    if (containers.length === 0) return [required('spec.containers', '')]
    return containers.flatMap((container, index) => {
      const at = `spec.containers[${index}]`
      const name = textOf(container['name'])
      return [
        ...(name === '' ? [required(`${at}.name`, '')] : dnsLabel.test(name) ? [] : [wrong(`${at}.name`, name, labelText)]),
        ...(textOf(container['image']) === '' ? [required(`${at}.image`, '')] : []),
      ]
    })
  },
  RoleBinding: bindingCauses,
  ClusterRoleBinding: bindingCauses,
  Role: ruleCauses,
  ClusterRole: ruleCauses,
  Secret: dataCauses,
}

function bindingCauses(object: KubernetesObject): Cause[] {
  const ref = objectOf(object['roleRef'])
  const causes: Cause[] = []
  if (textOf(ref['name']) === '') causes.push(required('roleRef.name', ''))
  if (!['Role', 'ClusterRole'].includes(textOf(ref['kind'])))
    causes.push(unsupported('roleRef.kind', textOf(ref['kind']), ['Role', 'ClusterRole']))
  listOf(object['subjects'])
    .map(objectOf)
    .forEach((subject, index) => {
      if (textOf(subject['name']) === '') causes.push(required(`subjects[${index}].name`, ''))
      if (!['User', 'Group', 'ServiceAccount'].includes(textOf(subject['kind'])))
        causes.push(unsupported(`subjects[${index}].kind`, textOf(subject['kind']), ['ServiceAccount', 'User', 'Group']))
    })
  return causes
}

function ruleCauses(object: KubernetesObject): Cause[] {
  return listOf(object['rules'])
    .map(objectOf)
    .flatMap((rule, index) => {
      if (listOf(rule['verbs']).length === 0) return [required(`rules[${index}].verbs`, 'verbs must contain at least one value')]
      if (listOf(rule['nonResourceURLs']).length > 0) return []
      if (!Array.isArray(rule['apiGroups']) || rule['apiGroups'].length === 0)
        return [required(`rules[${index}].apiGroups`, 'resource rules must supply at least one api group')]
      return listOf(rule['resources']).length === 0
        ? [required(`rules[${index}].resources`, 'resource rules must supply at least one resource')]
        : []
    })
}

function dataCauses(object: KubernetesObject): Cause[] {
  return Object.entries(objectOf(object['data'])).flatMap(([key, value]) =>
    typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
      ? []
      : [wrong(`data[${key}]`, '<secret contents redacted>', 'must be base64')],
  )
}

const required = (field: string, message: string): Cause => ({
  reason: 'FieldValueRequired',
  field,
  message: `Required value${message ? `: ${message}` : ''}`,
})
const wrong = (field: string, value: string, message: string): Cause => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
})
const unsupported = (field: string, value: string, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map(item => JSON.stringify(item)).join(', ')}`,
})
