import { randomBytes } from 'node:crypto'
import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, IAMClient, paginateListUsers } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse } from '../e2e/gatehouse.ts'
import { type PatroniNodes, patroniModules, startPatroni } from './patroni-nodes.ts'

let patroni: PatroniNodes
let nodes: readonly TestGatehouse[]

const settingsOf = (node: number) => ({
  endpoint: (nodes[node] as TestGatehouse).httpEndpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: {
    accessKeyId: nodes[0]?.environment['AWS_ACCESS_KEY_ID'] as string,
    secretAccessKey: nodes[0]?.environment['AWS_SECRET_ACCESS_KEY'] as string,
  },
})

/** What docs/high-availability.md promises. */
const mostSecondsAway = 30

describe.skipIf(patroniModules === undefined)('two nodes of Gatehouse on three of PostgreSQL, under Patroni as documented', () => {
  beforeAll(async () => {
    patroni = await startPatroni(3)
    const primary = await patroni.primary()
    await patroni.query(primary, "CREATE ROLE gatehouse LOGIN PASSWORD 'gatehouse'")
    await patroni.query(primary, 'CREATE DATABASE gatehouse OWNER gatehouse')
    const hosts = patroni.ports.map(port => `127.0.0.1:${port}`).join()
    const flags = ['--store', `postgres://gatehouse@${hosts}/gatehouse`]
    const environment = { GATEHOUSE_MASTER_KEY: randomBytes(32).toString('hex'), PGPASSWORD: 'gatehouse' }
    nodes = await Promise.all([startGatehouse({ flags, environment }), startGatehouse({ flags, environment })])
  }, 240_000)
  afterAll(async () => {
    await Promise.all((nodes ?? []).map(discard))
    await patroni?.end()
  }, 60_000)

  test('the primary is killed under load: writes are back in time, and nothing that was acknowledged is lost', async () => {
    const acknowledged: { readonly name: string; readonly at: number }[] = []
    const ending = new AbortController()
    const load = async (client: number) => {
      const iam = new IAMClient(settingsOf(client % 2))
      for (let call = 0; !ending.signal.aborted; call++) {
        const name = `load-${client}-${call}`
        const done = await iam.send(new CreateUserCommand({ UserName: name })).then(
          () => true,
          () => false,
        )
        if (done) acknowledged.push({ name, at: Date.now() })
      }
    }
    const clients = Array.from({ length: 8 }, (_, client) => load(client))
    const until = (most: () => number) => expect.poll(() => acknowledged.length, { timeout: 120_000, interval: 50 }).toBeGreaterThan(most())
    await until(() => 200)
    await patroni.kill(await patroni.primary())
    const killedAt = Date.now()
    // Calls that were under way may be acknowledged still; a second later none is.
    const back = () => acknowledged.find(({ at }) => at > killedAt + 1_000)?.at
    await expect.poll(back, { timeout: 120_000, interval: 50 }).toBeDefined()
    const [before, secondsAway] = [acknowledged.length, ((back() as number) - killedAt) / 1000]
    await until(() => before + 200)
    ending.abort()
    await Promise.all(clients)

    console.log(`writes were away for ${secondsAway} seconds`)
    expect(secondsAway).toBeLessThan(mostSecondsAway)
    const names = acknowledged.map(({ name }) => name)
    for (const node of [0, 1]) expect(await userNames(node)).toEqual(expect.arrayContaining(names))
    expect(await recordedNames()).toEqual(expect.arrayContaining(names))
  }, 400_000)
})

async function userNames(node: number): Promise<string[]> {
  const names: string[] = []
  for await (const { Users = [] } of paginateListUsers({ client: new IAMClient(settingsOf(node)) }, {}))
    names.push(...Users.map(({ UserName }) => UserName as string))
  return names
}

async function recordedNames(): Promise<string[]> {
  const names: string[] = []
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'CreateUser' }]
  for await (const { Events = [] } of paginateLookupEvents({ client: new CloudTrailClient(settingsOf(0)) }, { LookupAttributes }))
    for (const { CloudTrailEvent } of Events) {
      const { errorCode, requestParameters } = JSON.parse(CloudTrailEvent as string) as {
        errorCode?: string
        requestParameters: { userName: string }
      }
      if (errorCode === undefined) names.push(requestParameters.userName)
    }
  return names
}
