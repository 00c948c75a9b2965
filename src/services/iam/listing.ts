import type { Selectable, SelectQueryBuilder } from 'kysely'
import type { Database, Transaction } from '../../store/index.ts'
import { type PageEnd, type PageRequest, pageOf, prefixEnd, rowsWanted, startAfter } from './paging.ts'

/** Tables whose rows have an account, a path and a name. */
export type NamedTable = 'users' | 'groups' | 'roles' | 'instanceProfiles' | 'policies' | 'serverCertificates'

export interface PathRequest extends PageRequest {
  readonly PathPrefix?: string
}

type Query<Table extends NamedTable> = SelectQueryBuilder<Database, Table, Selectable<Database[Table]>>

/**
 * Rows of an account from a place on, in order of name; below a path in order of path and name. Either way an index leads straight to the page, however
 * many rows there are before it or elsewhere.
 * @param after   path and name key of the last row before
 * @param refine  further conditions
 */
export async function namedRows<Table extends NamedTable>(
  tx: Transaction,
  table: Table,
  account: string,
  { PathPrefix: prefix = '/' }: PathRequest,
  after: readonly string[] | undefined,
  limit: number,
  refine: (query: Query<Table>) => Query<Table> = query => query,
): Promise<Selectable<Database[Table]>[]> {
  // All these tables have the columns used here; one of them stands for all in the types.
  let query = tx
    .selectFrom(table as 'users')
    .selectAll()
    .where('account', '=', account)
    .limit(limit)
  const [path, nameKey] = after ?? []
  if (prefix === '/') {
    if (nameKey !== undefined) query = query.where('nameKey', '>', nameKey)
    query = query.orderBy('nameKey')
  } else {
    query = query.where('path', '>=', prefix).where('path', '<', prefixEnd(prefix))
    if (path !== undefined && nameKey !== undefined) {
      query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('path', 'nameKey'), '>', tuple(path, nameKey)))
    }
    query = query.orderBy('path').orderBy('nameKey')
  }
  return (await refine(query as unknown as Query<Table>).execute()) as Selectable<Database[Table]>[]
}

/** One page of an account's users, groups, roles or instance profiles. */
export async function namedPage<Table extends NamedTable>(
  tx: Transaction,
  table: Table,
  account: string,
  request: PathRequest,
): Promise<{ items: readonly Selectable<Database[Table]>[]; end: PageEnd }> {
  const rows = await namedRows(tx, table, account, request, startAfter(request, 2), rowsWanted(request))
  return pageOf(rows, request, row => {
    const { path, nameKey } = row as { path: string; nameKey: string }
    return [path, nameKey]
  })
}
