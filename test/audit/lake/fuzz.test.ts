import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventColumns } from '../../../src/audit/lake/event-schema.ts'
import { parseStatement, QueryProblem } from '../../../src/audit/lake/statement.ts'
import { openTestStore, type TestStore } from '../../store/test-store.ts'
import { addFunctions } from '../../../src/store/sqlite-functions.ts'
import { compiled, put, store } from './queries.ts'

let opened: TestStore
let database: Sqlite.Database
beforeAll(async () => {
  opened = await openTestStore()
  // Without a thread for each statement there is time for more of them.
  database = new Sqlite(opened.file, { readonly: true })
  addFunctions(database)
  for (const name of ['scanned', 'matched']) database.function(name, { varargs: true, deterministic: false }, () => 1)
  for (const eventTime of ['2026-01-15T10:00:00Z', '2026-01-15T11:00:00Z'])
    await put(opened.store, {
      eventTime,
      eventName: 'CreateUser',
      eventSource: 'iam.amazonaws.com',
      readOnly: false,
      requestParameters: { userName: 'Bob' },
      resources: [{ ARN: 'arn:aws:iam::123456789012:user/bob' }],
      userIdentity: { type: 'IAMUser', sessionContext: { attributes: { creationDate: '2026-01-15T09:00:00Z' } } },
    })
})
afterAll(async () => {
  database.close()
  await opened.end()
})

const words = [
  ...'SELECT DISTINCT FROM WHERE GROUP BY HAVING ORDER LIMIT AND OR NOT IN LIKE BETWEEN IS NULL CASE WHEN THEN ELSE END AS ASC DESC NULLS FIRST LAST UNION ALL EXCEPT INTERSECT LEFT JOIN ON ESCAPE CAST TIMESTAMP DATE TRUE FALSE INTERVAL WITH EXISTS OFFSET FETCH NEXT ROWS ONLY ARRAY VALUES JSON MAP CROSS UNNEST OVER PARTITION'.split(
    ' ',
  ),
  ...Object.keys(eventColumns),
  ..."userIdentity.arn resources[1].arn requestParameters['a'] eventJson a b.eventName count(*) sum( max( lower( substr( element_at( date_trunc( regexp_like( json_extract_scalar( array_agg( coalesce( if( transform( filter( any_match( flatten( json_parse( json_array_get( try( max_by( rank() x r.ARN".split(
    ' ',
  ),
  '(',
  ')',
  ',',
  '.',
  '=',
  '<>',
  '<',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '->',
  '[',
  ']',
  '1',
  '2.5',
  "'x'",
  "'2026-01-15'",
  "''",
  '?',
  ';',
  '"q"',
  store,
  '--',
  '/*',
  '*/',
  '\\',
  '\u0000',
  'é',
]

const one = fc.constantFrom
const with2 = (a: fc.Arbitrary<string>, operators: readonly string[], b: fc.Arbitrary<string>) =>
  fc.tuple(a, one(...operators), b).map(([left, operator, right]) => `(${left} ${operator} ${right})`)
const called = (names: readonly string[], ...given: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(one(...names), fc.tuple(...given)).map(([name, list]) => `${name}(${list.join(', ')})`)
const either = (...of: readonly fc.Arbitrary<string>[]) => fc.oneof({ depthSize: 'small' }, ...of)

/** Expressions whose types hold. */
const typed = fc.letrec<{ text: string; number: string; truth: string; time: string; any: string }>(tie => ({
  text: either(
    one(
      'eventName',
      'userIdentity.type',
      "requestParameters['userName']",
      "element_at(requestParameters, 'x')",
      'resources[1].arn',
      'eventJson',
      "'x'",
      "''",
      'errorCode',
    ),
    with2(tie('text'), ['||'], tie('text')),
    called(['lower', 'upper', 'trim', 'reverse'], tie('text')),
    called(['concat', 'coalesce', 'greatest', 'nullif', 'replace'], tie('text'), tie('text')),
    called(
      ['substr'],
      tie('text'),
      tie('number').map(number => `TRY_CAST(${number} AS bigint)`),
    ),
    called(['if'], tie('truth'), tie('text'), tie('text')),
    called(['date_format'], tie('time'), one("'%Y-%m-%d %H:%i:%s'", "'%'", "'%q%%'")),
    called(['json_extract_scalar'], tie('text'), one("'$.a'", "'$.a[1].b'", `'$["c"]'`)),
    tie('any').map(value => `TRY_CAST(${value} AS varchar)`),
  ),
  number: either(
    one('1', '0', '2.5', '-3', 'cardinality(resources)', 'cardinality(requestParameters)'),
    with2(tie('number'), ['+', '-', '*', '/', '%'], tie('number')),
    called(['abs', 'round', 'floor', 'ceil'], tie('number')),
    called(['length'], tie('text')),
    called(['hour', 'year', 'week', 'day_of_week', 'to_unixtime'], tie('time')),
    called(['date_diff'], one("'day'", "'month'", "'year'", "'second'"), tie('time'), tie('time')),
    tie('text').map(value => `TRY_CAST(${value} AS double)`),
  ),
  truth: either(
    one('readOnly', 'true', 'false', 'managementEvent', "contains(map_keys(requestParameters), 'userName')"),
    with2(tie('text'), ['=', '<>', '<', 'LIKE', 'NOT LIKE', 'IS DISTINCT FROM'], tie('text')),
    with2(tie('number'), ['=', '>=', 'IS NOT DISTINCT FROM'], tie('number')),
    with2(tie('time'), ['<', '>='], tie('time')),
    with2(tie('truth'), ['AND', 'OR'], tie('truth')),
    tie('truth').map(value => `NOT (${value})`),
    tie('any').map(value => `(${value} IS NULL)`),
    fc.tuple(tie('text'), fc.array(tie('text'), { minLength: 1, maxLength: 3 })).map(([of, list]) => `(${of} IN (${list.join(', ')}))`),
    fc.tuple(tie('number'), tie('number'), tie('number')).map(([of, low, high]) => `(${of} BETWEEN ${low} AND ${high})`),
    called(['starts_with', 'ends_with'], tie('text'), tie('text')),
  ),
  time: either(
    one('eventTime', "TIMESTAMP '2026-01-15 10:00:00'", 'now()', 'userIdentity.sessionContext.attributes.creationDate'),
    called(['date_trunc'], one("'hour'", "'week'", "'month'", "'quarter'", "'year'"), tie('time')),
    called(['date_add'], one("'day'", "'month'"), one('1', '-30', '1200'), tie('time')),
    called(['date'], tie('time')),
    fc
      .tuple(tie('truth'), tie('time'), tie('time'))
      .map(([when, then, otherwise]) => `CASE WHEN ${when} THEN ${then} ELSE ${otherwise} END`),
  ),
  any: either(tie('text'), tie('number'), tie('truth'), tie('time')),
}))
const aggregated = either(
  one('count(*)'),
  called(['count', 'min', 'max', 'approx_distinct', 'any_value'], typed.any),
  called(['sum', 'avg'], typed.number),
  called(['count_if'], typed.truth),
  called(['array_agg'], typed.text),
  typed.text.map(value => `count(DISTINCT ${value})`),
)
const simple = fc
  .record({ columns: fc.array(typed.any, { minLength: 1, maxLength: 3 }), where: fc.option(typed.truth), order: fc.option(typed.any) })
  .map(
    ({ columns, where, order }) =>
      `SELECT ${columns.join(', ')} FROM ${store}${where ? ` WHERE ${where}` : ''}${order ? ` ORDER BY ${order} DESC` : ''}`,
  )
const grouping = fc
  .record({ key: typed.any, columns: fc.array(aggregated, { minLength: 1, maxLength: 2 }), where: fc.option(typed.truth) })
  .map(
    ({ key, columns, where }) =>
      `SELECT ${key} AS k, ${columns.join(', ')} FROM ${store}${where ? ` WHERE ${where}` : ''} GROUP BY ${key} HAVING count(*) > 0 ORDER BY k, 2`,
  )
const grammatical = fc.oneof(
  simple,
  grouping,
  fc.tuple(simple, simple).map(([left, right]) => `(${left}) UNION ALL (${right})`),
  simple.map(inner => `SELECT * FROM (${inner}) t LIMIT 1`),
)
const mixed = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map(list => `SELECT ${list.join(' ')}`)

const parses = (statement: string): boolean => {
  try {
    parseStatement(statement)
    return true
  } catch (problem) {
    expect(problem).toBeInstanceOf(QueryProblem)
    return false
  }
}

test('any text is a statement or is refused as none, and as nothing else', () => {
  fc.assert(
    fc.property(fc.oneof(mixed, fc.string({ unit: 'binary', maxLength: 200 }), grammatical), statement => {
      parses(statement)
    }),
    { numRuns: 3_000 },
  )
})

/** What SQLite or a function says of values; anything else would be a statement that SQLite does not take. */
const ofValues =
  /Cannot cast|Index must be|delimiter|Escape|valid unit|Invalid regular expression|out of range|integer overflow|malformed JSON/

test('a statement that is taken is one that the database takes', async () => {
  let ran = 0
  await fc.assert(
    fc.asyncProperty(grammatical, async statement => {
      try {
        const { query } = compiled(statement)
        database.prepare(query.sql).raw().all(query.parameters)
        ran++
      } catch (problem) {
        if (!(problem instanceof QueryProblem)) expect(`${(problem as Error).message} in ${statement}`).toMatch(ofValues)
      }
    }),
    { numRuns: 1_000 },
  )
  expect(ran).toBeGreaterThan(500)
})
