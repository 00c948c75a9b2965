import type { Selectable } from 'kysely'
import { isCalledByService, type Principal } from '../../identity/principal.ts'
import type { Transaction } from '../../store/index.ts'
import type { AnalyzerFindingsTable, AnalyzersTable, ArchiveRulesTable } from '../../store/tables/access-analyzer.ts'
import { isSystemTag } from '../../types/tags.ts'
import type { HandleContext } from '../operation.ts'
import { accessAnalyzer } from './service.ts'

export type AnalyzerRow = Selectable<AnalyzersTable>
export type FindingRow = Selectable<AnalyzerFindingsTable>
export type ArchiveRuleRow = Selectable<ArchiveRulesTable>

/** Service Authorization Reference, "Resource types defined by IAM Access Analyzer". */
export const analyzerArn = (region: string, account: string, name: string): string =>
  `arn:aws:access-analyzer:${region}:${account}:analyzer/${name}`
export const archiveRuleArn = (analyzer: string, rule: string): string => `${analyzer}/archive-rule/${rule}`

/** @throws ResourceNotFoundException */
export const notFound = (resourceId: string, resourceType: string) =>
  new accessAnalyzer.ResourceNotFoundException(`${resourceType} not found: ${resourceId}`, { resourceId, resourceType })

export const findAnalyzer = (tx: Transaction, arn: string): Promise<AnalyzerRow | undefined> =>
  tx.selectFrom('analyzers').selectAll().where('arn', '=', arn).executeTakeFirst()

/**
 * An analyzer of the caller's account.
 * @throws ResourceNotFoundException, also for analyzers of others
 */
export async function requireAnalyzer(tx: Transaction, arn: string, account: string): Promise<AnalyzerRow> {
  const row = await findAnalyzer(tx, arn)
  if (!row || row.account !== account) throw notFound(arn, 'Analyzer')
  return row
}

/** Whether an analyzer looks for access from outside. */
export const findsExternalAccess = ({ type }: AnalyzerRow): boolean => type === 'ACCOUNT' || type === 'ORGANIZATION'

/** Whether an analyzer looks for access from within its zone of trust. */
export const findsInternalAccess = ({ type }: Pick<AnalyzerRow, 'type'>): boolean => type.endsWith('_INTERNAL_ACCESS')

/** Tags of an analyzer. */
export async function tagsOf(tx: Transaction, arn: string): Promise<Record<string, string>> {
  const rows = await tx
    .selectFrom('tags')
    .select(['key', 'value'])
    .where('ownerKind', '=', 'analyzer')
    .where('ownerId', '=', arn)
    .orderBy('key')
    .execute()
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}

/** @throws ValidationException when a key is AWS's own and no service of AWS's calls. AWS General Reference, "Tagging AWS resources". */
export function refuseSystemTags(principal: Principal, keys: readonly string[]): void {
  if (keys.some(isSystemTag) && !isCalledByService(principal))
    throw new accessAnalyzer.ValidationException('Tag keys must not begin with aws:', { reason: 'fieldValidationFailed' })
}

/** Adds tags, replacing those of the same keys. @throws ValidationException when a key is AWS's own */
export async function addTags(
  { tx, principal }: Pick<HandleContext, 'tx' | 'principal'>,
  arn: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  refuseSystemTags(principal, Object.keys(tags))
  for (const [key, value] of Object.entries(tags)) {
    await tx
      .insertInto('tags')
      .values({ ownerKind: 'analyzer', ownerId: arn, key, keyKey: key, value })
      .onConflict(conflict => conflict.columns(['ownerKind', 'ownerId', 'keyKey']).doUpdateSet({ value }))
      .execute()
  }
}
