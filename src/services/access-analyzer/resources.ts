import type { Transaction } from '../../store/index.ts'
import { analyze } from './analysis.ts'
import { scopeOf } from './analyzer-scope.ts'
import { type AnalyzerRow, findsExternalAccess, notFound, requireAnalyzer } from './analyzer-store.ts'
import { detailOf } from './finding-shapes.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'
import { type HeldResource, heldResources } from './shared-resources.ts'

/** What an analyzer of external access looks at; nothing once it is disabled. */
async function resourcesOf(tx: Transaction, analyzer: AnalyzerRow, types?: readonly string[]): Promise<HeldResource[]> {
  const scope = await scopeOf(tx, analyzer)
  const lists: HeldResource[][] = []
  for (const account of scope.status === 'ACTIVE' ? scope.accounts : [])
    lists.push(await heldResources(tx, account, analyzer.region, types))
  return lists.flat()
}

/** StartResourceScan: analyzes at once. Access Analyzer API Reference, "StartResourceScan". */
export const StartResourceScan = accessAnalyzer.operation('StartResourceScan', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, resourceArn, resourceOwnerAccount }, { tx, account, now }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    const resource = (await resourcesOf(tx, analyzer)).find(({ arn }) => arn === resourceArn)
    if (!resource || (resourceOwnerAccount ?? resource.account) !== resource.account) throw notFound(resourceArn, 'Resource')
    await analyze({ tx, now }, analyzer)
    return {}
  },
})

/** ListAnalyzedResources. Access Analyzer API Reference, "ListAnalyzedResources". */
export const ListAnalyzedResources = accessAnalyzer.operation('ListAnalyzedResources', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, resourceType, ...paging }, { tx, account }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    requireExternal(findsExternalAccess(analyzer))
    const resources = await resourcesOf(tx, analyzer, resourceType === undefined ? undefined : [resourceType])
    const { items, ...next } = pageOf(resources, paging, [analyzerArn, resourceType])
    const analyzedResources = items.map(({ arn, type, account: owner }) => ({
      resourceArn: arn,
      resourceOwnerAccount: owner,
      resourceType: type,
    }))
    return { analyzedResources, ...next }
  },
})

/** GetAnalyzedResource. Access Analyzer API Reference, "GetAnalyzedResource". */
export const GetAnalyzedResource = accessAnalyzer.operation('GetAnalyzedResource', {
  transaction: 'write',
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, resourceArn }, { tx, account, now }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    requireExternal(findsExternalAccess(analyzer))
    const resource = (await resourcesOf(tx, analyzer)).find(({ arn }) => arn === resourceArn)
    if (!resource) throw notFound(resourceArn, 'Resource')
    await analyze({ tx, now }, analyzer)
    const rows = await tx
      .selectFrom('analyzerFindings')
      .selectAll()
      .where('analyzerArn', '=', analyzerArn)
      .where('resource', '=', resourceArn)
      .where('status', '!=', 'RESOLVED')
      .execute()
    const details = rows.map(detailOf)
    const [first] = rows
    return {
      resource: {
        resourceArn,
        resourceType: resource.type,
        createdAt: new Date(resource.createdAt),
        analyzedAt: new Date(now),
        updatedAt: new Date(first?.updatedAt ?? resource.createdAt),
        isPublic: details.some(({ isPublic }) => isPublic === true),
        ...(first && {
          actions: [...new Set(details.flatMap(({ action = [] }) => action))],
          sharedVia: [...new Set(details.flatMap(({ sources = ['POLICY'] }) => sources))],
          status: first.status,
        }),
        resourceOwnerAccount: resource.account,
      },
    }
  },
})

function requireExternal(external: boolean) {
  if (!external)
    throw new accessAnalyzer.ValidationException('The operation is for analyzers of external access only.', { reason: 'other' })
}
