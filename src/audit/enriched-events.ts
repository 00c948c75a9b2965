import { memberAccounts, type Store, type Transaction } from '../store/index.ts'
import type { Json, JsonObject } from '../types/json.ts'
import { type FieldSelector, selects } from './event-selectors.ts'
import { buildRecord, type EventSize, type RecordFacts } from './record.ts'
import type { EnrichedEvent } from './records.ts'

/** What the events of an event data store are enriched with. CloudTrail API Reference, "ContextKeySelector". */
export interface ContextKeySelector {
  readonly Type: 'TagContext' | 'RequestContext'
  readonly Equals: readonly string[]
}

/** An event data store whose events are larger than records, or tell more. */
export interface EnrichingStore {
  readonly arn: string
  /** Whose events it takes in. */
  readonly accounts: ReadonlySet<string>
  /** Absent for all regions. */
  readonly region?: string
  readonly selectors: readonly { readonly fields: readonly FieldSelector[] }[]
  readonly maxEventSize: EventSize
  readonly conditionKeys: readonly string[]
  readonly principalTags: readonly string[]
  readonly resourceTags: readonly string[]
}

/** What is known of a call beyond its record. */
export interface CallContext {
  /** The condition keys that it was decided by, as texts, by name. */
  readonly conditionKeys: ReadonlyMap<string, Json>
  readonly principalTags: ReadonlyMap<string, string>
  /** Resources that the call was about, with their tags. */
  readonly resources: readonly { readonly arn: string; readonly tags: ReadonlyMap<string, string> }[]
}

const principalTagPrefix = 'aws:PrincipalTag/'
/** The role by which CloudTrail reads tags. CloudTrail User Guide, "Using roles for creating and managing CloudTrail event context in CloudTrail". */
export const eventContextService = 'context.cloudtrail.amazonaws.com'
const tagReader = 'awsserviceroleforcloudtraileventcontext'

/** Kinds of changes after which other event data stores enrich, or others' events. */
const kinds: ReadonlySet<string> = new Set(['eventDataStore', 'organization', 'role'])

/** The event data stores that enrich their events, from memory until the change feed tells of others. */
export function createEnrichingStores(store: Pick<Store, 'read' | 'onChange'>): () => Promise<readonly EnrichingStore[]> {
  let known: Promise<readonly EnrichingStore[]> | undefined
  const forget = () => {
    known = undefined
  }
  store.onChange(changes => {
    if (changes.some(({ kind }) => kinds.has(kind))) forget()
  })
  return () => {
    if (known) return known
    const loading = store.read(enrichingStores)
    known = loading
    loading.catch(forget)
    return loading
  }
}

async function enrichingStores(tx: Transaction): Promise<readonly EnrichingStore[]> {
  const rows = await tx
    .selectFrom('eventDataStores')
    .selectAll()
    .where('status', '=', 'ENABLED')
    .where('maxEventSize', '=', 'Large')
    .orderBy('arn')
    .execute()
  return Promise.all(
    rows.map(async ({ arn, account, organizationId, region, multiRegion, selectors, maxEventSize, contextKeys }) => {
      const keys = JSON.parse(contextKeys) as readonly ContextKeySelector[]
      const keysOf = (type: ContextKeySelector['Type']) => keys.filter(({ Type }) => Type === type).flatMap(({ Equals }) => Equals)
      const request = keysOf('RequestContext')
      return {
        arn,
        accounts: new Set(organizationId === null ? [account] : await memberAccounts(tx, organizationId)),
        ...(multiRegion === 0 && { region }),
        selectors: JSON.parse(selectors) as EnrichingStore['selectors'],
        maxEventSize,
        conditionKeys: request.filter(key => !key.startsWith(principalTagPrefix)),
        principalTags: request.filter(key => key.startsWith(principalTagPrefix)).map(key => key.slice(principalTagPrefix.length)),
        resourceTags: (await readsTags(tx, account)) ? keysOf('TagContext') : [],
      }
    }),
  )
}

/** "If you modify or delete the service-linked role, CloudTrail will not populate any resource tags into eventContext." */
async function readsTags(tx: Transaction, account: string): Promise<boolean> {
  const role = await tx.selectFrom('roles').select('id').where('account', '=', account).where('nameKey', '=', tagReader).executeTakeFirst()
  return role !== undefined
}

/**
 * The events that event data stores have of a call in place of its record.
 * CloudTrail User Guide, "Enrich CloudTrail events by adding resource tag keys and IAM global condition keys".
 */
export function enrichedEventsOf(facts: RecordFacts, stores: readonly EnrichingStore[], context: CallContext | undefined): EnrichedEvent[] {
  const taking = stores.filter(({ accounts, region }) => accounts.has(facts.account) && (region === undefined || region === facts.region))
  return taking.flatMap(store => {
    const event = buildRecord({ ...facts, ...contextFor(store, context) }, store.maxEventSize)
    return selects({ advanced: store.selectors }, event) ? [{ storeArn: store.arn, event }] : []
  })
}

function contextFor({ conditionKeys, principalTags, resourceTags }: EnrichingStore, context: CallContext | undefined) {
  if (conditionKeys.length + principalTags.length + resourceTags.length === 0) return {}
  const requestContext = chosen(conditionKeys, context?.conditionKeys)
  const ofPrincipal = chosen(principalTags, context?.principalTags)
  const ofResources = (context?.resources ?? [])
    .map(({ arn, tags }) => ({ arn, tags: chosen(resourceTags, tags) }))
    .filter(({ tags }) => Object.keys(tags).length > 0)
  const tagContext = {
    ...(ofResources.length > 0 && { resourceTags: ofResources }),
    ...(Object.keys(ofPrincipal).length > 0 && { principalTags: ofPrincipal }),
  }
  return { eventContext: { requestContext, tagContext } }
}

const chosen = (names: readonly string[], values: ReadonlyMap<string, Json> | undefined): JsonObject =>
  Object.fromEntries(
    names.flatMap(name => {
      const value = values?.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
