import { Client } from 'pg'
import { openPostgresStore, openSqliteStore, type Store } from '../../src/store/index.ts'

/** A PostgreSQL server whose database `template` has every table, for the suites of services to run on: GATEHOUSE_TEST_POSTGRES is its address. */
const server = process.env['GATEHOUSE_TEST_POSTGRES']

/** A store for a test of services, on SQLite unless they are asked to run on PostgreSQL. */
export async function openServicesStore(file: string): Promise<Store> {
  if (server === undefined) return openSqliteStore(file)
  const name = `services_${process.pid}_${++count}`
  const client = new Client({ connectionString: `${server}/postgres` })
  await client.connect()
  await client.query(`CREATE DATABASE ${name} TEMPLATE template_of_tests STRATEGY file_copy`)
  await client.end()
  return openPostgresStore(`${server}/${name}`)
}

let count = 0
