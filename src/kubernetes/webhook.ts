export type WebhookName = 'token-review' | 'access-review' | 'pod-identity'

/** Where a webhook of a cluster answers on our HTTPS listener. */
export const webhookPath = (clusterId: string, name: WebhookName) => `/_gatehouse/webhooks/${clusterId}/${name}`

/** The same for webhooks that are called by a service, whose paths Kubernetes wants to be of DNS names. */
export const serviceWebhookPath = (clusterId: string, name: WebhookName) => `/gh/webhooks/${clusterId.toLowerCase()}/${name}`

/** What a webhook answers to the API server. */
export interface WebhookAnswer {
  readonly status: number
  readonly body: object
}

/** Where a webhook says why it refused, for operators. Tokens are never among the facts. */
export interface WebhookLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** A review that is not one: answered with 400, which the API server logs and treats as a failure of the webhook. */
export class MalformedReview extends Error {
  override readonly name = 'MalformedReview'
}

export type Fields = { readonly [key: string]: unknown }

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A review's envelope: its version, and the `spec` or `request` in it. */
export interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly content: Fields
}

/**
 * Parses a review from the body of a webhook call.
 * @param body  a raw string or bytes, as received
 * @param form  what is expected: kind, API versions, the member that holds the request, and bytes at most
 * @throws      MalformedReview
 */
export function parseReview(
  body: string | Uint8Array,
  form: { readonly kind: string; readonly versions: readonly string[]; readonly member: 'spec' | 'request'; readonly mostBytes: number },
): Review {
  if (body.length > form.mostBytes) throw new MalformedReview(`the body is longer than ${form.mostBytes} bytes`)
  let parsed: unknown
  try {
    parsed = JSON.parse(typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new MalformedReview('the body is not JSON')
  }
  if (!isFields(parsed)) throw new MalformedReview('the body is not an object')
  const { apiVersion, kind, [form.member]: content } = parsed
  if (kind !== form.kind) throw new MalformedReview(`kind is not ${form.kind}`)
  if (typeof apiVersion !== 'string' || !form.versions.includes(apiVersion))
    throw new MalformedReview(`apiVersion is not one of ${form.versions.join(', ')}`)
  if (!isFields(content)) throw new MalformedReview(`${form.member} is missing`)
  return { apiVersion, kind, content }
}

/** The answer to a malformed review. Kubernetes API, meta/v1 Status. */
export const badRequest = (message: string): WebhookAnswer => ({
  status: 400,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'BadRequest', code: 400 },
})

/** Pods with this annotation are told that we saw them: so `gatehouse cluster doctor` finds out whether pods come to us. */
export const examined = { annotation: 'gatehouse/doctor', warning: 'Gatehouse was shown this pod' } as const
