import { memberAccounts, type Store, type Transaction } from '../store/index.ts'
import type { RecordSource } from '../store/tables/trails.ts'
import { lookupResourcesOf } from './lookup-resources.ts'
import type { TrailRecord } from './record.ts'
import { searchable } from './records.ts'

const day = 86_400_000

/** Records looked at in one unit: writers wait for no more than these. */
const batch = 500
/** Pages given back to the system in one unit. */
const pages = 200

const sources: readonly RecordSource[] = ['records', 'dataRecords', 'insightRecords']

interface Question {
  /** Days that the event history goes back. */
  readonly historyDays: number
  readonly now: number
  /** Waits a moment between units. */
  readonly pause: () => Promise<void>
}

/**
 * Deletes records that nothing retains any more: older than the event history, than what event data stores of their account retain, and delivered by all trails.
 * Goes through them in small units, so that writers never wait for more than one.
 * @returns how many records were deleted
 */
export async function vacuumRecords(store: Store, question: Question): Promise<number> {
  let deleted = 0
  for (const source of sources) deleted += await vacuumSource(store, source, question)
  await forgetExplanations(store, question)
  if (deleted > 0) await releaseSpace(store, question)
  return deleted
}

/** Why calls were denied is told for as long as the event history goes back. */
async function forgetExplanations(store: Store, { historyDays, now, pause }: Question): Promise<void> {
  for (;;) {
    const { numDeletedRows } = await store.write(tx =>
      tx
        .deleteFrom('denialExplanations')
        .where('eventId', 'in', of =>
          of
            .selectFrom('denialExplanations')
            .select('eventId')
            .where('at', '<', now - historyDays * day)
            .limit(batch),
        )
        .executeTakeFirst(),
    )
    if (numDeletedRows < BigInt(batch)) return
    await pause()
  }
}

async function vacuumSource(store: Store, source: RecordSource, { historyDays, now, pause }: Question): Promise<number> {
  const [daysOf, delivered] = await store.read(async tx => [await retentionDays(tx, historyDays), await deliveredSeq(tx, source)] as const)
  const isOld = ({ seq, at, account }: Row) => at < now - daysOf(account) * day && seq <= delivered
  let deleted = 0
  for (let after = 0; ; await pause()) {
    const rows = await store.read(tx => rowsAfter(tx, source, after))
    const old = rows.filter(isOld)
    if (old.length > 0)
      await store.write(tx =>
        removeRecords(
          tx,
          source,
          old.map(({ seq }) => seq),
        ),
      )
    deleted += old.length
    const last = rows.at(-1)
    // Records are in order of time but for a few: none beyond this one is old.
    if (!last || rows.length < batch || last.at >= now - historyDays * day) return deleted
    after = last.seq
  }
}

interface Row {
  readonly seq: number
  readonly at: number
  readonly account: string
}

const rowsAfter = (tx: Transaction, source: RecordSource, after: number): Promise<Row[]> =>
  tx.selectFrom(source).select(['seq', 'at', 'account']).where('seq', '>', after).orderBy('seq').limit(batch).execute()

/** Days that records are retained: by account, where event data stores retain them for longer than the history goes back. */
export async function retentionDays(tx: Transaction, historyDays: number): Promise<(account: string) => number> {
  const byAccount = new Map<string, number>()
  for (const { account, organizationId, retentionDays: days } of await tx
    .selectFrom('eventDataStores')
    .select(['account', 'organizationId', 'retentionDays'])
    .execute()) {
    const members = organizationId === null ? [account] : await memberAccounts(tx, organizationId)
    for (const member of members) byAccount.set(member, Math.max(byAccount.get(member) ?? historyDays, days))
  }
  return account => byAccount.get(account) ?? historyDays
}

/** The last record that all trails have delivered. */
export async function deliveredSeq(tx: Transaction, source: RecordSource): Promise<number> {
  const cursor = await tx
    .selectFrom('trailCursors')
    .select(({ fn }) => fn.min('afterSeq').as('seq'))
    .where('source', '=', source)
    .where(where => where.or([where('untilSeq', 'is', null), where('untilSeq', '>', where.ref('afterSeq'))]))
    .executeTakeFirst()
  return cursor?.seq ?? Number.MAX_SAFE_INTEGER
}

/** Deletes records and what finds them. */
export async function removeRecords(tx: Transaction, source: RecordSource, seqs: readonly number[]): Promise<void> {
  if (source === 'records') await removeResources(tx, seqs)
  await tx.deleteFrom(source).where('seq', 'in', seqs).execute()
}

/** The look-up table is found by name: the records tell the names. */
async function removeResources(tx: Transaction, seqs: readonly number[]): Promise<void> {
  const named = await tx.selectFrom('records').select(['seq', 'account', 'region', 'at', 'json']).where('seq', 'in', seqs).execute()
  for (const { seq, account, region, at, json } of named) {
    const names = new Set(lookupResourcesOf(JSON.parse(json) as TrailRecord).map(({ name }) => searchable(name)))
    if (names.size > 0)
      await tx
        .deleteFrom('recordResources')
        .where('account', '=', account)
        .where('region', '=', region)
        .where('name', 'in', [...names])
        .where('at', '=', at)
        .where('seq', '=', seq)
        .execute()
  }
}

/** Gives the pages that became free back to the system, some at a time. */
async function releaseSpace(store: Store, { pause }: Question): Promise<void> {
  while (await store.releaseSpace(pages)) await pause()
}
