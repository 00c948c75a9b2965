import { useQuery } from '@tanstack/react-query'
import type { Event, LookupEventsRequest, LookupEventsResponse } from '../../src/wire/models/cloudtrail.ts'
import { type Call, call, inRegion } from '../api/call.ts'
import { currentRegion, historyRegions } from '../api/region.ts'
import { send } from '../api/send.ts'

/** So many records at most are read at once. */
const mostEvents = 500

export interface Found {
  readonly events: readonly Event[]
  /** Whether there are older ones. */
  readonly more: boolean
}

/**
 * The events of one history, newest first: by an operation of Gatehouse's own, as LookupEvents answers twice a second.
 * @param listing  what a page shows as a command
 */
export async function lookUp(listing: Call<LookupEventsResponse>, signal: AbortSignal): Promise<Found> {
  const { LookupAttributes: [attribute] = [], StartTime } = listing.input as LookupEventsRequest
  const question = {
    region: listing.region ?? currentRegion(),
    maxResults: mostEvents,
    ...(attribute && { attributeKey: attribute.AttributeKey, attributeValue: attribute.AttributeValue }),
    ...(StartTime && { startTime: StartTime.getTime() }),
  }
  const { events, nextToken } = await send(call('gatehouse-analysis', 'GetEventHistory', question), signal)
  return { events: events.map(event => ({ ...event, EventTime: new Date(event.EventTime) })), more: nextToken !== undefined }
}

/**
 * Events by one attribute in every history that this Gatehouse has, oldest first: what one session did is in its region, and in that of global services.
 * @param value  empty: nothing is asked yet
 */
export function useHistories(attribute: 'AccessKeyId' | 'EventId', value: string) {
  const own = call('cloudtrail', 'LookupEvents', { LookupAttributes: [{ AttributeKey: attribute, AttributeValue: value }] })
  const calls = historyRegions().map(region => (region === currentRegion() ? own : inRegion(own, region)))
  const found = useQuery({
    queryKey: ['cloudtrail', 'histories', attribute, value],
    queryFn: async ({ signal }): Promise<Found> => {
      const histories = await Promise.all(calls.map(listing => lookUp(listing, signal)))
      return {
        events: histories.flatMap(({ events }) => events.toReversed()).toSorted((one, other) => timeOf(one) - timeOf(other)),
        more: histories.some(({ more }) => more),
      }
    },
    enabled: value !== '',
  })
  return { ...found, calls }
}

const timeOf = ({ EventTime }: Event) => EventTime?.getTime() ?? 0
