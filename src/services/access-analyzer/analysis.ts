import { createHash } from 'node:crypto'
import type { Transaction } from '../../store/index.ts'
import { type ActiveScope, scopeOf, zoneOf } from './analyzer-scope.ts'
import { type AnalyzerRow, type FindingRow, findsExternalAccess, findsInternalAccess } from './analyzer-store.ts'
import { type Filter, filterable, passes } from './archive-filters.ts'
import type { FindingDetail } from './finding-shapes.ts'
import { internalFindings } from './internal-access.ts'
import { withRestriction } from './resource-control.ts'
import { findingsOf, heldResources } from './shared-resources.ts'
import { unusedFindings } from './unused-access.ts'
import type { Found } from './found.ts'

interface Surroundings {
  readonly tx: Transaction
  readonly now: number
}

/**
 * Brings an analyzer's findings up to date: new ones are active or, where an archive rule says so, archived; those that are found no more are resolved.
 * Those of a disabled analyzer stay as they are. Findings are made when they are asked for, so that they always tell of the present. IAM User Guide, "Reviewing IAM Access Analyzer findings".
 */
export async function analyze({ tx, now }: Surroundings, analyzer: AnalyzerRow): Promise<void> {
  const scope = await scopeOf(tx, analyzer)
  if (scope.status === 'DISABLED') return
  const found = await foundBy({ tx, now }, analyzer, scope)
  const before = await tx.selectFrom('analyzerFindings').selectAll().where('analyzerArn', '=', analyzer.arn).execute()
  const rules = await tx.selectFrom('archiveRules').select('filter').where('analyzerArn', '=', analyzer.arn).execute()
  const filters = rules.map(({ filter }) => JSON.parse(filter) as Filter)
  const byIdentity = new Map(before.map(row => [row.identity, row]))
  for (const item of found) {
    const row = rowOf(item, analyzer, now)
    const known = byIdentity.get(row.identity)
    byIdentity.delete(row.identity)
    if (!known) {
      const status = filters.some(filter => passes(filterable(row), filter)) ? 'ARCHIVED' : 'ACTIVE'
      await tx
        .insertInto('analyzerFindings')
        .values({ ...row, status })
        .execute()
    } else if (known.status === 'RESOLVED' || known.detail !== row.detail) {
      const status = filters.some(filter => passes(filterable(row), filter))
        ? 'ARCHIVED'
        : known.status === 'RESOLVED'
          ? 'ACTIVE'
          : known.status
      await tx
        .updateTable('analyzerFindings')
        .set({ status, detail: row.detail, analyzedAt: now, updatedAt: now })
        .where('id', '=', known.id)
        .execute()
    }
  }
  for (const gone of byIdentity.values()) {
    if (gone.status === 'RESOLVED') continue
    await tx
      .updateTable('analyzerFindings')
      .set({ status: 'RESOLVED', analyzedAt: now, updatedAt: now })
      .where('id', '=', gone.id)
      .execute()
  }
  const last = found.at(-1)?.resource
  await tx
    .updateTable('analyzers')
    .set({ lastAnalyzedAt: now, ...(last !== undefined && { lastAnalyzedResource: last }) })
    .where('arn', '=', analyzer.arn)
    .execute()
}

function foundBy({ tx, now }: Surroundings, analyzer: AnalyzerRow, scope: ActiveScope): Promise<Found[]> {
  if (findsExternalAccess(analyzer)) return externalFindings(tx, analyzer, scope)
  return findsInternalAccess(analyzer) ? internalFindings(tx, analyzer, scope) : unusedFindings(tx, analyzer, scope.accounts, now)
}

/** What makes it the same finding when it is found again: when something was last used is no part of it. */
export const identityOf = ({ type, resource, detail }: Found): string =>
  createHash('sha256')
    .update(JSON.stringify([type, resource, detail.principal, ...(type === 'InternalAccess' ? [] : whatIsGiven(detail))]))
    .digest('hex')

/** Of somebody within, one finding tells everything: what it is may change. */
const whatIsGiven = ({ action, condition, accessKeyId, sources = [] }: FindingDetail) => [action, condition, accessKeyId, ...sources]

function rowOf(found: Found, analyzer: AnalyzerRow, now: number): FindingRow {
  const { type, resource, resourceType, resourceOwner, detail } = found
  const identity = identityOf(found)
  const id = createHash('sha256').update(`${analyzer.arn} ${analyzer.createdAt} ${identity}`).digest('hex')
  return {
    // As AWS's: a UUID.
    id: id.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5'),
    analyzerArn: analyzer.arn,
    identity,
    type,
    resource,
    resourceType,
    resourceOwner,
    status: 'ACTIVE',
    detail: JSON.stringify(detail),
    createdAt: now,
    analyzedAt: now,
    updatedAt: now,
  }
}

/** Access from outside to what the accounts of a scope hold. */
async function externalFindings(tx: Transaction, analyzer: AnalyzerRow, scope: ActiveScope): Promise<Found[]> {
  const found: Found[] = []
  for (const account of scope.accounts) {
    const zone = zoneOf(analyzer, scope, account)
    const external = (await heldResources(tx, account, analyzer.region)).flatMap(resource => findingsOf(resource, zone))
    found.push(...(await withRestriction(tx, account, external)))
  }
  return found
}
