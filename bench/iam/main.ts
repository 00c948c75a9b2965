// node bench/iam/main.ts [--million]: IAM and STS calls a second beside bare node:http, and how lists keep their time as entities grow.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  clientOf,
  portOf,
  queryRequest,
  residentMegabytes,
  startBare,
  startGatehouse,
  stopGatehouse,
} from '../server/gatehouse.ts'
import { answersPerSecond, answerTo, latencies } from '../server/load.ts'
import { median, rounded } from '../figures.ts'
import { startMoto } from '../server/moto.ts'
import { startIssuer } from '../../test/services/sts/issuer.ts'
import { makeAssumableRoles, trusting } from './assumable-roles.ts'
import { addEntities } from './entities.ts'

const connections = 32
const seconds = 3
const pagesAtEach = 50
const rounds = 3
const sizes = process.argv.includes('--million') ? [1_000, 10_000, 100_000, 1_000_000] : [1_000, 10_000, 100_000]
const lists = ['ListUsers', 'ListGroups', 'ListRoles', 'ListInstanceProfiles', 'ListPolicies']

const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const options = ['--issuer-networks', '127.0.0.0/8,::1/128', '--quotas', 'UsersPerAccount=2000000,RolesPerAccount=2000000']
const issuer = await startIssuer(Date.now)

interface Input {
  readonly [name: string]: string
}

/** More than can be made in the time: names are taken once. */
const mostMade = 30_000

/** Calls a second, of each kind. Every call is on record and on disk before it is answered. */
async function rates(client: Client): Promise<object> {
  const roles = await makeAssumableRoles(client, issuer)
  const token = await issuer.token({ sub: 'worker', aud: 'sts.amazonaws.com' }, { expiresIn: 3600 })
  const bare = await startBare(400)
  const moto = await startMoto()
  const signed = (service: 'iam' | 'sts', action: string, input = {}) => queryRequest(client, service, action, input)
  const made = (action: string, inputOf: (number: number) => Input) =>
    Array.from({ length: mostMade }, (_, number) => signed('iam', action, inputOf(number)))
  const trustPolicy = trusting({ AWS: client.account }, 'sts:AssumeRole')
  const kinds: { readonly [call: string]: Buffer | readonly Buffer[] } = {
    GetCallerIdentity: signed('sts', 'GetCallerIdentity'),
    ListUsers: signed('iam', 'ListUsers'),
    CreateUser: made('CreateUser', number => ({ UserName: `new${number}` })),
    CreateRole: made('CreateRole', number => ({ RoleName: `new${number}`, AssumeRolePolicyDocument: trustPolicy })),
    AssumeRole: signed('sts', 'AssumeRole', { RoleArn: roles.plain, RoleSessionName: 'bench' }),
    AssumeRoleWithWebIdentity: queryRequest(
      client,
      'sts',
      'AssumeRoleWithWebIdentity',
      { RoleArn: roles.web, RoleSessionName: 'bench', WebIdentityToken: token },
      false,
    ),
  }
  // It loads a service with the first call to it, and fails where several come first.
  if (moto) for (const call of ['GetCallerIdentity', 'ListUsers']) await answersPerSecond(moto.port, kinds[call] as Buffer, 1, 0)
  const figures: { [call: string]: number } = {}
  const emulator: { [call: string]: number } = {}
  for (const [call, requests] of Object.entries(kinds)) {
    figures[call] = rounded(await answersPerSecond(portOf(client), requests, connections, seconds))
    // It has neither our roles nor our issuer.
    if (moto && !call.startsWith('AssumeRole')) emulator[call] = rounded(await answersPerSecond(moto.port, requests, 8, seconds))
  }
  const bareNodeHttp = rounded(await answersPerSecond(bare.port, kinds['GetCallerIdentity'] as Buffer, connections, seconds))
  bare.stop()
  moto?.stop()
  return { gatehouse: figures, bareNodeHttp, ...(moto && { moto: emulator }) }
}

interface PageTimes {
  readonly first: number
  readonly middle: number
  readonly belowPath: number
}

/** Milliseconds of a page of 100: the best of some rounds, as a large file is looked through for damage after a start. */
async function pageTimes(client: Client, size: number) {
  const times: { [list: string]: PageTimes } = {}
  for (let round = 0; round < rounds; round++)
    for (const [list, taken] of Object.entries(await pageTimesOnce(client, size))) {
      const best = times[list] ?? taken
      times[list] = {
        first: Math.min(best.first, taken.first),
        middle: Math.min(best.middle, taken.middle),
        belowPath: Math.min(best.belowPath, taken.belowPath),
      }
    }
  return times
}

/** Of each list the first page, one from the middle, and one below a path. */
async function pageTimesOnce(client: Client, size: number) {
  const middle = String(Math.floor(size / 2)).padStart(17, '0')
  const marker = (path: string) => Buffer.from(JSON.stringify([path, `entity${middle}`])).toString('base64url')
  const times: { [list: string]: PageTimes } = {}
  for (const list of lists) {
    const scope: Input = list === 'ListPolicies' ? { Scope: 'Local' } : {}
    const of = async (input: Input) => {
      const request = queryRequest(client, 'iam', list, { ...scope, ...input })
      const requests = Array.from({ length: pagesAtEach }, () => request)
      return rounded(median(await latencies(portOf(client), requests)), 2)
    }
    const after: Input = list === 'ListPolicies' ? {} : { Marker: marker('/') }
    times[list] = { first: await of({}), middle: await of(after), belowPath: await of({ PathPrefix: '/team7/' }) }
  }
  return times
}

/** How long the start on so many entities takes, to the first answer, and the memory that it needs then. */
async function startFigures(): Promise<object> {
  const startedAt = performance.now()
  const running = startGatehouse(data, options)
  await running.ready
  const client = clientOf(data)
  await answerTo(portOf(client), queryRequest(client, 'iam', 'ListRoles'))
  const firstAnswerMilliseconds = rounded(performance.now() - startedAt)
  const memory = residentMegabytes(running.child.pid as number)
  await stopGatehouse(running)
  return { firstAnswerMilliseconds, residentMegabytes: rounded(memory) }
}

const first = startGatehouse(data, options)
await first.ready
const { account } = clientOf(data)
await stopGatehouse(first)

let figures = {}
const pages: { [size: string]: object } = {}
const starts: { [size: string]: object } = {}
let there = 0
for (const size of sizes) {
  addEntities(data, account, there, size)
  there = size
  if (size >= 10_000) starts[size] = await startFigures()
  const running = startGatehouse(data, options)
  await running.ready
  pages[size] = await pageTimes(clientOf(data), size)
  if (size === 10_000) figures = await rates(clientOf(data))
  await stopGatehouse(running)
}
await issuer.close()
rmSync(data, { recursive: true, force: true })
console.log(JSON.stringify({ aSecondWith10000Users: figures, millisecondsAPageByEntities: pages, startByRoles: starts }, undefined, 2))
