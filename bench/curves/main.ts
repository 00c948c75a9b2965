// node bench/curves/main.ts [--million]: what single calls take as accounts, users, roles, policies and records grow together, from a hundred of each to a hundred thousand
// or a million.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRecords } from '../../src/audit/records.ts'
import { openSqliteStore } from '../../src/store/index.ts'
import { account as historyAccount, fill, region, spread } from '../audit/history.ts'
import { median, rounded } from '../figures.ts'
import { trusting } from '../iam/assumable-roles.ts'
import { addEntities } from '../iam/entities.ts'
import { type Client, clientOf, portOf, queryRequest, restRequest, startGatehouse, stopGatehouse } from '../server/gatehouse.ts'
import { answerTo, latencies } from '../server/load.ts'
import { addAccounts } from './accounts.ts'

const sizes = [100, 1_000, 10_000, 100_000, ...(process.argv.includes('--million') ? [1_000_000] : [])]
const callsOfEach = 200
const rounds = 3
const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-curves-'))
const database = join(data, 'gatehouse.db')

const organizations = (client: Client, action: string, input: object) =>
  restRequest(client, {
    service: 'organizations',
    method: 'POST',
    path: '/',
    body: JSON.stringify(input),
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSOrganizationsV20161128.${action}` },
  })

/** An organization whose policies count, a member account, and a role of the account itself. @returns the member account's id */
async function makeOrganization(client: Client): Promise<string> {
  const ask = async (request: Buffer) => answerTo(portOf(client), request)
  const askOrganizations = async (action: string, input: object) => JSON.parse(await ask(organizations(client, action, input)))
  await askOrganizations('CreateOrganization', {})
  const { CreateAccountStatus } = await askOrganizations('CreateAccount', { AccountName: 'member', Email: 'member@example.com' })
  const { CreateAccountStatus: made } = await askOrganizations('DescribeCreateAccountStatus', {
    CreateAccountRequestId: CreateAccountStatus.Id,
  })
  const trustPolicy = trusting({ AWS: client.account }, 'sts:AssumeRole')
  await ask(queryRequest(client, 'iam', 'CreateRole', { RoleName: 'own', AssumeRolePolicyDocument: trustPolicy }))
  return made.AccountId as string
}

/** What is asked, one call at a time: of those in the middle of what there are. */
function requestsAt(client: Client, member: string, size: number): { readonly [name: string]: Buffer } {
  const middle = String(Math.floor(size / 2)).padStart(17, '0')
  const path = `/team${Math.floor(size / 2) % 100}/`
  const arn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`
  const assume = (roleArn: string) => queryRequest(client, 'sts', 'AssumeRole', { RoleArn: roleArn, RoleSessionName: 'bench' })
  return {
    GetCallerIdentity: queryRequest(client, 'sts', 'GetCallerIdentity'),
    GetUser: queryRequest(client, 'iam', 'GetUser', { UserName: `Entity${middle}` }),
    GetRole: queryRequest(client, 'iam', 'GetRole', { RoleName: `Entity${middle}` }),
    GetPolicy: queryRequest(client, 'iam', 'GetPolicy', { PolicyArn: `arn:aws:iam::${client.account}:policy${path}Entity${middle}` }),
    AssumeRole: assume(arn(client.account, 'own')),
    'AssumeRole of another account': assume(arn(member, 'OrganizationAccountAccessRole')),
    DescribeAccount: organizations(client, 'DescribeAccount', { AccountId: member }),
    'ListAccounts, a page of twenty': organizations(client, 'ListAccounts', { MaxResults: 20 }),
  }
}

/** Milliseconds of each call, the best of some rounds' medians: a large file is looked through for damage after a start. */
async function callTimes(member: string, size: number): Promise<{ [name: string]: number }> {
  const running = startGatehouse(data)
  await running.ready
  const client = clientOf(data)
  const times: { [name: string]: number } = {}
  for (let round = 0; round < rounds; round++)
    for (const [name, request] of Object.entries(requestsAt(client, member, size))) {
      const taken = median(
        await latencies(
          portOf(client),
          Array.from({ length: callsOfEach }, () => request),
        ),
      )
      times[name] = rounded(Math.min(times[name] ?? taken, taken), 2)
    }
  await stopGatehouse(running)
  return times
}

/** Milliseconds of a page of fifty of one user's calls, in this process. */
async function pageTime(): Promise<number> {
  const store = await openSqliteStore(database)
  const times: number[] = []
  for (let round = 0; round < callsOfEach; round++) {
    const startedAt = performance.now()
    const found = await store.read(tx =>
      findRecords(tx, { account: historyAccount, region, attribute: { key: 'Username', value: spread.frequentUser }, limit: 51 }),
    )
    times.push(performance.now() - startedAt)
    if (found.length === 0) throw new Error('the page is empty: the figure would be of nothing')
  }
  await store.close()
  return rounded(median(times), 2)
}

const first = startGatehouse(data)
await first.ready
const { account } = clientOf(data)
const member = await makeOrganization(clientOf(data))
await stopGatehouse(first)

const milliseconds: { [name: string]: { [size: string]: number } } = {}
let there = 0
for (const size of sizes) {
  addEntities(data, account, there, size)
  addAccounts(data, there, size)
  fill(database, size, there)
  there = size
  const times = { ...(await callTimes(member, size)), 'LookupEvents, a page of fifty, without the call': await pageTime() }
  for (const [name, time] of Object.entries(times)) milliseconds[name] = { ...milliseconds[name], [size]: time }
}
rmSync(data, { recursive: true, force: true })
const growth = Object.fromEntries(
  Object.entries(milliseconds).map(([name, times]) => [
    name,
    rounded((times[sizes.at(-1) as number] as number) / (times[sizes[0] as number] as number), 2),
  ]),
)
console.log(JSON.stringify({ milliseconds, growth }, undefined, 2))
