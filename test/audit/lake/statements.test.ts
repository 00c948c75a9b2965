import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { QueryProblem } from '../../../src/audit/lake/query-problem.ts'
import type { Store } from '../../../src/store/index.ts'
import { openTestStore, type TestStore } from '../../store/test-store.ts'
import { put, rows, run } from './queries.ts'

const role = 'arn:aws:iam::123456789012:role/Deployer'
const records = [
  {
    eventID: 'e1',
    eventTime: '2026-01-15T10:00:00Z',
    eventName: 'CreateUser',
    eventSource: 'iam.amazonaws.com',
    readOnly: false,
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::123456789012:user/alice', userName: 'alice' },
    requestParameters: { userName: 'Bob', tags: [{ key: 'team', value: 'blue' }], force: true, count: 3 },
    resources: [
      { ARN: role, type: 'AWS::IAM::Role', accountId: '123456789012' },
      { ARN: 'arn:aws:iam::123456789012:user/bob', type: 'AWS::IAM::User' },
    ],
  },
  {
    eventID: 'e2',
    eventTime: '2026-01-15T10:30:00Z',
    eventName: 'GetUser',
    eventSource: 'iam.amazonaws.com',
    readOnly: true,
    errorCode: 'AccessDenied',
    errorMessage: 'User: 100% denied',
    userIdentity: {
      type: 'AssumedRole',
      sessionContext: {
        sessionIssuer: { userName: 'Deployer' },
        attributes: { creationDate: '2026-01-15T09:00:00Z', mfaAuthenticated: 'false' },
      },
    },
    requestParameters: null,
  },
  {
    eventID: 'e3',
    eventTime: '2026-01-16T00:00:00Z',
    eventName: 'AssumeRole',
    eventSource: 'sts.amazonaws.com',
    readOnly: true,
    userIdentity: { type: 'IAMUser', userName: 'alice' },
    requestParameters: { roleArn: role, policy: '{"Statement":[{"Effect":"Allow"}]}' },
  },
  {
    eventID: 'x1',
    eventTime: '2026-01-15T11:00:00Z',
    eventName: 'CreateUser',
    eventSource: 'iam.amazonaws.com',
    recipientAccountId: '210987654321',
  },
]

let opened: TestStore
let data: Store
beforeAll(async () => {
  opened = await openTestStore()
  data = opened.store
  for (const record of records) await put(data, record)
})
afterAll(() => opened.end())

describe('a statement answers what Trino would', () => {
  test.each<{ statement: string; expected: string[][] }>([
    { statement: `SELECT eventID FROM $1 WHERE eventName = 'CreateUser'`, expected: [['e1']] },
    { statement: `select EVENTID from $1 where EventName like 'Create%'`, expected: [['e1']] },
    { statement: `SELECT eventID FROM $1 WHERE eventName LIKE 'create%'`, expected: [] },
    { statement: `SELECT eventID FROM $1 WHERE errorMessage LIKE '%100!%%' ESCAPE '!'`, expected: [['e2']] },
    { statement: `SELECT eventID FROM $1 WHERE eventName NOT LIKE '%User' ORDER BY 1`, expected: [['e3']] },
    {
      statement: `SELECT eventTime FROM $1 WHERE eventTime > '2026-01-15 10:15:00' AND eventTime < '2026-01-16'`,
      expected: [['2026-01-15 10:30:00.000']],
    },
    {
      statement: `SELECT eventID FROM $1 WHERE eventTime BETWEEN TIMESTAMP '2026-01-15 10:30:00' AND '2026-01-16T00:00:00Z' ORDER BY eventTime DESC`,
      expected: [['e3'], ['e2']],
    },
    { statement: `SELECT userIdentity.userName u FROM $1 ORDER BY u`, expected: [['alice'], ['alice'], ['']] },
    { statement: `SELECT eventID FROM $1 ORDER BY errorCode NULLS FIRST, eventID`, expected: [['e1'], ['e3'], ['e2']] },
    { statement: `SELECT eventID FROM $1 ORDER BY errorCode DESC, eventID DESC LIMIT 2`, expected: [['e2'], ['e3']] },
    {
      statement: `SELECT useridentity.sessioncontext.sessionissuer.username FROM $1 e WHERE e.userIdentity.type = 'AssumedRole'`,
      expected: [['Deployer']],
    },
    {
      statement: `SELECT userIdentity.sessionContext.attributes.creationDate FROM $1 WHERE errorCode IS NOT NULL`,
      expected: [['2026-01-15 09:00:00.000']],
    },
    {
      statement: `SELECT element_at(requestParameters, 'userName'), requestParameters['force'], element_at(requestParameters,'count') FROM $1 WHERE eventID='e1'`,
      expected: [['Bob', 'true', '3']],
    },
    {
      statement: `SELECT element_at(requestParameters, 'tags') FROM $1 WHERE eventID='e1'`,
      expected: [['[{"key":"team","value":"blue"}]']],
    },
    {
      statement: `SELECT json_extract_scalar(element_at(requestParameters, 'tags'), '$[0].value') FROM $1 WHERE eventID='e1'`,
      expected: [['blue']],
    },
    {
      statement: `SELECT json_extract_scalar(element_at(requestParameters, 'policy'), '$.Statement[0].Effect') FROM $1 WHERE eventID='e3'`,
      expected: [['Allow']],
    },
    {
      statement: `SELECT resources[1].arn, element_at(resources, 2).type, cardinality(resources) FROM $1 WHERE eventID='e1'`,
      expected: [[role, 'AWS::IAM::User', '2']],
    },
    { statement: `SELECT resources[3].arn, cardinality(resources) FROM $1 WHERE eventID='e2'`, expected: [['', '']] },
    {
      statement: `SELECT eventSource, count(*) AS n FROM $1 GROUP BY eventSource HAVING count(*) > 1`,
      expected: [['iam.amazonaws.com', '2']],
    },
    {
      statement: `SELECT e.eventSource, COUNT(DISTINCT userIdentity.type) n FROM $1 AS e GROUP BY 1 ORDER BY n DESC, 1`,
      expected: [
        ['iam.amazonaws.com', '2'],
        ['sts.amazonaws.com', '1'],
      ],
    },
    {
      statement: `SELECT count(*), count(errorCode), min(eventTime), max(eventName) FROM $1`,
      expected: [['3', '1', '2026-01-15 10:00:00.000', 'GetUser']],
    },
    { statement: `SELECT count(*) FROM $1 WHERE eventName = 'Nothing'`, expected: [['0']] },
    { statement: `SELECT count(*) FROM $1 HAVING count(*) > 5`, expected: [] },
    { statement: `SELECT DISTINCT eventSource FROM $1 ORDER BY eventSource`, expected: [['iam.amazonaws.com'], ['sts.amazonaws.com']] },
    {
      statement: `SELECT eventID FROM $1 WHERE readOnly = true AND eventName IN ('GetUser', 'AssumeRole') ORDER BY eventID`,
      expected: [['e2'], ['e3']],
    },
    { statement: `SELECT eventID FROM $1 WHERE NOT readOnly`, expected: [['e1']] },
    { statement: `SELECT eventID FROM $1 WHERE errorCode IS DISTINCT FROM 'AccessDenied' ORDER BY eventID`, expected: [['e1'], ['e3']] },
    {
      statement: `SELECT CASE WHEN errorCode IS NULL THEN 'ok' ELSE errorCode END, CASE eventName WHEN 'GetUser' THEN 1 ELSE 0 END FROM $1 ORDER BY eventID`,
      expected: [
        ['ok', '0'],
        ['AccessDenied', '1'],
        ['ok', '0'],
      ],
    },
    {
      statement: `SELECT coalesce(errorCode, 'none'), if(readOnly, 'r', 'w'), nullif(eventID, 'e1') FROM $1 WHERE eventID = 'e1'`,
      expected: [['none', 'w', '']],
    },
    {
      statement: `SELECT upper(eventName) || '!', length(eventName), substr(eventName, 1, 3), split_part(eventSource, '.', 1), strpos(eventSource, 'iam') FROM $1 WHERE eventID='e1'`,
      expected: [['CREATEUSER!', '10', 'Cre', 'iam', '1']],
    },
    {
      statement: `SELECT date_trunc('day', eventTime), date_format(eventTime, '%Y-%m-%d %H:%i'), hour(eventTime), day_of_week(eventTime) FROM $1 WHERE eventID='e2'`,
      expected: [['2026-01-15 00:00:00.000', '2026-01-15 10:30', '10', '4']],
    },
    {
      statement: `SELECT date_diff('minute', min(eventTime), max(eventTime)) FROM $1 WHERE eventSource = 'iam.amazonaws.com'`,
      expected: [['30']],
    },
    {
      statement: `SELECT eventID FROM $1 WHERE eventTime > date_add('hour', -2, now()) AND eventTime <= current_timestamp ORDER BY 1`,
      expected: [['e2']],
    },
    {
      statement: `SELECT date_add('month', 1, DATE '2026-01-31'), CAST('2026-01-15 10:00:00' AS timestamp) FROM $1 LIMIT 1`,
      expected: [['2026-02-28', '2026-01-15 10:00:00.000']],
    },
    {
      statement: `SELECT regexp_extract(userIdentity.arn, '([a-z]+)$', 1) FROM $1 WHERE regexp_like(userIdentity.arn, ':user/')`,
      expected: [['alice']],
    },
    { statement: `SELECT 7 / 2, 7 % 4, 7 / 2.0, -3 + 1, round(2.567, 2) FROM $1 LIMIT 1`, expected: [['3', '3', '3.5', '-2', '2.57']] },
    {
      statement: `SELECT try_cast('x' AS bigint), cast(eventTime AS date), cast(readOnly AS varchar) FROM $1 WHERE eventID = 'e2'`,
      expected: [['', '2026-01-15', 'true']],
    },
    { statement: `SELECT a.eventID, b.eventID FROM $1 a JOIN $2 b ON a.eventName = b.eventName`, expected: [['e1', 'x1']] },
    {
      statement: `SELECT a.eventID, b.eventID FROM $1 AS a LEFT JOIN $2 AS b ON a.eventName = b.eventName ORDER BY a.eventID`,
      expected: [
        ['e1', 'x1'],
        ['e2', ''],
        ['e3', ''],
      ],
    },
    {
      statement: `SELECT eventName FROM $1 UNION SELECT eventName FROM $2 ORDER BY eventName`,
      expected: [['AssumeRole'], ['CreateUser'], ['GetUser']],
    },
    {
      statement: `SELECT eventName FROM $1 UNION ALL SELECT eventName FROM $2 ORDER BY 1 LIMIT 3`,
      expected: [['AssumeRole'], ['CreateUser'], ['CreateUser']],
    },
    { statement: `SELECT eventName FROM $1 EXCEPT SELECT eventName FROM $2 ORDER BY 1`, expected: [['AssumeRole'], ['GetUser']] },
    { statement: `SELECT eventName FROM $1 INTERSECT SELECT eventName FROM $2`, expected: [['CreateUser']] },
    {
      statement: `SELECT who, n FROM (SELECT userIdentity.type AS who, count(*) AS n FROM $1 GROUP BY userIdentity.type) t WHERE t.n > 1`,
      expected: [['IAMUser', '2']],
    },
    { statement: `SELECT r[1].type FROM (SELECT resources AS r FROM $1 WHERE eventID = 'e1')`, expected: [['AWS::IAM::Role']] },
    { statement: `SELECT eventID FROM $1 WHERE eventName IN (SELECT eventName FROM $2)`, expected: [['e1']] },
    { statement: `SELECT 'it''s' -- a comment\n FROM /* another */ $1 LIMIT 1;`.replace(';', ''), expected: [["it's"]] },
    { statement: `SELECT eventID FROM $1 ORDER BY eventID OFFSET 1`, expected: [['e2'], ['e3']] },
    { statement: `SELECT eventID FROM $1 ORDER BY eventID OFFSET 1 ROW LIMIT 1`, expected: [['e2']] },
    { statement: `SELECT eventID FROM $1 ORDER BY eventID OFFSET 5 ROWS`, expected: [] },
    { statement: `SELECT eventID FROM $1 ORDER BY eventID FETCH FIRST ROW ONLY`, expected: [['e1']] },
    { statement: `SELECT eventID FROM $1 ORDER BY eventID OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY`, expected: [['e2'], ['e3']] },
    {
      statement: `SELECT eventName FROM $1 UNION SELECT eventName FROM $2 ORDER BY 1 OFFSET 2 FETCH FIRST 5 ROWS ONLY`,
      expected: [['GetUser']],
    },
    { statement: `SELECT offset FROM (SELECT eventID AS offset FROM $1 ORDER BY 1 LIMIT 1)`, expected: [['e1']] },
    {
      statement: `SELECT eventID FROM $1 WHERE contains(ARRAY['GetUser', 'AssumeRole'], eventName) ORDER BY 1`,
      expected: [['e2'], ['e3']],
    },
    {
      statement: `SELECT ARRAY[1, 2], ARRAY['a'][1], cardinality(ARRAY['a', 'b']), contains(ARRAY[1, 2], 3) FROM $1 LIMIT 1`,
      expected: [['[1, 2]', 'a', '2', 'false']],
    },
    { statement: `SELECT map_keys(requestParameters) FROM $1 WHERE eventID = 'e3'`, expected: [['[roleArn, policy]']] },
    {
      statement: `SELECT array_agg(eventID), greatest(1, 3, 2), least('b', 'a') FROM $1 WHERE eventSource = 'iam.amazonaws.com'`,
      expected: [['[e1, e2]', '3', 'a']],
    },
    {
      statement: `SELECT userIdentity.sessionContext.sessionIssuer, tlsDetails FROM $1 WHERE eventID = 'e2'`,
      expected: [['{userName=Deployer}', '']],
    },
  ])('$statement', async ({ statement, expected }) => {
    expect(await rows(data, statement)).toEqual(expected)
  })
})

describe('each construct of the page "CloudTrail Lake SQL constraints" is served', () => {
  test.each<[string, string[]]>([
    [`readOnly = true AND eventSource = 'sts.amazonaws.com'`, ['e3']],
    [`eventID = 'e1' OR eventID = 'e3'`, ['e1', 'e3']],
    [`eventName IN ('GetUser', 'AssumeRole')`, ['e2', 'e3']],
    [`NOT eventID = 'e1'`, ['e2', 'e3']],
    ['errorCode IS NULL', ['e1', 'e3']],
    ['errorCode IS NOT NULL', ['e2']],
    [`eventName LIKE '%User'`, ['e1', 'e2']],
    [`eventTime BETWEEN '2026-01-15 10:00:00' AND '2026-01-15 10:30:00'`, ['e1', 'e2']],
    [`GREATEST(eventID, 'e2') = 'e3'`, ['e3']],
    [`LEAST(eventID, 'e2') = 'e1'`, ['e1']],
    [`errorCode IS DISTINCT FROM 'AccessDenied'`, ['e1', 'e3']],
    [`errorCode IS NOT DISTINCT FROM 'AccessDenied'`, ['e2']],
    [`eventID < 'e2'`, ['e1']],
    [`eventID > 'e2'`, ['e3']],
    [`eventID <= 'e2'`, ['e1', 'e2']],
    [`eventID >= 'e2'`, ['e2', 'e3']],
    [`eventID <> 'e2'`, ['e1', 'e3']],
    [`eventID != 'e2'`, ['e1', 'e3']],
    [`(eventID = 'e1' OR eventID = 'e2') AND readOnly = true`, ['e2']],
  ])('WHERE %s', async (condition, expected) => {
    expect(await rows(data, `SELECT eventID FROM $1 WHERE ${condition} ORDER BY eventID`)).toEqual(expected.map(id => [id]))
  })

  const names = (of: string) => `SELECT eventName FROM ${of}`
  const both = (join: string) => `SELECT a.eventID, b.eventID FROM $1 a ${join} JOIN $2 b ON a.eventName = b.eventName ORDER BY a.eventID`
  test.each<[string, string, string[][]]>([
    ['UNION', `${names('$1')} UNION ${names('$2')} ORDER BY eventName`, [['AssumeRole'], ['CreateUser'], ['GetUser']]],
    [
      'UNION ALL',
      `${names('$1')} UNION ALL ${names('$2')} ORDER BY eventName`,
      [['AssumeRole'], ['CreateUser'], ['CreateUser'], ['GetUser']],
    ],
    ['EXCEPT', `${names('$1')} EXCEPT ${names('$2')} ORDER BY eventName`, [['AssumeRole'], ['GetUser']]],
    ['INTERSECT', `${names('$1')} INTERSECT ${names('$2')}`, [['CreateUser']]],
    [
      'LEFT JOIN',
      both('LEFT'),
      [
        ['e1', 'x1'],
        ['e2', ''],
        ['e3', ''],
      ],
    ],
    ['RIGHT JOIN', both('RIGHT'), [['e1', 'x1']]],
    ['INNER JOIN', both('INNER'), [['e1', 'x1']]],
    [
      'WITH, as the SELECT of Trino has it',
      `WITH calls AS (SELECT eventSource AS source, count(*) AS n FROM $1 GROUP BY eventSource), busy AS (SELECT source FROM calls WHERE n > 1)
       SELECT c.source, c.n, b.source FROM calls c LEFT JOIN busy b ON c.source = b.source ORDER BY n DESC`,
      [
        ['iam.amazonaws.com', '2', 'iam.amazonaws.com'],
        ['sts.amazonaws.com', '1', ''],
      ],
    ],
    [
      'WITH, under its own name',
      'WITH t AS (SELECT eventID FROM $1) SELECT t.eventID FROM t WHERE t.eventID IN (SELECT eventID FROM t) LIMIT 1',
      [['e1']],
    ],
    ['SELECT DISTINCT', `SELECT DISTINCT eventSource FROM $1 ORDER BY eventSource`, [['iam.amazonaws.com'], ['sts.amazonaws.com']]],
    ['GROUP BY, HAVING', `SELECT eventSource, count(*) FROM $1 GROUP BY eventSource HAVING count(*) > 1`, [['iam.amazonaws.com', '2']]],
    ['ORDER BY ASC, NULLS FIRST', `SELECT eventID FROM $1 ORDER BY errorCode ASC NULLS FIRST, eventID LIMIT 1`, [['e1']]],
    ['ORDER BY DESC, NULLS LAST', `SELECT eventID FROM $1 ORDER BY errorCode DESC NULLS LAST, eventID LIMIT 1`, [['e2']]],
  ])('%s', async (_construct, statement, expected) => {
    expect(await rows(data, statement)).toEqual(expected)
  })

  test.each([
    'INSERT INTO $1 VALUES (1)',
    `UPDATE $1 SET eventName = 'x'`,
    'DELETE FROM $1',
    'DROP TABLE $1',
    'CREATE TABLE t AS SELECT 1',
  ])('only SELECT: %s', async statement => {
    await expect(async () => rows(data, statement)).rejects.toThrow(QueryProblem)
  })
})

test('results are named by alias, by the column as it is written, or by place', async () => {
  const { shown } = await run(data, `SELECT eventId, userIdentity.ARN, count(*) OVERALL, 1 + 1 FROM $1 WHERE eventID = 'e1' GROUP BY 1, 2`)
  expect(shown).toEqual([[{ eventId: 'e1' }, { ARN: 'arn:aws:iam::123456789012:user/alice' }, { OVERALL: '1' }, { _col3: '2' }]])
})

test('* is the documented schema, in order', async () => {
  const { names } = await run(data, 'SELECT * FROM $1')
  expect(names.slice(0, 5)).toEqual(['eventVersion', 'userIdentity', 'eventTime', 'eventSource', 'eventName'])
  expect(names).not.toContain('eventJson')
})

test('eventJson is the record itself', async () => {
  const [[json] = []] = await rows(data, `SELECT eventJson FROM $1 WHERE eventID = 'e1'`)
  expect(JSON.parse(json as string)).toEqual(records[0])
})

test('parameters are texts, whatever they hold', async () => {
  const statement = 'SELECT eventID FROM $1 WHERE eventTime > ? AND eventName = ?'
  expect(await rows(data, statement, ['2026-01-15', 'GetUser'])).toEqual([['e2']])
  expect(await rows(data, statement, ['2026-01-15', "' OR 1 = 1 --"])).toEqual([])
  await expect(rows(data, statement, ['2026-01-15'])).rejects.toThrow(QueryProblem)
})

test('a query counts what it looked at and what met its conditions', async () => {
  const { counts } = await run(data, `SELECT eventID FROM $1 WHERE eventSource = 'iam.amazonaws.com'`)
  const bytes = records.slice(0, 3).reduce((sum, record) => sum + JSON.stringify(record).length, 0)
  expect(counts).toEqual({ scanned: 3, matched: 2, bytes })
})

describe('what is no statement of the subset is refused, and says why', () => {
  test.each([
    ['DELETE FROM $1', /Only SELECT/],
    ['SELECT 1', /expecting 'FROM'/],
    ['SELECT eventID FROM records', /the id of an event data store/],
    ['SELECT eventID FROM sqlite_master', /the id of an event data store/],
    ['SELECT eventID FROM $1; DELETE FROM $1', /mismatched input 'DELETE'/],
    ['SELECT nothing FROM $1', /Column 'nothing' cannot be resolved/],
    ['SELECT json FROM $1', /cannot be resolved/],
    ['SELECT userIdentity.nothing FROM $1', /cannot be resolved/],
    ['SELECT eventName.x FROM $1', /has no field/],
    ['SELECT load_extension(eventName) FROM $1', /not registered/],
    ['SELECT scanned(1) FROM $1', /not registered/],
    ["SELECT eventID FROM $1 WHERE eventTime > 'yesterday'", /cannot be cast to timestamp/],
    ["SELECT eventID FROM $1 WHERE eventTime > '2026-02-30'", /cannot be cast to timestamp/],
    ['SELECT eventID FROM $1 WHERE eventName = 1', /Cannot apply/],
    ["SELECT eventID FROM $1 WHERE readOnly = 'true'", /Cannot apply/],
    ['SELECT eventID FROM $1 WHERE eventName', /must be of type boolean/],
    ['SELECT eventID, count(*) FROM $1', /must be an aggregate expression/],
    ['SELECT * FROM $1 GROUP BY eventName', /must be an aggregate expression/],
    ['SELECT eventID FROM $1 WHERE count(*) > 1', /cannot stand here/],
    ['SELECT sum(count(*)) FROM $1', /cannot stand here/],
    ['SELECT eventID FROM $1 UNION SELECT eventID, eventName FROM $1', /different number of fields/],
    ['SELECT eventID FROM $1 UNION SELECT eventTime FROM $1', /incompatible types/],
    ['SELECT eventID FROM $1 a JOIN $2 b ON a.eventID = b.eventID', /ambiguous/],
    ["SELECT eventID FROM $1 WHERE eventTime > now() - INTERVAL '1' DAY", /INTERVAL keyword is not supported/],
    ['SELECT eventID FROM $1 WHERE rank() OVER (ORDER BY eventTime) = 1', /window function rank cannot stand here/],
    ['SELECT eventName FROM $1 GROUP BY eventName HAVING rank() OVER (ORDER BY eventName) = 1', /cannot stand here/],
    ['SELECT sum(rank() OVER (ORDER BY eventTime)) OVER () FROM $1', /window function rank cannot stand here/],
    ['SELECT sum(1) OVER (ORDER BY eventTime ROWS UNBOUNDED PRECEDING) FROM $1', /a frame of ROWS is not supported/],
    ['SELECT lower(eventName) OVER () FROM $1', /Function 'lower' over a window is not supported/],
    ['SELECT max_by(eventName, eventTime) OVER () FROM $1', /over a window is not supported/],
    ['SELECT rank(1) OVER (ORDER BY eventTime) FROM $1', /Unexpected parameters/],
    ['SELECT count(DISTINCT eventName) OVER () FROM $1', /Unexpected parameters/],
    ['SELECT rank() FROM $1', /Function 'rank' not registered/],
    ['SELECT count(*) FILTER (WHERE true) FROM $1', /FILTER is not supported/],
    ['SELECT x -> x FROM $1', /mismatched input '->'/],
    ['SELECT lower(x -> x) FROM $1', /stands only where a function takes one/],
    ['SELECT transform(resources, 1) FROM $1', /takes a lambda expression/],
    ['SELECT transform(eventName, x -> x) FROM $1', /Unexpected parameters \(varchar\) for function transform/],
    ['SELECT filter(resources, r -> r.ARN) FROM $1', /Unexpected parameters \(varchar\) for function filter/],
    ['SELECT filter(resources, r -> nothing) FROM $1', /Column 'nothing' cannot be resolved/],
    ['SELECT flatten(resources) FROM $1', /Unexpected parameters/],
    ['SELECT reduce(resources, 0, (s, x) -> s, s -> s) FROM $1', /mismatched input|not registered/],
    ["SELECT json_extract(eventJson, '$..a') FROM $1", /Invalid JSON path/],
    ['SELECT CAST(resources AS ARRAY(VARCHAR)) FROM $1', /Cannot cast array\(row\) to array\(varchar\)/],
    ['SELECT CAST(eventName AS ARRAY(ROW)) FROM $1', /Unknown type: ROW/],
    ['SELECT CAST(eventName AS ARRAY) FROM $1', /Unknown type: ARRAY/],
    ["SELECT json_extract(eventJson, '$') = 'a' FROM $1", /Cannot apply operator = to json, varchar/],
    ["SELECT 1 FROM $1 CROSS JOIN (VALUES (1, 'a'), 2) AS t (n)", /Values rows have mismatched sizes/],
    ['SELECT 1 FROM $1 CROSS JOIN (VALUES eventName) AS t (n)', /cannot be resolved/],
    ['WITH RECURSIVE t AS (SELECT eventID FROM $1) SELECT * FROM t', /WITH RECURSIVE is not supported/],
    ['WITH t (a) AS (SELECT eventID FROM $1) SELECT * FROM t', /names of columns/],
    ['WITH t AS (SELECT eventID FROM $1), t AS (SELECT eventID FROM $1) SELECT * FROM t', /more than once/],
    ['WITH t AS (SELECT eventID FROM u), u AS (SELECT eventID FROM $1) SELECT * FROM t', /the id of an event data store/],
    ['WITH t AS (SELECT eventID FROM t) SELECT * FROM t', /the id of an event data store/],
    ['WITH t AS (SELECT eventID FROM $1) DELETE FROM t', /mismatched input 'DELETE'/],
    [
      `WITH ${Array.from({ length: 11 }, (_, n) => `t${n} AS (SELECT eventID FROM $1)`).join(', ')} SELECT * FROM t1`,
      /more than 10 queries/,
    ],
    [
      `WITH t0 AS (SELECT eventID FROM $1), ${[1, 2, 3, 4, 5, 6]
        .map(n => `t${n} AS (SELECT eventID FROM t${n - 1} UNION ALL SELECT eventID FROM t${n - 1})`)
        .join(', ')} SELECT * FROM t6`,
      /more than 60 selections/,
    ],
    ['SELECT (SELECT eventID FROM $2) FROM $1', /subquery as a value/],
    ['SELECT element_at(requestParameters, eventName) FROM $1', /written in the statement/],
    [`SELECT element_at(requestParameters, 'a"b') FROM $1`, /cannot be looked up/],
    ['SELECT eventID FROM $1 ORDER BY 2', /not in select list/],
    ['SELECT DISTINCT eventID FROM $1 ORDER BY eventName', /must appear in select list/],
    ["SELECT eventID FROM $1 WHERE eventName = 'unfinished", /mismatched input '''/],
    ['SELECT eventID FROM $1 LIMIT -1', /a number/],
    [`SELECT ${'('.repeat(200)}1${')'.repeat(200)} FROM $1`, /nested too deeply/],
    [`SELECT ${'NOT '.repeat(500)}true FROM $1`, /nested too deeply/],
    [`SELECT ${'-'.repeat(1)}${' -'.repeat(500)}1 FROM $1`, /nested too deeply/],
    ['SELECT ? FROM $1', /has 1 parameters/],
    [`SELECT eventID FROM 0a1b2c3d-1111-4222-8333-000000000000`, /does not exist/],
  ])('%s', async (statement, message) => {
    const refused = await run(data, statement).then(
      () => undefined,
      (problem: unknown) => problem,
    )
    expect(refused).toBeInstanceOf(QueryProblem)
    expect((refused as Error).message).toMatch(message)
  })
})
