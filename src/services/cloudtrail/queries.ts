import type { Transaction } from '../../store/index.ts'
import type { QueryStatisticsForDescribeQuery } from '../../wire/models/cloudtrail.ts'
import type { CallContext } from '../operation.ts'
import { tellOfBucket } from './bucket-errors.ts'
import { eventDataStoreArn, namedStoreArn, requireActiveStore, storeAccess } from './event-data-store-rows.ts'
import { checkMaxResults } from './event-data-stores.ts'
import { parsed, prepared, queryAccess, queryKeptMilliseconds, type QueryRow, requireQuery } from './lake-queries.ts'
import { pageByKey } from './paging.ts'
import { placeOfUri } from './query-delivery.ts'
import { rowsOfPage, runQuery } from './query-runs.ts'
import { cloudtrail } from './service.ts'

/** Queries of an account that run or wait at the same time. CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostConcurrent = 10

/** StartQuery: on its way when the call has ended. CloudTrail API Reference, "StartQuery". */
export const StartQuery = cloudtrail.operation('StartQuery', {
  access: async ({ QueryStatement, EventDataStoreOwnerAccountId }, context) => {
    const account = EventDataStoreOwnerAccountId ?? context.account
    const ids = QueryStatement === undefined ? [] : parsed(QueryStatement).stores
    const named = ids.length > 0 ? ids : ['*']
    return Promise.all(named.map(id => storeAccess(eventDataStoreArn(context.region, account, id), context)))
  },

  /** Asks whether CloudTrail may deliver. CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail Lake query results". */
  async reach({ QueryStatement, DeliveryS3Uri, EventDataStoreOwnerAccountId }, { world, region, account }) {
    if (DeliveryS3Uri === undefined || QueryStatement === undefined) return
    const { bucket } = placeOfUri(DeliveryS3Uri)
    const owner = EventDataStoreOwnerAccountId ?? account
    const [id = ''] = parsed(QueryStatement).stores
    const source = { arn: eventDataStoreArn(region, owner, id), account: owner }
    await tellOfBucket(bucket, () => world.logBuckets.check(bucket, source))
  },

  async handle({ QueryStatement, QueryAlias, QueryParameters, DeliveryS3Uri, EventDataStoreOwnerAccountId }, context) {
    if (QueryAlias !== undefined || QueryParameters !== undefined)
      throw new cloudtrail.InvalidParameterException(
        'There are no managed dashboards, whose queries have aliases: specify a QueryStatement.',
      )
    if (QueryStatement === undefined) throw new cloudtrail.InvalidParameterException('Specify a QueryStatement.')
    const owner = EventDataStoreOwnerAccountId ?? context.account
    const id = await startQuery(context, owner, QueryStatement, [], { deliveryUri: DeliveryS3Uri })
    return { QueryId: id, ...(EventDataStoreOwnerAccountId !== undefined && { EventDataStoreOwnerAccountId }) }
  },
})

type Context = CallContext & { readonly tx: Transaction; afterCommit(work: () => Promise<void>): void }

/** Why a query runs, or where its result goes, where there is something to say of it. */
interface QueryPurpose {
  readonly dashboardArn?: string
  readonly refreshId?: string
  readonly deliveryUri?: string | undefined
}

/**
 * Puts a query on its way.
 * @param owner  the account of the event data stores
 * @returns      its id
 * @throws       InvalidQueryStatementException, MaxConcurrentQueriesException
 */
export async function startQuery(
  context: Context,
  owner: string,
  statement: string,
  parameters: readonly string[],
  { dashboardArn, refreshId, deliveryUri }: QueryPurpose = {},
): Promise<string> {
  const { tx, account, region, now, world } = context
  const { storeArn, runnable } = await prepared(tx, parsed(statement, parameters), { account: owner, region, now })
  const running = await tx.selectFrom('lakeQueries').select('id').where('status', '=', 'QUEUED').where('account', '=', account).execute()
  if (running.length >= mostConcurrent)
    throw new cloudtrail.MaxConcurrentQueriesException(`The account already has ${mostConcurrent} queries that run or are queued.`)
  const id = world.random.uuid()
  const nothingYet = { errorMessage: null, rowCount: 0, scanned: 0, matched: 0, bytes: 0, milliseconds: 0 }
  const query = { id, storeArn, account, createdAt: now }
  await tx
    .insertInto('lakeQueries')
    .values({
      ...query,
      statement,
      dashboardArn: dashboardArn ?? null,
      refreshId: refreshId ?? null,
      status: 'QUEUED',
      columns: JSON.stringify(runnable.outputs.map(({ name }) => name)),
      deliveryUri: deliveryUri ?? null,
      deliveryStatus: deliveryUri === undefined ? null : 'PENDING',
      ...nothingYet,
    })
    .execute()
  context.afterCommit(() => runQuery(world, id, runnable, deliveryUri === undefined ? undefined : { ...query, deliveryUri }))
  return id
}

const statusOf = ({ id, status }: QueryRow, { world }: CallContext) =>
  status === 'QUEUED' && world.queries.isRunning(id) ? 'RUNNING' : status

/** DescribeQuery. CloudTrail API Reference, "DescribeQuery". */
export const DescribeQuery = cloudtrail.operation('DescribeQuery', {
  access: queryAccess,
  async handle(input, context) {
    if (input.QueryAlias !== undefined || input.RefreshId !== undefined)
      throw new cloudtrail.InvalidParameterException('There are no managed dashboards, whose queries have aliases: specify a QueryId.')
    const row = await requireQuery(input, context)
    const QueryStatistics: QueryStatisticsForDescribeQuery = {
      EventsMatched: row.matched,
      EventsScanned: row.scanned,
      BytesScanned: row.bytes,
      ExecutionTimeInMillis: row.milliseconds,
      CreationTime: new Date(row.createdAt),
    }
    return {
      QueryId: row.id,
      QueryString: row.statement,
      QueryStatus: statusOf(row, context),
      QueryStatistics,
      ...(row.deliveryUri !== null && { DeliveryS3Uri: row.deliveryUri, DeliveryStatus: row.deliveryStatus ?? 'UNKNOWN' }),
      ...(row.errorMessage !== null && { ErrorMessage: row.errorMessage }),
    }
  },
})

/** GetQueryResults: a page of rows once the query has finished. CloudTrail API Reference, "GetQueryResults". */
export const GetQueryResults = cloudtrail.operation('GetQueryResults', {
  access: queryAccess,
  async handle({ NextToken, MaxQueryResults = 1000, ...input }, context) {
    const row = await requireQuery(input, context)
    const from = NextToken === undefined ? 0 : rowOfToken(NextToken, row.id)
    const rows = row.status === 'FINISHED' ? await rowsFrom(context.tx, row, from, MaxQueryResults) : []
    const next = from + rows.length
    return {
      QueryStatus: statusOf(row, context),
      QueryStatistics: { ResultsCount: rows.length, TotalResultsCount: row.rowCount, BytesScanned: row.bytes },
      QueryResultRows: rows,
      ...(row.status === 'FINISHED' && next < row.rowCount && { NextToken: Buffer.from(`${row.id} ${next}`).toString('base64url') }),
      ...(row.errorMessage !== null && { ErrorMessage: row.errorMessage }),
    }
  },
})

function rowOfToken(token: string, id: string): number {
  const [of, row = ''] = Buffer.from(token, 'base64url').toString().split(' ')
  if (of !== id || !/^\d{1,9}$/.test(row)) throw new cloudtrail.InvalidNextTokenException('The token is not valid for this request.')
  return Number(row)
}

type Row = { readonly [name: string]: string }[]

async function rowsFrom(tx: Transaction, { id }: QueryRow, from: number, size: number): Promise<Row[]> {
  const first = Math.floor(from / rowsOfPage)
  const last = Math.floor((from + size - 1) / rowsOfPage)
  const pages = await tx
    .selectFrom('lakeQueryPages')
    .select('rows')
    .where('queryId', '=', id)
    .where('page', '>=', first)
    .where('page', '<=', last)
    .orderBy('page')
    .execute()
  const skipped = from - first * rowsOfPage
  return pages.flatMap(({ rows }) => JSON.parse(rows) as Row[]).slice(skipped, skipped + size)
}

/** ListQueries: of an event data store, of the last seven days, newest first. CloudTrail API Reference, "ListQueries". */
export const ListQueries = cloudtrail.operation('ListQueries', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),
  async handle({ EventDataStore, NextToken, MaxResults, StartTime, EndTime, QueryStatus }, context) {
    const { tx, now } = context
    checkMaxResults(MaxResults)
    if ([StartTime, EndTime].some(time => time && Number.isNaN(time.getTime())) || (StartTime && EndTime && StartTime > EndTime))
      throw new cloudtrail.InvalidDateRangeException('The start time must be before the end time.')
    const { arn } = await requireActiveStore(tx, namedStoreArn(EventDataStore, context), now)
    const rows = await tx
      .selectFrom('lakeQueries')
      .selectAll()
      .where('storeArn', '=', arn)
      .where('createdAt', '>=', Math.max(StartTime?.getTime() ?? 0, now - queryKeptMilliseconds))
      .where('createdAt', '<=', EndTime?.getTime() ?? now)
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .execute()
    const wanted = rows.filter(row => QueryStatus === undefined || statusOf(row, context) === QueryStatus)
    const { items, end } = pageByKey(wanted, keyOf, NextToken, MaxResults)
    return {
      Queries: items.map(row => ({ QueryId: row.id, QueryStatus: statusOf(row, context), CreationTime: new Date(row.createdAt) })),
      ...end,
    }
  },
})

/** Newest first: by what is left to the end of time. */
const keyOf = ({ createdAt, id }: QueryRow) => `${String(9_999_999_999_999 - createdAt).padStart(13, '0')} ${id}`

/** CancelQuery: one that waits or runs. CloudTrail API Reference, "CancelQuery". */
export const CancelQuery = cloudtrail.operation('CancelQuery', {
  access: queryAccess,
  async handle(input, context) {
    const row = await requireQuery(input, context)
    if (row.status !== 'QUEUED') throw new cloudtrail.InactiveQueryException(`The query ${row.id} has ended: its status is ${row.status}.`)
    await context.tx
      .updateTable('lakeQueries')
      .set({ status: 'CANCELLED', ...(row.deliveryUri !== null && { deliveryStatus: 'CANCELLED' as const }) })
      .where('id', '=', row.id)
      .execute()
    context.afterCommit(() => context.world.queries.cancel(row.id))
    return { QueryId: row.id, QueryStatus: 'CANCELLED' }
  },
})
