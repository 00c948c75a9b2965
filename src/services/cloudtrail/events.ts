import { lookedUpEvent } from '../../audit/looked-up-event.ts'
import { findHistory, historyBegin, type LookupKey, lookupKeys } from '../../audit/records.ts'
import type { StoredRecord } from '../../store/index.ts'
import type { Event, LookupEventsRequest } from '../../wire/models/cloudtrail.ts'
import { findInsightRecords, insightShape } from './insights-data.ts'
import { cloudtrail } from './service.ts'

const mostResults = 50

/** LookupEvents: the event history of the account and region, newest first. CloudTrail API Reference, "LookupEvents". */
export const LookupEvents = cloudtrail.operation('LookupEvents', {
  access: () => ({ resource: '*' }),

  // The history may be elsewhere than in the store of the transaction.
  async reach(input, { account, region, now, world }) {
    const size = input.MaxResults ?? mostResults
    if (size < 1 || size > mostResults)
      throw new cloudtrail.InvalidMaxResultsException(
        `A max results value of ${size} is invalid. Specify max results between 1 and ${mostResults}.`,
      )
    checkCategory(input)
    checkTimes(input)
    const attribute = attributeOf(input)
    const after = input.NextToken === undefined ? undefined : readToken(input, account, region)
    const from = Math.max(input.StartTime?.getTime() ?? 0, historyBegin(now, world.settings.historyDays))
    const filter = { account, region, attribute, from, to: input.EndTime?.getTime(), after, limit: size + 1 }
    return input.EventCategory === 'insight'
      ? (await world.store.read(tx => findInsightRecords(tx, filter))).map(row => ({ ...row, event: insightShape(row) }))
      : (await findHistory(world.store, filter)).map(row => ({ ...row, event: lookedUpEvent(row) }))
  },

  async handle(input, { account, region }, found: readonly Found[]) {
    const size = input.MaxResults ?? mostResults
    const page = found.slice(0, size)
    const last = page.at(-1)
    return {
      Events: page.map(({ event }) => event),
      ...(found.length > size && last && { NextToken: writeToken(input, account, region, last) }),
    }
  },
})

interface Found extends Pick<StoredRecord, 'at' | 'seq'> {
  readonly event: Event
}

function checkCategory({ EventCategory }: LookupEventsRequest): void {
  if (EventCategory !== undefined && EventCategory !== 'insight')
    throw new cloudtrail.InvalidEventCategoryException('The event category is not valid. The only valid value is insight.')
}

function checkTimes({ StartTime, EndTime }: LookupEventsRequest): void {
  if ([StartTime, EndTime].some(time => time && Number.isNaN(time.getTime())))
    throw new cloudtrail.InvalidTimeRangeException('The time range is outside the range of possible values.')
  if (StartTime && EndTime && StartTime > EndTime)
    throw new cloudtrail.InvalidTimeRangeException('The start time must be before the end time.')
}

/** The attributes that find insights. CloudTrail API Reference, "LookupEvents". */
const insightKeys: readonly LookupKey[] = ['EventId', 'EventName', 'EventSource']
const longestValue = 2000

function attributeOf({ LookupAttributes = [], EventCategory }: LookupEventsRequest): { key: LookupKey; value: string } | undefined {
  if (LookupAttributes.length > 1) throw new cloudtrail.InvalidLookupAttributesException('You can only specify one lookup attribute.')
  const [attribute] = LookupAttributes
  if (!attribute) return undefined
  const key = (EventCategory === 'insight' ? insightKeys : lookupKeys).find(name => name === attribute.AttributeKey)
  if (!key) throw new cloudtrail.InvalidLookupAttributesException('The lookup attribute key is not valid.')
  const value = attribute.AttributeValue
  // A history without the writes would look like one in which nothing was changed, were any text but true taken for false.
  if (value === '' || value.length > longestValue || (key === 'ReadOnly' && value !== 'true' && value !== 'false'))
    throw new cloudtrail.InvalidLookupAttributesException('The lookup attribute value is not valid.')
  return { key, value }
}

/** A token holds for the same question only: "The token must be passed in with the same parameters". */
function questionOf({ LookupAttributes, StartTime, EndTime, EventCategory }: LookupEventsRequest, account: string, region: string): string {
  return JSON.stringify([
    account,
    region,
    EventCategory,
    LookupAttributes?.map(({ AttributeKey, AttributeValue }) => [AttributeKey, AttributeValue]),
    StartTime,
    EndTime,
  ])
}

const writeToken = (input: LookupEventsRequest, account: string, region: string, { at, seq }: Pick<StoredRecord, 'at' | 'seq'>) =>
  Buffer.from(JSON.stringify({ question: questionOf(input, account, region), at, seq })).toString('base64url')

function readToken(input: LookupEventsRequest, account: string, region: string): { at: number; seq: number } {
  const refuse = () =>
    new cloudtrail.InvalidNextTokenException(
      'A token from a former response that was used with other parameters, or that is not a token, was given.',
    )
  try {
    const { question, at, seq } = JSON.parse(Buffer.from(input.NextToken as string, 'base64url').toString()) as {
      question: unknown
      at: unknown
      seq: unknown
    }
    if (question === questionOf(input, account, region) && typeof at === 'number' && typeof seq === 'number') return { at, seq }
  } catch {
    // Not a token of ours: refused below like one for another question.
  }
  throw refuse()
}
