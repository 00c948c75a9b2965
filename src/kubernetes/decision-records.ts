import { buildRecord } from '../audit/record.ts'
import type { NewRecord } from '../audit/records.ts'
import type { RequestAttributes, UserInfo } from '../cluster-access/rules.ts'
import { parseArn } from '../types/arn.ts'
import type { JsonObject } from '../types/json.ts'

/** What a webhook of a cluster decided. */
export type ClusterDecision =
  | { readonly webhook: 'token-review'; readonly user: UserInfo }
  | { readonly webhook: 'token-review'; readonly refused: string; readonly claimedAccessKeyId: string | undefined }
  | {
      readonly webhook: 'access-review'
      readonly user: UserInfo
      readonly attributes: RequestAttributes
      readonly allowed: boolean
      /** Empty for no opinion. */
      readonly reason: string
    }
  | {
      readonly webhook: 'pod-identity'
      readonly namespace: string
      readonly serviceAccount: string
      /** The name, or what the API server will begin it with. */
      readonly pod: string
      /** Whether the pod was given what it needs to get credentials. */
      readonly mutated: boolean
      readonly warning?: string | undefined
    }

/** Is told of a decision before it is answered. A decision that cannot be recorded is not answered. */
export type TellDecision = (decision: ClusterDecision) => Promise<void>

export interface DecisionFacts {
  readonly cluster: { readonly arn: string; readonly account: string; readonly region: string; readonly name: string }
  readonly eventId: string
  readonly requestId: string
  /** Epoch milliseconds. */
  readonly at: number
}

const service = 'eks.amazonaws.com'
const eventNames = { 'token-review': 'TokenReview', 'access-review': 'SubjectAccessReview', 'pod-identity': 'MutatePodIdentity' } as const

/**
 * The record of a decision: an event of EKS as a service, found by the access key and the name of the IAM principal whose session asked.
 * CloudTrail User Guide, "Non-API events captured by CloudTrail".
 */
export function decisionRecord(decision: ClusterDecision, { cluster, eventId, requestId, at }: DecisionFacts): NewRecord {
  const refusal = refusalOf(decision)
  const record = buildRecord({
    eventId,
    requestId,
    at,
    eventSource: service,
    eventName: eventNames[decision.webhook],
    eventType: 'AwsServiceEvent',
    region: cluster.region,
    account: cluster.account,
    userIdentity: identityOf(decision),
    sourceIp: service,
    userAgent: service,
    readOnly: true,
    requestParameters: null,
    responseElements: null,
    ...(refusal !== undefined && { error: { code: 'AccessDenied', message: refusal } }),
    serviceEventDetails: { clusterArn: cluster.arn, clusterName: cluster.name, ...detailsOf(decision) },
  })
  return { record, username: 'user' in decision ? usernameOf(decision.user) : undefined }
}

/** Whether a decision gave somebody less than was asked for. No opinion is none: RBAC decides. */
export const refusalOf = (decision: ClusterDecision): string | undefined =>
  'refused' in decision ? decision.refused : decision.webhook === 'pod-identity' ? decision.warning : undefined

/** Names of extra fields are compared without regard to case, as aggregated API servers pass them on in lower case. */
function extra({ extra: fields }: UserInfo, name: string): string | undefined {
  const found = Object.entries(fields).find(([key]) => key.toLowerCase() === name.toLowerCase())
  return found?.[1][0]
}

/** Whether a user came as an IAM principal. */
export const isIamUser = (user: UserInfo): boolean => parseArn(extra(user, 'arn') ?? '') !== undefined

const identityTypes: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^assumed-role\//, 'AssumedRole'],
  [/^federated-user\//, 'FederatedUser'],
  [/^user\//, 'IAMUser'],
  [/^root$/, 'Root'],
]

function identityOf(decision: ClusterDecision): JsonObject {
  if ('refused' in decision)
    return { type: 'Unknown', principalId: '', ...(decision.claimedAccessKeyId && { accessKeyId: decision.claimedAccessKeyId }) }
  if (decision.webhook === 'pod-identity') return { type: 'AWSService', invokedBy: service }
  const { user } = decision
  const arn = parseArn(extra(user, 'arn') ?? '')
  const type = arn && identityTypes.find(([pattern]) => pattern.test(arn.resource))?.[1]
  if (!arn || type === undefined) return { type: 'Unknown', principalId: user.username }
  const [id = '', session] = [extra(user, 'principalId'), extra(user, 'sessionName')]
  return {
    type,
    principalId: type === 'AssumedRole' ? `${id}:${session ?? ''}` : id,
    arn: extra(user, 'arn'),
    accountId: arn.account,
    accessKeyId: extra(user, 'accessKeyId'),
    ...(type === 'IAMUser' && { userName: lastPart(arn.resource) }),
  }
}

const lastPart = (resource: string) => resource.slice(resource.lastIndexOf('/') + 1)

function usernameOf(user: UserInfo): string | undefined {
  const arn = parseArn(extra(user, 'arn') ?? '')
  return arn && lastPart(arn.resource)
}

function detailsOf(decision: ClusterDecision): JsonObject {
  if ('refused' in decision) return { decision: 'refused' }
  if (decision.webhook === 'token-review')
    return { decision: 'authenticated', kubernetesUser: decision.user.username, kubernetesGroups: [...decision.user.groups] }
  if (decision.webhook === 'access-review') {
    const { user, allowed, reason, attributes } = decision
    const asked = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== ''))
    return { decision: allowed ? 'allowed' : 'noOpinion', ...(reason !== '' && { reason }), kubernetesUser: user.username, request: asked }
  }
  const { mutated, namespace, serviceAccount, pod } = decision
  return { decision: mutated ? 'mutated' : 'unchanged', namespace, serviceAccount, pod }
}
