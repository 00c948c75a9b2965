import { compileLongRead } from '../../../src/store/index.ts'
import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FieldSelector, selectorFields, selects } from '../../../src/audit/event-selectors.ts'
import { selectedBy } from '../../../src/audit/lake/stored-events.ts'
import type { TrailRecord } from '../../../src/audit/record.ts'
import { openTestStore, type TestStore } from '../../store/test-store.ts'

let opened: TestStore
let database: Sqlite.Database
beforeAll(async () => {
  opened = await openTestStore()
  database = new Sqlite(opened.file, { readonly: true })
})
afterAll(async () => {
  database.close()
  await opened.end()
})

const texts = ['a', 'ab', 'abc', 'b', 'true', 'false', 'Management', 'Data', "it's", 'é']
const text = fc.constantFrom(...texts)
const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: undefined })
const list = maybe(fc.array(text, { minLength: 1, maxLength: 2 }))

const record = fc.record({
  eventCategory: text,
  eventName: text,
  eventSource: text,
  eventType: maybe(text),
  readOnly: fc.boolean(),
  errorCode: maybe(text),
  vpcEndpointId: maybe(text),
  sessionCredentialFromConsole: maybe(fc.constantFrom('true', 'false')),
  userIdentity: fc.record({ arn: maybe(text) }),
  resources: maybe(fc.array(fc.record({ type: maybe(text), ARN: maybe(text) }), { maxLength: 3 })),
})
const field: fc.Arbitrary<FieldSelector> = fc.record({
  field: fc.constantFrom(...selectorFields),
  equals: list,
  startsWith: list,
  endsWith: list,
  notEquals: list,
  notStartsWith: list,
  notEndsWith: list,
})
const selectors = fc.array(fc.record({ fields: fc.array(field, { minLength: 1, maxLength: 3 }) }), { maxLength: 3 })

test('the database selects the records that trails select', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(selectors, record, async (advanced, given) => {
      const { sql: statement, parameters } = compileLongRead(
        sql`SELECT ${selectedBy(advanced, sql`"r"."json"`)} AS "selected" FROM (SELECT ${JSON.stringify(given)} AS "json") AS "r"`,
        { accounts: [], from: 0 },
      )
      const row = database.prepare(statement).get(parameters) as { selected: number }
      const expected = selects({ advanced }, given as unknown as TrailRecord)
      if (expected) taken++
      expect(row.selected).toBe(Number(expected))
    }),
    { numRuns: 2_000 },
  )
  expect(taken).toBeGreaterThan(100)
})
