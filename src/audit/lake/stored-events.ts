import { sql } from 'kysely'
import type { FieldSelector } from '../event-selectors.ts'
import type { RecordSource } from '../../store/tables/trails.ts'
import type { EventKind } from './event-schema.ts'
import type { Sql } from './values.ts'

/** A stretch of the records that an event data store took in, by the selectors that it had then. */
export interface Window {
  readonly source: RecordSource
  readonly afterSeq: number
  readonly untilSeq: number | null
  readonly selectors: readonly { readonly fields: readonly FieldSelector[] }[]
}

interface EventsWanted {
  readonly kind?: EventKind
  /** Whose imported events are there too. */
  readonly storeArn: string
  readonly accounts: readonly string[]
  /** Absent for all regions. */
  readonly region?: string
  /** Epoch milliseconds: older events are no longer retained. */
  readonly from: number
  readonly windows: readonly Window[]
  /** Whether it has events of its own in place of records. */
  readonly enriched?: boolean
}

/** The events of an event data store. */
export interface StoredEvents {
  /** With the columns `at` and `json`; counts what it looks at. */
  readonly query: Sql
  /** Whose events, and since when, it looks at, at most. */
  readonly accounts: readonly string[]
  readonly storeArn: string
  readonly from: number
  readonly kind?: EventKind
}

export function storedEvents({ storeArn, accounts, region, from, windows, kind = 'calls', enriched = false }: EventsWanted): StoredEvents {
  const sources = [...new Set(windows.map(({ source }) => source))]
  const replaced = (json: Sql) =>
    sql` AND NOT EXISTS (SELECT 1 FROM "importedRecords" WHERE "storeArn" = ${storeArn} AND "eventId" = json_extract(${json}, '$.eventID'))`
  const parts = sources.map(source => {
    const stretches = windows.filter(window => window.source === source)
    const within = stretches.map(
      ({ afterSeq, untilSeq }) => sql`("seq" > ${afterSeq}${untilSeq === null ? sql`` : sql` AND "seq" <= ${untilSeq}`})`,
    )
    const selected = stretches.map(
      (window, index) => sql`(${within[index]} AND ${selectedBy(window.selectors, sql`${sql.table(source)}."json"`)})`,
    )
    return sql`SELECT "at", "json" FROM ${sql.table(source)} WHERE "account" IN (${sql.join(accounts)})${
      region === undefined ? sql`` : sql` AND "region" = ${region}`
    } AND "at" >= ${from} AND (${sql.join(within, sql` OR `)}) AND "scanned"(length("json")) AND (${sql.join(selected, sql` OR `)})${enriched ? replaced(sql`${sql.table(source)}."json"`) : sql``}`
  })
  // Events are copied whatever the selectors and the region. CloudTrail User Guide, "Copy trail events to an event data store", Considerations.
  const imported = sql`SELECT "at", "json" FROM "importedRecords" WHERE "storeArn" = ${storeArn} AND "at" >= ${from} AND "scanned"(length("json"))`
  return { query: sql`${sql.join([...parts, imported], sql` UNION ALL `)}`, accounts, storeArn, from, kind }
}

/**
 * What `selects` of event-selectors.ts says of a record, as a condition on its JSON.
 * @param json  the column, with its table: in json_each the name alone would be another
 */
export const selectedBy = (selectors: Window['selectors'], json: Sql): Sql =>
  selectors.length === 0
    ? sql`0`
    : sql`(${sql.join(
        selectors.map(
          ({ fields }) =>
            sql`(${sql.join(
              fields.map(field => meets(field, fields, json)),
              sql` AND `,
            )})`,
        ),
        sql` OR `,
      )})`

/** Where a record has a field of which it has one at most; `readOnly` is compared as text. */
const places: { readonly [field: string]: string } = {
  eventCategory: '$.eventCategory',
  eventName: '$.eventName',
  eventSource: '$.eventSource',
  eventType: '$.eventType',
  errorCode: '$.errorCode',
  vpcEndpointId: '$.vpcEndpointId',
  'userIdentity.arn': '$.userIdentity.arn',
}

function meets(selector: FieldSelector, together: readonly FieldSelector[], json: Sql): Sql {
  const { equals, startsWith, endsWith, notEquals, notStartsWith, notEndsWith } = selector
  const wanted = [...tests(equals, is), ...tests(startsWith, begins), ...tests(endsWith, ends)]
  const unwanted = [...tests(notEquals, is), ...tests(notStartsWith, begins), ...tests(notEndsWith, ends)]
  const positive = equals !== undefined || startsWith !== undefined || endsWith !== undefined
  const some = (list: readonly Test[]) => (list.length === 0 ? sql`0` : hasValue(selector.field, together, list, json))
  const parts = [...(positive ? [some(wanted)] : []), ...(unwanted.length > 0 ? [sql`NOT ${some(unwanted)}`] : [])]
  return parts.length === 0 ? sql`1` : sql`(${sql.join(parts, sql` AND `)})`
}

type Test = (value: Sql) => Sql
const tests = (texts: readonly string[] | undefined, test: (value: Sql, text: string) => Sql): Test[] =>
  (texts ?? []).map(text => value => test(value, text))
const is = (value: Sql, text: string) => sql`${value} = ${text}`
const begins = (value: Sql, text: string) => sql`substr(${value}, 1, length(${text})) = ${text}`
const ends = (value: Sql, text: string) => sql`substr(${value}, -length(${text})) = ${text}`

/** Whether one of a field's values passes one of the tests. */
function hasValue(field: string, together: readonly FieldSelector[], list: readonly Test[], json: Sql): Sql {
  const any = (value: Sql) =>
    sql`(${sql.join(
      list.map(test => test(value)),
      sql` OR `,
    )})`
  if (field === 'resources.type' || field === 'resources.ARN') {
    const value = sql`json_extract("value", ${field === 'resources.type' ? '$.type' : '$.ARN'})`
    const types = field === 'resources.ARN' ? together.find(other => other.field === 'resources.type')?.equals : undefined
    const ofType = types ? sql` AND json_extract("value", '$.type') IN (${sql.join(types)})` : sql``
    return sql`EXISTS (SELECT 1 FROM json_each(${json}, '$.resources') WHERE ${any(value)}${ofType})`
  }
  return sql`coalesce(${any(valueOf(field, json))}, 0)`
}

function valueOf(field: string, json: Sql): Sql {
  if (field === 'readOnly') return sql`(CASE json_type(${json}, '$.readOnly') WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END)`
  if (field === 'sessionCredentialFromConsole')
    return sql`(CASE WHEN json_extract(${json}, '$.sessionCredentialFromConsole') = 'true' THEN 'true' ELSE 'false' END)`
  const place = places[field]
  return place === undefined ? sql`NULL` : sql`json_extract(${json}, ${place})`
}
