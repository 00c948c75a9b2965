import { createHash } from 'node:crypto'
import { externalAccess } from '../../analysis/external-access.ts'
import { roleArn, userArn } from '../../identity/arns.ts'
import { shownTrustPolicy } from '../../identity/trust-policies.ts'
import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type AnalyzerRow, type FindingRow, findsExternalAccess } from './analyzer-store.ts'
import { type Filter, passes } from './archive-filters.ts'
import type { FindingDetail } from './finding-shapes.ts'

/** What an analysis found, before it is a finding. */
export interface Found {
  readonly type: string
  readonly resource: string
  readonly resourceType: string
  readonly detail: FindingDetail
}

interface Surroundings {
  readonly tx: Transaction
  readonly now: number
}

/**
 * Brings an analyzer's findings up to date: new ones are active or, where an archive rule says so, archived; those that are found no more are resolved.
 * Findings are made when they are asked for, so that they always tell of the present. IAM User Guide, "Reviewing IAM Access Analyzer findings".
 */
export async function analyze({ tx, now }: Surroundings, analyzer: AnalyzerRow): Promise<void> {
  const found = findsExternalAccess(analyzer) ? await externalFindings(tx, analyzer.account) : await unusedFindings(tx, analyzer, now)
  const before = await tx.selectFrom('analyzerFindings').selectAll().where('analyzerArn', '=', analyzer.arn).execute()
  const rules = await tx.selectFrom('archiveRules').select('filter').where('analyzerArn', '=', analyzer.arn).execute()
  const filters = rules.map(({ filter }) => JSON.parse(filter) as Filter)
  const byIdentity = new Map(before.map(row => [row.identity, row]))
  for (const item of found) {
    const row = rowOf(item, analyzer, now)
    const known = byIdentity.get(row.identity)
    byIdentity.delete(row.identity)
    if (!known) {
      const status = filters.some(filter => passes(row, filter)) ? 'ARCHIVED' : 'ACTIVE'
      await tx
        .insertInto('analyzerFindings')
        .values({ ...row, status })
        .execute()
    } else if (known.status === 'RESOLVED' || known.detail !== row.detail) {
      const status = filters.some(filter => passes(row, filter)) ? 'ARCHIVED' : known.status === 'RESOLVED' ? 'ACTIVE' : known.status
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

function rowOf({ type, resource, resourceType, detail }: Found, analyzer: AnalyzerRow, now: number): FindingRow {
  // When something was last used is no part of what makes it the same finding.
  const identity = createHash('sha256')
    .update(JSON.stringify([type, resource, detail.principal, detail.action, detail.condition, detail.accessKeyId]))
    .digest('hex')
  const id = createHash('sha256').update(`${analyzer.arn} ${analyzer.createdAt} ${identity}`).digest('hex')
  return {
    // As AWS's: a UUID.
    id: id.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5'),
    analyzerArn: analyzer.arn,
    identity,
    type,
    resource,
    resourceType,
    resourceOwner: analyzer.account,
    status: 'ACTIVE',
    detail: JSON.stringify(detail),
    createdAt: now,
    analyzedAt: now,
    updatedAt: now,
  }
}

async function externalFindings(tx: Transaction, account: string): Promise<Found[]> {
  const roles = await tx.selectFrom('roles').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const found: Found[] = []
  for (const role of roles) {
    found.push(...externalAccessOfRole(await shownTrustPolicy(tx, role.trustPolicy), roleArn(account, role.path, role.name), account))
  }
  return found
}

/** Who outside the account a trust policy lets in. */
export function externalAccessOfRole(trustPolicy: string, resource: string, account: string): Found[] {
  try {
    return externalAccess(parsePolicy(trustPolicy, 'trust'), 'trust', [account]).map(({ principal, action, condition, isPublic }) => ({
      type: 'ExternalAccess',
      resource,
      resourceType: 'AWS::IAM::Role',
      detail: { principal, action, condition, isPublic },
    }))
  } catch (problem) {
    // A stored policy was checked when it came; one of a preview may be anything.
    if (problem instanceof MalformedPolicyDocument) return []
    throw problem
  }
}

const day = 86_400_000

async function unusedFindings(tx: Transaction, { account, configuration }: AnalyzerRow, now: number): Promise<Found[]> {
  const { unusedAccess } = JSON.parse(configuration ?? '{}') as { unusedAccess?: { unusedAccessAge?: number } }
  const limit = now - (unusedAccess?.unusedAccessAge ?? 90) * day
  const isUnused = (last: number | null, created: number) => (last ?? created) < limit
  const accessed = (last: number | null): FindingDetail => (last === null ? {} : { lastAccessed: last })
  const roles = await tx.selectFrom('roles').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const users = await tx.selectFrom('users').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const keys = await tx.selectFrom('accessKeys').selectAll().where('account', '=', account).where('status', '=', 'Active').execute()
  const passwords = await tx.selectFrom('loginProfiles').selectAll().where('account', '=', account).execute()
  const found: Found[] = roles
    .filter(role => !role.path.startsWith('/aws-service-role/') && isUnused(role.lastUsedAt, role.createdAt))
    .map(role => ({
      type: 'UnusedIAMRole',
      resource: roleArn(account, role.path, role.name),
      resourceType: 'AWS::IAM::Role',
      detail: accessed(role.lastUsedAt),
    }))
  for (const user of users) {
    const resource = userArn(account, user.path, user.name)
    for (const key of keys) {
      if (key.userId !== user.id || !isUnused(key.lastUsedAt, key.createdAt)) continue
      found.push({
        type: 'UnusedIAMUserAccessKey',
        resource,
        resourceType: 'AWS::IAM::User',
        detail: { accessKeyId: key.id, ...accessed(key.lastUsedAt) },
      })
    }
    const password = passwords.find(({ userId }) => userId === user.id)
    if (!password || !isUnused(user.passwordLastUsedAt, password.createdAt)) continue
    found.push({ type: 'UnusedIAMUserPassword', resource, resourceType: 'AWS::IAM::User', detail: accessed(user.passwordLastUsedAt) })
  }
  return found
}
