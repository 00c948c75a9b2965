import { setTimeout as wait } from 'node:timers/promises'
import { globalRegion } from '../types/global-region.ts'
import type { JsonObject } from '../types/json.ts'
import { callJson, callRestJson, type Client } from './client.ts'

/** Records of a question, and whether there are more than were read. */
export interface History {
  readonly events: readonly JsonObject[]
  readonly cut: boolean
}

/** Calls an operation of CloudTrail. @throws CallError */
const callCloudTrail = async <Answer>(client: Client, operation: string, input: object): Promise<Answer> =>
  (await callJson(
    client,
    { name: 'cloudtrail', target: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}` },
    input,
  )) as unknown as Answer

/** One attribute of LookupEvents, or none, and since when. */
export interface HistoryQuestion {
  readonly attributeKey?: string
  readonly attributeValue?: string
  /** Epoch milliseconds. */
  readonly startTime?: number
}

/**
 * Reads the event history, newest first: that of the client's region, and that of us-east-1, where what global services did is on record.
 * CloudTrail User Guide, "Global service events". Pages are of a thousand records, as GetEventHistory gives them.
 * @param mostPages  of each region
 * @throws           CallError
 */
export async function readHistory(client: Client, question: HistoryQuestion, mostPages: number): Promise<History> {
  const regions = [...new Set([client.region, globalRegion])]
  const histories = await Promise.all(regions.map(region => readRegion(client, { ...question, region }, mostPages)))
  return {
    events: histories.flatMap(({ events }) => events).toSorted((one, other) => timeOf(other) - timeOf(one)),
    cut: histories.some(({ cut }) => cut),
  }
}

const timeOf = (event: JsonObject): number => Date.parse(String(event['eventTime']))

async function readRegion(client: Client, question: HistoryQuestion & { readonly region: string }, mostPages: number): Promise<History> {
  const events: JsonObject[] = []
  let nextToken: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const input = { ...question, ...(nextToken !== undefined && { nextToken }) }
    const answer = (await callRestJson(client, 'gatehouse-analysis', 'POST', '/event-history', { input })) as unknown as EventPage
    events.push(...answer.events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent) as JsonObject))
    nextToken = answer.nextToken
    if (nextToken === undefined) return { events, cut: false }
  }
  return { events, cut: true }
}

interface EventPage {
  readonly events: readonly { readonly CloudTrailEvent: string }[]
  readonly nextToken?: string
}

interface ResultPage {
  readonly QueryStatus: string
  readonly QueryResultRows: readonly (readonly { readonly [name: string]: string }[])[]
  readonly NextToken?: string
  readonly ErrorMessage?: string
}

/** A query is asked after this often, and for so long. */
const pollMilliseconds = 250
const mostPolls = 1_500

/** Runs a query of CloudTrail Lake whose one column is JSON; the values, parsed. @throws CallError, or Error when the query fails */
export async function queryRecords(client: Client, QueryStatement: string): Promise<JsonObject[]> {
  const { QueryId } = await callCloudTrail<{ QueryId: string }>(client, 'StartQuery', { QueryStatement })
  for (let poll = 0; poll < mostPolls; poll++) {
    const first = await callCloudTrail<ResultPage>(client, 'GetQueryResults', { QueryId })
    if (first.QueryStatus === 'FINISHED') return resultsFrom(client, QueryId, first)
    if (first.QueryStatus !== 'QUEUED' && first.QueryStatus !== 'RUNNING')
      throw new Error(`the query ended as ${first.QueryStatus}${first.ErrorMessage === undefined ? '' : `: ${first.ErrorMessage}`}`)
    await wait(pollMilliseconds)
  }
  throw new Error('the query does not come to an end')
}

async function resultsFrom(client: Client, QueryId: string, first: ResultPage): Promise<JsonObject[]> {
  const records: JsonObject[] = []
  for (let page = first; ; page = await callCloudTrail<ResultPage>(client, 'GetQueryResults', { QueryId, NextToken: page.NextToken })) {
    for (const row of page.QueryResultRows) records.push(JSON.parse(Object.values(row[0] ?? {})[0] ?? '{}') as JsonObject)
    if (page.NextToken === undefined) return records
  }
}
