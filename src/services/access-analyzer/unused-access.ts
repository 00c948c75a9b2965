import { unusedPermissions } from '../../analysis/unused-permissions.ts'
import { serviceNames } from '../../catalogue/service-names.ts'
import { roleArn, userArn } from '../../identity/arns.ts'
import type { Transaction } from '../../store/index.ts'
import type { AnalyzerConfiguration } from '../../wire/models/access-analyzer.ts'
import type { Found } from './found.ts'
import type { AnalyzerRow } from './analyzer-store.ts'
import type { FindingDetail } from './finding-shapes.ts'
import { type Holder, lastUsedBy, policiesHeldBy } from './held-permissions.ts'

const day = 86_400_000

const unusedAccessOf = ({ configuration }: AnalyzerRow) => (JSON.parse(configuration ?? '{}') as AnalyzerConfiguration).unusedAccess

/** What was last used before this time is unused to an analyzer. */
export const unusedSince = (analyzer: AnalyzerRow, now: number): number => now - (unusedAccessOf(analyzer)?.unusedAccessAge ?? 90) * day

/** What the users and roles of some accounts have and do not use, but for those that the analyzer's rule excludes. */
export async function unusedFindings(tx: Transaction, analyzer: AnalyzerRow, accounts: readonly string[], now: number): Promise<Found[]> {
  const exclusions = unusedAccessOf(analyzer)?.analysisRule?.exclusions ?? []
  const excluded = new Set(exclusions.flatMap(({ accountIds = [] }) => accountIds))
  const tags = exclusions.flatMap(({ resourceTags = [] }) => resourceTags)
  const found: Found[] = []
  for (const account of accounts) {
    if (!excluded.has(account)) found.push(...(await unusedFindingsOf(tx, account, unusedSince(analyzer, now), tags)))
  }
  return found
}

type Tags = Readonly<Record<string, string>>

async function unusedFindingsOf(tx: Transaction, account: string, limit: number, excludedTags: readonly Tags[]): Promise<Found[]> {
  const isUnused = (last: number | null, created: number) => (last ?? created) < limit
  const accessed = (last: number | null): FindingDetail => (last === null ? {} : { lastAccessed: last })
  const roles = await tx.selectFrom('roles').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const users = await tx.selectFrom('users').selectAll().where('account', '=', account).orderBy('nameKey').execute()
  const keys = await tx.selectFrom('accessKeys').selectAll().where('account', '=', account).where('status', '=', 'Active').execute()
  const passwords = await tx.selectFrom('loginProfiles').selectAll().where('account', '=', account).execute()
  const found: Found[] = []
  for (const role of roles) {
    if (role.path.startsWith('/aws-service-role/') || (await isExcluded(tx, { kind: 'role', id: role.id }, excludedTags))) continue
    const about = { resource: roleArn(account, role.path, role.name), resourceType: 'AWS::IAM::Role', resourceOwner: account }
    // Of a role that nobody uses at all there is no more to say.
    if (isUnused(role.lastUsedAt, role.createdAt)) found.push({ type: 'UnusedIAMRole', ...about, detail: accessed(role.lastUsedAt) })
    else if (role.createdAt < limit) found.push(...(await unusedPermissionsOf(tx, { kind: 'role', id: role.id }, about, limit)))
  }
  for (const user of users) {
    if (await isExcluded(tx, { kind: 'user', id: user.id }, excludedTags)) continue
    const about = { resource: userArn(account, user.path, user.name), resourceType: 'AWS::IAM::User', resourceOwner: account }
    if (user.createdAt < limit) found.push(...(await unusedPermissionsOf(tx, { kind: 'user', id: user.id }, about, limit)))
    for (const key of keys) {
      if (key.userId !== user.id || !isUnused(key.lastUsedAt, key.createdAt)) continue
      found.push({ type: 'UnusedIAMUserAccessKey', ...about, detail: { accessKeyId: key.id, ...accessed(key.lastUsedAt) } })
    }
    const password = passwords.find(({ userId }) => userId === user.id)
    if (!password || !isUnused(user.passwordLastUsedAt, password.createdAt)) continue
    found.push({ type: 'UnusedIAMUserPassword', ...about, detail: accessed(user.passwordLastUsedAt) })
  }
  return found
}

/** An empty value stands for every value of the key. Access Analyzer API Reference, "AnalysisRuleCriteria". */
async function isExcluded(tx: Transaction, { kind, id }: Holder, excludedTags: readonly Tags[]): Promise<boolean> {
  if (excludedTags.length === 0) return false
  const rows = await tx.selectFrom('tags').select(['key', 'value']).where('ownerKind', '=', kind).where('ownerId', '=', id).execute()
  const tags = new Map(rows.map(({ key, value }) => [key, value]))
  return excludedTags.some(wanted =>
    Object.entries(wanted).every(([key, value]) => (value === '' ? tags.has(key) : tags.get(key) === value)),
  )
}

/** One finding of all that a user or a role may do and does not. */
async function unusedPermissionsOf(
  tx: Transaction,
  holder: Holder,
  about: Pick<Found, 'resource' | 'resourceType' | 'resourceOwner'>,
  since: number,
): Promise<Found[]> {
  const policies = await policiesHeldBy(tx, holder)
  const documents = policies.map(({ document }) => document)
  const unused = unusedPermissions(documents, await lastUsedBy(tx, holder), since, Object.keys(serviceNames))
  return unused.length > 0 ? [{ type: 'UnusedPermission', ...about, detail: { unused } }] : []
}
