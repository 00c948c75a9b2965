import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import type { Transaction } from '../../store/index.ts'
import type { AnalyzerConfiguration, AnalyzerSummary } from '../../wire/models/access-analyzer.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { CallContext } from '../operation.ts'
import { checkConfiguration, findsUnusedAccess, invalid } from './analyzer-configuration.ts'
import { type ActiveScope, isOfOrganization, type Scope, scopeOf, servicePrincipal } from './analyzer-scope.ts'
import {
  addTags,
  analyzerArn,
  type AnalyzerRow,
  archiveRuleArn,
  findAnalyzer,
  findsInternalAccess,
  requireAnalyzer,
  tagsOf,
} from './analyzer-store.ts'
import { addArchiveRule } from './archive-rules.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

/** Served types, and how many of each an account may have in a region. IAM User Guide, "IAM Access Analyzer quotas". */
const mostOfType: { readonly [type: string]: number } = {
  ACCOUNT: 1,
  ACCOUNT_UNUSED_ACCESS: 1,
  ACCOUNT_INTERNAL_ACCESS: 1,
  ORGANIZATION: 5,
  ORGANIZATION_UNUSED_ACCESS: 5,
  ORGANIZATION_INTERNAL_ACCESS: 1,
}

/**
 * CreateAnalyzer: the first one comes with the service-linked role, that of an organization in every account. Whoever makes one for the organization needs the
 * right to describe it. Access Analyzer API Reference, "CreateAnalyzer"; IAM User Guide, "Using
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

  async reach({ type }, context) {
    if (isOfOrganization({ type })) await checkOrganization(context)
  },

  async handle({ analyzerName, type, archiveRules = [], tags = {}, configuration }, { tx, account, region, now, world, principal }) {
    const arn = analyzerArn(region, account, analyzerName)
    if (await findAnalyzer(tx, arn)) {
      throw new accessAnalyzer.ConflictException(`Analyzer with name ${analyzerName} already exists.`, {
        resourceId: arn,
        resourceType: 'Analyzer',
      })
    }
    const most = mostOfType[type]
    if (most === undefined) throw invalid(`Analyzers of type ${type} are not supported.`)
    checkConfiguration({ type, account }, configuration)
    const scope = await scopeOf(tx, { type, account })
    refuseDisabled(scope, account)
    const others = await tx
      .selectFrom('analyzers')
      .select('arn')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('type', '=', type)
      .execute()
    if (others.length >= most) throw reachedQuota(arn, type)
    for (const member of scope.accounts)
      await ensureServiceLinkedRole(tx, { account: member, service: servicePrincipal, now, random: world.random })
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
    await addTags({ tx, principal }, arn, tags)
    for (const { ruleName, filter } of archiveRules) await addArchiveRule(tx, arn, ruleName, filter, now)
    return { arn }
  },
})

const reachedQuota = (arn: string, type: string) =>
  new accessAnalyzer.ServiceQuotaExceededException(`The quota of analyzers of type ${type} is reached.`, {
    resourceId: arn,
    resourceType: 'Analyzer',
  })

/** What Organizations answers, in Access Analyzer's words. */
async function checkOrganization({ world, principal }: CallContext): Promise<void> {
  try {
    await world.calls.onBehalfOf(principal, servicePrincipal, { service: 'organizations', operation: 'DescribeOrganization', input: {} })
  } catch (problem) {
    if (!(problem instanceof ServiceError)) throw problem
    if (problem.code === 'AWSOrganizationsNotInUseException') throw invalid('The account is not a member of an organization.')
    throw problem.code === 'AccessDeniedException' ? new accessAnalyzer.AccessDeniedException(problem.message) : problem
  }
}

/** Whether the account may look after the whole organization. IAM User Guide, "Delegated administrator for IAM Access Analyzer". */
function refuseDisabled(scope: Scope, account: string): asserts scope is ActiveScope {
  if (scope.status === 'ACTIVE') return
  if (scope.reason === 'DELEGATED_ADMINISTRATOR_DEREGISTERED')
    throw new accessAnalyzer.AccessDeniedException(`Account ${account} is not a delegated administrator`)
  throw new accessAnalyzer.ValidationException('Service not enabled for AWS Organizations', { reason: 'fieldValidationFailed' })
}

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

/** UpdateAnalyzer: changes the configuration of an analyzer of unused or internal access. Access Analyzer API Reference, "UpdateAnalyzer". */
export const UpdateAnalyzer = accessAnalyzer.operation('UpdateAnalyzer', {
  access: ({ analyzerName }, { account, region }) => ({ resource: analyzerArn(region, account, analyzerName) }),
  async handle({ analyzerName, configuration }, { tx, account, region }) {
    const row = await requireAnalyzer(tx, analyzerArn(region, account, analyzerName), account)
    checkConfiguration(row, configuration)
    if (!configuration) return row.configuration === null ? {} : { configuration: JSON.parse(row.configuration) as AnalyzerConfiguration }
    const before = JSON.parse(row.configuration ?? '{}') as AnalyzerConfiguration
    const age = configuration.unusedAccess?.unusedAccessAge
    if (age !== undefined && age !== (before.unusedAccess?.unusedAccessAge ?? 90))
      throw invalid('The unusedAccessAge of an analyzer cannot be changed.')
    const after: AnalyzerConfiguration = findsInternalAccess(row)
      ? { internalAccess: { ...before.internalAccess, ...configuration.internalAccess } }
      : { unusedAccess: { ...before.unusedAccess, ...configuration.unusedAccess } }
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
  const scope = await scopeOf(tx, row)
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
    status: scope.status,
    ...(scope.status === 'DISABLED' && { statusReason: { code: scope.reason } }),
    ...(findsUnusedAccess(row) && { configuration: given ?? unused }),
    ...(findsInternalAccess(row) && { configuration: given ?? { internalAccess: {} } }),
  }
}
