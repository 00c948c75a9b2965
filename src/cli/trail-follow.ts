import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject } from '../types/json.ts'
import type { Client } from './client.ts'
import { readHistory } from './event-history.ts'

/** How the history is narrowed: one attribute of LookupEvents, or none. */
export interface Narrowing {
  readonly attributeKey: 'Username' | 'AccessKeyId'
  readonly attributeValue: string
}

const pollMilliseconds = 2_000
/** Pages of one poll: 10,000 events. */
const mostPages = 10
/** Records come a little after their time, which has no milliseconds: each poll looks this far back, and tells nothing twice. */
const overlapMilliseconds = 60_000

/**
 * The records that come from now on, as they come; without an end.
 * @param onGap  told when more came between two polls than are read
 */
export async function* following(client: Client, narrowing: Narrowing | undefined, onGap: () => void): AsyncGenerator<JsonObject> {
  const beginning = Date.now()
  let seen = new Set<string>()
  for (let from = Math.floor(beginning / 1000) * 1000; ; ) {
    const askedAt = Date.now()
    const { events, cut } = await readHistory(client, { startTime: from, ...narrowing }, mostPages)
    if (cut) onGap()
    for (const event of events.toReversed()) if (!seen.has(String(event['eventID'])) && !isOurs(event, client)) yield event
    seen = new Set(events.map(event => String(event['eventID'])))
    from = Math.max(Math.floor(beginning / 1000) * 1000, askedAt - overlapMilliseconds)
    await wait(pollMilliseconds)
  }
}

/** The polls themselves leave records, which would never end. */
const isOurs = ({ eventName, userIdentity }: JsonObject, { credentials }: Client): boolean =>
  eventName === 'GetEventHistory' && (userIdentity as JsonObject)['accessKeyId'] === credentials.accessKeyId
