import type { Selectable } from 'kysely'
import { organizationOf } from '../../identity/organization-accounts.ts'
import { asAdvanced, type BasicSelector, defaultSelector, type EventSelectors, type FieldSelector } from '../../audit/event-selectors.ts'
import type { Transaction } from '../../store/index.ts'
import type { RecordSource, TrailsTable } from '../../store/tables/trails.ts'
import type { Trail } from '../../wire/models/cloudtrail.ts'
import { isDelegated } from './organization.ts'
import { cloudtrail } from './service.ts'

export type TrailRow = Selectable<TrailsTable>

/** @throws TrailNotFoundException */
const notFound = (arn: string, account: string) => new cloudtrail.TrailNotFoundException(`Unknown trail: ${arn} for the user: ${account}`)

export const findTrail = (tx: Transaction, arn: string): Promise<TrailRow | undefined> =>
  tx.selectFrom('trails').selectAll().where('arn', '=', arn).executeTakeFirst()

/** A trail that an account may see: its own, and those of its organization. @throws TrailNotFoundException */
export async function requireTrail(tx: Transaction, arn: string, account: string): Promise<TrailRow> {
  const trail = await findTrail(tx, arn)
  if (!trail) throw notFound(arn, account)
  if (trail.account === account) return trail
  if (trail.organizationId !== null && (await organizationOf(tx, account))?.id === trail.organizationId) return trail
  throw notFound(arn, account)
}

/**
 * A trail that an account may change. Organization trails are changed by the management account and by delegated administrators.
 * CloudTrail User Guide, "Creating a trail for an organization".
 * @throws TrailNotFoundException, NotOrganizationMasterAccountException
 */
export async function requireOwnTrail(tx: Transaction, arn: string, account: string): Promise<TrailRow> {
  const trail = await requireTrail(tx, arn, account)
  if (trail.account === account) return trail
  if (trail.organizationId !== null && (await isDelegated(tx, trail.organizationId, account))) return trail
  throw new cloudtrail.NotOrganizationMasterAccountException(
    'Member accounts cannot change the trails of their organization: use the management account or a delegated administrator.',
  )
}

/** The same, from its home region. @throws InvalidHomeRegionException */
export async function requireTrailAtHome(
  tx: Transaction,
  arn: string,
  { account, region }: { readonly account: string; readonly region: string },
): Promise<TrailRow> {
  const trail = await requireOwnTrail(tx, arn, account)
  if (trail.region !== region)
    throw new cloudtrail.InvalidHomeRegionException(`Trail ${arn} was created in ${trail.region}: call this operation there.`)
  return trail
}

/** The trails that an account sees, in order of their ARNs. */
export async function trailsSeenBy(tx: Transaction, account: string): Promise<TrailRow[]> {
  const organizationId = (await organizationOf(tx, account))?.id ?? null
  return tx
    .selectFrom('trails')
    .selectAll()
    .where(where => where.or([where('account', '=', account), where('organizationId', '=', organizationId)]))
    .orderBy('arn')
    .execute()
}

/** A trail as the API shows it. */
export const trailShape = (trail: TrailRow): Trail => ({
  Name: trail.name,
  S3BucketName: trail.bucket,
  ...(trail.prefix !== null && { S3KeyPrefix: trail.prefix }),
  IncludeGlobalServiceEvents: trail.globalEvents === 1,
  IsMultiRegionTrail: trail.multiRegion === 1,
  HomeRegion: trail.region,
  TrailARN: trail.arn,
  LogFileValidationEnabled: trail.fileValidation === 1,
  HasCustomEventSelectors: trail.eventSelectors !== null || trail.advancedSelectors !== null,
  HasInsightSelectors: trail.insightSelectors !== null,
  IsOrganizationTrail: trail.organizationId !== null,
  RecursiveLogging: trail.recursive === 1,
})

/** What a trail takes of the records. */
export function selectorsOf({ eventSelectors, advancedSelectors }: TrailRow): EventSelectors {
  if (advancedSelectors !== null) return { advanced: JSON.parse(advancedSelectors) as { fields: FieldSelector[] }[] }
  return asAdvanced(eventSelectors === null ? [defaultSelector] : (JSON.parse(eventSelectors) as BasicSelector[]))
}

/** The tables that trails read. */
export const recordSources: readonly RecordSource[] = ['records', 'dataRecords', 'insightRecords']
