import type { TellDecision } from '../decision-records.ts'
import {
  badRequest,
  examined,
  type Fields,
  isFields,
  MalformedReview,
  parseReview,
  type WebhookAnswer,
  type WebhookLog,
} from '../webhook.ts'
import type { PodIdentityConfiguration } from './configuration.ts'
import { type Mutation, mutatePod } from './mutate-pod.ts'
import type { Pod } from './pod.ts'
import { PodRefused, type ServiceAccount } from './pod-credentials.ts'

const form = {
  kind: 'AdmissionReview',
  versions: ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'],
  member: 'request',
  // Twice the largest object that etcd takes: new and old.
  mostBytes: 3_145_728,
} as const

/** What answering needs. */
export interface PodAdmission {
  readonly cluster: { readonly name: string }
  readonly configuration: PodIdentityConfiguration
  /** Finds a service account of the cluster; undefined when there is none. */
  serviceAccount(namespace: string, name: string): Promise<ServiceAccount | undefined>
  /** For the record of decisions about pods that ask for credentials. */
  readonly tell?: TellDecision
}

/**
 * Answers an AdmissionReview of a pod: allowed, with a patch when the pod is to get credentials, unless its service account asks for a role that its cluster
 * can never give.
 * When the service account cannot be looked up the pod is admitted as it is, with a warning: EKS never holds a pod up for its credentials.
 * @param body  as received; refused with 400 when it is not an AdmissionReview
 * @see         Kubernetes documentation, "Dynamic Admission Control"
 */
export async function reviewPod(body: string | Uint8Array, admission: PodAdmission, log: WebhookLog): Promise<WebhookAnswer> {
  try {
    const { apiVersion, kind, content } = parseReview(body, form)
    const { uid } = content
    if (typeof uid !== 'string' || uid === '') throw new MalformedReview('request.uid is missing')
    const { patch, warning, refused } = await mutationOf(content, admission, log)
    if (refused !== undefined) {
      log.warn({ cluster: admission.cluster.name, namespace: content['namespace'], reason: refused }, 'pod refused')
      const status = { code: 403, reason: 'Forbidden', message: refused }
      return { status: 200, body: { apiVersion, kind, response: { uid, allowed: false, status } } }
    }
    if (warning !== undefined)
      log.warn({ cluster: admission.cluster.name, namespace: content['namespace'], reason: warning }, 'pod gets no credentials')
    const warnings = [...(warning === undefined ? [] : [warning]), ...(isExamined(content['object']) ? [examined.warning] : [])]
    const response = {
      uid,
      allowed: true,
      ...(patch.length > 0 && { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
      ...(warnings.length > 0 && apiVersion === 'admission.k8s.io/v1' && { warnings }),
    }
    return { status: 200, body: { apiVersion, kind, response } }
  } catch (problem) {
    if (!(problem instanceof MalformedReview)) throw problem
    log.warn({ cluster: admission.cluster.name, reason: problem.message }, 'malformed AdmissionReview')
    return badRequest(problem.message)
  }
}

function isExamined(object: unknown): boolean {
  const { metadata } = isFields(object) ? object : {}
  const { annotations } = isFields(metadata) ? metadata : {}
  return isFields(annotations) && annotations[examined.annotation] !== undefined
}

/** A mutation, or why the pod must not be made. */
type Decided = Pick<Mutation, 'patch' | 'warning'> & { readonly refused?: string }

const unchanged: Decided = { patch: [] }

async function mutationOf(request: Fields, admission: PodAdmission, log: WebhookLog): Promise<Decided> {
  const { operation, namespace, object, resource, subResource } = request
  if (operation !== 'CREATE' || subResource || !isFields(resource) || resource['group'] !== '' || resource['resource'] !== 'pods')
    return unchanged
  const pod = podOf(object)
  const where = typeof namespace === 'string' && namespace !== '' ? namespace : (pod.metadata?.namespace ?? 'default')
  const name = pod.spec?.serviceAccountName || 'default'
  const account = await lookedUp(admission, where, name, log)
  const mutation = typeof account === 'string' ? { patch: [], warning: account } : decided(pod, account, admission.configuration)
  const { patch, warning, refused } = mutation
  if (patch.length > 0 || warning !== undefined || refused !== undefined)
    await admission.tell?.({
      webhook: 'pod-identity',
      namespace: where,
      serviceAccount: name,
      pod: nameOf(pod),
      mutated: patch.length > 0,
      warning: refused ?? warning,
    })
  return mutation
}

function decided(pod: Pod, account: ServiceAccount | undefined, configuration: PodIdentityConfiguration): Decided {
  if (!account) return unchanged
  try {
    return mutatePod(pod, account, configuration)
  } catch (problem) {
    if (problem instanceof PodRefused) return { patch: [], refused: problem.message }
    throw problem
  }
}

/** The API server gives a pod that has only a prefix its name later. */
export function nameOf({ metadata }: Pod): string {
  const { name, generateName } = (metadata ?? {}) as { readonly name?: unknown; readonly generateName?: unknown }
  return String(name ?? generateName ?? '')
}

/** The service account, or what to tell whoever makes the pod; the log has the reason. */
async function lookedUp({ cluster, serviceAccount }: PodAdmission, namespace: string, name: string, log: WebhookLog) {
  try {
    return await serviceAccount(namespace, name)
  } catch (problem) {
    log.error({ cluster: cluster.name, namespace, serviceAccount: name, problem }, 'a service account could not be looked up')
    return `service account ${name} could not be looked up: the pod gets no AWS credentials`
  }
}

/** @throws MalformedReview unless the parts that we read are of their form */
function podOf(object: unknown): Pod {
  const pod = requireFields(object, 'request.object')
  const metadata = optionalFields(pod['metadata'], 'metadata')
  const spec = requireFields(pod['spec'], 'spec')
  requireTexts(metadata?.['annotations'], 'metadata.annotations')
  requireTexts(spec['nodeSelector'], 'spec.nodeSelector')
  requireText(metadata?.['namespace'], 'metadata.namespace')
  requireText(spec['serviceAccountName'], 'spec.serviceAccountName')
  requireNamed(spec['volumes'], 'spec.volumes')
  for (const list of ['containers', 'initContainers'])
    for (const container of requireNamed(spec[list], `spec.${list}`)) {
      requireNamed(container['env'], 'env')
      requireNamed(container['volumeMounts'], 'volumeMounts')
    }
  return pod
}

function requireFields(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new MalformedReview(`${what} is not an object`)
  return value
}

const optionalFields = (value: unknown, what: string) => (value === undefined || value === null ? undefined : requireFields(value, what))

function requireText(value: unknown, what: string): void {
  if (value !== undefined && value !== null && typeof value !== 'string') throw new MalformedReview(`${what} is not text`)
}

function requireTexts(value: unknown, what: string): void {
  for (const text of Object.values(optionalFields(value, what) ?? {})) requireText(text ?? 0, what)
}

function requireNamed(value: unknown, what: string): readonly Fields[] {
  // Go writes an empty list as null where the field is required.
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every(item => isFields(item) && typeof item['name'] === 'string'))
    throw new MalformedReview(`${what} is not a list of named objects`)
  return value as Fields[]
}
