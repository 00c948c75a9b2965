import { required, unsupported, wrong } from './causes.ts'
import { configMapCauses, immutableDataCauses, secretCauses } from './data-validation.ts'
import { keyProblems, labelNameProblems, serviceNameProblems, subdomainProblems, valueProblems } from './names.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { apiVersionOf, type ResourceType } from './resource-types.ts'
import { serviceCauses, serviceChangeCauses } from './services.ts'
import { badRequest, type Cause, invalid } from './status.ts'
import { revisionChangeCauses, workloadChangeCauses, workloadChecks } from './workload-validation.ts'

/** Types whose names may hold what path segments may: roles such as `system:discovery`. */
const pathNames = new Set(['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'])
/** What names of a type may be, other than DNS subdomains. */
const nameRules: { readonly [resource: string]: (name: string) => string[] } = {
  namespaces: labelNameProblems,
  services: serviceNameProblems,
  statefulsets: labelNameProblems,
}

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
 * @param before  what is changed; undefined at a creation
 * @throws StatusError Invalid
 */
export function validate(type: ResourceType, object: KubernetesObject, before?: KubernetesObject): void {
  const causes = [...metadataCauses(type, object), ...(kindChecks[type.kind]?.(object) ?? []), ...changeCauses(type, before, object)]
  if (causes.length > 0) throw invalid(type.kind, type.group, object.metadata.name ?? '', causes)
}

/** What was changed that nobody may change. */
function changeCauses({ kind }: ResourceType, before: KubernetesObject | undefined, after: KubernetesObject): Cause[] {
  if (!before) return []
  if (kind === 'ControllerRevision') return revisionChangeCauses(before, after)
  if (kind === 'ConfigMap' || kind === 'Secret') return immutableDataCauses(before, after)
  const [old, spec] = [objectOf(before['spec']), objectOf(after['spec'])]
  return kind === 'Service' ? serviceChangeCauses(old, spec) : workloadChangeCauses(kind, old, spec)
}

function metadataCauses(type: ResourceType, { metadata }: KubernetesObject): Cause[] {
  const causes: Cause[] = []
  const name = metadata.name ?? ''
  if (name === '') causes.push(required('metadata.name', 'name or generateName is required'))
  else if (pathNames.has(type.resource)) {
    if (/[/%]/.test(name) || name === '.' || name === '..')
      causes.push(wrong('metadata.name', name, `may not contain '/' or '%', nor be '.' or '..'`))
  } else {
    const problems = (nameRules[type.resource] ?? subdomainProblems)(name)
    causes.push(...problems.map(problem => wrong('metadata.name', name, problem)))
  }
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    causes.push(...keyProblems(key).map(problem => wrong('metadata.labels', key, problem)))
    causes.push(...valueProblems(value).map(problem => wrong('metadata.labels', value, problem)))
  }
  let bytes = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    causes.push(...keyProblems(key.toLowerCase()).map(problem => wrong('metadata.annotations', key, problem)))
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
  ...workloadChecks,
  Service: serviceCauses,
  RoleBinding: bindingCauses,
  ClusterRoleBinding: bindingCauses,
  Role: ruleCauses,
  ClusterRole: ruleCauses,
  ConfigMap: configMapCauses,
  Secret: secretCauses,
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
