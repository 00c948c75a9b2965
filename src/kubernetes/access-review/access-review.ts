import type { RequestAttributes, UserInfo } from '../../cluster-access/rules.ts'
import type { TellDecision } from '../decision-records.ts'
import { badRequest, type Fields, isFields, MalformedReview, parseReview, type WebhookAnswer, type WebhookLog } from '../webhook.ts'
import type { GrantDirectory } from './access-grants.ts'
import { type AccessOpinion, decideAccess, noOpinion } from './decide-access.ts'

const form = {
  kind: 'SubjectAccessReview',
  // Without a configuration file, kube-apiserver speaks v1beta1 unless told otherwise.
  versions: ['authorization.k8s.io/v1', 'authorization.k8s.io/v1beta1'],
  member: 'spec',
  mostBytes: 1_048_576,
} as const

/** What answering needs. */
export interface AccessReviewing {
  readonly cluster: { readonly id: string; readonly name: string }
  readonly directory: GrantDirectory
  /** For the record of decisions. */
  readonly tell?: TellDecision
}

/**
 * Answers a SubjectAccessReview by the cluster's access policies: allowed, or no opinion so that RBAC is asked; never denied.
 * @param body  as received; refused with 400 when it is not a SubjectAccessReview
 * @see         Kubernetes documentation, "Webhook Mode"
 */
export async function reviewAccess(body: string | Uint8Array, reviewing: AccessReviewing, log: WebhookLog): Promise<WebhookAnswer> {
  try {
    const { apiVersion, kind, content } = parseReview(body, form)
    const { allowed, reason } = await opinionOn(content, reviewing, log)
    return {
      status: 200,
      body: { apiVersion, kind, metadata: {}, spec: {}, status: { allowed, denied: false, ...(allowed && { reason }) } },
    }
  } catch (problem) {
    if (!(problem instanceof MalformedReview)) throw problem
    log.warn({ cluster: reviewing.cluster.name, reason: problem.message }, 'malformed SubjectAccessReview')
    return badRequest(problem.message)
  }
}

async function opinionOn(spec: Fields, { cluster, directory, tell }: AccessReviewing, log: WebhookLog): Promise<AccessOpinion> {
  const user = userOf(spec)
  const attributes = attributesOf(spec)
  const opinion = await decided(user, attributes, { cluster, directory }, log)
  await tell?.({ webhook: 'access-review', user, attributes, ...opinion })
  return opinion
}

async function decided(user: UserInfo, attributes: RequestAttributes, { cluster, directory }: AccessReviewing, log: WebhookLog) {
  try {
    return await decideAccess(user, attributes, cluster.id, directory)
  } catch (problem) {
    // No opinion leaves the decision to RBAC; an error could be configured to end it.
    log.error({ cluster: cluster.name, problem }, 'access review failed')
    return noOpinion
  }
}

function userOf({ user, uid, groups, extra }: Fields): UserInfo {
  const fields = isFields(extra) ? extra : {}
  return {
    username: text(user),
    uid: text(uid),
    groups: texts(groups),
    extra: Object.fromEntries(Object.entries(fields).map(([key, values]) => [key, texts(values)])),
  }
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: Fields): RequestAttributes {
  if (isFields(resourceAttributes) === isFields(nonResourceAttributes))
    throw new MalformedReview('spec has not exactly one of resourceAttributes and nonResourceAttributes')
  if (isFields(nonResourceAttributes)) {
    const { verb, path } = nonResourceAttributes
    return { kind: 'nonResource', verb: text(verb), path: text(path) }
  }
  const { verb, group, resource, subresource, namespace, name } = resourceAttributes as Fields
  return {
    kind: 'resource',
    verb: text(verb),
    apiGroup: text(group),
    resource: text(resource),
    subresource: text(subresource),
    namespace: text(namespace),
    name: text(name),
  }
}

const text = (value: unknown): string => {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new MalformedReview('an attribute is not text')
  return value
}

const texts = (value: unknown): string[] => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new MalformedReview('an attribute is not a list')
  return value.map(text)
}
