import { eventIdAt } from '../../audit/event-id.ts'
import { type Attribution, type InsightFacts, insightRecord, lakeInsightRecord } from '../../audit/insight-record.ts'
import type { TrailRecord } from '../../audit/record.ts'
import { keepSystemSetting, systemSetting, type Transaction } from '../../store/index.ts'
import type { OpenInsightsTable } from '../../store/tables/audit.ts'
import type { World } from '../world.ts'
import { accountsWithInsights, baselineMinutes, countCalls, type InsightWatch, minuteMilliseconds, typesOf } from './call-counts.ts'

const minuteName = 'insightMinute'
/** Minutes that are looked at in one run; after a longer pause those before are left out. */
const mostMinutes = 120
/**
 * History that an account must have before anything is unusual. CloudTrail User Guide, "Working with CloudTrail Insights": it can take up to
 * 36 hours after insights were enabled.
 */
const leastMinutes = 36 * 60

/**
 * Whether so many calls in a minute are unusual. AWS does not publish how it tells. Calls that come independently at a rate of b a
 * minute differ from it by more than six times its root hardly ever; single calls of what is seldom used are not worth telling.
 */
export const isUnusual = (calls: number, baseline: number): boolean => calls >= 10 && calls > baseline + 6 * Math.sqrt(baseline)

/** Finds unusual activity in the minutes since the last run, in the accounts whose trails or event data stores look for it. Not to be run twice at once. */
export async function findInsights(world: World, now: number): Promise<void> {
  const { store } = world
  const accounts = await store.read(accountsWithInsights)
  if (accounts.size === 0) return
  if (!(await countCalls(store, [...accounts.keys()], now))) return
  // The last minute that is over, and whose records are counted.
  const last = Math.floor(now / minuteMilliseconds) - 1
  const done = await store.read(tx => systemSetting(tx, minuteName))
  for (let minute = Math.max(Number(done ?? last - 1) + 1, last - mostMinutes); minute <= last; minute++)
    await store.write(async tx => {
      for (const [account, watch] of accounts) await findInMinute(tx, world, { account, watch, minute })
      await keepSystemSetting(tx, minuteName, String(minute))
    })
}

interface Looked {
  readonly account: string
  readonly watch: InsightWatch
  readonly minute: number
}
/** An operation whose rate is looked at. */
type Subject = Pick<OpenInsightsTable, 'account' | 'region' | 'eventSource' | 'eventName' | 'type' | 'errorCode'>

async function findInMinute(tx: Transaction, world: World, { account, watch, minute }: Looked): Promise<void> {
  const history = await historyOf(tx, account, minute)
  const open = await tx.selectFrom('openInsights').selectAll().where('account', '=', account).execute()
  const rates = await ratesOf(tx, account, minute, typesOf(watch))
  for (const insight of open) {
    const { subject, calls } = rates.find(rate => same(rate.subject, insight)) ?? { subject: insight, calls: 0 }
    if (!isUnusual(calls, insight.baseline)) await endInsight(tx, { world, watch }, insight, subject, minute)
  }
  if (history < leastMinutes) return
  for (const { subject, calls } of rates) {
    if (calls < 10 || open.some(insight => same(insight, subject))) continue
    const baseline = (await callsBetween(tx, subject, minute - history, minute)) / history
    if (isUnusual(calls, baseline)) await startInsight(tx, { world, watch }, subject, { calls, minute, baseline, history })
  }
}

const same = (one: Subject, other: Subject) =>
  one.region === other.region &&
  one.eventSource === other.eventSource &&
  one.eventName === other.eventName &&
  one.type === other.type &&
  one.errorCode === other.errorCode

/** Minutes of the baseline: seven days, or as far back as the account has counts. */
async function historyOf(tx: Transaction, account: string, minute: number): Promise<number> {
  const first = await tx
    .selectFrom('callCounts')
    .select(({ fn }) => fn.min<number | null>('minute').as('minute'))
    .where('account', '=', account)
    .executeTakeFirst()
  return Math.min(baselineMinutes, minute - Number(first?.minute ?? minute))
}

/** What was called in a minute. Rates of calls are those of writes; rates of errors those of every call, of each code by itself. */
async function ratesOf(tx: Transaction, account: string, minute: number, types: ReadonlySet<string>) {
  const rows = await tx.selectFrom('callCounts').selectAll().where('account', '=', account).where('minute', '=', minute).execute()
  const rates: { subject: Subject; calls: number }[] = []
  for (const { region, eventSource, eventName, errorCode, readOnly, calls } of rows) {
    const type = errorCode === '' ? 'ApiCallRateInsight' : 'ApiErrorRateInsight'
    if (!types.has(type) || (type === 'ApiCallRateInsight' && readOnly === 1)) continue
    rates.push({ subject: { account, region, eventSource, eventName, type, errorCode }, calls })
  }
  return rates
}

async function callsBetween(tx: Transaction, subject: Subject, from: number, to: number): Promise<number> {
  const sum = await tx
    .selectFrom('callCounts')
    .select(({ fn }) => fn.sum<number | null>('calls').as('calls'))
    .where('account', '=', subject.account)
    .where('region', '=', subject.region)
    .where('eventSource', '=', subject.eventSource)
    .where('eventName', '=', subject.eventName)
    .where('errorCode', '=', subject.errorCode)
    .where('minute', '>=', from)
    .where('minute', '<', to)
    .executeTakeFirst()
  return Number(sum?.calls ?? 0)
}

/** Who is told of an insight. */
interface Told {
  readonly world: World
  readonly watch: InsightWatch
}

async function startInsight(
  tx: Transaction,
  told: Told,
  subject: Subject,
  { calls, minute, baseline, history }: { calls: number; minute: number; baseline: number; history: number },
): Promise<void> {
  const startedAt = minute * minuteMilliseconds
  const open = { ...subject, sharedEventId: told.world.random.uuid(), startedAt, baseline, baselineMinutes: history }
  await tx.insertInto('openInsights').values(open).execute()
  await insertInsight(tx, told, open, { state: 'Start', at: startedAt, average: calls, minutes: 1 })
}

async function endInsight(tx: Transaction, told: Told, open: OpenInsightsTable, subject: Subject, minute: number): Promise<void> {
  const first = open.startedAt / minuteMilliseconds
  const minutes = minute - first
  const average = (await callsBetween(tx, subject, first, minute)) / minutes
  await insertInsight(tx, told, open, { state: 'End', at: minute * minuteMilliseconds, average, minutes })
  await tx
    .deleteFrom('openInsights')
    .where('account', '=', open.account)
    .where('region', '=', open.region)
    .where('eventSource', '=', open.eventSource)
    .where('eventName', '=', open.eventName)
    .where('type', '=', open.type)
    .where('errorCode', '=', open.errorCode)
    .execute()
}

interface Ending {
  readonly state: 'Start' | 'End'
  readonly at: number
  readonly average: number
  readonly minutes: number
}

async function insertInsight(
  tx: Transaction,
  { world, watch }: Told,
  open: OpenInsightsTable,
  { state, at, average, minutes }: Ending,
): Promise<void> {
  const { account, region, eventSource, eventName, type, errorCode, sharedEventId, startedAt, baseline, baselineMinutes: history } = open
  const facts: InsightFacts = {
    eventId: eventIdAt(at, world.random.uuid()),
    sharedEventId,
    at,
    region,
    account,
    state,
    eventSource,
    eventName,
    insightType: type,
    errorCode,
    baseline: { average: baseline, minutes: history },
    insight: { average, minutes },
    attributions: await attributionsOf(tx, open, startedAt + minutes * minuteMilliseconds, minutes),
  }
  if (watch.trails.has(type)) {
    const json = JSON.stringify(insightRecord(facts))
    await tx.insertInto('insightRecords').values({ eventId: facts.eventId, account, region, at, eventName, eventSource, json }).execute()
  }
  for (const { arn, destination, types } of watch.stores)
    if (types.has(type)) await insertForStore(tx, { ...facts, eventId: eventIdAt(at, world.random.uuid()) }, arn, destination)
}

async function insertForStore(tx: Transaction, facts: InsightFacts, source: string, storeArn: string): Promise<void> {
  const { eventId, at } = facts
  const json = JSON.stringify(lakeInsightRecord(facts, source))
  await tx.insertInto('importedRecords').values({ storeArn, eventId, at, json }).execute()
}

/** Records that are looked at for who was active, of each of the two times. */
const mostLookedAt = 2_000
const mostAttributions = 5

const attributes: { readonly [attribute in InsightFacts['attributions'][number]['attribute']]: (record: TrailRecord) => unknown } = {
  userIdentityArn: record => record.userIdentity['arn'],
  userAgent: record => record['userAgent'],
  errorCode: record => record['errorCode'] ?? 'null',
}

async function attributionsOf(
  tx: Transaction,
  open: OpenInsightsTable,
  until: number,
  minutes: number,
): Promise<InsightFacts['attributions']> {
  const during = await recordsBetween(tx, open, open.startedAt, until)
  const before = await recordsBetween(tx, open, open.startedAt - open.baselineMinutes * minuteMilliseconds, open.startedAt)
  // Failures of one code have no other to tell of.
  const told = (Object.keys(attributes) as (keyof typeof attributes)[]).filter(name => open.errorCode === '' || name !== 'errorCode')
  return told.map(attribute => ({
    attribute,
    insight: mostFrequent(during, attributes[attribute], minutes),
    baseline: mostFrequent(before, attributes[attribute], open.baselineMinutes),
  }))
}

async function recordsBetween(
  tx: Transaction,
  { account, region, eventSource, eventName, errorCode }: OpenInsightsTable,
  from: number,
  to: number,
) {
  const rows = await tx
    .selectFrom('records')
    .select('json')
    .where('account', '=', account)
    .where('eventName', '=', eventName)
    .where('region', '=', region)
    .where('eventSource', '=', eventSource)
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('at', 'desc')
    .orderBy('seq', 'desc')
    .limit(mostLookedAt)
    .execute()
  const records = rows.map(({ json }) => JSON.parse(json) as TrailRecord)
  return errorCode === '' ? records : records.filter(record => record['errorCode'] === errorCode)
}

function mostFrequent(records: readonly TrailRecord[], valueOf: (record: TrailRecord) => unknown, minutes: number): Attribution[] {
  const counts = new Map<string, number>()
  for (const record of records) {
    const value = String(valueOf(record) ?? '')
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const sorted = [...counts].toSorted(([, one], [, other]) => other - one)
  return sorted.slice(0, mostAttributions).map(([value, count]) => ({ value, average: count / minutes }))
}
