import type { Transaction } from '../../store/index.ts'
import type {
  GetFindingsStatisticsResponse,
  InternalAccessResourceTypeDetails,
  ResourceTypeDetails,
  SortCriteria,
  UnusedAccessFindingsStatistics,
} from '../../wire/models/access-analyzer.ts'
import { analyze } from './analysis.ts'
import { isOfOrganization } from './analyzer-scope.ts'
import { type AnalyzerRow, type FindingRow, findsExternalAccess, findsInternalAccess, notFound, requireAnalyzer } from './analyzer-store.ts'
import { checkFilter, type Filter, filterable, passes } from './archive-filters.ts'
import { findingDetails, findingShape, findingSummaryV2 } from './finding-shapes.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

interface Call {
  readonly tx: Transaction
  readonly account: string
  readonly now: number
}
interface Listing {
  readonly analyzerArn: string
  readonly filter?: Filter
  readonly sort?: SortCriteria
  readonly maxResults?: number
  readonly nextToken?: string
}
const ofAnalyzer = ({ analyzerArn }: { readonly analyzerArn: string }) => ({ resource: analyzerArn })

/** An analyzer whose findings tell of now. */
async function current(call: Call, arn: string): Promise<AnalyzerRow> {
  const analyzer = await requireAnalyzer(call.tx, arn, call.account)
  await analyze(call, analyzer)
  return analyzer
}

const findingsOf = (tx: Transaction, arn: string): Promise<FindingRow[]> =>
  tx.selectFrom('analyzerFindings').selectAll().where('analyzerArn', '=', arn).orderBy('createdAt').orderBy('id').execute()

async function listed({ analyzerArn, filter = {}, sort, ...paging }: Listing, call: Call) {
  checkFilter(filter, 'findings')
  await current(call, analyzerArn)
  const rows = (await findingsOf(call.tx, analyzerArn)).filter(row => passes(filterable(row), filter))
  return pageOf(sorted(rows, sort), paging, [analyzerArn, filter, sort])
}

const sortable = ['createdAt', 'updatedAt', 'analyzedAt', 'resource', 'resourceType', 'status'] as const

function sorted(rows: FindingRow[], { attributeName = 'createdAt', orderBy = 'ASC' }: SortCriteria = {}): FindingRow[] {
  const name = sortable.find(attribute => attribute === attributeName)
  if (!name) throw new accessAnalyzer.ValidationException(`Findings cannot be sorted by ${attributeName}.`, { reason: 'other' })
  const direction = orderBy === 'DESC' ? -1 : 1
  return rows.toSorted((a, b) => (a[name] < b[name] ? -direction : a[name] > b[name] ? direction : 0))
}

function refuseUnusedAccess(analyzer: AnalyzerRow, operation: string) {
  if (findsExternalAccess(analyzer)) return
  throw new accessAnalyzer.ValidationException(`${operation} is for analyzers of external access only. Use ${operation}V2.`, {
    reason: 'other',
  })
}

async function requireFinding({ analyzerArn, id }: { analyzerArn: string; id: string }, call: Call): Promise<FindingRow> {
  await current(call, analyzerArn)
  const row = await call.tx
    .selectFrom('analyzerFindings')
    .selectAll()
    .where('analyzerArn', '=', analyzerArn)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound(id, 'Finding')
  return row
}

/** ListFindings. Access Analyzer API Reference, "ListFindings". */
export const ListFindings = accessAnalyzer.operation('ListFindings', {
  transaction: 'write',
  access: ofAnalyzer,
  async handle(input, call) {
    refuseUnusedAccess(await requireAnalyzer(call.tx, input.analyzerArn, call.account), 'ListFindings')
    const { items, ...next } = await listed(input, call)
    return { findings: items.map(findingShape), ...next }
  },
})

/** ListFindingsV2: of all kinds of analyzers. Access Analyzer API Reference, "ListFindingsV2". */
export const ListFindingsV2 = accessAnalyzer.operation('ListFindingsV2', {
  transaction: 'write',
  access: input => ({ ...ofAnalyzer(input), action: 'access-analyzer:ListFindings' }),
  async handle(input, call) {
    const { items, ...next } = await listed(input, call)
    return { findings: items.map(findingSummaryV2), ...next }
  },
})

/** GetFinding. Access Analyzer API Reference, "GetFinding". */
export const GetFinding = accessAnalyzer.operation('GetFinding', {
  transaction: 'write',
  access: ofAnalyzer,
  async handle(input, call) {
    refuseUnusedAccess(await requireAnalyzer(call.tx, input.analyzerArn, call.account), 'GetFinding')
    return { finding: findingShape(await requireFinding(input, call)) }
  },
})

/** GetFindingV2. Access Analyzer API Reference, "GetFindingV2". */
export const GetFindingV2 = accessAnalyzer.operation('GetFindingV2', {
  transaction: 'write',
  access: input => ({ ...ofAnalyzer(input), action: 'access-analyzer:GetFinding' }),
  async handle(input, call) {
    const row = await requireFinding(input, call)
    return { ...findingSummaryV2(row), findingDetails: findingDetails(row) }
  },
})

/** UpdateFindings: archives findings, or makes them active again. Access Analyzer API Reference, "UpdateFindings". */
export const UpdateFindings = accessAnalyzer.operation('UpdateFindings', {
  access: ofAnalyzer,
  async handle({ analyzerArn, status, ids = [], resourceArn }, call) {
    await current(call, analyzerArn)
    const rows = await findingsOf(call.tx, analyzerArn)
    const missing = ids.find(id => !rows.some(row => row.id === id))
    if (missing !== undefined) throw notFound(missing, 'Finding')
    const chosen = rows.filter(({ id, resource }) =>
      ids.length > 0 ? ids.includes(id) : resourceArn !== undefined && resource === resourceArn,
    )
    for (const row of chosen) {
      // What is gone stays resolved.
      if (row.status === 'RESOLVED' || row.status === status) continue
      const changed = status === 'ARCHIVED' ? 'ARCHIVED' : 'ACTIVE'
      await call.tx.updateTable('analyzerFindings').set({ status: changed, updatedAt: call.now }).where('id', '=', row.id).execute()
    }
    return {}
  },
})

/** GetFindingsStatistics. Access Analyzer API Reference, "GetFindingsStatistics". */
export const GetFindingsStatistics = accessAnalyzer.operation('GetFindingsStatistics', {
  transaction: 'write',
  access: ofAnalyzer,
  async handle({ analyzerArn }, call): Promise<GetFindingsStatisticsResponse> {
    const analyzer = await current(call, analyzerArn)
    const rows = await findingsOf(call.tx, analyzerArn)
    const count = (status: FindingRow['status']) => rows.filter(row => row.status === status).length
    const totals = {
      totalActiveFindings: count('ACTIVE'),
      totalArchivedFindings: count('ARCHIVED'),
      totalResolvedFindings: count('RESOLVED'),
    }
    const active = rows.filter(({ status }) => status === 'ACTIVE')
    return {
      findingsStatistics: [
        findsExternalAccess(analyzer)
          ? { externalAccessFindingsStatistics: { ...totals, resourceTypeStatistics: countedByResourceType(active) } }
          : findsInternalAccess(analyzer)
            ? { internalAccessFindingsStatistics: { ...totals, resourceTypeStatistics: countedByStatus(rows) } }
            : { unusedAccessFindingsStatistics: { ...totals, ...countedByUnusedAccess(active), ...topAccounts(analyzer, active) } },
      ],
      lastUpdatedAt: new Date(call.now),
    }
  },
})

const countsBy = (rows: readonly FindingRow[], key: 'type' | 'resourceType' | 'resourceOwner'): [string, FindingRow[]][] =>
  Object.entries(Object.groupBy(rows, row => row[key])) as [string, FindingRow[]][]

const countedByResourceType = (active: readonly FindingRow[]): { readonly [type: string]: ResourceTypeDetails } =>
  Object.fromEntries(
    countsBy(active, 'resourceType').map(([type, rows]) => {
      const totalActivePublic = rows.filter(row => findingShape(row).isPublic === true).length
      return [type, { totalActivePublic, totalActiveCrossAccount: rows.length - totalActivePublic, totalActiveErrors: 0 }]
    }),
  )

const countedByStatus = (all: readonly FindingRow[]): { readonly [type: string]: InternalAccessResourceTypeDetails } =>
  Object.fromEntries(
    countsBy(all, 'resourceType').map(([type, rows]) => {
      const count = (status: FindingRow['status']) => rows.filter(row => row.status === status).length
      const counts = {
        totalActiveFindings: count('ACTIVE'),
        totalResolvedFindings: count('RESOLVED'),
        totalArchivedFindings: count('ARCHIVED'),
      }
      return [type, counts]
    }),
  )

const countedByUnusedAccess = (active: readonly FindingRow[]) => ({
  unusedAccessTypeStatistics: countsBy(active, 'type').map(([unusedAccessType, rows]) => ({ unusedAccessType, total: rows.length })),
})

/** "A list of one to ten AWS accounts that have the most active findings": of an organization. API Reference, "UnusedAccessFindingsStatistics". */
function topAccounts(analyzer: AnalyzerRow, active: readonly FindingRow[]): Pick<UnusedAccessFindingsStatistics, 'topAccounts'> {
  if (!isOfOrganization(analyzer)) return {}
  const accounts = countsBy(active, 'resourceOwner').map(([account, rows]) => ({
    account,
    numberOfActiveFindings: rows.length,
    details: Object.fromEntries(countsBy(rows, 'type').map(([type, { length }]) => [type, length])),
  }))
  return { topAccounts: accounts.toSorted((a, b) => b.numberOfActiveFindings - a.numberOfActiveFindings).slice(0, 10) }
}
