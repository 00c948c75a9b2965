import { badRequest, MalformedReview, parseReview, type WebhookAnswer, type WebhookLog } from '../webhook.ts'
import { authenticateToken, type TokenAuthentication } from './authenticate-token.ts'
import { TokenRefused } from './refusal.ts'

const form = {
  kind: 'TokenReview',
  versions: ['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'],
  member: 'spec',
  mostBytes: 65_536,
} as const

/**
 * Answers a TokenReview. Whatever is wrong with the token, the answer is `authenticated: false` and the reason is in the log.
 * @param body  as received; refused with 400 when it is not a TokenReview
 * @see         Kubernetes documentation, "Authenticating", "Webhook Token Authentication"
 */
export async function reviewToken(body: string | Uint8Array, how: TokenAuthentication, log: WebhookLog): Promise<WebhookAnswer> {
  const cluster = how.cluster.name
  try {
    const { apiVersion, kind, content } = parseReview(body, form)
    const status = typeof content['token'] === 'string' ? await statusOf(content['token'], how, log) : undefined
    if (!status) throw new MalformedReview('spec.token is missing')
    return { status: 200, body: { apiVersion, kind, metadata: {}, spec: {}, status } }
  } catch (problem) {
    if (!(problem instanceof MalformedReview)) throw problem
    log.warn({ cluster, reason: problem.message }, 'malformed TokenReview')
    return badRequest(problem.message)
  }
}

async function statusOf(token: string, how: TokenAuthentication, log: WebhookLog): Promise<object> {
  const cluster = how.cluster.name
  try {
    const user = await authenticateToken(token, how)
    return { authenticated: true, user }
  } catch (problem) {
    // A fault of ours refuses too: an API server must never let in whom we could not name.
    if (problem instanceof TokenRefused) log.info({ cluster, reason: problem.message }, 'token refused')
    else log.error({ cluster, problem }, 'token review failed')
    return { authenticated: false }
  }
}
