import { createHash } from 'node:crypto'
import type { ClusterDecision, TellDecision } from './decision-records.ts'

/**
 * How long an API server remembers what a webhook answered, and does not ask again. kube-apiserver reference, --authentication-token-webhook-cache-ttl,
 * --authorization-webhook-cache-authorized-ttl and --authorization-webhook-cache-unauthorized-ttl.
 */
const authenticatedMilliseconds = 120_000
const allowedMilliseconds = 300_000
const otherMilliseconds = 30_000
const mostRemembered = 10_000

/**
 * Tells of the decisions of a cluster that asks nobody, as often as an API server with webhooks would ask.
 * @returns a function that is told of every decision, and about what it was
 */
export function decisionsAsAsked(tell: TellDecision, now: () => number): (decision: ClusterDecision, about: unknown) => Promise<void> {
  const until = new Map<string, number>()
  return async (decision, about) => {
    const key = createHash('sha256').update(JSON.stringify(about)).digest('base64')
    const at = now()
    if ((until.get(key) ?? 0) > at) return
    await tell(decision)
    // The oldest go first: a Map keeps the order in which keys came.
    until.delete(key)
    const [oldest] = until.keys()
    if (until.size >= mostRemembered && oldest !== undefined) until.delete(oldest)
    until.set(key, at + rememberedFor(decision))
  }
}

function rememberedFor(decision: ClusterDecision): number {
  if (decision.webhook === 'token-review') return 'user' in decision ? authenticatedMilliseconds : otherMilliseconds
  return decision.webhook === 'access-review' && decision.allowed ? allowedMilliseconds : otherMilliseconds
}
