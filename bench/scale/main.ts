// node bench/scale/main.ts: what one of each thing costs, in bytes of disk and in time of a processor. docs/scale.md reckons with it.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { startIssuer } from '../../test/services/sts/issuer.ts'
import { postgresBinaries, startPostgresServer } from '../../test/store/postgres-server.ts'
import { cassandraJars, startCassandra } from '../../test/cluster/cassandra-nodes.ts'
import { namesOf, type NamedRow } from '../../src/audit/archiving.ts'
import { openCassandraArchive, openPostgresStore } from '../../src/store/index.ts'
import { rounded } from '../figures.ts'
import { makeAssumableRoles } from '../iam/assumable-roles.ts'
import { addEntities } from '../iam/entities.ts'
import { clientOf, portOf, queryRequest, startGatehouse, stopGatehouse } from '../server/gatehouse.ts'
import { answersPerSecond } from '../server/load.ts'

type RecordRow = NamedRow & { readonly seq: number; readonly account: string; readonly region: string; readonly at: number }

const connections = 16
const seconds = 3
const entities = 20_000

const issuer = await startIssuer(Date.now)
const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-scale-'))
const database = join(data, 'gatehouse.db')
const options = ['--issuer-networks', '127.0.0.0/8,::1/128']

/** Milliseconds of processor that a process and its threads have used. Linux: proc(5), /proc/pid/stat, fields utime and stime in ticks of ten. */
function processorMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Rolls the write-ahead log into the file, whose size is then what the rows take. */
function databaseBytes(): number {
  const file = new Sqlite(database)
  file.pragma('wal_checkpoint(TRUNCATE)')
  file.close()
  return statSync(database).size
}

/** Processor time and bytes of disk a call, its record included. */
async function callCosts(): Promise<object> {
  const running = startGatehouse(data, options)
  await running.ready
  const client = clientOf(data)
  const pid = running.child.pid as number
  const roles = await makeAssumableRoles(client, issuer)
  const token = await issuer.token({ sub: 'worker', aud: 'sts.amazonaws.com' }, { expiresIn: 3600 })
  const web = { RoleArn: roles.web, RoleSessionName: 'bench', WebIdentityToken: token }
  const requests: { readonly [call: string]: Buffer } = {
    GetCallerIdentity: queryRequest(client, 'sts', 'GetCallerIdentity'),
    AssumeRole: queryRequest(client, 'sts', 'AssumeRole', { RoleArn: roles.plain, RoleSessionName: 'bench' }),
    AssumeRoleWithWebIdentity: queryRequest(client, 'sts', 'AssumeRoleWithWebIdentity', web, false),
  }
  const costs: { [call: string]: object } = {}
  for (const [call, request] of Object.entries(requests)) {
    await answersPerSecond(portOf(client), request, connections, 1)
    const [bytesBefore, timeBefore] = [databaseBytes(), processorMilliseconds(pid)]
    const startedAt = performance.now()
    const perSecond = await answersPerSecond(portOf(client), request, connections, seconds)
    const calls = perSecond * ((performance.now() - startedAt) / 1000)
    const milliseconds = processorMilliseconds(pid) - timeBefore
    costs[call] = {
      processorMicroseconds: rounded((milliseconds * 1000) / calls),
      bytesOfRecord: rounded((databaseBytes() - bytesBefore) / calls),
    }
  }
  await stopGatehouse(running)
  return costs
}

/** Bytes of one user, group, role, instance profile and policy together, by five. */
function entityBytes(account: string): number {
  const before = databaseBytes()
  addEntities(data, account, 0, entities)
  return rounded((databaseBytes() - before) / (5 * entities))
}

/** Bytes of the same records in PostgreSQL, with its indexes. */
async function postgresBytesOfRecord(): Promise<number | undefined> {
  if (postgresBinaries === undefined) return undefined
  const source = new Sqlite(database, { readonly: true })
  const rows = source.prepare('SELECT * FROM "records" ORDER BY "seq" LIMIT 20000').all() as { [column: string]: unknown }[]
  const resources = source.prepare('SELECT * FROM "recordResources" WHERE "seq" <= ?').all(rows.at(-1)?.['seq']) as {
    [column: string]: unknown
  }[]
  source.close()
  const server = await startPostgresServer({ settings: ['fsync = off'] })
  const url = await server.createDatabase()
  const store = await openPostgresStore(url)
  const inParts = async (table: 'records' | 'recordResources', all: readonly object[]) => {
    for (let from = 0; from < all.length; from += 500)
      await store.write(tx =>
        tx
          .insertInto(table)
          .values(all.slice(from, from + 500) as never)
          .execute(),
      )
  }
  await inParts('records', rows)
  await inParts('recordResources', resources)
  await store.close()
  const name = url.slice(url.lastIndexOf('/') + 1)
  const [size] = await server.query(
    `SELECT pg_total_relation_size('"records"') + pg_total_relation_size('"recordResources"') AS "bytes"`,
    name,
  )
  await server.end()
  return rounded(Number(size?.['bytes']) / rows.length)
}

/** Records that go to one node of Cassandra a second, and the bytes of one there: `npm run test:cluster` tells where its jars are. */
async function cassandraCosts(): Promise<object | undefined> {
  if (cassandraJars === undefined) return undefined
  const cassandra = await startCassandra(1)
  const archive = openCassandraArchive(cassandra.address)
  const file = new Sqlite(database, { readonly: true })
  const rows = file.prepare('SELECT * FROM "records" ORDER BY "seq" LIMIT 20000').all() as RecordRow[]
  file.close()
  const now = Date.now()
  const records = rows.map(row => ({
    ...row,
    source: 'records' as const,
    names: namesOf(row),
    untilAt: now + 90 * 86_400_000,
  }))
  await archive.keep(records.slice(0, 500), now)
  const startedAt = performance.now()
  for (let from = 0; from < records.length; from += 500) await archive.keep(records.slice(from, from + 500), now)
  const recordsPerSecond = rounded(records.length / ((performance.now() - startedAt) / 1000))
  await archive.close()
  const bytesOfRecord = rounded((await cassandra.settle(0, 'gatehouse')) / records.length)
  await cassandra.end()
  return { recordsPerSecond, bytesOfRecord }
}

const calls = await callCosts()
const account = clientOf(data).account
const figures = {
  calls,
  bytesOfEntity: entityBytes(account),
  postgresBytesOfRecord: await postgresBytesOfRecord(),
  cassandra: await cassandraCosts(),
}
await issuer.close()
rmSync(data, { recursive: true, force: true })
console.log(JSON.stringify(figures, undefined, 2))
