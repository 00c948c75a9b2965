import { Client } from 'pg'
import { openPostgresStore, openSqliteStore, type Store } from '../../src/store/index.ts'

/** A PostgreSQL server whose database `template` has every table, for the suites of services to run on: GATEHOUSE_TEST_POSTGRES is its address. */
const server = process.env['GATEHOUSE_TEST_POSTGRES']

/** A store for a test of services, on SQLite unless they are asked to run on PostgreSQL. */
export async function openServicesStore(file: string): Promise<Store> {
  if (server === undefined) return openSqliteStore(file)
  const name = emptied.pop() ?? (await newDatabase(`services_${process.pid}_${++count}`))
  const store = await openPostgresStore(`${server}/${name}`)
  return {
    ...store,
    async close() {
      await store.close()
      await inDatabase(name, emptyTables)
      emptied.push(name)
    },
  }
}

let count = 0
/** Databases that tests are done with: to empty one costs far less than to make one. */
const emptied: string[] = []

async function newDatabase(name: string): Promise<string> {
  await inDatabase('postgres', `CREATE DATABASE ${name} TEMPLATE template_of_tests STRATEGY file_copy`)
  return name
}

const emptyTables = `DO $$ DECLARE one record; filled boolean; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', one.tablename) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', one.tablename); END IF;
  END LOOP;
END $$`

async function inDatabase(name: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: `${server}/${name}` })
  await client.connect()
  await client.query(sql)
  await client.end()
}
