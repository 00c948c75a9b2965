import type { Transaction } from '../../store/index.ts'
import type { ClustersTable, EksInsightsTable } from '../../store/tables/eks.ts'
import type { Insight, InsightsFilter, InsightSummary } from '../../wire/models/eks.ts'
import type { AccessContext, HandleContext } from '../operation.ts'
import { clusterAccess, pageByName } from './access.ts'
import { type Asked, askCluster } from './ask-cluster.ts'
import { requireCluster } from './cluster-store.ts'
import { type InsightCheck, insightChecks, nextVersion, type Outcome } from './insight-checks.ts'
import { eks } from './service.ts'

/** EKS refreshes insights once a day. EKS User Guide, "Prepare for Kubernetes version upgrades with cluster insights". */
const freshMilliseconds = 86_400_000

const ofCluster = ({ clusterName }: { readonly clusterName: string }, context: AccessContext) => clusterAccess(context, clusterName)

/** ListInsights: what checks of the cluster found when they were last made, a day ago at most. EKS API Reference, "ListInsights". */
export const ListInsights = eks.operation<'ListInsights', Asked>('ListInsights', {
  transaction: 'write',
  prepare: askCluster,
  access: ofCluster,
  async handle(input, context, asked) {
    const cluster = await requireCluster(context.tx, context, input.clusterName)
    await refreshIfStale(cluster, asked, context)
    const all = (await rowsOf(context.tx, cluster)).map(row => shape(row, cluster)).filter(insight => isWanted(insight, input.filter))
    const { page, nextToken } = pageByName(all, ({ id = '' }) => id, input)
    return { insights: page.map(summaryOf), nextToken }
  },
})

function isWanted({ category = '', kubernetesVersion = '', insightStatus }: Insight, filter: InsightsFilter = {}): boolean {
  return (
    (filter.categories?.includes(category) ?? true) &&
    (filter.kubernetesVersions?.includes(kubernetesVersion) ?? true) &&
    (filter.statuses?.includes(insightStatus?.status ?? '') ?? true)
  )
}

/** DescribeInsight: with what was found, and what to do about it. EKS API Reference, "DescribeInsight". */
export const DescribeInsight = eks.operation('DescribeInsight', {
  access: ofCluster,
  async handle({ clusterName, id }, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, clusterName)
    const row = (await rowsOf(tx, cluster)).find(known => known.id === id)
    if (!row) throw new eks.ResourceNotFoundException(`No insight found for id: ${id}.`, { clusterName })
    return { insight: shape(row, cluster) }
  },
})

/** StartInsightsRefresh: makes all checks anew, within the call. EKS API Reference, "StartInsightsRefresh". */
export const StartInsightsRefresh = eks.operation<'StartInsightsRefresh', Asked>('StartInsightsRefresh', {
  prepare: askCluster,
  access: ofCluster,
  async handle({ clusterName }, context, asked) {
    const { tx, now } = context
    const cluster = await requireCluster(tx, context, clusterName)
    await refresh(cluster, asked, context)
    const times = { startedAt: now, endedAt: now }
    await tx
      .insertInto('eksInsightRefreshes')
      .values({ clusterId: cluster.id, ...times })
      .onConflict(conflict => conflict.column('clusterId').doUpdateSet(times))
      .execute()
    return { status: 'IN_PROGRESS', message: 'Insights refresh has started.' }
  },
})

/** DescribeInsightsRefresh: how the last refresh that somebody asked for went. EKS API Reference, "DescribeInsightsRefresh". */
export const DescribeInsightsRefresh = eks.operation('DescribeInsightsRefresh', {
  access: ofCluster,
  async handle({ clusterName }, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, clusterName)
    const row = await tx.selectFrom('eksInsightRefreshes').selectAll().where('clusterId', '=', cluster.id).executeTakeFirst()
    if (!row) throw new eks.ResourceNotFoundException(`No insights refresh was started for cluster: ${clusterName}.`, { clusterName })
    return {
      status: 'COMPLETED',
      message: 'Insights refresh has completed.',
      startedAt: new Date(row.startedAt),
      endedAt: new Date(row.endedAt),
    }
  },
})

async function rowsOf(tx: Transaction, { id }: ClustersTable): Promise<EksInsightsTable[]> {
  const rows = await tx.selectFrom('eksInsights').selectAll().where('clusterId', '=', id).orderBy('id').execute()
  return rows.filter(({ insight }) => insightChecks.some(({ key }) => key === insight))
}

type Context = Pick<HandleContext, 'tx' | 'now' | 'world'>

async function refreshIfStale(cluster: ClustersTable, asked: Asked, context: Context): Promise<void> {
  const rows = await rowsOf(context.tx, cluster)
  const fresh = rows.length === insightChecks.length && rows.every(({ refreshedAt }) => context.now - refreshedAt < freshMilliseconds)
  if (!fresh) await refresh(cluster, asked, context)
}

async function refresh(cluster: ClustersTable, asked: Asked, { tx, now, world }: Context): Promise<void> {
  const known = new Map((await rowsOf(tx, cluster)).map(row => [row.insight, row]))
  for (const { key, check } of insightChecks) {
    const outcome = await check({ tx, cluster, ...asked })
    const before = known.get(key)
    const changed = !before || (JSON.parse(before.outcome) as Outcome).status !== outcome.status
    const found = { outcome: JSON.stringify(outcome), refreshedAt: now, transitionedAt: changed ? now : before.transitionedAt }
    await tx
      .insertInto('eksInsights')
      .values({ clusterId: cluster.id, insight: key, id: before?.id ?? world.random.uuid(), ...found })
      .onConflict(conflict => conflict.columns(['clusterId', 'insight']).doUpdateSet(found))
      .execute()
  }
}

/** Forgets the insights of a cluster that is deleted. */
export async function removeInsights(tx: Transaction, clusterId: string): Promise<void> {
  await tx.deleteFrom('eksInsights').where('clusterId', '=', clusterId).execute()
  await tx.deleteFrom('eksInsightRefreshes').where('clusterId', '=', clusterId).execute()
}

function shape({ id, insight, outcome, refreshedAt, transitionedAt }: EksInsightsTable, cluster: ClustersTable): Insight {
  const { name, category, description, recommendation, additionalInfo } = insightChecks.find(({ key }) => key === insight) as InsightCheck
  const { status, reason, resources = [], summary = {} } = JSON.parse(outcome) as Outcome
  const upgrade = category === 'UPGRADE_READINESS'
  return {
    id,
    name,
    category,
    ...(upgrade && { kubernetesVersion: nextVersion(cluster) }),
    lastRefreshTime: wholeSeconds(refreshedAt),
    lastTransitionTime: wholeSeconds(transitionedAt),
    description,
    insightStatus: { status, reason },
    recommendation,
    additionalInfo,
    resources,
    ...(upgrade && { categorySpecificSummary: { deprecationDetails: [], ...summary } }),
  }
}

/** AWS CLI Command Reference, "list-insights". */
const wholeSeconds = (time: number) => new Date(Math.floor(time / 1000) * 1000)

const summaryOf = (insight: Insight): InsightSummary => {
  const { id, name, category, kubernetesVersion, lastRefreshTime, lastTransitionTime, description, insightStatus } = insight
  return { id, name, category, kubernetesVersion, lastRefreshTime, lastTransitionTime, description, insightStatus }
}
