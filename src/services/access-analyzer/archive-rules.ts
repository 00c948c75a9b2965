import type { Transaction } from '../../store/index.ts'
import { analyzerArn, type ArchiveRuleRow, archiveRuleArn, notFound, requireAnalyzer } from './analyzer-store.ts'
import { checkFilter, type Filter, filterable, passes } from './archive-filters.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

/** Quota of archive rules an analyzer. IAM User Guide, "IAM Access Analyzer quotas". */
const mostRules = 100

interface RuleName {
  readonly analyzerName: string
  readonly ruleName: string
}
const ruleAccess = ({ analyzerName, ruleName }: RuleName, { account, region }: { account: string; region: string }) => ({
  resource: archiveRuleArn(analyzerArn(region, account, analyzerName), ruleName),
})

/** Adds a rule for new findings. */
export async function addArchiveRule(tx: Transaction, arn: string, name: string, filter: Filter, now: number): Promise<void> {
  checkFilter(filter, 'archive rules')
  const rules = await tx.selectFrom('archiveRules').select('name').where('analyzerArn', '=', arn).execute()
  const resourceId = archiveRuleArn(arn, name)
  if (rules.some(rule => rule.name === name)) {
    throw new accessAnalyzer.ConflictException(`Archive rule with name ${name} already exists.`, {
      resourceId,
      resourceType: 'ArchiveRule',
    })
  }
  if (rules.length >= mostRules) {
    throw new accessAnalyzer.ServiceQuotaExceededException('The quota of archive rules is reached.', {
      resourceId,
      resourceType: 'ArchiveRule',
    })
  }
  await tx
    .insertInto('archiveRules')
    .values({ analyzerArn: arn, name, filter: JSON.stringify(filter), createdAt: now, updatedAt: now })
    .execute()
}

const requireRule = async (tx: Transaction, arn: string, name: string): Promise<ArchiveRuleRow> => {
  const row = await tx.selectFrom('archiveRules').selectAll().where('analyzerArn', '=', arn).where('name', '=', name).executeTakeFirst()
  if (!row) throw notFound(archiveRuleArn(arn, name), 'ArchiveRule')
  return row
}

const shapeOf = ({ name, filter, createdAt, updatedAt }: ArchiveRuleRow) => ({
  ruleName: name,
  filter: JSON.parse(filter) as Filter,
  createdAt: new Date(createdAt),
  updatedAt: new Date(updatedAt),
})

/** CreateArchiveRule: archives new findings that meet its criteria. Access Analyzer API Reference, "CreateArchiveRule". */
export const CreateArchiveRule = accessAnalyzer.operation('CreateArchiveRule', {
  access: ruleAccess,
  async handle({ analyzerName, ruleName, filter }, { tx, account, region, now }) {
    const { arn } = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    await addArchiveRule(tx, arn, ruleName, filter, now)
    return {}
  },
})

/** GetArchiveRule. Access Analyzer API Reference, "GetArchiveRule". */
export const GetArchiveRule = accessAnalyzer.operation('GetArchiveRule', {
  access: ruleAccess,
  async handle({ analyzerName, ruleName }, { tx, account, region }) {
    const { arn } = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    return { archiveRule: shapeOf(await requireRule(tx, arn, ruleName)) }
  },
})

/** ListArchiveRules. Access Analyzer API Reference, "ListArchiveRules". */
export const ListArchiveRules = accessAnalyzer.operation('ListArchiveRules', {
  access: ({ analyzerName }, { account, region }) => ({ resource: analyzerArn(region, account, analyzerName) }),
  async handle({ analyzerName, ...paging }, { tx, account, region }) {
    const { arn } = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    const rows = await tx.selectFrom('archiveRules').selectAll().where('analyzerArn', '=', arn).orderBy('name').execute()
    const { items, ...next } = pageOf(rows, paging, [arn])
    return { archiveRules: items.map(shapeOf), ...next }
  },
})

/** UpdateArchiveRule. Access Analyzer API Reference, "UpdateArchiveRule". */
export const UpdateArchiveRule = accessAnalyzer.operation('UpdateArchiveRule', {
  access: ruleAccess,
  async handle({ analyzerName, ruleName, filter }, { tx, account, region, now }) {
    checkFilter(filter, 'archive rules')
    const { arn } = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    await requireRule(tx, arn, ruleName)
    await tx
      .updateTable('archiveRules')
      .set({ filter: JSON.stringify(filter), updatedAt: now })
      .where('analyzerArn', '=', arn)
      .where('name', '=', ruleName)
      .execute()
    return {}
  },
})

/** DeleteArchiveRule. Access Analyzer API Reference, "DeleteArchiveRule". */
export const DeleteArchiveRule = accessAnalyzer.operation('DeleteArchiveRule', {
  access: ruleAccess,
  async handle({ analyzerName, ruleName }, { tx, account, region }) {
    const { arn } = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    await requireRule(tx, arn, ruleName)
    await tx.deleteFrom('archiveRules').where('analyzerArn', '=', arn).where('name', '=', ruleName).execute()
    return {}
  },
})

/** ApplyArchiveRule: archives the findings that are there already. Access Analyzer API Reference, "ApplyArchiveRule". */
export const ApplyArchiveRule = accessAnalyzer.operation('ApplyArchiveRule', {
  access: ({ analyzerArn: arn, ruleName }) => ({ resource: archiveRuleArn(arn, ruleName) }),
  async handle({ analyzerArn: arn, ruleName }, { tx, account, now }) {
    await requireAnalyzer(tx, arn, account)
    const { filter } = shapeOf(await requireRule(tx, arn, ruleName))
    const active = await tx
      .selectFrom('analyzerFindings')
      .selectAll()
      .where('analyzerArn', '=', arn)
      .where('status', '=', 'ACTIVE')
      .execute()
    for (const finding of active) {
      if (!passes(filterable(finding), filter)) continue
      await tx.updateTable('analyzerFindings').set({ status: 'ARCHIVED', updatedAt: now }).where('id', '=', finding.id).execute()
    }
    return {}
  },
})
