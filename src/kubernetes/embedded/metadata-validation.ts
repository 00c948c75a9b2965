import { forbiddenField, required, wrong, wrongValue } from './causes.ts'
import { keyProblems, valueProblems } from './names.ts'
import { type KubernetesObject, listOf, objectOf, type ObjectMeta, textOf } from './objects.ts'
import type { Cause } from './status.ts'

/** Bytes of annotations that an object may have in all. */
const mostAnnotationBytes = 256 * 1024

/** Finalizers whose names need no domain. */
const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion']

/**
 * What is wrong with an object's metadata.
 * apimachinery, pkg/api/validation, "ValidateObjectMetaAccessor".
 * @param nameProblems  what is wrong with a name of the object's type
 */
export function metadataCauses({ metadata }: KubernetesObject, nameProblems: (name: string) => string[]): Cause[] {
  const { name = '', generateName = '', generation = 0 } = metadata
  return [
    ...(generateName === ''
      ? []
      : nameProblems(maskedEnd(generateName)).map(problem => wrong('metadata.generateName', generateName, problem))),
    ...(name === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : nameProblems(name).map(problem => wrong('metadata.name', name, problem))),
    ...(generation < 0 ? [wrongValue('metadata.generation', generation, 'must be greater than or equal to 0')] : []),
    ...labelCauses(metadata),
    ...annotationCauses(metadata),
    ...ownerCauses(metadata),
    ...finalizerCauses(metadata),
  ]
}

/** A prefix may end in a hyphen: a name made of it does not. */
const maskedEnd = (prefix: string) => prefix.replace(/-$/, 'a')

const labelCauses = ({ labels = {} }: ObjectMeta): Cause[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...keyProblems(key).map(problem => wrong('metadata.labels', key, problem)),
    ...valueProblems(value).map(problem => wrong('metadata.labels', value, problem)),
  ])

function annotationCauses({ annotations = {} }: ObjectMeta): Cause[] {
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0)
  return [
    ...Object.keys(annotations).flatMap(key => keyProblems(key.toLowerCase()).map(problem => wrong('metadata.annotations', key, problem))),
    ...(bytes > mostAnnotationBytes
      ? [
          {
            reason: 'FieldValueTooLong',
            field: 'metadata.annotations',
            message: `Too long: may not be more than ${mostAnnotationBytes} bytes`,
          },
        ]
      : []),
  ]
}

function ownerCauses(metadata: ObjectMeta): Cause[] {
  const owners = listOf(metadata['ownerReferences']).map(objectOf)
  const controllers = owners.filter(owner => owner['controller'] === true)
  const causes = owners.flatMap(owner => {
    const apiVersion = textOf(owner['apiVersion'])
    const parts = apiVersion.split('/')
    const empty = ['kind', 'name', 'uid'].filter(field => textOf(owner[field]) === '')
    return [
      ...(apiVersion === '' || parts.length > 2 || parts.at(-1) === ''
        ? [wrong('metadata.ownerReferences.apiVersion', apiVersion, 'version must not be empty')]
        : []),
      ...empty.map(field => wrong(`metadata.ownerReferences.${field}`, '', 'must not be empty')),
      ...(apiVersion === 'v1' && owner['kind'] === 'Event'
        ? [wrongValue('metadata.ownerReferences', owner, '/v1, Kind=Event is disallowed from being an owner')]
        : []),
    ]
  })
  if (controllers.length > 1)
    causes.push(
      wrongValue(
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controllers
          .slice(0, 2)
          .map(({ name }) => textOf(name))
          .join(' and ')}`,
      ),
    )
  return causes
}

function finalizerCauses({ finalizers = [] }: ObjectMeta): Cause[] {
  const causes = finalizers.flatMap((name, index) => [
    ...keyProblems(name).map(problem => wrong('metadata.finalizers', name, problem)),
    ...(name.includes('/') || standardFinalizers.includes(name)
      ? []
      : [wrong(`metadata.finalizers[${index}]`, name, 'name is neither a standard finalizer name nor is it fully qualified')]),
  ])
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    causes.push(wrongValue('metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  return causes
}

/** What of its metadata an update changes that none may. apimachinery, pkg/api/validation, "ValidateObjectMetaAccessorUpdate". */
export function metadataChangeCauses(before: KubernetesObject, given: KubernetesObject): Cause[] {
  const known = before.metadata.finalizers ?? []
  const added = (given.metadata.finalizers ?? []).filter(name => !known.includes(name))
  const { deletionTimestamp } = given.metadata
  return [
    ...(before.metadata.deletionTimestamp && added.length > 0
      ? [
          forbiddenField(
            'metadata.finalizers',
            `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map(name => JSON.stringify(name)).join(', ')}}`,
          ),
        ]
      : []),
    ...(deletionTimestamp && deletionTimestamp !== before.metadata.deletionTimestamp
      ? [wrong('metadata.deletionTimestamp', deletionTimestamp, 'field is immutable')]
      : []),
  ]
}
