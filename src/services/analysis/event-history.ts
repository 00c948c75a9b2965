import { lookedUpEvent } from '../../audit/looked-up-event.ts'
import { findHistory, historyBegin, type LookupKey, lookupKeys } from '../../audit/records.ts'
import { globalRegion } from '../../types/global-region.ts'
import type { StoredRecord } from '../../store/index.ts'
import type { GetEventHistoryRequest, HistoryEvent } from './model.ts'
import { analysis } from './service.ts'

const mostResults = 1_000

/**
 * GetEventHistory: what LookupEvents gives to whoever may look up, a thousand records at a time: Gatehouse's own commands and its console follow people through the whole
 * history, for which the rate of LookupEvents leaves no room.
 */
export const GetEventHistory = analysis.operation('GetEventHistory', {
  access: () => ({ resource: '*', action: 'cloudtrail:LookupEvents' }),
  async reach(input, { account, region, now, world }) {
    const { attributeKey, attributeValue = '', startTime = 0, maxResults = mostResults } = input
    const key = lookupKeys.find(name => name === attributeKey)
    if (attributeKey !== undefined && !key) throw new analysis.ValidationException(`The attribute is one of ${lookupKeys.join(', ')}.`)
    if (key === 'ReadOnly' && attributeValue !== 'true' && attributeValue !== 'false')
      throw new analysis.ValidationException('The value of ReadOnly is true or false.')
    if (input.region !== undefined && input.region !== world.settings.region && input.region !== globalRegion)
      throw new analysis.ValidationException(`There is no event history of ${input.region.slice(0, 50)} here.`)
    return findHistory(world.store, {
      account,
      region: input.region ?? region,
      attribute: key && ({ key, value: attributeValue } satisfies { key: LookupKey; value: string }),
      from: Math.max(startTime, historyBegin(now, world.settings.historyDays)),
      after: placeOf(input),
      limit: maxResults + 1,
    })
  },
  async handle({ maxResults = mostResults }, _context, found: readonly StoredRecord[]) {
    const page = found.slice(0, maxResults)
    const last = page.at(-1)
    return {
      events: page.map(eventOf),
      ...(found.length > maxResults && last && { nextToken: Buffer.from(`${last.at} ${last.seq}`).toString('base64url') }),
    }
  },
  transaction: 'read',
})

function eventOf(stored: StoredRecord): HistoryEvent {
  const event = lookedUpEvent(stored)
  return { ...event, EventTime: event.EventTime.toISOString() }
}

function placeOf({ nextToken }: GetEventHistoryRequest): { at: number; seq: number } | undefined {
  if (nextToken === undefined) return undefined
  const [, at, seq] = /^(\d{1,15}) (\d{1,15})$/.exec(Buffer.from(nextToken, 'base64url').toString()) ?? []
  if (at === undefined) throw new analysis.ValidationException('The nextToken is not valid.')
  return { at: Number(at), seq: Number(seq) }
}
