import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, type TestStore } from '../../store/test-store.ts'
import { put, rows, run } from './queries.ts'

// Statements of the shapes that CloudTrail's own sample queries have: the console's "Sample queries" tab, as aws-samples publishes them for CloudTrail Lake, and the user
// guide's "Create or edit a query". Each has to run as it is.

let opened: TestStore
const account = '123456789012'
const user = `arn:aws:iam::${account}:user/ann`
beforeAll(async () => {
  opened = await openTestStore()
  await put(opened.store, {
    eventID: 'e1',
    eventTime: '2026-01-15T10:00:00Z',
    eventName: 'AssumeRole',
    eventSource: 'sts.amazonaws.com',
    awsRegion: 'us-east-1',
    recipientAccountId: account,
    userIdentity: { type: 'IAMUser', arn: user, userName: 'ann', accessKeyId: 'AKIAANN' },
    errorCode: 'AccessDenied',
    errorMessage: `User: ${user} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${account}:role/app`,
    requestParameters: { roleArn: `arn:aws:iam::${account}:role/app` },
    resources: [
      { accountId: account, type: 'AWS::IAM::Role', ARN: `arn:aws:iam::${account}:role/app` },
      { accountId: account, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::logs' },
    ],
    tlsDetails: { tlsVersion: 'TLSv1.3' },
  })
  await put(opened.store, {
    eventID: 'e2',
    eventTime: '2026-01-15T11:00:00Z',
    eventName: 'PutObject',
    eventSource: 's3.amazonaws.com',
    awsRegion: 'eu-west-1',
    recipientAccountId: account,
    userIdentity: { type: 'IAMUser', arn: user, userName: 'ann' },
    requestParameters: { bucketName: 'logs', key: 'AWSLogs/a', queryExecutionContext: '{"catalog":"main"}' },
    additionalEventData: { bytesTransferredIn: 17 },
  })
  await put(opened.store, {
    eventID: 'e3',
    // Before the week of the others.
    eventTime: '2026-01-02T10:00:00Z',
    eventName: 'CreatePolicy',
    eventSource: 'iam.amazonaws.com',
    awsRegion: 'us-east-1',
    recipientAccountId: account,
    userIdentity: { type: 'IAMUser', arn: user, userName: 'ann' },
    requestParameters: {
      policyName: 'p',
      policyDocument: JSON.stringify({
        Statement: [{ Action: ['s3:GetObject', 'iam:CreateRole'] }, { Action: 's3:PutObject' }, { Action: ['iam:CreateRole'] }],
      }),
    },
    additionalEventData: { insufficientLakeFormationPermissions: ['shop:orders'] },
    sessionCredentialFromConsole: 'true',
  })
})
afterAll(() => opened.end())

/** As the samples take the actions out of a policy, one or a list in each statement. */
const actions =
  "flatten(cast(transform(cast(json_extract(element_at(requestParameters, 'policyDocument'), '$.Statement[*].Action') as array(json)), x -> if(not try(is_json_scalar(x)), x, cast(array[cast(x as varchar)] as json))) as array(array(varchar))))"
const december = `eventTime < '2026-01-03 00:00:00'`
const week = `eventTime > '2026-01-10 00:00:00'`
describe('each runs, and finds what there is', () => {
  test.each<[string, string[][]]>([
    [
      `SELECT userIdentity.arn AS user, eventName FROM $1 WHERE userIdentity.arn IS NOT NULL AND eventName='PutObject' AND ${week} AND eventTime < '2026-01-16 00:00:00'`,
      [[user, 'PutObject']],
    ],
    [
      `SELECT eventSource, eventName, COUNT(*) AS apiCount FROM $1 WHERE eventTime > DATE_ADD('week', -1, CURRENT_TIMESTAMP) GROUP BY eventSource, eventName ORDER BY apiCount DESC, eventSource`,
      [
        ['s3.amazonaws.com', 'PutObject', '1'],
        ['sts.amazonaws.com', 'AssumeRole', '1'],
      ],
    ],
    [
      `SELECT element_at(responseElements, 'queryId'), element_at(requestParameters, 'queryStatement') FROM $1 WHERE eventName='StartQuery' AND responseElements IS NOT NULL AND ${week}`,
      [],
    ],
    [
      `SELECT userIdentity.arn, COUNT(*) AS loginCount FROM $1 WHERE ${week} GROUP BY userIdentity.arn ORDER BY count(*) DESC`,
      [[user, '2']],
    ],
    [`SELECT eventID FROM $1 WHERE element_at(resources, 1).arn LIKE '%role/app%' AND ${week}`, [['e1']]],
    [
      `SELECT date_trunc('day', eventtime), COUNT(*) AS eventCount FROM $1 WHERE ${week} GROUP BY date_trunc('day', eventtime) ORDER BY count(*) DESC`,
      [['2026-01-15 00:00:00.000', '2']],
    ],
    [
      `SELECT eventSource, COUNT(*) AS numOutdatedTlsCalls FROM $1 WHERE tlsDetails.tlsVersion IN ('TLSv1', 'TLSv1.3') GROUP BY eventSource ORDER BY numOutdatedTlsCalls DESC`,
      [['sts.amazonaws.com', '1']],
    ],
    [
      `SELECT recipientAccountId, year(eventTime) AS year_date, month(eventTime) AS month_date, userIdentity.accesskeyid, COUNT(*) AS numCalls FROM $1 WHERE eventID = 'e1' GROUP BY recipientAccountId, year(eventTime), month(eventTime), userIdentity.accesskeyid ORDER BY COUNT(*) DESC`,
      [[account, '2026', '1', 'AKIAANN', '1']],
    ],
    [
      `SELECT eventID FROM $1 WHERE ((eventName LIKE '%SecurityGroup%' OR eventName LIKE '%Object%') AND eventName NOT LIKE 'Describe%') AND ${week} ORDER BY eventTime ASC`,
      [['e2']],
    ],
    [`SELECT eventID FROM $1 WHERE element_at(serviceEventDetails, 'serviceName') != '' AND ${week}`, []],
    [
      `SELECT t.eventID, resourceType, replace(resourceArn, 'arn:aws:s3:::') as s3Resource FROM $1 t CROSS JOIN UNNEST(t.resources) unnested (accountid, resourceType, resourceArn, resourceArnPrefix) WHERE resourceType LIKE '%S3%' AND ${week}`,
      [['e1', 'AWS::S3::Bucket', 'logs']],
    ],
    [
      `SELECT count (*) as TotalEvents, eventsource, errorCode FROM $1 WHERE (errorcode like '%Denied%' or errorcode like '%Unauthorized%') GROUP BY eventsource, errorCode ORDER BY eventsource`,
      [['1', 'sts.amazonaws.com', 'AccessDenied']],
    ],
    [
      `SELECT element_at(requestParameters, 'bucketName') AS s3BucketName, cast(element_at(additionalEventData, 'bytesTransferredIn') AS int) AS bytesTransferredIn FROM $1 WHERE eventName='PutObject' ORDER BY bytesTransferredIn DESC`,
      [['logs', '17']],
    ],
    [
      `SELECT element_at(requestParameters, 'bucketName') AS bucketName, max(eventtime) AS lastActivityTime FROM $1 WHERE element_at(requestParameters, 'bucketName') IS NOT NULL GROUP BY 1 HAVING max(eventTime) < date_add('day', -365, now())`,
      [],
    ],
    [
      `SELECT json_extract(element_at(requestParameters, 'queryExecutionContext'), '$.catalog') as catalog FROM $1 WHERE eventID = 'e2'`,
      [['"main"']],
    ],
    [
      `SELECT element_at(requestParameters, 'bucketName') as s3BucketName, eventName FROM $1 WHERE regexp_like(element_at(requestParameters, 'key'), 'AWSLogs') GROUP BY element_at(requestParameters, 'bucketName'), eventName`,
      [['logs', 'PutObject']],
    ],
    [
      `SELECT substr(awsRegion, 1, 2) AS globalCode, count(*) AS totalNumberOfEvents FROM $1 WHERE ${week} GROUP BY 1 ORDER BY totalNumberOfEvents DESC, 1`,
      [
        ['eu', '1'],
        ['us', '1'],
      ],
    ],
    [
      `SELECT eventSource, array_agg(distinct userIdentity.arn) as AssumedRoles FROM $1 WHERE eventID = 'e1' GROUP BY eventSource`,
      [['sts.amazonaws.com', `[${user}]`]],
    ],
    [
      `SELECT coalesce(element_at(requestParameters, 'roleName'), element_at(requestParameters, 'roleArn')) as roleName, max(eventTime) as lastUsage FROM $1 WHERE eventSource in ('sts.amazonaws.com', 'iam.amazonaws.com') AND ${week} GROUP BY coalesce(element_at(requestParameters, 'roleName'), element_at(requestParameters, 'roleArn')) ORDER BY lastUsage ASC`,
      [[`arn:aws:iam::${account}:role/app`, '2026-01-15 10:00:00.000']],
    ],
    [
      `SELECT userIdentity.arn as callerRole, element_at(split(errorMessage, 'not authorized to perform: sts:AssumeRole on resource: '), 2) as failedToAssume FROM $1 WHERE eventName = 'AssumeRole' AND errorCode = 'AccessDenied'`,
      [[user, `arn:aws:iam::${account}:role/app`]],
    ],
    [
      `SELECT eventID FROM $1 WHERE eventname = 'PutObject' AND eventtime >= timestamp '2026-01-15 00:00:00' AND eventtime <= timestamp '2026-01-16 00:00:00'`,
      [['e2']],
    ],
  ])('%s', async (statement, expected) => {
    expect(await rows(opened.store, statement)).toEqual(expected)
  })
})

describe('each of those with lambda expressions and JSON runs, and finds what there is', () => {
  test.each<[string, string[][]]>([
    [
      `SELECT ${actions} as actions FROM $1 WHERE element_at(requestParameters, 'policyDocument') is not null AND ${december}`,
      [['[s3:GetObject, iam:CreateRole, s3:PutObject, iam:CreateRole]']],
    ],
    [
      `SELECT action, count(*) as iamActionUsageCount FROM $1 CROSS JOIN UNNEST(${actions}) as t (action) WHERE element_at(requestParameters, 'policyDocument') is not null AND (eventSource like 'iam%') AND eventName = 'CreatePolicy' GROUP BY action ORDER BY iamActionUsageCount DESC, action`,
      [
        ['iam:CreateRole', '2'],
        ['s3:GetObject', '1'],
        ['s3:PutObject', '1'],
      ],
    ],
    [
      `SELECT element_at(split(action, ':'), 1) as awsService, count(*) as numberOfServiceActions FROM $1 CROSS JOIN UNNEST(${actions}) as t (action) WHERE eventName = 'CreatePolicy' GROUP BY element_at(split(action, ':'), 1) ORDER BY count(*) DESC, 1`,
      [
        ['iam', '2'],
        ['s3', '2'],
      ],
    ],
    [
      `SELECT events.eventID FROM $1 as events CROSS JOIN UNNEST(${actions}) as t (action) WHERE element_at(requestParameters, 'policyDocument') is not null AND action IN ('iam:CreateRole', 'sts:AssumeRole') ORDER BY eventTime DESC`,
      [['e3'], ['e3']],
    ],
    [
      `SELECT eventId FROM $1 CROSS JOIN (VALUES '{"Sid": "Statement1","Effect": "Allow","Action": ["iam:CreatePolicy","service2:*"],"Resource": "*"}') as iam (stmt) WHERE (contains(cast(json_extract(stmt, '$.Action') as array(varchar)), concat(element_at(split(eventsource, '.'), 1), ':', eventName)) OR contains(cast(json_extract(stmt, '$.Action') as array(varchar)), concat(element_at(split(eventsource, '.'), 1), ':*'))) AND cast(json_extract(stmt, '$.Effect') as varchar) = 'Allow'`,
      [['e3']],
    ],
    [
      `SELECT json_array_contains(json_parse(element_at(additionalEventData, 'insufficientLakeFormationPermissions')),'shop:orders') AS FailedAccess FROM $1 WHERE ${december}`,
      [['true']],
    ],
    [
      `SELECT json_extract_scalar(json_array_get(json_extract(element_at(requestParameters,'policyDocument'), '$.Statement'),1),'$.Action') as a FROM $1 WHERE ${december}`,
      [['s3:PutObject']],
    ],
    [`SELECT eventID FROM $1 WHERE sessionCredentialFromConsole = true AND eventTime > '2022-01-01 00:00:00'`, [['e3']]],
    [`SELECT eventID FROM $1 WHERE sessionCredentialFromConsole='true' order by eventTime;`, [['e3']]],
    [`SELECT eventID, eventJsonChecksum FROM $1 WHERE ${december} -- Add filter criteria`, [['e3', '']]],
    [
      `SELECT recipientAccountId, max_by(distinct eventName, eventTime) as last, min_by(eventName, eventTime) as first FROM $1 GROUP BY recipientAccountId`,
      [[account, 'PutObject', 'CreatePolicy']],
    ],
  ])('%s', async (statement, expected) => {
    expect(await rows(opened.store, statement)).toEqual(expected)
  })
})

describe('window functions', () => {
  test.each<[string, string[][]]>([
    [
      `SELECT eventID FROM (SELECT eventID, rank() over (partition by userIdentity.arn order by eventTime desc) as rnk FROM $1) where rnk = 1`,
      [['e2']],
    ],
    [
      `SELECT eventID, row_number() OVER (ORDER BY eventTime), lag(eventName) OVER (ORDER BY eventTime), count(*) OVER () FROM $1 ORDER BY 1`,
      [
        ['e1', '2', 'CreatePolicy', '3'],
        ['e2', '3', 'AssumeRole', '3'],
        ['e3', '1', '', '3'],
      ],
    ],
    [
      `SELECT awsRegion, count(*) AS calls, dense_rank() OVER (ORDER BY count(*) DESC) FROM $1 GROUP BY awsRegion ORDER BY 3`,
      [
        ['us-east-1', '2', '1'],
        ['eu-west-1', '1', '2'],
      ],
    ],
    [`SELECT sum(1) OVER (PARTITION BY awsRegion ORDER BY eventTime) AS n FROM $1 WHERE eventID = 'e1'`, [['1']]],
  ])('%s', async (statement, expected) => {
    expect(await rows(opened.store, statement)).toEqual(expected)
  })
})

describe('lambda expressions', () => {
  const one = `FROM $1 WHERE eventID = 'e1'`
  test.each<[string, string]>([
    [`SELECT transform(ARRAY[1, 2], x -> x * 10) ${one}`, '[10, 20]'],
    [`SELECT transform(resources, r -> r.type) ${one}`, '[AWS::IAM::Role, AWS::S3::Bucket]'],
    [`SELECT transform(resources, (r) -> r.ARN LIKE '%:role/%') ${one}`, '[true, false]'],
    [`SELECT transform(filter(resources, r -> r.type = 'AWS::S3::Bucket'), r -> upper(r.ARN)) ${one}`, '[ARN:AWS:S3:::LOGS]'],
    [`SELECT transform(ARRAY['a', 'b'], x -> transform(ARRAY['c'], y -> x || y || eventID)) ${one}`, '[[ace1], [bce1]]'],
    [`SELECT any_match(resources, r -> r.type = 'AWS::S3::Bucket') ${one}`, 'true'],
    [`SELECT all_match(resources, r -> r.type = 'AWS::S3::Bucket') ${one}`, 'false'],
    [`SELECT none_match(resources, r -> r.type = 'AWS::EKS::Cluster') ${one}`, 'true'],
    // A parameter comes before a column of its name.
    [`SELECT transform(ARRAY['x'], eventID -> eventID) ${one}`, '[x]'],
    [`SELECT transform(resources, r -> r.type) FROM $1 WHERE eventID = 'e2'`, ''],
    [`SELECT array_join(array_distinct(split('b,a,b', ',')), '+') ${one}`, 'b+a'],
    [`SELECT cardinality(map_values(requestParameters)) ${one}`, '1'],
    [`SELECT json_format(CAST(ARRAY[true, false] AS JSON)) ${one}`, '[true,false]'],
    [`SELECT json_array_length('[1,2,3]') ${one}`, '3'],
    [`SELECT json_array_get('["a", "b"]', -1) ${one}`, '"b"'],
    [`SELECT json_extract('no JSON', '$.a') ${one}`, ''],
    [`SELECT TRY_CAST(json_extract('{"a": "x"}', '$.a') AS bigint) ${one}`, ''],
    [`SELECT try(CAST('x' AS bigint)) ${one}`, ''],
    [`SELECT CAST(json_extract('{"a": 7}', '$.a') AS bigint) + 1 ${one}`, '8'],
    [`SELECT n || s FROM $1 CROSS JOIN (VALUES ('a', 'b')) AS t (n, s) WHERE eventID = 'e1'`, 'ab'],
  ])('%s: %s', async (statement, expected) => {
    expect(await rows(opened.store, statement)).toEqual([[expected]])
  })
})

describe('functions of Trino', () => {
  const one = `FROM $1 WHERE eventID = 'e1'`
  test.each<[string, string]>([
    // As the sample on StackSets takes the name out of a stack's.
    [
      `SELECT regexp_replace('StackSet-shop-0a1b2c3d-1111-4222-8333-0123456789ab', '^StackSet-|(-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})$') ${one}`,
      'shop',
    ],
    [`SELECT regexp_replace('1a 2b 14m', '(\\d+)(x?)([ab]) ', '3c$3 ') ${one}`, '3ca 3cb 14m'],
    [`SELECT regexp_replace('fun cost', '(?i)(?<first>F)un', '\\$\${first}un') ${one}`, '$fun cost'],
    [`SELECT regexp_count('1a 2b 14m', '\\d+') ${one}`, '3'],
    [`SELECT regexp_extract_all('1a 2b 14m', '(\\d+)([a-z]+)', 2) ${one}`, '[a, b, m]'],
    [`SELECT regexp_split('1a 2b 14m', '\\s*[a-z]+\\s*') ${one}`, '[1, 2, 14, ]'],
    [`SELECT lpad('7', 3, '0') || rpad('abc', 2, ' ') ${one}`, '007ab'],
    [`SELECT translate('palhoça', 'ç', 'c') ${one}`, 'palhoca'],
    [`SELECT concat_ws('-', eventName, errorCode, sharedEventID) ${one}`, 'AssumeRole-AccessDenied'],
    [
      `SELECT url_extract_host('https://sts.amazonaws.com:443/x?a=1#f') || url_extract_parameter('https://h/x?a=1', 'a') ${one}`,
      'sts.amazonaws.com1',
    ],
    [`SELECT url_extract_path('none') ${one}`, ''],
    [`SELECT url_decode('a%2Fb') ${one}`, 'a/b'],
    [`SELECT array_sort(ARRAY['b', 'a']) ${one}`, '[a, b]'],
    [`SELECT array_max(ARRAY[3, 12]) ${one}`, '12'],
    [`SELECT array_min(split(eventSource, '.')) ${one}`, 'amazonaws'],
    [`SELECT typeof(resources) ${one}`, 'array(row)'],
    [`SELECT sqrt(16) ${one}`, '4.0'],
    [`SELECT power(2, 10) ${one}`, '1024.0'],
    [`SELECT bool_or(errorCode IS NOT NULL) FROM $1`, 'true'],
    [`SELECT every(errorCode IS NOT NULL) FROM $1`, 'false'],
    [`SELECT day_of_month(eventTime) ${one}`, '15'],
  ])('%s: %s', async (statement, expected) => {
    expect(await rows(opened.store, statement)).toEqual([[expected]])
  })
})

describe('more of the samples, word by word but for ids and times', () => {
  test.each<[string, string[][]]>([
    [
      `SELECT userIdentity.principalId, element_at(requestParameters, 'stackSetName') as stackSetName, eventName, eventTime, sourceIPAddress FROM $1 WHERE eventName LIKE '%StackSet' AND eventTime > '2024-10-20 00:00:00' AND element_at(requestParameters, 'stackSetName') IN ( SELECT regexp_replace( element_at(requestParameters, 'stackName'), '^StackSet-|(-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})$' ) AS stackName FROM $1 WHERE eventName LIKE '%Stack' AND userIdentity.principalId IN ( SELECT userIdentity.principalid FROM $1 WHERE eventID = 'e1' ) )`,
      [],
    ],
    [
      `SELECT count(* ) as TotalEvents, date(eventTime ) as datestamp,awsRegion, recipientAccountId, element_at(additionalEventData, 'bytesTransferredIn' ) as configRuleName FROM $1 WHERE eventName= 'PutObject' group by date(eventTime ), awsRegion, recipientAccountId, additionalEventData order by date(eventTime ) desc, TotalEvents desc, recipientAccountId`,
      [['1', '2026-01-15', 'eu-west-1', account, '17']],
    ],
    [
      `SELECT recipientAccountId, awsRegion, eventSource, count(* ) as TotalPossibleCI FROM $1 Where (eventSource like 'eks%' or eventSource like 's3%' ) and readOnly=False and managementEvent=True group by recipientAccountId, awsRegion, eventSource Order by recipientAccountId desc, TotalPossibleCI desc`,
      [],
    ],
    [
      `SELECT DISTINCT element_at(requestParameters, 'bucketName') AS Bucket, awsRegion AS Region, recipientAccountId AS AccountID FROM $1 WHERE element_at(requestParameters, 'bucketName') = 'logs' ORDER BY recipientAccountId, awsRegion`,
      [['logs', 'eu-west-1', account]],
    ],
    [
      `SELECT element_at(requestParameters, 'bucketName') AS bucketName, json_extract_scalar(element_at(requestParameters, 'queryExecutionContext'), '$.catalog') AS restrictPublicBuckets, eventName, eventTime, requestParameters, userIdentity.arn AS user, responseElements FROM $1 WHERE eventSource = 's3.amazonaws.com' and eventName IN ('PutPublicAccessBlock', 'PutObject') ORDER BY bucketName, eventTime DESC`,
      [['logs', 'main', 'PutObject', '2026-01-15 11:00:00.000', expect.stringContaining('bucketName=logs') as unknown as string, user, '']],
    ],
    [
      `-- This part returns one kind\nSELECT element_at(requestParameters, 'roleArn') AS securityGroup, eventName, eventTime FROM $1 WHERE eventName = 'AssumeRole' UNION ALL -- and this another\nSELECT json_extract_scalar(element_at(requestParameters, 'queryExecutionContext'), '$.catalog') securityGroup, eventName, eventTime FROM $1 WHERE eventName = 'PutObject' ORDER BY securityGroup, eventTime`,
      [
        [`arn:aws:iam::${account}:role/app`, 'AssumeRole', '2026-01-15 10:00:00.000'],
        ['main', 'PutObject', '2026-01-15 11:00:00.000'],
      ],
    ],
    [
      `SELECT eventSource, tlsDetails.tlsVersion, COUNT(*) AS numOutdatedTlsCalls FROM $1 WHERE tlsDetails.tlsVersion LIKE 'TLSv%' AND CAST(REPLACE(tlsDetails.tlsVersion, 'TLSv', '') AS DOUBLE) <= 1.3 GROUP BY eventSource, tlsDetails.tlsVersion ORDER BY numOutdatedTlsCalls DESC`,
      [['sts.amazonaws.com', 'TLSv1.3', '1']],
    ],
    [
      `SELECT awsRegion, eventSource, json_extract_scalar(eventjson, '$.resources[0].type' ) as resourceId, useridentity.arn as identityarn from $1 where eventName in ('AssumeRole','DeleteTags' )order by resourceId,awsRegion desc`,
      [['us-east-1', 'sts.amazonaws.com', 'AWS::IAM::Role', user]],
    ],
    [
      `SELECT userIdentity.arn AS user, userIdentity, eventID FROM $1 WHERE (eventName LIKE '%Create%' OR eventName LIKE '%Put%' ) AND resources IS NOT NULL AND userIdentity.sessioncontext.sessionissuer.username NOT LIKE 'AWSServiceRole%' AND userIdentity.sessioncontext.sessionissuer.username NOT IN ('' ) AND sourceIpAddress != 'cloudformation.amazonaws.com'ORDER BY eventTime DESC`,
      [],
    ],
    [
      `SELECT eventid, eventtime, userIdentity.sessioncontext.sessionissuer.arn as RoleARN from $1 where eventName = 'AssumeRole' and errorcode IS NULL and userIdentity.sessioncontext.sessionissuer.arn = element_at(resources,1 ).arn`,
      [],
    ],
    // The guide's, "Create CloudTrail Lake queries from natural language prompts".
    [
      `SELECT date(eventTime) AS event_date, SUM( CASE WHEN readonly = true THEN 1 ELSE 0 END ) AS read_events, SUM( CASE WHEN readonly = false THEN 1 ELSE 0 END ) AS write_events FROM $1 WHERE eventTime >= timestamp '2026-01-10 00:00:00' AND eventTime <= timestamp '2026-06-04 23:59:59' GROUP BY 1 ORDER BY 1 ASC;`,
      [['2026-01-15', '0', '0']],
    ],
  ])('%s', async (statement, expected) => {
    expect(await rows(opened.store, statement)).toEqual(expected)
  })

  /** Published, and no statements of Trino's either. */
  test.each<[string, string, RegExp]>([
    [
      'network-activity-events-vpce-access-denied-s3: a column that is neither grouped nor an aggregate',
      `SELECT userIdentity.username, eventType, eventName FROM $1 WHERE eventCategory = 'NetworkActivity' GROUP BY userIdentity.arn, eventName ORDER BY eventName DESC`,
      /must be an aggregate expression or appear in GROUP BY clause/,
    ],
    [
      'list-publicly-accessible-rds-instances: two statements without anything between',
      `SELECT * FROM $1 WHERE ELEMENT_AT(requestParameters, 'publiclyAccessible') = 'true'SELECT * FROM $1`,
      /mismatched input 'SELECT'/,
    ],
    ['the guide’s on access denied: WHERE twice', `SELECT * FROM $1 WHERE WHERE (errorCode = 'AccessDenied')`, /mismatched input 'WHERE'/],
    [
      'ConfigItemCountQuery: Athena’s table of AWS Config’s files',
      `SELECT configurationItem.resourceType FROM default.awsconfig`,
      /expecting the id of an event data store/,
    ],
  ])('%s', async (_, statement, problem) => {
    await expect(run(opened.store, statement)).rejects.toThrow(problem)
  })
})

describe('UNNEST', () => {
  test.each<[string, string[][]]>([
    [`SELECT type FROM $1 CROSS JOIN UNNEST(resources) ORDER BY 1`, [['AWS::IAM::Role'], ['AWS::S3::Bucket']]],
    [
      `SELECT part FROM $1 CROSS JOIN UNNEST(split(eventSource, '.')) AS parts (part) WHERE eventID = 'e1' ORDER BY 1`,
      [['amazonaws'], ['com'], ['sts']],
    ],
    [`SELECT k, v FROM $1 CROSS JOIN UNNEST(requestParameters) AS t (k, v) WHERE t.k = 'key'`, [['key', 'AWSLogs/a']]],
    [
      `SELECT part, count(*) FROM $1 CROSS JOIN UNNEST(ARRAY['a', 'b']) AS t (part) WHERE ${week} GROUP BY part ORDER BY 1`,
      [
        ['a', '2'],
        ['b', '2'],
      ],
    ],
    [
      // A comma is a CROSS JOIN, of event data stores too.
      `SELECT t.type FROM $1, UNNEST(resources) AS t ORDER BY 1`,
      [['AWS::IAM::Role'], ['AWS::S3::Bucket']],
    ],
    [
      `SELECT a.eventID, b.eventID FROM $1 AS a CROSS JOIN $1 AS b WHERE a.eventID = 'e1' ORDER BY 2`,
      [
        ['e1', 'e1'],
        ['e1', 'e2'],
        ['e1', 'e3'],
      ],
    ],
    [
      `SELECT eventID, n, word FROM $1, UNNEST(split(eventSource, '.')) WITH ORDINALITY AS t (word, n) WHERE eventID = 'e1' AND n < 3 ORDER BY n`,
      [
        ['e1', '1', 'sts'],
        ['e1', '2', 'amazonaws'],
      ],
    ],
    [
      `SELECT eventID, t.type FROM $1 LEFT JOIN UNNEST(resources) AS t ON TRUE WHERE ${week} ORDER BY 1, 2`,
      [
        ['e1', 'AWS::IAM::Role'],
        ['e1', 'AWS::S3::Bucket'],
        ['e2', ''],
      ],
    ],
  ])('%s', async (statement, expected) => {
    expect(await rows(opened.store, statement)).toEqual(expected)
  })

  test.each([
    ['SELECT 1 FROM $1 CROSS JOIN UNNEST(eventName)', /Cannot unnest type: varchar/],
    ['SELECT 1 FROM $1 CROSS JOIN UNNEST(resources) t (a, b)', /Column alias list has 2 entries but relation has 4 columns/],
    ['SELECT 1 FROM $1 CROSS JOIN UNNEST(requestParameters) WITH ORDINALITY', /WITH ORDINALITY is supported of arrays/],
    ['SELECT 1 FROM $1 CROSS JOIN UNNEST(resources, resources)', /UNNEST is supported of one array or map/],
    ['SELECT 1 FROM $1 LEFT JOIN UNNEST(resources) t ON t.type = eventName', /only supported with condition ON TRUE/],
    ['SELECT 1 FROM UNNEST(ARRAY[1])', /UNNEST is supported after CROSS JOIN alone/],
  ])('%s is refused', async (statement, problem) => {
    await expect(run(opened.store, statement)).rejects.toThrow(problem)
  })
})
