// node bench/store/nodes.ts [--rounds 100]: what one, two and three nodes of Gatehouse on one PostgreSQL server answer, all on this machine, and how long after a change was
// acknowledged by one node another decides by it.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { postgresBinaries, startPostgresServer } from '../../test/store/postgres-server.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { percentile, rounded } from '../figures.ts'
import { trusting } from '../iam/assumable-roles.ts'
import { type Client, clientOf, portOf, queryRequest, startGatehouse, stopGatehouse } from '../server/gatehouse.ts'
import { answersPerSecond } from '../server/load.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' } } })
const rounds = Number(values.rounds)
const counts = [1, 2, 3]
/** Shared by the nodes that there are. */
const connections = 48
const seconds = 4
/** More roles than a node can make in the time: names are taken once. */
const mostMade = 10_000

type Keys = Pick<Client, 'accessKeyId' | 'secretAccessKey'>

/** @returns status and body of a signed call */
async function call({ httpEndpoint }: Client, keys: Keys, service: 'iam' | 'sts', body: string): Promise<{ status: number; text: string }> {
  const { host } = new URL(httpEndpoint)
  const headers = { host, 'content-type': 'application/x-www-form-urlencoded' }
  const { host: _host, ...signed } = signHeaders(
    { method: 'POST', path: '/', query: '', headers, body },
    keys,
    { region: 'us-east-1', service },
    Date.now(),
  )
  const response = await fetch(httpEndpoint, { method: 'POST', headers: signed, body })
  return { status: response.status, text: await response.text() }
}
const iam = (client: Client, action: string) => call(client, client, 'iam', `Version=2010-05-08&Action=${action}`)
const accepted = async (client: Client, keys: Keys) =>
  (await call(client, keys, 'sts', 'Version=2011-06-15&Action=GetCallerIdentity')).status === 200

/** Calls a second of all nodes together. */
async function rates(nodes: readonly Client[]): Promise<object> {
  const together = async (requestsOf: (node: Client, index: number) => Buffer | readonly Buffer[]) => {
    const each = nodes.map((node, index) =>
      answersPerSecond(portOf(node), requestsOf(node, index), Math.floor(connections / nodes.length), seconds),
    )
    return rounded((await Promise.all(each)).reduce((sum, figure) => sum + figure, 0))
  }
  const trustPolicy = trusting({ AWS: (nodes[0] as Client).account }, 'sts:AssumeRole')
  const made = (node: Client, prefix: string) =>
    Array.from({ length: mostMade }, (_, number) =>
      queryRequest(node, 'iam', 'CreateRole', { RoleName: `${prefix}${number}`, AssumeRolePolicyDocument: trustPolicy }),
    )
  return {
    getCallerIdentityPerSecond: await together(node => queryRequest(node, 'sts', 'GetCallerIdentity')),
    createRolePerSecond: await together((node, index) => made(node, `of${nodes.length}n${index}r`)),
  }
}

/** Milliseconds until a node decides by a change: a key is made inactive and active again on one, and used on both without a pause between calls. */
async function propagation(one: Client, other: Client): Promise<object> {
  await iam(one, 'CreateUser&UserName=ann')
  const made = (await iam(one, 'CreateAccessKey&UserName=ann')).text
  const element = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(made)?.[1] as string
  const keys = { accessKeyId: element('AccessKeyId'), secretAccessKey: element('SecretAccessKey') }
  const [elsewhere, there]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const active = round % 2 === 1
    await iam(one, `UpdateAccessKey&UserName=ann&AccessKeyId=${keys.accessKeyId}&Status=${active ? 'Active' : 'Inactive'}`)
    const acknowledged = performance.now()
    if ((await accepted(one, keys)) !== active) throw new Error('the node that made the change does not decide by it')
    there.push(performance.now() - acknowledged)
    while ((await accepted(other, keys)) !== active)
      if (performance.now() - acknowledged > 10_000) throw new Error('the other node does not decide by the change within ten seconds')
    elsewhere.push(performance.now() - acknowledged)
  }
  const of = (times: readonly number[]) => ({
    p50: rounded(percentile(times, 50), 1),
    p99: rounded(percentile(times, 99), 1),
    most: rounded(percentile(times, 100), 1),
  })
  return { otherNode: of(elsewhere), sameNode: of(there) }
}

if (postgresBinaries === undefined) throw new Error('there is no PostgreSQL server on this machine')
process.env['GATEHOUSE_MASTER_KEY'] = randomBytes(32).toString('hex')
const server = await startPostgresServer()
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const store = await server.createDatabase()
const running = []
try {
  const nodes: Client[] = []
  const byNodes: { [nodes: number]: object } = {}
  let propagationMilliseconds: object = {}
  for (const count of counts) {
    const data = join(folder, String(count))
    const node = startGatehouse(data, ['--store', store, '--quotas', 'RolesPerAccount=2000000'])
    running.push(node)
    await node.ready
    nodes.push(clientOf(data))
    byNodes[count] = await rates(nodes)
    if (count === 2) propagationMilliseconds = await propagation(nodes[0] as Client, nodes[1] as Client)
  }
  console.log(JSON.stringify({ byNodes, rounds, propagationMilliseconds }, undefined, 2))
} finally {
  await Promise.all(running.map(stopGatehouse))
  await server.end()
  rmSync(folder, { recursive: true, force: true })
}
