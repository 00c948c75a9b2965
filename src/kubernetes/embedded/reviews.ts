import type { Json, JsonObject } from '../../types/json.ts'
import type { RequestAttributes, UserInfo } from '../../cluster-access/rules.ts'
import type { ClusterAuthorizer } from './authorization.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { badRequest } from './status.ts'

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
    const rules = await authorizer.rules(user, textOf(objectOf(review['spec'])['namespace']))
    const resourceRules = rules
      .filter(rule => rule.resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => clean({ verbs, apiGroups, resources, resourceNames }))
    const nonResourceRules = rules
      .filter(rule => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => clean({ verbs, nonResourceURLs }))
    // Access policies are not lists of rules that hold for a namespace alone, so the list may lack some.
    return { resourceRules, nonResourceRules, incomplete: true, evaluationError: 'access policies are not listed' }
  },
}

const clean = (rule: { readonly [name: string]: readonly string[] | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(rule).flatMap(([name, values]) => (values?.length ? [[name, [...values]]] : [])))

async function answer(review: KubernetesObject, user: UserInfo, authorizer: ClusterAuthorizer, namespace?: string): Promise<JsonObject> {
  const attributes = attributesOf(objectOf(review['spec']))
  if (namespace !== undefined && attributes.kind === 'resource' && attributes.namespace !== namespace)
    throw badRequest(`namespace must match the one in the path: ${namespace}`)
  const { allowed, reason } = await authorizer.decide(user, attributes)
  return { allowed, ...(reason && { reason }) }
}

/** The attributes that a review asks about. authorization.k8s.io/v1 SubjectAccessReviewSpec. */
export function attributesOf(spec: JsonObject): RequestAttributes {
  if (spec['nonResourceAttributes'] !== undefined) {
    const { path, verb } = objectOf(spec['nonResourceAttributes'])
    return { kind: 'nonResource', path: textOf(path), verb: textOf(verb) }
  }
  if (spec['resourceAttributes'] === undefined)
    throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified')
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
    throw badRequest('at least one of user or group must be specified')
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
