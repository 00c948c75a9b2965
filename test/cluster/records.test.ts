import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  GetQueryResultsCommand,
  type LookupAttributeKey,
  LookupEventsCommand,
  paginateLookupEvents,
  StartQueryCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateRoleCommand, CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { Client } from 'cassandra-driver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse } from '../e2e/gatehouse.ts'
import { cassandraJars, type CassandraNodes, startCassandra } from './cassandra-nodes.ts'

let cassandra: CassandraNodes
let gatehouse: TestGatehouse
let database: Client

const settingsOf = () => ({
  endpoint: gatehouse.httpEndpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: {
    accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] as string,
    secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] as string,
  },
})

/** Ids of all events that have an attribute, in the order of the pages. */
async function eventsBy(AttributeKey: LookupAttributeKey, AttributeValue: string): Promise<string[]> {
  const ids: string[] = []
  const question = { LookupAttributes: [{ AttributeKey, AttributeValue }], MaxResults: 50 }
  for await (const { Events = [] } of paginateLookupEvents({ client: new CloudTrailClient(settingsOf()) }, question))
    ids.push(...Events.map(({ EventId }) => EventId as string))
  return ids
}

/** How many records of calls of an operation Cassandra has. */
const archived = async (name: string): Promise<number> => {
  const query = `SELECT count(*) FROM gatehouse.record_names WHERE name = 'EventName' AND value = ? ALLOW FILTERING`
  const { rows } = await database.execute(query, [name], { prepare: true, readTimeout: 60_000 })
  return Number(rows[0]?.['count'])
}

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' }],
})

describe.skipIf(cassandraJars === undefined)('records in three nodes of Cassandra', () => {
  beforeAll(async () => {
    cassandra = await startCassandra(3)
    gatehouse = await startGatehouse({ flags: ['--records', cassandra.address, '--records-hold-seconds', '1'] })
    database = new Client({ contactPoints: [...cassandra.contactPoints], localDataCenter: 'dc1' })
  }, 400_000)
  afterAll(async () => {
    await discard(gatehouse)
    await database?.shutdown()
    await cassandra?.end()
  }, 60_000)

  test('go there, and are found by each attribute as before', async () => {
    const iam = new IAMClient(settingsOf())
    for (const UserName of ['ann', 'bob', 'cid']) await iam.send(new CreateUserCommand({ UserName }))
    await iam.send(new CreateRoleCommand({ RoleName: 'deployer', AssumeRolePolicyDocument: trust }))
    const RoleArn = 'arn:aws:iam::111122223333:role/deployer'
    await new STSClient(settingsOf()).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'ann' }))
    await expect.poll(() => archived('AssumeRole'), { timeout: 60_000, interval: 500 }).toBe(1)
    const [newest] = await eventsBy('EventName', 'CreateUser')
    expect(await eventsBy('EventName', 'CreateUser')).toHaveLength(3)
    expect(await eventsBy('EventId', newest as string)).toEqual([newest])
    const [assumed] = await eventsBy('EventName', 'AssumeRole')
    const [created] = await eventsBy('EventName', 'CreateRole')
    expect(new Set(await eventsBy('ResourceName', RoleArn))).toEqual(new Set([assumed, created]))
    expect(await eventsBy('ResourceType', 'AWS::IAM::Role')).toContain(assumed)
    expect(await eventsBy('Username', 'administrator')).toContain(newest)
    expect(await eventsBy('ReadOnly', 'false')).toContain(newest)
    expect(await eventsBy('EventSource', 'iam.amazonaws.com')).toContain(newest)
    expect(await eventsBy('AccessKeyId', gatehouse.environment['AWS_ACCESS_KEY_ID'] as string)).toContain(newest)
  })

  test('are what event data stores are asked about', async () => {
    const trail = new CloudTrailClient(settingsOf())
    const { EventDataStoreArn = '' } = await trail.send(
      new CreateEventDataStoreCommand({ Name: 'all', TerminationProtectionEnabled: false }),
    )
    await new IAMClient(settingsOf()).send(new CreateUserCommand({ UserName: 'dan' }))
    await expect.poll(() => archived('CreateUser'), { timeout: 60_000, interval: 500 }).toBe(4)
    const QueryStatement = `SELECT count(*) AS n FROM ${EventDataStoreArn.split('/')[1]} WHERE eventName = 'CreateUser'`
    const { QueryId } = await trail.send(new StartQueryCommand({ QueryStatement }))
    const result = () => trail.send(new GetQueryResultsCommand({ QueryId }))
    await expect.poll(async () => (await result()).QueryStatus, { timeout: 30_000, interval: 200 }).toBe('FINISHED')
    expect((await result()).QueryResultRows).toEqual([[{ n: '1' }]])
  })

  test('are all there, each once, after a node was killed under load and came back, and Gatehouse was killed too', async () => {
    const acknowledged = new Set<string>()
    const ending = new AbortController()
    const load = async (client: number) => {
      for (let call = 0; !ending.signal.aborted; call++) {
        const UserName = `load-${client}-${call}`
        const done = await new IAMClient(settingsOf()).send(new GetUserCommand({ UserName })).then(
          () => true,
          (problem: Error) => problem.name === 'NoSuchEntityException' && UserName,
        )
        if (done) acknowledged.add(UserName)
      }
    }
    const clients = Array.from({ length: 8 }, (_, client) => load(client))
    const until = (calls: number) => expect.poll(() => acknowledged.size, { timeout: 120_000, interval: 50 }).toBeGreaterThan(calls)
    await until(500)
    await cassandra.kill(1)
    await until(1_500)
    const { data } = gatehouse
    await gatehouse.kill()
    gatehouse = await startGatehouse({ data, flags: ['--records', cassandra.address, '--records-hold-seconds', '1'] })
    await until(2_500)
    await cassandra.revive(1)
    await until(3_000)
    ending.abort()
    await Promise.all(clients)

    const ids = await eventsBy('EventName', 'GetUser')
    expect(new Set(ids).size).toBe(ids.length)
    expect(await namesOfCalls()).toEqual(expect.arrayContaining([...acknowledged]))
    // The newest stays in the control store as well.
    await expect.poll(() => archived('GetUser'), { timeout: 60_000, interval: 500 }).toBe(ids.length)
  }, 400_000)

  test('a history with gaps is refused: while two of three nodes are away there is none', async () => {
    await cassandra.kill(0)
    await cassandra.kill(2)
    const trail = new CloudTrailClient(settingsOf())
    await expect(trail.send(new LookupEventsCommand({}))).rejects.toMatchObject({ name: 'ServiceUnavailable' })
    // What changes state goes on: its records wait in the store.
    await new IAMClient(settingsOf()).send(new CreateUserCommand({ UserName: 'meanwhile' }))
    await cassandra.revive(0)
    await cassandra.revive(2)
    const created = () => eventsBy('EventName', 'CreateUser').catch((problem: Error) => [problem.name])
    await expect.poll(created, { timeout: 60_000, interval: 500 }).toHaveLength(5)
  }, 300_000)
})

async function namesOfCalls(): Promise<string[]> {
  const names: string[] = []
  const question = { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetUser' }] } as const
  for await (const { Events = [] } of paginateLookupEvents(
    { client: new CloudTrailClient(settingsOf()) },
    { ...question, LookupAttributes: [...question.LookupAttributes] },
  ))
    for (const { CloudTrailEvent } of Events)
      names.push((JSON.parse(CloudTrailEvent as string) as { requestParameters: { userName: string } }).requestParameters.userName)
  return names
}
