import type { Notification, Notifications } from '../services/world.ts'
import type { Random } from '../types/random.ts'
import type { Log } from './log.ts'

/** Before each attempt, in milliseconds. */
const pauses = [0, 1_000, 10_000]
const longestAnswer = 10_000

/**
 * Posts messages in the form that SNS gives an HTTP endpoint. The endpoints are those of whoever runs Gatehouse, so that any address may be one.
 * SNS Developer Guide, "HTTP/HTTPS notification JSON format"; without a signature, as there is no SNS certificate to check it with.
 */
export function createNotifications({ random, now, log }: { random: Random; now: () => number; log: Log }): Notifications {
  return {
    async publish({ topicArn, endpoint, message }) {
      const body = JSON.stringify({
        Type: 'Notification',
        MessageId: random.uuid(),
        TopicArn: topicArn,
        Message: JSON.stringify(message),
        Timestamp: new Date(now()).toISOString(),
      })
      for (const pause of pauses) {
        if (pause > 0) await new Promise(resolve => setTimeout(resolve, pause).unref())
        if (await post(endpoint, topicArn, body)) return
      }
      // Not the message: it may hold a token.
      log.error({ topicArn, endpoint }, 'a notification could not be delivered')
    },
  }
}

async function post(endpoint: string, topicArn: Notification['topicArn'], body: string): Promise<boolean> {
  try {
    const headers = {
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-topic-arn': topicArn,
    }
    const answer = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(longestAnswer) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}
