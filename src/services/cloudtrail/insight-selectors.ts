import { selects } from '../../audit/event-selectors.ts'
import { buildRecord } from '../../audit/record.ts'
import type { InsightSelector } from '../../wire/models/cloudtrail.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { requireTrail, requireTrailAtHome, selectorsOf, type TrailRow } from './trail-store.ts'
import { trailAccess } from './trails.ts'

/** @throws the exceptions for stores of event data, which have no insights here, and for no trail at all */
function trailOf({
  TrailName,
  EventDataStore,
}: {
  readonly TrailName?: string | undefined
  readonly EventDataStore?: string | undefined
}): string {
  if (TrailName !== undefined && EventDataStore !== undefined)
    throw new cloudtrail.InvalidParameterCombinationException('Specify either TrailName or EventDataStore.')
  if (EventDataStore !== undefined)
    throw new cloudtrail.UnsupportedOperationException('Insights of event data stores are not served; those of trails are.')
  if (TrailName === undefined) throw new cloudtrail.InvalidParameterException('Specify TrailName.')
  return TrailName
}

/** PutInsightSelectors: an empty list ends the insights of a trail. CloudTrail API Reference, "PutInsightSelectors". */
export const PutInsightSelectors = cloudtrail.operation('PutInsightSelectors', {
  access: ({ TrailName, EventDataStore }, context) => trailAccess(trailOf({ TrailName, EventDataStore }), context),

  async handle(input, context) {
    const { tx } = context
    const trail = await requireTrailAtHome(tx, namedTrailArn(trailOf(input), context), context)
    const selectors = input.InsightSelectors
    checkSelectors(selectors, trail)
    const insightSelectors = selectors.length === 0 ? null : JSON.stringify(selectors)
    await tx.updateTable('trails').set({ insightSelectors }).where('arn', '=', trail.arn).execute()
    return { TrailARN: trail.arn, InsightSelectors: selectors }
  },
})

/** GetInsightSelectors. @throws InsightNotEnabledException. CloudTrail API Reference, "GetInsightSelectors" */
export const GetInsightSelectors = cloudtrail.operation('GetInsightSelectors', {
  access: ({ TrailName, EventDataStore }, context) => trailAccess(trailOf({ TrailName, EventDataStore }), context),

  async handle(input, context) {
    const { arn, insightSelectors } = await requireTrail(context.tx, namedTrailArn(trailOf(input), context), context.account)
    if (insightSelectors === null) throw new cloudtrail.InsightNotEnabledException(`Trail ${arn} does not have Insights enabled.`)
    return { TrailARN: arn, InsightSelectors: JSON.parse(insightSelectors) as InsightSelector[] }
  },
})

/** CloudTrail API Reference, "InsightSelector". */
export const insightTypes: ReadonlySet<string> = new Set(['ApiCallRateInsight', 'ApiErrorRateInsight'])

/** @throws InvalidInsightSelectorsException. CloudTrail User Guide, "Working with CloudTrail Insights" */
function checkSelectors(selectors: readonly InsightSelector[], trail: TrailRow): void {
  const refuse = (why: string) => new cloudtrail.InvalidInsightSelectorsException(why)
  const types = selectors.map(({ InsightType }) => InsightType)
  if (types.some(type => type !== undefined && !insightTypes.has(type)))
    throw refuse(`The InsightType of a selector is one of ${[...insightTypes].join(', ')}.`)
  if (types.includes(undefined) || new Set(types).size < types.length) throw refuse('Each insight selector has an InsightType of its own.')
  if (selectors.some(({ EventCategories = [] }) => EventCategories.includes('Data')))
    throw refuse('Insights are computed for management events alone.')
  const logs = (readOnly: boolean) => selects(selectorsOf(trail), { ...example, readOnly })
  if (types.includes('ApiCallRateInsight') && !logs(false))
    throw refuse('ApiCallRateInsight needs a trail that logs write management events.')
  if (types.includes('ApiErrorRateInsight') && !logs(false) && !logs(true))
    throw refuse('ApiErrorRateInsight needs a trail that logs management events.')
}

/** Any management event, to see whether a trail takes such. */
const example = buildRecord({
  eventId: '',
  requestId: '',
  at: 0,
  eventSource: 'ec2.amazonaws.com',
  eventName: 'RunInstances',
  region: '',
  account: '',
  userIdentity: {},
  sourceIp: '',
  userAgent: '',
  readOnly: false,
  requestParameters: null,
  responseElements: null,
})
