import type { EventRow, TakeEvents } from '../event-rows.ts'
import type { LongReadEvents } from '../long-read.ts'
import type { ArchivedSource } from '../record-archive.ts'
import { hourOf } from './archive.ts'
import { CassandraConnection } from './connection.ts'
import { parseCassandraUrl } from './settings.ts'

const sources: readonly ArchivedSource[] = ['records', 'dataRecords']

/** Hands over the archived events of some accounts. @param address  the archive's */
export async function archivedEvents(address: string, { accounts, from }: LongReadEvents, take: TakeEvents): Promise<void> {
  const settings = parseCassandraUrl(address, process.env)
  const connection = new CassandraConnection(settings)
  const keyspace = `"${settings.keyspace}"`
  try {
    for (const account of accounts)
      for (const source of sources) {
        const hours = await connection.rows(
          `SELECT region, hour FROM ${keyspace}.record_hours WHERE source = ? AND account = ? AND name = '' AND value = ''`,
          [source, account],
        )
        for (const { region, hour } of hours.filter(row => (row['hour'] as number) >= hourOf(from)))
          await connection.eachPage(
            `SELECT at, seq, json FROM ${keyspace}.records WHERE source = ? AND account = ? AND region = ? AND hour = ? AND at >= ?`,
            [source, account, region, hour, BigInt(from)],
            rows =>
              take(
                source,
                rows.map((row): EventRow => ({ ...placeOf(account, region), ...timeOf(row), json: row['json'] as string })),
              ),
          )
      }
  } finally {
    await connection.close()
  }
}

const placeOf = (account: string, region: unknown) => ({ account, region: String(region) })
const timeOf = (row: { [column: string]: unknown }) => ({ seq: Number(row['seq']), at: Number(row['at']) })
