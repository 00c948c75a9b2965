import { useQuery } from '@tanstack/react-query'
import type { Event, LookupEventsResponse } from '../../src/wire/models/cloudtrail.ts'
import { ApiError } from '../api/api-error.ts'
import { type Call, call, inRegion } from '../api/call.ts'
import { currentRegion, historyRegions } from '../api/region.ts'
import { send } from '../api/send.ts'

/** So many records at most are read at once: fifty a call. */
const mostPages = 10

export interface Found {
  readonly events: readonly Event[]
  /** Whether there are older ones. */
  readonly more: boolean
}

/** Look-ups are two a second of an account: who asks for more is asked to wait. */
const waitMilliseconds = 600
const mostAttempts = 20

async function patiently<Answer>(ask: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt++)
    try {
      return await ask()
    } catch (problem) {
      if (attempt === mostAttempts || signal.aborted || !(problem instanceof ApiError) || problem.code !== 'ThrottlingException')
        throw problem
      await new Promise(resolve => setTimeout(resolve, waitMilliseconds))
    }
}

/** The events of one history, newest first. */
export async function lookUp(listing: Call<LookupEventsResponse>, signal: AbortSignal): Promise<Found> {
  const events: Event[] = []
  let token: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const answer = await patiently(
      () => send({ ...listing, input: { ...listing.input, ...(token && { NextToken: token }) } }, signal),
      signal,
    )
    events.push(...(answer.Events ?? []))
    token = answer.NextToken
    if (!token) break
  }
  return { events, more: token !== undefined }
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
