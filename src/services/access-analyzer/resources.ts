import { roleArn } from '../../identity/arns.ts'
import type { Transaction } from '../../store/index.ts'
import { analyze } from './analysis.ts'
import { findsExternalAccess, notFound, requireAnalyzer } from './analyzer-store.ts'
import { detailOf } from './finding-shapes.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

/** Roles are the resources with policies of their own that Gatehouse holds. */
async function resourcesOf(tx: Transaction, account: string): Promise<{ arn: string; createdAt: number }[]> {
  const roles = await tx
    .selectFrom('roles')
    .select(['path', 'name', 'createdAt'])
    .where('account', '=', account)
    .orderBy('nameKey')
    .execute()
  return roles.map(({ path, name, createdAt }) => ({ arn: roleArn(account, path, name), createdAt }))
}

/** StartResourceScan: analyzes at once. Access Analyzer API Reference, "StartResourceScan". */
export const StartResourceScan = accessAnalyzer.operation('StartResourceScan', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, resourceArn, resourceOwnerAccount }, { tx, account, now }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    const known = (await resourcesOf(tx, account)).some(({ arn }) => arn === resourceArn)
    if (!known || (resourceOwnerAccount !== undefined && resourceOwnerAccount !== account)) throw notFound(resourceArn, 'Resource')
    await analyze({ tx, now }, analyzer)
    return {}
  },
})

/** ListAnalyzedResources. Access Analyzer API Reference, "ListAnalyzedResources". */
export const ListAnalyzedResources = accessAnalyzer.operation('ListAnalyzedResources', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, resourceType = 'AWS::IAM::Role', ...paging }, { tx, account }) {
    requireExternal(findsExternalAccess(await requireAnalyzer(tx, analyzerArn, account)))
    const resources = resourceType === 'AWS::IAM::Role' ? await resourcesOf(tx, account) : []
    const { items, ...next } = pageOf(resources, paging, [analyzerArn, resourceType])
    return { analyzedResources: items.map(({ arn }) => ({ resourceArn: arn, resourceOwnerAccount: account, resourceType })), ...next }
  },
})

/** GetAnalyzedResource. Access Analyzer API Reference, "GetAnalyzedResource". */
export const GetAnalyzedResource = accessAnalyzer.operation('GetAnalyzedResource', {
  transaction: 'write',
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, resourceArn }, { tx, account, now }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    requireExternal(findsExternalAccess(analyzer))
    const resource = (await resourcesOf(tx, account)).find(({ arn }) => arn === resourceArn)
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
        resourceType: 'AWS::IAM::Role',
        createdAt: new Date(resource.createdAt),
        analyzedAt: new Date(now),
        updatedAt: new Date(first?.updatedAt ?? resource.createdAt),
        isPublic: details.some(({ isPublic }) => isPublic === true),
        ...(first && { actions: [...new Set(details.flatMap(({ action = [] }) => action))], sharedVia: ['POLICY'], status: first.status }),
        resourceOwnerAccount: account,
      },
    }
  },
})

function requireExternal(external: boolean) {
  if (!external)
    throw new accessAnalyzer.ValidationException('The operation is for analyzers of external access only.', { reason: 'other' })
}
