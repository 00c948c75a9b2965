import type { Json, JsonObject } from '../../types/json.ts'
import { unsupported, wrong } from './causes.ts'
import { isObject, type KubernetesObject, objectOf, textOf } from './objects.ts'
import { integerOf, isTrue } from './query.ts'
import type { ResourceType } from './resource-types.ts'
import { badRequest, type Cause, invalid, StatusError } from './status.ts'
import { dryRunCauses } from './write-options.ts'

/** Kubernetes API, meta/v1 DeleteOptions. */
export interface DeleteOptions {
  readonly dryRun: boolean
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string }
}

const policies = ['Foreground', 'Background', 'Orphan', 'nil']

/**
 * What a deletion says of itself: in its body, or, when it has none, in its query.
 * apimachinery, pkg/apis/meta/v1/validation, "ValidateDeleteOptions".
 * @throws StatusError Invalid, or BadRequest for a body that is none, which kube-apiserver answers with 500
 */
export function deleteOptions(query: URLSearchParams, body: Json | undefined): DeleteOptions {
  const given = body === undefined ? fromQuery(query) : fromBody(body)
  const { dryRun = [], orphanDependents, propagationPolicy, preconditions } = given
  const causes: Cause[] = [
    ...(orphanDependents !== undefined && propagationPolicy !== undefined
      ? [wrong('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set')]
      : []),
    ...(propagationPolicy !== undefined && !policies.slice(0, -1).includes(propagationPolicy)
      ? [unsupported('propagationPolicy', propagationPolicy, policies)]
      : []),
    ...dryRunCauses(dryRun),
  ]
  if (causes.length > 0) throw invalid('DeleteOptions', 'meta.k8s.io', '', causes)
  return { dryRun: dryRun.includes('All'), preconditions: preconditions ?? {} }
}

interface Given {
  readonly dryRun?: readonly string[] | undefined
  readonly orphanDependents?: boolean | undefined
  readonly propagationPolicy?: string | undefined
  readonly preconditions?: DeleteOptions['preconditions'] | undefined
}

function fromQuery(query: URLSearchParams): Given {
  integerOf(query, 'gracePeriodSeconds')
  const [uid, resourceVersion] = [query.get('uid'), query.get('resourceVersion')]
  return {
    dryRun: query.getAll('dryRun'),
    orphanDependents: query.has('orphanDependents') ? isTrue(query, 'orphanDependents') : undefined,
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    preconditions: { ...(uid !== null && { uid }), ...(resourceVersion !== null && { resourceVersion }) },
  }
}

/** How Go's decoder names the types of fields, and what it calls what it finds. */
const fieldTypes: { readonly [field: string]: { readonly go: string; readonly holds: (value: Json) => boolean } } = {
  gracePeriodSeconds: { go: 'int64', holds: Number.isInteger },
  orphanDependents: { go: 'bool', holds: value => typeof value === 'boolean' },
  propagationPolicy: { go: 'v1.DeletionPropagation', holds: value => typeof value === 'string' },
  dryRun: { go: '[]string', holds: value => Array.isArray(value) && value.every(item => typeof item === 'string') },
  preconditions: { go: 'v1.Preconditions', holds: isObject },
}

const shown = (value: Json) => (typeof value === 'number' ? `number ${value}` : Array.isArray(value) ? 'array' : typeof value)

function fromBody(body: Json): Given {
  if (body !== null && !isObject(body))
    throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal ${shown(body)}`)
  const options = objectOf(body)
  const kind = textOf(options['kind'])
  if (kind !== '' && kind !== 'DeleteOptions')
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(textOf(options['apiVersion']))}`)
  for (const [field, { go, holds }] of Object.entries(fieldTypes)) {
    const value = options[field]
    if (value !== undefined && value !== null && !holds(value))
      throw badRequest(`json: cannot unmarshal ${shown(value)} into Go struct field DeleteOptions.${field} of type ${go}`)
  }
  const preconditions = objectOf(options['preconditions'])
  const { orphanDependents, propagationPolicy } = options
  return {
    dryRun: Array.isArray(options['dryRun']) ? options['dryRun'].map(textOf) : [],
    orphanDependents: typeof orphanDependents === 'boolean' ? orphanDependents : undefined,
    propagationPolicy: typeof propagationPolicy === 'string' ? propagationPolicy : undefined,
    preconditions: stated(preconditions),
  }
}

const stated = ({ uid, resourceVersion }: JsonObject): DeleteOptions['preconditions'] => ({
  ...(typeof uid === 'string' && { uid }),
  ...(typeof resourceVersion === 'string' && { resourceVersion }),
})

/** @throws StatusError Conflict for an object that is another by now */
export function checkPreconditions(type: ResourceType, { metadata }: KubernetesObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions
  const why =
    uid !== undefined && uid !== metadata.uid
      ? `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`
      : resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion
        ? `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
        : undefined
  if (why === undefined) return
  const { name = '' } = metadata
  const qualifiedKind = type.group === '' ? type.kind : `${type.kind}.${type.group}`
  throw new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedKind} ${JSON.stringify(name)}: ${why}`, {
    name,
    ...(type.group && { group: type.group }),
    kind: type.kind,
  })
}
