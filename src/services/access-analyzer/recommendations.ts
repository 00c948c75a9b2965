import { unusedPermissions, withoutUnused } from '../../analysis/unused-permissions.ts'
import { serviceNames } from '../../catalogue/service-names.ts'
import type { Transaction } from '../../store/index.ts'
import type { RecommendedStep } from '../../wire/models/access-analyzer.ts'
import { analyze } from './analysis.ts'
import { invalid } from './analyzer-configuration.ts'
import { type AnalyzerRow, type FindingRow, notFound, requireAnalyzer } from './analyzer-store.ts'
import { type Holder, lastUsedBy, policiesHeldBy } from './held-permissions.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'
import { unusedSince } from './unused-access.ts'

/** GenerateFindingRecommendation: for findings of unused permissions. Access Analyzer API Reference, "GenerateFindingRecommendation". */
export const GenerateFindingRecommendation = accessAnalyzer.operation('GenerateFindingRecommendation', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, id }, { tx, account, now }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    await analyze({ tx, now }, analyzer)
    const finding = await tx
      .selectFrom('analyzerFindings')
      .selectAll()
      .where('analyzerArn', '=', analyzerArn)
      .where('id', '=', id)
      .executeTakeFirst()
    if (!finding) throw invalid(`The finding ${id} does not exist.`)
    if (finding.type !== 'UnusedPermission') throw invalid('Recommendations are for findings of the type UnusedPermission.')
    const steps = JSON.stringify(await stepsFor(tx, analyzer, finding, now))
    await tx
      .insertInto('findingRecommendations')
      .values({ findingId: id, analyzerArn, steps, startedAt: now })
      .onConflict(conflict => conflict.columns(['findingId', 'analyzerArn']).doUpdateSet({ steps, startedAt: now }))
      .execute()
    return {}
  },
})

interface Step {
  readonly recommendedAction: 'CREATE_POLICY' | 'DETACH_POLICY'
  readonly recommendedPolicy?: string
  readonly existingPolicyId: string
  readonly policyUpdatedAt?: number
}

/** For each policy that grants more than was used: one that grants what was, then to detach the old one. */
async function stepsFor(tx: Transaction, analyzer: AnalyzerRow, finding: FindingRow, now: number): Promise<Step[]> {
  const holder = await holderOf(tx, finding)
  const used = await lastUsedBy(tx, holder)
  const since = unusedSince(analyzer, now)
  const steps: Step[] = []
  for (const { document, source } of await policiesHeldBy(tx, holder)) {
    if (unusedPermissions([document], used, since, Object.keys(serviceNames)).length === 0) continue
    const narrowed = withoutUnused(document, used, since)
    const existing = { existingPolicyId: source.arn ?? source.id, ...(await updatedAt(tx, source.arn)) }
    if (narrowed !== undefined) steps.push({ recommendedAction: 'CREATE_POLICY', recommendedPolicy: narrowed, ...existing })
    steps.push({ recommendedAction: 'DETACH_POLICY', ...existing })
  }
  return steps
}

async function holderOf(tx: Transaction, { resource, resourceType, resourceOwner }: FindingRow): Promise<Holder> {
  const kind = resourceType === 'AWS::IAM::User' ? 'user' : 'role'
  const name = resource.slice(resource.lastIndexOf('/') + 1).toLowerCase()
  const { id } = await tx
    .selectFrom(`${kind}s`)
    .select('id')
    .where('account', '=', resourceOwner)
    .where('nameKey', '=', name)
    .executeTakeFirstOrThrow()
  return { kind, id }
}

async function updatedAt(tx: Transaction, arn: string | undefined): Promise<{ policyUpdatedAt?: number }> {
  const row = arn === undefined ? undefined : await tx.selectFrom('policies').select('updatedAt').where('arn', '=', arn).executeTakeFirst()
  return row ? { policyUpdatedAt: row.updatedAt } : {}
}

/** GetFindingRecommendation. Access Analyzer API Reference, "GetFindingRecommendation". */
export const GetFindingRecommendation = accessAnalyzer.operation('GetFindingRecommendation', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, id, ...paging }, { tx, account }) {
    await requireAnalyzer(tx, analyzerArn, account)
    const row = await tx
      .selectFrom('findingRecommendations')
      .innerJoin('analyzerFindings', 'analyzerFindings.id', 'findingRecommendations.findingId')
      .select(['steps', 'startedAt', 'resource'])
      .where('findingRecommendations.analyzerArn', '=', analyzerArn)
      .where('findingId', '=', id)
      .executeTakeFirst()
    if (!row) throw notFound(id, 'Recommendation')
    const { items, ...next } = pageOf(JSON.parse(row.steps) as Step[], paging, [analyzerArn, id])
    return {
      startedAt: new Date(row.startedAt),
      completedAt: new Date(row.startedAt),
      resourceArn: row.resource,
      recommendationType: 'UnusedPermissionRecommendation',
      status: 'SUCCEEDED',
      recommendedSteps: items.map(stepShape),
      ...next,
    }
  },
})

const stepShape = ({ policyUpdatedAt, ...step }: Step): RecommendedStep => ({
  unusedPermissionsRecommendedStep: { ...step, ...(policyUpdatedAt !== undefined && { policyUpdatedAt: new Date(policyUpdatedAt) }) },
})
