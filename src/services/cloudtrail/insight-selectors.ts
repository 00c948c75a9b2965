import { selects } from '../../audit/event-selectors.ts'
import { buildRecord } from '../../audit/record.ts'
import type { Transaction } from '../../store/index.ts'
import type { InsightSelector, PutInsightSelectorsRequest } from '../../wire/models/cloudtrail.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import {
  checkOwner,
  kindOf,
  namedStoreArn,
  requireActiveStore,
  requireOwnStore,
  selectorsOfStore,
  storeAccess,
} from './event-data-store-rows.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { requireTrail, requireTrailAtHome, selectorsOf } from './trail-store.ts'
import { trailAccess } from './trails.ts'

type Named = Pick<PutInsightSelectorsRequest, 'TrailName' | 'EventDataStore' | 'InsightsDestination'>
type Owner = { readonly trail: string } | { readonly store: string; readonly destination: string | undefined }
type Context = CallContext & { readonly tx: Transaction }

/** @throws InvalidParameterCombinationException, InvalidParameterException */
function ownerOf({ TrailName, EventDataStore, InsightsDestination }: Named): Owner {
  if (TrailName !== undefined && (EventDataStore !== undefined || InsightsDestination !== undefined))
    throw new cloudtrail.InvalidParameterCombinationException('Specify either TrailName or EventDataStore and InsightsDestination.')
  if (TrailName !== undefined) return { trail: TrailName }
  if (EventDataStore === undefined) throw new cloudtrail.InvalidParameterException('Specify TrailName or EventDataStore.')
  return { store: EventDataStore, destination: InsightsDestination }
}

/** Whoever sends insights to an event data store needs permission for it too. */
async function access(input: Named, context: AccessContext) {
  const owner = ownerOf(input)
  if ('trail' in owner) return trailAccess(owner.trail, context)
  const stores = [owner.store, ...(owner.destination === undefined ? [] : [owner.destination])]
  return Promise.all(stores.map(name => storeAccess(name, context)))
}

/** PutInsightSelectors: an empty list ends the insights of a trail or an event data store. CloudTrail API Reference, "PutInsightSelectors". */
export const PutInsightSelectors = cloudtrail.operation('PutInsightSelectors', {
  access,

  async handle({ InsightSelectors, ...named }, context) {
    const owner = ownerOf(named)
    if ('store' in owner) return putForStore(owner.store, owner.destination, InsightSelectors, context)
    const { tx } = context
    const trail = await requireTrailAtHome(tx, namedTrailArn(owner.trail, context), context)
    checkSelectors(InsightSelectors, { kind: 'trail', advanced: selectorsOf(trail).advanced })
    await tx
      .updateTable('trails')
      .set({ insightSelectors: kept(InsightSelectors) })
      .where('arn', '=', trail.arn)
      .execute()
    return { TrailARN: trail.arn, InsightSelectors }
  },
})

const kept = (selectors: readonly InsightSelector[]) => (selectors.length === 0 ? null : JSON.stringify(selectors))

/** "The source and destination event data stores must belong to the same Amazon Web Services account." */
async function putForStore(name: string, destinationName: string | undefined, selectors: readonly InsightSelector[], context: Context) {
  const { tx, account, now } = context
  const source = await requireActiveStore(tx, namedStoreArn(name, context), now)
  await checkOwner(tx, source, account)
  checkSelectors(selectors, { kind: 'event data store', advanced: selectorsOfStore(source) })
  const destination = destinationName === undefined ? null : await destinationOf(destinationName, source.account, context)
  if (selectors.length > 0 && destination === null)
    throw new cloudtrail.InvalidParameterException('Insights of an event data store need an InsightsDestination.')
  const insightsDestination = selectors.length === 0 ? null : destination
  await tx
    .updateTable('eventDataStores')
    .set({ insightSelectors: kept(selectors), insightsDestination })
    .where('arn', '=', source.arn)
    .execute()
  return {
    EventDataStoreArn: source.arn,
    InsightSelectors: selectors,
    ...(destination !== null && { InsightsDestination: destination }),
  }
}

/** @throws InvalidParameterException of an event data store that is for other events */
async function destinationOf(name: string, account: string, context: Context): Promise<string> {
  const row = await requireOwnStore(context.tx, namedStoreArn(name, { ...context, account }), { account, now: context.now })
  if (kindOf(row) !== 'insights')
    throw new cloudtrail.InvalidParameterException(
      `The event data store ${row.arn} does not collect Insights events: its eventCategory must be Insight.`,
    )
  return row.arn
}

/** GetInsightSelectors. @throws InsightNotEnabledException. CloudTrail API Reference, "GetInsightSelectors" */
export const GetInsightSelectors = cloudtrail.operation('GetInsightSelectors', {
  access,

  async handle(input, context) {
    const owner = ownerOf(input)
    if ('store' in owner) return selectorsOfInsightsStore(owner.store, context)
    const { arn, insightSelectors } = await requireTrail(context.tx, namedTrailArn(owner.trail, context), context.account)
    if (insightSelectors === null) throw notEnabled(`Trail ${arn}`, 'trail')
    return { TrailARN: arn, InsightSelectors: JSON.parse(insightSelectors) as InsightSelector[] }
  },
})

async function selectorsOfInsightsStore(name: string, context: Context) {
  const { arn, insightSelectors, insightsDestination } = await requireActiveStore(context.tx, namedStoreArn(name, context), context.now)
  if (insightSelectors === null) throw notEnabled(`Event data store ${arn}`, 'event data store')
  return {
    EventDataStoreArn: arn,
    InsightSelectors: JSON.parse(insightSelectors) as InsightSelector[],
    ...(insightsDestination !== null && { InsightsDestination: insightsDestination }),
  }
}

/** The words that the CloudTrail User Guide shows of a trail, "Logging Insights events for a trail using the AWS CLI". */
const notEnabled = (named: string, kind: string) =>
  new cloudtrail.InsightNotEnabledException(
    `${named} does not have Insights enabled. Edit the ${kind} settings to enable Insights, and then try the operation again.`,
  )

/** CloudTrail API Reference, "InsightSelector". */
export const insightTypes: ReadonlySet<string> = new Set(['ApiCallRateInsight', 'ApiErrorRateInsight'])

interface Logs extends Pick<ReturnType<typeof selectorsOf>, 'advanced'> {
  readonly kind: string
}

/** @throws InvalidInsightSelectorsException. CloudTrail User Guide, "Working with CloudTrail Insights" */
function checkSelectors(selectors: readonly InsightSelector[], { kind, advanced }: Logs): void {
  const refuse = (why: string) => new cloudtrail.InvalidInsightSelectorsException(why)
  const types = selectors.map(({ InsightType }) => InsightType)
  if (types.some(type => type !== undefined && !insightTypes.has(type)))
    throw refuse(`The InsightType of a selector is one of ${[...insightTypes].join(', ')}.`)
  if (types.includes(undefined) || new Set(types).size < types.length) throw refuse('Each insight selector has an InsightType of its own.')
  if (selectors.some(({ EventCategories = [] }) => EventCategories.includes('Data')))
    throw refuse('Insights are computed for management events alone.')
  const logs = (readOnly: boolean) => selects({ advanced }, { ...example, readOnly })
  if (types.includes('ApiCallRateInsight') && !logs(false))
    throw refuse(`ApiCallRateInsight needs a${kind === 'trail' ? '' : 'n'} ${kind} that logs write management events.`)
  if (types.includes('ApiErrorRateInsight') && !logs(false) && !logs(true))
    throw refuse(`ApiErrorRateInsight needs a${kind === 'trail' ? '' : 'n'} ${kind} that logs management events.`)
}

/** Any management event, to see whether such are taken. */
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
