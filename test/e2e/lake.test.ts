import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
let gatehouse: TestGatehouse
beforeAll(async () => {
  gatehouse = await startGatehouse()
})
afterAll(() => discard(gatehouse))

/** Runs the AWS CLI; what it prints, parsed. */
async function aws(...words: readonly string[]) {
  const { stdout } = await execute(join(clients as string, 'aws'), [...words, '--output', 'json'], {
    env: { ...withoutAws(process.env), ...gatehouse.environment },
  })
  return stdout.trim() === '' ? {} : JSON.parse(stdout)
}

async function ended(queryId: string): Promise<string> {
  for (let turn = 0; turn < 100; turn++) {
    const { QueryStatus } = await aws('cloudtrail', 'describe-query', '--query-id', queryId)
    if (QueryStatus !== 'QUEUED' && QueryStatus !== 'RUNNING') return QueryStatus
    await wait(100)
  }
  throw new Error(`the query ${queryId} does not end`)
}

test('the AWS CLI makes an event data store, and asks it who did what', async () => {
  const { EventDataStoreArn: arn } = await aws(
    'cloudtrail',
    'create-event-data-store',
    '--name',
    'audit',
    '--no-termination-protection-enabled',
  )
  await aws('iam', 'create-user', '--user-name', 'alice', '--tags', 'Key=team,Value=blue')
  await aws('iam', 'get-user', '--user-name', 'alice')
  const statement = `SELECT eventName, element_at(requestParameters, 'userName') AS who, COUNT(*) AS calls FROM ${arn.split('/')[1]} WHERE eventSource = 'iam.amazonaws.com' AND eventTime > '2026-01-01' GROUP BY eventName, element_at(requestParameters, 'userName') ORDER BY eventName`
  const { QueryId } = await aws('cloudtrail', 'start-query', '--query-statement', statement)
  expect(await ended(QueryId)).toBe('FINISHED')
  const { QueryResultRows, QueryStatistics } = await aws('cloudtrail', 'get-query-results', '--query-id', QueryId)
  expect(QueryResultRows).toEqual([
    [{ eventName: 'CreateUser' }, { who: 'alice' }, { calls: '1' }],
    [{ eventName: 'GetUser' }, { who: 'alice' }, { calls: '1' }],
  ])
  expect(QueryStatistics).toMatchObject({ ResultsCount: 2, TotalResultsCount: 2 })
  await expect(aws('cloudtrail', 'start-query', '--query-statement', 'DROP TABLE records')).rejects.toThrow(
    /InvalidQueryStatementException/,
  )
  await aws('cloudtrail', 'delete-event-data-store', '--event-data-store', arn)
  expect(await aws('cloudtrail', 'get-event-data-store', '--event-data-store', arn)).toMatchObject({ Status: 'PENDING_DELETION' })
})
