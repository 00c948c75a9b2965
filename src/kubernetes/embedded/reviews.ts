import type { Json, JsonObject } from '../../types/json.ts'
import type { RequestAttributes, UserInfo } from '../../cluster-access/rules.ts'
import type { ClusterAuthorizer } from './authorization.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { badRequest, invalid } from './status.ts'

/** What reviews ask of the cluster. */
export interface ReviewParts {
  readonly authorizer: ClusterAuthorizer
  authenticate(token: string, audiences: readonly string[] | undefined): Promise<UserInfo | undefined>
}

/** Answers to reviews, by kind: each is created, answered and not kept. */
export const reviews: {
  readonly [kind: string]: (review: KubernetesObject, user: UserInfo, parts: ReviewParts, namespace: string) => Promise<JsonObject>
} = {
  SelfSubjectReview: async (_review, user) => ({ userInfo: userInfoJson(user) }),

  async TokenReview(review, _user, { authenticate }) {
    const spec = objectOf(review['spec'])
    const token = textOf(spec['token'])
    if (token === '') throw badRequest('token is required for TokenReview in authentication')
    const audiences = listOf(spec['audiences']).map(textOf)
    const found = await authenticate(token, audiences.length > 0 ? audiences : undefined)
    return found
      ? { authenticated: true, user: userInfoJson(found), ...(audiences.length > 0 && { audiences }) }
      : { authenticated: false, user: {} }
  },

  SubjectAccessReview: (review, _user, { authorizer }) => answer(review, subjectOf(objectOf(review['spec'])), authorizer),
  LocalSubjectAccessReview: (review, _user, { authorizer }, namespace) =>
    answer(review, subjectOf(objectOf(review['spec'])), authorizer, namespace),
  SelfSubjectAccessReview: (review, user, { authorizer }) => answer(review, user, authorizer),

  async SelfSubjectRulesReview(review, user, { authorizer }) {
    const namespace = textOf(objectOf(review['spec'])['namespace'])
    if (namespace === '') throw badRequest('no namespace on request')
    const rules = await authorizer.rules(user, namespace)
    const resourceRules = rules
      .filter(rule => rule.resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => clean({ verbs, apiGroups, resources, resourceNames }))
    const nonResourceRules = rules
      .filter(rule => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => clean({ verbs, nonResourceURLs }))
    // Access policies are not lists of rules that hold for a namespace alone, so the list may lack some.
    return {
      resourceRules,
      nonResourceRules,
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    }
  },
}

const clean = (rule: { readonly [name: string]: readonly string[] | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(rule).flatMap(([name, values]) => (values?.length ? [[name, [...values]]] : [])))

async function answer(review: KubernetesObject, user: UserInfo, authorizer: ClusterAuthorizer, namespace?: string): Promise<JsonObject> {
  const attributes = attributesOf(objectOf(review['spec']))
  if (namespace !== undefined && attributes.kind === 'resource' && attributes.namespace !== namespace)
    throw invalidReview('spec.resourceAttributes.namespace', 'must match metadata.namespace', JSON.stringify(attributes.namespace))
  const { allowed, reason } = await authorizer.decide(user, attributes)
  return { allowed, ...(reason && { reason }) }
}

/** A review that asks for nothing that could be answered; kube-apiserver names no kind either. @param value  as it is shown */
const invalidReview = (field: string, why: string, value: string) =>
  invalid('', 'authorization.k8s.io', '', [{ reason: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${why}` }])

/** As kube-apiserver shows them: its own structure, not what was sent. */
function goNonResource(spec: JsonObject): string {
  const { path, verb } = objectOf(spec['nonResourceAttributes'])
  return JSON.stringify({ Path: textOf(path), Verb: textOf(verb) })
}

/** The attributes that a review asks about. authorization.k8s.io/v1 SubjectAccessReviewSpec. */
export function attributesOf(spec: JsonObject): RequestAttributes {
  if (spec['nonResourceAttributes'] !== undefined) {
    if (spec['resourceAttributes'] !== undefined)
      throw invalidReview('spec.nonResourceAttributes', 'cannot be specified in combination with resourceAttributes', goNonResource(spec))
    const { path, verb } = objectOf(spec['nonResourceAttributes'])
    return { kind: 'nonResource', path: textOf(path), verb: textOf(verb) }
  }
  if (spec['resourceAttributes'] === undefined)
    throw invalidReview('spec.resourceAttributes', 'exactly one of nonResourceAttributes or resourceAttributes must be specified', 'null')
  const { group, resource, subresource, namespace, name, verb } = objectOf(spec['resourceAttributes'])
  return {
    kind: 'resource',
    apiGroup: textOf(group),
    resource: textOf(resource),
    subresource: textOf(subresource),
    namespace: textOf(namespace),
    name: textOf(name),
    verb: textOf(verb),
  }
}

function subjectOf(spec: JsonObject): UserInfo {
  const extra = Object.entries(objectOf(spec['extra'])).map(([key, values]) => [key.toLowerCase(), listOf(values).map(textOf)] as const)
  if (textOf(spec['user']) === '' && listOf(spec['groups']).length === 0)
    throw invalidReview('spec.user', 'at least one of user or group must be specified', '""')
  return { username: textOf(spec['user']), groups: listOf(spec['groups']).map(textOf), extra: Object.fromEntries(extra) }
}

/** A user as reviews write it. */
export const userInfoJson = ({ username, uid, groups, extra }: UserInfo): JsonObject => ({
  username,
  ...(uid !== undefined && { uid }),
  groups: [...groups],
  ...(Object.keys(extra).length > 0 && {
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]): [string, Json] => [key, [...values]])),
  }),
})
