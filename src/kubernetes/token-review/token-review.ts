import { badRequest, MalformedReview, parseReview, type WebhookAnswer, type WebhookLog } from '../webhook.ts'
import type { ClusterDecision, TellDecision } from '../decision-records.ts'
import { authenticateToken, type TokenAuthentication } from './authenticate-token.ts'
import { claimedAccessKeyId } from './presigned-token.ts'
import { TokenRefused } from './refusal.ts'

type TokenDecision = Extract<ClusterDecision, { webhook: 'token-review' }>

const form = {
  kind: 'TokenReview',
  versions: ['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'],
  member: 'spec',
  mostBytes: 65_536,
} as const

/**
 * Answers a TokenReview. Whatever is wrong with the token, the answer is `authenticated: false` and the reason is in the log.
 * @param body  as received; refused with 400 when it is not a TokenReview
 * @param tell  for the record of decisions
 * @see         Kubernetes documentation, "Authenticating", "Webhook Token Authentication"
 */
export async function reviewToken(
  body: string | Uint8Array,
  how: TokenAuthentication,
  log: WebhookLog,
  tell?: TellDecision,
): Promise<WebhookAnswer> {
  const cluster = how.cluster.name
  try {
    const { apiVersion, kind, content } = parseReview(body, form)
    const { token } = content
    if (typeof token !== 'string') throw new MalformedReview('spec.token is missing')
    const decision = await decideToken(token, how, log)
    await tell?.(decision)
    const status = 'user' in decision ? { authenticated: true, user: decision.user } : { authenticated: false }
    return { status: 200, body: { apiVersion, kind, metadata: {}, spec: {}, status } }
  } catch (problem) {
    if (!(problem instanceof MalformedReview)) throw problem
    log.warn({ cluster, reason: problem.message }, 'malformed TokenReview')
    return badRequest(problem.message)
  }
}

/** Whose a token is, or why it is refused; the reason is in the log. */
export async function decideToken(token: string, how: TokenAuthentication, log: WebhookLog): Promise<TokenDecision> {
  const cluster = how.cluster.name
  try {
    return { webhook: 'token-review', user: await authenticateToken(token, how) }
  } catch (problem) {
    // A fault of ours refuses too: an API server must never let in whom we could not name.
    if (problem instanceof TokenRefused) log.info({ cluster, reason: problem.message }, 'token refused')
    else log.error({ cluster, problem }, 'token review failed')
    const refused = problem instanceof TokenRefused ? problem.message : 'the token could not be reviewed'
    return { webhook: 'token-review', refused, claimedAccessKeyId: claimedAccessKeyId(token) }
  }
}
