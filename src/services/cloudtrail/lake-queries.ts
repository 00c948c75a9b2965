import type { Selectable } from 'kysely'
import { parseStatement, QueryProblem, type RunnableStatement, type Statement } from '../../audit/lake/statement.ts'
import { storedEvents, type Window } from '../../audit/lake/stored-events.ts'
import { memberAccounts, type Transaction } from '../../store/index.ts'
import type { EventDataStoreWindowsTable, LakeQueriesTable } from '../../store/tables/event-data-stores.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import {
  type EventDataStoreRow,
  eventDataStoreArn,
  namedStoreArn,
  requireActiveStore,
  storeAccess,
  kindOf,
} from './event-data-store-rows.ts'
import { cloudtrail } from './service.ts'

export type QueryRow = Selectable<LakeQueriesTable>

/** Queries and their results are kept for a week. CloudTrail API Reference, "ListQueries". */
export const queryKeptMilliseconds = 7 * 86_400_000

const day = 86_400_000

/** @throws InvalidQueryStatementException */
export function parsed(statement: string, parameters: readonly string[] = []): Statement {
  return orRefuse(() => parseStatement(statement, parameters))
}

function orRefuse<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (problem) {
    if (problem instanceof QueryProblem) throw new cloudtrail.InvalidQueryStatementException(problem.message)
    throw problem
  }
}

/**
 * A statement, ready to be run over the event data stores that it names.
 * @throws InvalidQueryStatementException, EventDataStoreNotFoundException, InactiveEventDataStoreException
 */
export async function prepared(
  tx: Transaction,
  statement: Statement,
  { account, region, now }: { readonly account: string; readonly region: string; readonly now: number },
): Promise<{ readonly storeArn: string; readonly runnable: RunnableStatement }> {
  const rows: EventDataStoreRow[] = []
  for (const id of statement.stores) rows.push(await requireActiveStore(tx, eventDataStoreArn(region, account, id), now))
  const stores = new Map<string, ReturnType<typeof storedEvents>>()
  for (const row of rows) stores.set(row.id, await eventsOf(tx, row, now))
  return {
    storeArn: (rows[0] as EventDataStoreRow).arn,
    runnable: orRefuse(() => statement.compile(stores, now)),
  }
}

async function eventsOf(tx: Transaction, row: EventDataStoreRow, now: number) {
  const from = now - row.retentionDays * day
  const kind = kindOf(row)
  // None of the records is of an activity outside AWS, nor an insight: there is nothing to look for among them.
  if (kind !== 'calls') return storedEvents({ storeArn: row.arn, kind, accounts: [], from, windows: [] })
  return storedEvents({
    storeArn: row.arn,
    accounts: row.organizationId === null ? [row.account] : await memberAccounts(tx, row.organizationId),
    ...(row.multiRegion === 0 && { region: row.region }),
    from,
    windows: await windowsOf(tx, row.arn),
    enriched: row.enrichedSince !== null,
  })
}

/** What an event data store took in. */
export async function windowsOf(tx: Transaction, storeArn: string): Promise<Window[]> {
  const rows = await tx.selectFrom('eventDataStoreWindows').selectAll().where('storeArn', '=', storeArn).execute()
  return rows.map(windowOf)
}

const windowOf = ({ source, afterSeq, untilSeq, selectors }: Selectable<EventDataStoreWindowsTable>): Window => ({
  source,
  afterSeq,
  untilSeq,
  selectors: JSON.parse(selectors) as Window['selectors'],
})

interface QueryName {
  readonly QueryId?: string
  readonly EventDataStore?: string
  readonly EventDataStoreOwnerAccountId?: string
}

/** Permission for what is done with a query: on its event data store. */
export async function queryAccess(name: QueryName, context: AccessContext): Promise<AccessStatement> {
  const place = { ...context, account: name.EventDataStoreOwnerAccountId ?? context.account }
  const row = name.QueryId === undefined ? undefined : await findQuery(context.tx, name.QueryId)
  return storeAccess(row?.storeArn ?? name.EventDataStore ?? '*', place)
}

const findQuery = (tx: Transaction, id: string): Promise<QueryRow | undefined> =>
  tx.selectFrom('lakeQueries').selectAll().where('id', '=', id).executeTakeFirst()

/**
 * A query by its id, of the event data store that is named beside it if one is.
 * @throws QueryIdNotFoundException, and what the event data store's name is refused with
 */
export async function requireQuery(
  { QueryId, EventDataStore, EventDataStoreOwnerAccountId }: QueryName,
  { tx, region, account, now }: { readonly tx: Transaction; readonly region: string; readonly account: string; readonly now: number },
): Promise<QueryRow> {
  if (QueryId === undefined) throw new cloudtrail.InvalidParameterException('Specify a QueryId.')
  const row = await findQuery(tx, QueryId)
  const place = { region, account: EventDataStoreOwnerAccountId ?? account }
  const named = EventDataStore === undefined ? row?.storeArn : namedStoreArn(EventDataStore, place)
  if (!row || row.storeArn !== named || row.createdAt < now - queryKeptMilliseconds)
    throw new cloudtrail.QueryIdNotFoundException(`The query ${QueryId} does not exist.`)
  await requireActiveStore(tx, row.storeArn, now)
  return row
}
