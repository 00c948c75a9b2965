import { required, unsupported, wrong } from './causes.ts'
import { configMapCauses, immutableDataCauses, secretCauses } from './data-validation.ts'
import { metadataCauses, metadataChangeCauses } from './metadata-validation.ts'
import { isPathSegment, labelNameProblems, serviceNameProblems, subdomainProblems } from './names.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { apiVersionOf, type ResourceType, resourceTypes } from './resource-types.ts'
import { serviceCauses, serviceChangeCauses } from './services.ts'
import { badRequest, type Cause, invalid } from './status.ts'
import { revisionChangeCauses, workloadChangeCauses, workloadChecks } from './workload-validation.ts'

/** Types whose names may hold what path segments may: roles such as `system:discovery`, and events. */
const pathNames = new Set(['clusterroles', 'clusterrolebindings', 'events', 'roles', 'rolebindings'])
/** What names of a type may be, other than DNS subdomains. */
const nameRules: { readonly [resource: string]: (name: string) => string[] } = {
  namespaces: labelNameProblems,
  services: serviceNameProblems,
  statefulsets: labelNameProblems,
}

/**
 * Checks that a body is the object that its path says.
 * @throws StatusError BadRequest in Kubernetes' words
 */
export function checkType(type: ResourceType, object: KubernetesObject, namespace: string): void {
  if (object.apiVersion !== undefined && object.apiVersion !== apiVersionOf(type))
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersionOf(type)})`)
  if (object.kind !== undefined && object.kind !== type.kind)
    throw badRequest(`${object.kind} in version "${type.version}" cannot be handled as a ${type.kind}${unknownKind(object.kind, type)}`)
  const given = object.metadata.namespace
  if (type.namespaced && given && given !== namespace)
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
}

/** What is said of a kind that nobody has. */
const unknownKind = (kind: string, type: ResourceType) =>
  resourceTypes.some(known => known.kind === kind)
    ? ''
    : `: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersionOf(type))}`

interface ObjectChange {
  readonly before: KubernetesObject
  readonly given: KubernetesObject
}

/**
 * Checks what Kubernetes checks of the objects that we serve: names, labels, annotations, and what makes each kind usable.
 * Kubernetes documentation, "Object Names and IDs", "Labels and Selectors".
 * @param change  what is changed, and what the caller gave for it; undefined at a creation
 * @throws StatusError Invalid
 */
export function validate(type: ResourceType, object: KubernetesObject, change?: ObjectChange): void {
  const causes = [
    ...metadataCauses(object, nameProblems(type)),
    ...(kindChecks[type.kind]?.(object) ?? []),
    ...(change ? changeCauses(type, change, object) : []),
  ]
  if (causes.length > 0) throw invalid(type.kind, type.group, object.metadata.name ?? '', causes)
}

/** What was changed that nobody may change. */
function changeCauses(type: ResourceType, { before, given }: ObjectChange, after: KubernetesObject): Cause[] {
  return [...metadataChangeCauses(before, given), ...kindChangeCauses(type, before, after)]
}

function kindChangeCauses({ kind }: ResourceType, before: KubernetesObject, after: KubernetesObject): Cause[] {
  if (kind === 'ControllerRevision') return revisionChangeCauses(before, after)
  if (kind === 'ConfigMap' || kind === 'Secret') return immutableDataCauses(before, after)
  const [old, spec] = [objectOf(before['spec']), objectOf(after['spec'])]
  return kind === 'Service' ? serviceChangeCauses(old, spec) : workloadChangeCauses(kind, old, spec)
}

/** What is wrong with a name of a type. */
function nameProblems({ resource }: ResourceType): (name: string) => string[] {
  if (pathNames.has(resource)) return name => (isPathSegment(name) ? [] : [`may not contain '/' or '%', nor be '.' or '..'`])
  return nameRules[resource] ?? subdomainProblems
}

const kindChecks: { readonly [kind: string]: (object: KubernetesObject) => Cause[] } = {
  ...workloadChecks,
  Service: serviceCauses,
  RoleBinding: bindingCauses,
  ClusterRoleBinding: bindingCauses,
  Role: ruleCauses,
  ClusterRole: ruleCauses,
  ConfigMap: configMapCauses,
  Event: eventCauses,
  Secret: secretCauses,
}

/** An event is where that is which it is about. pkg/apis/core/validation, "ValidateEventCreate". */
function eventCauses(event: KubernetesObject): Cause[] {
  const about = textOf(objectOf(event['involvedObject'])['namespace'])
  const { namespace = '' } = event.metadata
  return about === namespace || (about === '' && namespace === 'default')
    ? []
    : [wrong('involvedObject.namespace', about, 'does not match event.namespace')]
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
