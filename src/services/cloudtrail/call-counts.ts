import { sql } from 'kysely'
import type { TrailRecord } from '../../audit/record.ts'
import { keepSystemSetting, lastSeq, memberAccounts, type Store, systemSetting, type Transaction } from '../../store/index.ts'
import type { InsightSelector } from '../../wire/models/cloudtrail.ts'

export const minuteMilliseconds = 60_000
/** What is normal is what was in the seven days before. CloudTrail User Guide, "CloudTrail insightDetails element", baseline. */
export const baselineMinutes = 7 * 24 * 60
/** Counts are kept as long as ListInsightsMetricData can ask for them. */
const keptMinutes = 90 * 24 * 60

/** Records that are counted in one unit, and units in one run: counting must not hold up anybody. */
const mostRecords = 5_000
const mostUnits = 50

const cursorName = 'countedRecordSeq'

/** Who looks for insights of an account's calls. */
export interface InsightWatch {
  /** Types that its trails look for. */
  readonly trails: ReadonlySet<string>
  /** Event data stores that look for them, with where they go. */
  readonly stores: readonly { readonly arn: string; readonly destination: string; readonly types: ReadonlySet<string> }[]
}

/** All types that are looked for. */
export const typesOf = ({ trails, stores }: InsightWatch): ReadonlySet<string> =>
  new Set([...trails, ...stores.flatMap(({ types }) => [...types])])

const typesIn = (selectors: string | null) =>
  (JSON.parse(selectors ?? '[]') as InsightSelector[]).flatMap(({ InsightType }) => InsightType ?? [])

/** Accounts whose calls are counted: those whose trails and event data stores look for insights. */
export async function accountsWithInsights(tx: Transaction): Promise<Map<string, InsightWatch>> {
  const accounts = new Map<string, InsightWatch>()
  const watch = async (
    { account, organizationId }: { readonly account: string; readonly organizationId: string | null },
    add: (watch: InsightWatch) => InsightWatch,
  ) => {
    for (const each of organizationId === null ? [account] : await memberAccounts(tx, organizationId))
      accounts.set(each, add(accounts.get(each) ?? { trails: new Set(), stores: [] }))
  }
  const trails = await tx.selectFrom('trails').selectAll().where('insightSelectors', 'is not', null).where('logging', '=', 1).execute()
  for (const trail of trails)
    await watch(trail, ({ trails: types, stores }) => ({ trails: new Set([...types, ...typesIn(trail.insightSelectors)]), stores }))
  const stores = await tx
    .selectFrom('eventDataStores')
    .selectAll()
    .where('insightSelectors', 'is not', null)
    .where('status', '=', 'ENABLED')
    .orderBy('arn')
    .execute()
  for (const { arn, insightsDestination: destination, ...store } of stores)
    if (destination !== null)
      await watch(store, ({ trails: types, stores: before }) => ({
        trails: types,
        stores: [...before, { arn, destination, types: new Set(typesIn(store.insightSelectors)) }],
      }))
  return accounts
}

/** Counts the calls that were recorded since the last time, from seven days ago on. @returns whether all are counted */
export async function countCalls(store: Store, accounts: readonly string[], now: number): Promise<boolean> {
  for (let unit = 0; unit < mostUnits; unit++) if (await countSome(store, accounts, now)) return true
  return false
}

async function countSome(store: Store, accounts: readonly string[], now: number): Promise<boolean> {
  const settled = await store.settledSeq('records')
  const after = await store.read(tx => cursorOf(tx, now))
  const rows = await store.read(tx =>
    tx
      .selectFrom('records')
      .select(['seq', 'account', 'json'])
      .where('seq', '>', after)
      .where('seq', '<=', settled)
      .orderBy('seq')
      .limit(mostRecords)
      .execute(),
  )
  const last = rows.at(-1)?.seq
  if (last === undefined) return true
  const counts = countsOf(rows.filter(({ account }) => accounts.includes(account)).map(({ json }) => JSON.parse(json) as TrailRecord))
  await store.write(async tx => {
    for (const count of counts)
      await tx
        .insertInto('callCounts')
        .values(count)
        .onConflict(conflict =>
          conflict
            .columns(['account', 'region', 'eventSource', 'eventName', 'errorCode', 'minute'])
            .doUpdateSet({ calls: sql<number>`"callCounts"."calls" + excluded."calls"` }),
        )
        .execute()
    await keepSystemSetting(tx, cursorName, String(last))
    await tx
      .deleteFrom('callCounts')
      .where('minute', '<', Math.floor(now / minuteMilliseconds) - keptMinutes)
      .execute()
  })
  return rows.length < mostRecords
}

async function cursorOf(tx: Transaction, now: number): Promise<number> {
  const stored = await systemSetting(tx, cursorName)
  if (stored !== undefined) return Number(stored)
  return lastSeqBefore(tx, now - baselineMinutes * minuteMilliseconds)
}

/** The last record before a time. Records are in order of time: halving finds it, where looking at each would hold everybody up. */
async function lastSeqBefore(tx: Transaction, time: number): Promise<number> {
  let low = 0
  for (let high = await lastSeq(tx, 'records'); low < high; ) {
    const middle = Math.ceil((low + high) / 2)
    const row = await tx.selectFrom('records').select('at').where('seq', '<=', middle).orderBy('seq', 'desc').limit(1).executeTakeFirst()
    if (row && row.at >= time) high = middle - 1
    else low = middle
  }
  return low
}

export interface CallCount {
  readonly account: string
  readonly region: string
  readonly eventSource: string
  readonly eventName: string
  /** Empty for all calls. */
  readonly errorCode: string
  readonly minute: number
  readonly readOnly: number
  readonly calls: number
}

/** Calls of each minute, and failed ones again under their code. */
function countsOf(records: readonly TrailRecord[]): CallCount[] {
  const counts = new Map<string, CallCount>()
  for (const { recipientAccountId: account, awsRegion: region, eventSource, eventName, eventTime, readOnly, ...record } of records) {
    if (record['eventType'] !== 'AwsApiCall') continue
    const minute = Math.floor(Date.parse(eventTime) / minuteMilliseconds)
    const errorCode = record['errorCode']
    for (const code of typeof errorCode === 'string' ? ['', errorCode] : ['']) {
      const count = { account, region, eventSource, eventName, errorCode: code, minute, readOnly: Number(readOnly) }
      const key = JSON.stringify(Object.values(count))
      counts.set(key, { ...count, calls: (counts.get(key)?.calls ?? 0) + 1 })
    }
  }
  return [...counts.values()]
}
