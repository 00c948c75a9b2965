// node bench/store/propagation.ts [--rounds 200]: how long after a change was acknowledged by one node another node decides by it. Two nodes on one PostgreSQL server of this
// machine; a key is made inactive and active again on one, and used on the other without a pause between calls.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgresServer } from '../../test/store/postgres-server.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { type Client, clientOf, startGatehouse, stopGatehouse } from '../server/gatehouse.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } })
const rounds = Number(values.rounds)

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

process.env['GATEHOUSE_MASTER_KEY'] = randomBytes(32).toString('hex')
const server = await startPostgresServer()
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const store = await server.createDatabase()
const folders = [join(folder, 'one'), join(folder, 'other')] as const
const running = folders.map(data => startGatehouse(data, ['--store', store]))
try {
  await Promise.all(running.map(({ ready }) => ready))
  const [one, other] = [clientOf(folders[0]), clientOf(folders[1])]
  await iam(one, 'CreateUser&UserName=ann')
  const made = (await iam(one, 'CreateAccessKey&UserName=ann')).text
  const element = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(made)?.[1] as string
  const keys = { accessKeyId: element('AccessKeyId'), secretAccessKey: element('SecretAccessKey') }
  const elsewhere: number[] = []
  const there: number[] = []
  for (let round = 0; round < rounds; round++) {
    const active = round % 2 === 1
    await iam(one, `UpdateAccessKey&UserName=ann&AccessKeyId=${keys.accessKeyId}&Status=${active ? 'Active' : 'Inactive'}`)
    const acknowledged = performance.now()
    if ((await accepted(one, keys)) !== active) throw new Error('the node that made the change does not decide by it')
    there.push(performance.now() - acknowledged)
    while ((await accepted(other, keys)) !== active);
    elsewhere.push(performance.now() - acknowledged)
  }
  const quantile = (times: number[], share: number) => {
    const sorted = times.toSorted((a, b) => a - b)
    return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number).toFixed(1))
  }
  const of = (times: number[]) => ({ p50: quantile(times, 0.5), p99: quantile(times, 0.99), most: quantile(times, 1) })
  console.log(JSON.stringify({ rounds, milliseconds: { otherNode: of(elsewhere), sameNode: of(there) } }))
} finally {
  await Promise.all(running.map(stopGatehouse))
  await server.end()
  rmSync(folder, { recursive: true, force: true })
}
