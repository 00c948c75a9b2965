import type { JsonObject } from '../types/json.ts'
import type { TrailRecord } from './record.ts'

/** One condition on one field: a value of the record must meet one of the positive operators and none of the negated. */
export interface FieldSelector {
  readonly field: string
  readonly equals?: readonly string[] | undefined
  readonly startsWith?: readonly string[] | undefined
  readonly endsWith?: readonly string[] | undefined
  readonly notEquals?: readonly string[] | undefined
  readonly notStartsWith?: readonly string[] | undefined
  readonly notEndsWith?: readonly string[] | undefined
}

/** What is taken of the records: those that meet all conditions of one of the selectors. */
export interface EventSelectors {
  readonly advanced: readonly { readonly fields: readonly FieldSelector[] }[]
}

/** The fields that advanced event selectors know, and where a record has them. CloudTrail API Reference, "AdvancedFieldSelector". */
const valuesOf: { readonly [field: string]: (record: TrailRecord) => readonly unknown[] } = {
  eventCategory: record => [record.eventCategory],
  eventName: record => [record.eventName],
  eventSource: record => [record.eventSource],
  eventType: record => [record['eventType']],
  readOnly: record => [String(record.readOnly)],
  errorCode: record => [record['errorCode']],
  vpcEndpointId: record => [record['vpcEndpointId']],
  sessionCredentialFromConsole: record => [record['sessionCredentialFromConsole'] === 'true' ? 'true' : 'false'],
  'userIdentity.arn': record => [record.userIdentity['arn']],
  'resources.type': record => resourcesOf(record).map(resource => resource['type']),
  'resources.ARN': record => resourcesOf(record).map(resource => resource['ARN']),
}

/** Names of all fields. */
export const selectorFields: readonly string[] = Object.keys(valuesOf)

const resourcesOf = (record: TrailRecord): readonly JsonObject[] => (record['resources'] as JsonObject[] | undefined) ?? []

/** Whether selectors take a record. CloudTrail User Guide, "Advanced event selectors". */
export const selects = ({ advanced }: EventSelectors, record: TrailRecord): boolean =>
  advanced.some(({ fields }) => fields.every(field => meets(field, record, fields)))

function meets(selector: FieldSelector, record: TrailRecord, together: readonly FieldSelector[]): boolean {
  const all = selector.field === 'resources.ARN' ? arnsOfType(record, together) : (valuesOf[selector.field]?.(record) ?? [])
  const values = all.filter(value => typeof value === 'string')
  const { equals, startsWith, endsWith, notEquals, notStartsWith, notEndsWith } = selector
  const some = (texts: readonly string[] | undefined, test: (value: string, text: string) => boolean) =>
    texts !== undefined && texts.some(text => values.some(value => test(value, text)))
  const positive = equals !== undefined || startsWith !== undefined || endsWith !== undefined
  const wanted = some(equals, is) || some(startsWith, begins) || some(endsWith, ends)
  const unwanted = some(notEquals, is) || some(notStartsWith, begins) || some(notEndsWith, ends)
  return (!positive || wanted) && !unwanted
}

/** An object's record names its bucket as well: ARNs are those of the type that the selector asks for. */
function arnsOfType(record: TrailRecord, together: readonly FieldSelector[]): readonly unknown[] {
  const types = together.find(({ field }) => field === 'resources.type')?.equals
  return resourcesOf(record)
    .filter(resource => types === undefined || types.includes(String(resource['type'])))
    .map(resource => resource['ARN'])
}

const is = (value: string, text: string) => value === text
const begins = (value: string, text: string) => value.startsWith(text)
const ends = (value: string, text: string) => value.endsWith(text)

/** A basic event selector, parsed. CloudTrail API Reference, "EventSelector". */
export interface BasicSelector {
  readonly readWrite: 'All' | 'ReadOnly' | 'WriteOnly'
  readonly management: boolean
  readonly excludedSources: readonly string[]
  readonly dataResources: readonly { readonly type: string; readonly values: readonly string[] }[]
}

/** Basic selectors as the advanced ones that say the same, so that there is one way to select. */
export const asAdvanced = (selectors: readonly BasicSelector[]): EventSelectors => ({
  advanced: selectors.flatMap(({ readWrite, management, excludedSources, dataResources }) => {
    const reading = readWrite === 'All' ? [] : [{ field: 'readOnly', equals: [String(readWrite === 'ReadOnly')] }]
    const excluded = excludedSources.length === 0 ? [] : [{ field: 'eventSource', notEquals: excludedSources }]
    const managed = management ? [{ fields: [{ field: 'eventCategory', equals: ['Management'] }, ...reading, ...excluded] }] : []
    const data = dataResources.map(({ type, values }) => ({
      fields: [
        { field: 'eventCategory', equals: ['Data'] },
        { field: 'resources.type', equals: [type] },
        // `arn:aws:s3` means all buckets; ARNs begin with a partition, a service and a colon.
        { field: 'resources.ARN', startsWith: values },
        ...reading,
      ],
    }))
    return [...managed, ...data]
  }),
})

/** What a trail takes before anybody says otherwise. CloudTrail API Reference, "PutEventSelectors". */
export const defaultSelector: BasicSelector = { readWrite: 'All', management: true, excludedSources: [], dataResources: [] }
