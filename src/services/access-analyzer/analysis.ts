import { createHash } from 'node:crypto'
import { externalAccess } from '../../analysis/external-access.ts'
import { unusedPermissions } from '../../analysis/unused-permissions.ts'
import { serviceNames } from '../../catalogue/service-names.ts'
import { roleArn, userArn } from '../../identity/arns.ts'
import { shownTrustPolicy } from '../../identity/trust-policies.ts'
import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type AnalyzerRow, type FindingRow, findsExternalAccess } from './analyzer-store.ts'
import { type Filter, passes } from './archive-filters.ts'
import type { FindingDetail } from './finding-shapes.ts'
import { type Holder, lastUsedBy, policiesHeldBy } from './held-permissions.ts'

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

/** What was last used before this time is unused to an analyzer. */
export function unusedSince({ configuration }: AnalyzerRow, now: number): number {
  const { unusedAccess } = JSON.parse(configuration ?? '{}') as { unusedAccess?: { unusedAccessAge?: number } }
  return now - (unusedAccess?.unusedAccessAge ?? 90) * day
}

async function unusedFindings(tx: Transaction, analyzer: AnalyzerRow, now: number): Promise<Found[]> {
  const { account } = analyzer
  const limit = unusedSince(analyzer, now)
  const isUnused = (last: number | null, created: number) => (last ?? created) < limit
  const accessed = (last: number | null): FindingDetail => (last === null ? {} : { lastAccessed: last })
  const roles = await tx.selectFrom('roles').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const users = await tx.selectFrom('users').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const keys = await tx.selectFrom('accessKeys').selectAll().where('account', '=', account).where('status', '=', 'Active').execute()
  const passwords = await tx.selectFrom('loginProfiles').selectAll().where('account', '=', account).execute()
  const found: Found[] = []
  for (const role of roles) {
    if (role.path.startsWith('/aws-service-role/')) continue
    const resource = roleArn(account, role.path, role.name)
    // Of a role that nobody uses at all there is no more to say.
    if (isUnused(role.lastUsedAt, role.createdAt))
      found.push({ type: 'UnusedIAMRole', resource, resourceType: 'AWS::IAM::Role', detail: accessed(role.lastUsedAt) })
    else if (role.createdAt < limit) found.push(...(await unusedPermissionsOf(tx, { kind: 'role', id: role.id }, resource, limit)))
  }
  for (const user of users) {
    const resource = userArn(account, user.path, user.name)
    if (user.createdAt < limit) found.push(...(await unusedPermissionsOf(tx, { kind: 'user', id: user.id }, resource, limit)))
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

/** One finding of all that a user or a role may do and does not. */
async function unusedPermissionsOf(tx: Transaction, holder: Holder, resource: string, since: number): Promise<Found[]> {
  const policies = await policiesHeldBy(tx, holder)
  const documents = policies.map(({ document }) => document)
  const unused = unusedPermissions(documents, await lastUsedBy(tx, holder), since, Object.keys(serviceNames))
  const resourceType = holder.kind === 'user' ? 'AWS::IAM::User' : 'AWS::IAM::Role'
  return unused.length > 0 ? [{ type: 'UnusedPermission', resource, resourceType, detail: { unused } }] : []
}
