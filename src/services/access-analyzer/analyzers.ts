import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import type { Transaction } from '../../store/index.ts'
import type { AnalyzerConfiguration, AnalyzerSummary } from '../../wire/models/access-analyzer.ts'
import { addTags, analyzerArn, type AnalyzerRow, archiveRuleArn, findAnalyzer, requireAnalyzer, tagsOf } from './analyzer-store.ts'
import { addArchiveRule } from './archive-rules.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

/** Served types; internal access needs an engine for whole organizations. */
const served = ['ACCOUNT', 'ACCOUNT_UNUSED_ACCESS']

/**
 * CreateAnalyzer: the first one of an account comes with the service-linked role. Access Analyzer API Reference, "CreateAnalyzer"; IAM User Guide, "Using
 * service-linked roles for IAM Access Analyzer".
 */
export const CreateAnalyzer = accessAnalyzer.operation('CreateAnalyzer', {
  access: ({ analyzerName, archiveRules = [], tags = {} }, { account, region }) => {
    const arn = analyzerArn(region, account, analyzerName)
    const keys = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]))
    return [
      { resource: arn, keys: { ...keys, 'aws:TagKeys': Object.keys(tags) } },
      ...archiveRules.map(({ ruleName }) => ({ action: 'access-analyzer:CreateArchiveRule', resource: archiveRuleArn(arn, ruleName) })),
    ]
  },

  async handle({ analyzerName, type, archiveRules = [], tags = {}, configuration }, { tx, account, region, now, world }) {
    const arn = analyzerArn(region, account, analyzerName)
    if (await findAnalyzer(tx, arn)) {
      throw new accessAnalyzer.ConflictException(`Analyzer with name ${analyzerName} already exists.`, {
        resourceId: arn,
        resourceType: 'Analyzer',
      })
    }
    if (!served.includes(type)) throw invalid(`Analyzers of type ${type} are not supported.`)
    checkConfiguration(type, configuration)
    const others = await tx
      .selectFrom('analyzers')
      .select('arn')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('type', '=', type)
      .execute()
    if (others.length > 0) {
      throw new accessAnalyzer.ServiceQuotaExceededException(`The quota of analyzers of type ${type} is reached.`, {
        resourceId: arn,
        resourceType: 'Analyzer',
      })
    }
    await ensureServiceLinkedRole(tx, { account, service: 'access-analyzer.amazonaws.com', now, random: world.random })
    await tx
      .insertInto('analyzers')
      .values({
        arn,
        account,
        region,
        name: analyzerName,
        type,
        configuration: configuration ? JSON.stringify(configuration) : null,
        createdAt: now,
        lastAnalyzedAt: null,
        lastAnalyzedResource: null,
      })
      .execute()
    await addTags(tx, arn, tags)
    for (const { ruleName, filter } of archiveRules) await addArchiveRule(tx, arn, ruleName, filter, now)
    return { arn }
  },
})

function checkConfiguration(type: string, configuration: AnalyzerConfiguration | undefined) {
  if (configuration?.internalAccess || (configuration?.unusedAccess && type !== 'ACCOUNT_UNUSED_ACCESS')) {
    throw invalid(`The configuration is not for analyzers of type ${type}.`)
  }
  const age = configuration?.unusedAccess?.unusedAccessAge
  if (age !== undefined && (age < 1 || age > 365)) throw invalid('unusedAccessAge is between 1 and 365 days.')
}

const invalid = (message: string) => new accessAnalyzer.ValidationException(message, { reason: 'other' })

/** GetAnalyzer. Access Analyzer API Reference, "GetAnalyzer". */
export const GetAnalyzer = accessAnalyzer.operation('GetAnalyzer', {
  access: ({ analyzerName }, { account, region }) => ({ resource: analyzerArn(region, account, analyzerName) }),
  async handle({ analyzerName }, { tx, account, region }) {
    return { analyzer: await summaryOf(tx, await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)) }
  },
})

/** ListAnalyzers. Access Analyzer API Reference, "ListAnalyzers". */
export const ListAnalyzers = accessAnalyzer.operation('ListAnalyzers', {
  access: () => ({ resource: '*' }),
  async handle({ type, ...paging }, { tx, account, region }) {
    const rows = await tx
      .selectFrom('analyzers')
      .selectAll()
      .where('account', '=', account)
      .where('region', '=', region)
      .orderBy('name')
      .execute()
    const { items, ...next } = pageOf(
      rows.filter(row => type === undefined || row.type === type),
      paging,
      [account, region, type],
    )
    return { analyzers: await Promise.all(items.map(row => summaryOf(tx, row))), ...next }
  },
})

/** UpdateAnalyzer: changes the configuration of an analyzer of unused access. Access Analyzer API Reference, "UpdateAnalyzer". */
export const UpdateAnalyzer = accessAnalyzer.operation('UpdateAnalyzer', {
  access: ({ analyzerName }, { account, region }) => ({ resource: analyzerArn(region, account, analyzerName) }),
  async handle({ analyzerName, configuration }, { tx, account, region }) {
    const row = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    checkConfiguration(row.type, configuration)
    if (!configuration) return row.configuration === null ? {} : { configuration: JSON.parse(row.configuration) as AnalyzerConfiguration }
    const before = JSON.parse(row.configuration ?? '{}') as AnalyzerConfiguration
    const age = configuration.unusedAccess?.unusedAccessAge
    if (age !== undefined && age !== (before.unusedAccess?.unusedAccessAge ?? 90))
      throw invalid('The unusedAccessAge of an analyzer cannot be changed.')
    const after: AnalyzerConfiguration = { unusedAccess: { ...before.unusedAccess, ...configuration.unusedAccess } }
    await tx
      .updateTable('analyzers')
      .set({ configuration: JSON.stringify(after) })
      .where('arn', '=', row.arn)
      .execute()
    return { configuration: after }
  },
})

/** DeleteAnalyzer: with its findings, which cannot be brought back. Access Analyzer API Reference, "DeleteAnalyzer". */
export const DeleteAnalyzer = accessAnalyzer.operation('DeleteAnalyzer', {
  access: ({ analyzerName }, { account, region }) => ({ resource: analyzerArn(region, account, analyzerName) }),
  async handle({ analyzerName }, { tx, account, region }) {
    const { arn } = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    for (const table of ['archiveRules', 'analyzerFindings', 'accessPreviews', 'findingRecommendations'] as const)
      await tx.deleteFrom(table).where('analyzerArn', '=', arn).execute()
    await tx.deleteFrom('tags').where('ownerKind', '=', 'analyzer').where('ownerId', '=', arn).execute()
    await tx.deleteFrom('analyzers').where('arn', '=', arn).execute()
    return {}
  },
})

async function summaryOf(tx: Transaction, row: AnalyzerRow): Promise<AnalyzerSummary> {
  const unused = { unusedAccess: { unusedAccessAge: 90 } }
  const given = row.configuration === null ? undefined : (JSON.parse(row.configuration) as AnalyzerConfiguration)
  return {
    arn: row.arn,
    name: row.name,
    type: row.type,
    createdAt: new Date(row.createdAt),
    ...(row.lastAnalyzedResource !== null && { lastResourceAnalyzed: row.lastAnalyzedResource }),
    ...(row.lastAnalyzedAt !== null && { lastResourceAnalyzedAt: new Date(row.lastAnalyzedAt) }),
    tags: await tagsOf(tx, row.arn),
    status: 'ACTIVE',
    ...(row.type === 'ACCOUNT_UNUSED_ACCESS' && { configuration: given ?? unused }),
  }
}
