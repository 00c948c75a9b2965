import type { Transaction } from '../../store/index.ts'
import type { GetFindingsStatisticsResponse, ResourceTypeDetails, SortCriteria } from '../../wire/models/access-analyzer.ts'
import { analyze } from './analysis.ts'
import { type AnalyzerRow, type FindingRow, findsExternalAccess, notFound, requireAnalyzer } from './analyzer-store.ts'
import { type Filter, passes } from './archive-filters.ts'
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
  await current(call, analyzerArn)
  const rows = (await findingsOf(call.tx, analyzerArn)).filter(row => passes(row, filter))
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
    const lastUpdatedAt = new Date(call.now)
    if (!findsExternalAccess(analyzer)) {
      const types = [...new Set(active.map(({ type }) => type))]
      const unusedAccessTypeStatistics = types.map(type => ({
        unusedAccessType: type,
        total: active.filter(row => row.type === type).length,
      }))
      return { findingsStatistics: [{ unusedAccessFindingsStatistics: { ...totals, unusedAccessTypeStatistics } }], lastUpdatedAt }
    }
    const isPublic = active.filter(row => findingShape(row).isPublic === true).length
    const roles = { totalActivePublic: isPublic, totalActiveCrossAccount: active.length - isPublic, totalActiveErrors: 0 }
    const resourceTypeStatistics: { readonly [type: string]: ResourceTypeDetails } = active.length > 0 ? { 'AWS::IAM::Role': roles } : {}
    return { findingsStatistics: [{ externalAccessFindingsStatistics: { ...totals, resourceTypeStatistics } }], lastUpdatedAt }
  },
})
