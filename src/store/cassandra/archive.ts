import type { ArchivedRecord, RecordArchive, RecordName, RecordQuestion, StoredRecord } from '../record-archive.ts'
import { CassandraConnection, type Statement } from './connection.ts'
import { KeptHours } from './kept-hours.ts'
import { parseCassandraUrl } from './settings.ts'

const hourMilliseconds = 3_600_000
/** Ids are found without a time: all of one are in one partition. */
const anyHour = 0
/** Hours since the epoch. */
export const hourOf = (at: number): number => Math.floor(at / hourMilliseconds)

/** Every record has this name, and so its account and region know the hours in which there are any. */
const everyRecord: RecordName = { key: '', value: '' }

/** How many hours are asked at once: few at first, as one usually has a page's records. */
const hoursAtOnce = [1, 4, 16]

/**
 * Records in Apache Cassandra, by account, region and hour, with a table of names for look-ups; written and read by quorums, deleted by their time to live.
 * @param address  as parseCassandraUrl reads it
 * @see Apache Cassandra documentation, "Data modeling" and "Time Window CompactionStrategy"
 */
export function openCassandraArchive(address: string, environment: NodeJS.ProcessEnv = process.env): RecordArchive {
  const settings = parseCassandraUrl(address, environment)
  const connection = new CassandraConnection(settings)
  const keyspace = `"${settings.keyspace}"`
  const hours = new KeptHours(keyspace)

  const rowsOfHour = async (question: RecordQuestion, hour: number): Promise<StoredRecord[]> => {
    const { account, region, attribute, limit } = question
    const [slice, bounds] = sliceOf(question)
    const order = `${slice} ORDER BY at DESC, seq DESC LIMIT ?`
    if (!attribute) {
      const query = `SELECT at, seq, username, json FROM ${keyspace}.records WHERE source = ? AND account = ? AND region = ? AND hour = ? AND ${order}`
      return (await connection.rows(query, ['records', account, region, hour, ...bounds, limit])).map(storedRecord)
    }
    const query = `SELECT at, seq FROM ${keyspace}.record_names WHERE account = ? AND region = ? AND name = ? AND value = ? AND hour = ? AND ${order}`
    const named = await connection.rows(query, [account, region, attribute.key, attribute.value, hour, ...bounds, limit])
    const found = await Promise.all(named.map(row => one(account, region, Number(row['at']), row['seq'])))
    return found.flat()
  }

  const one = async (account: string, region: string, at: number, seq: unknown): Promise<StoredRecord[]> => {
    const query = `SELECT at, seq, username, json FROM ${keyspace}.records WHERE source = ? AND account = ? AND region = ? AND hour = ? AND at = ? AND seq = ?`
    return (await connection.rows(query, ['records', account, region, hourOf(at), BigInt(at), seq])).map(storedRecord)
  }

  const hoursOf = async ({ account, region, attribute = everyRecord, from, to, after }: RecordQuestion): Promise<number[]> => {
    if (attribute.key === 'EventId') return [anyHour]
    const last = Math.min(hourOf(to ?? Number.MAX_SAFE_INTEGER), hourOf(after?.at ?? Number.MAX_SAFE_INTEGER), 2 ** 31 - 1)
    const query = `SELECT hour FROM ${keyspace}.record_hours WHERE source = ? AND account = ? AND name = ? AND value = ? AND region = ? AND hour >= ? AND hour <= ?`
    const params = ['records', account, attribute.key, attribute.value, region, hourOf(from ?? 0), last]
    return (await connection.rows(query, params)).map(row => row['hour'] as number)
  }

  return {
    address,

    async keep(records, now) {
      const retained = records.filter(({ untilAt }) => untilAt > now)
      // The hours first: a record that is kept is found.
      const telling = retained.flatMap(record => hours.statementsFor(record, namesIn(record), hourOf(record.at), now))
      try {
        await connection.all(telling)
      } catch (problem) {
        hours.forget()
        throw problem
      }
      await connection.batches(batchesOf(retained.flatMap(record => statementsFor(keyspace, record, now))))
    },

    async find(question) {
      const wanted = await hoursOf(question)
      const found: StoredRecord[] = []
      for (let round = 0, next = 0; next < wanted.length && found.length < question.limit; round++) {
        const group = wanted.slice(next, next + (hoursAtOnce[Math.min(round, hoursAtOnce.length - 1)] as number))
        next += group.length
        found.push(...(await Promise.all(group.map(hour => rowsOfHour(question, hour)))).flat())
      }
      return found.slice(0, question.limit)
    },

    close: () => connection.close(),
  }
}

/** The names that have hours of their own. */
const namesIn = ({ names }: ArchivedRecord): RecordName[] => [everyRecord, ...names.filter(({ key }) => key !== 'EventId')]

/** A statement, and the partition that it writes to. */
export interface Placed extends Statement {
  readonly partition: string
}

/** Below the five kilobytes of which Cassandra's own configuration warns. */
const mostBytes = 4_096
/** Of a row beside the partition's key, which is reckoned to each. */
const rowBytes = 24

/** Statements of one partition together: most records of an hour have the same event, source and caller. */
export function batchesOf(statements: readonly Placed[]): (readonly Statement[])[] {
  const batches: Statement[][] = []
  const open = new Map<string, Statement[]>()
  for (const { partition, ...statement } of statements) {
    const known = open.get(partition)
    if (known && (known.length + 1) * (partition.length + rowBytes) <= mostBytes) known.push(statement)
    else {
      const begun = [statement]
      open.set(partition, begun)
      batches.push(begun)
    }
  }
  return batches
}

function statementsFor(keyspace: string, record: ArchivedRecord, now: number): Placed[] {
  const { source, account, region, at, seq, eventId, username, json, names, untilAt } = record
  const ttl = Math.ceil((untilAt - now) / 1000)
  const place = [account, region]
  const key = [BigInt(at), BigInt(seq)]
  return [
    {
      // By itself: one has a kilobyte and more.
      partition: `record ${eventId}`,
      query: `INSERT INTO ${keyspace}.records (source, account, region, hour, at, seq, event_id, username, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?`,
      params: [source, ...place, hourOf(at), ...key, eventId, username, json, ttl],
    },
    ...names.map(name => ({
      partition: JSON.stringify([account, region, name.key, name.value, name.key === 'EventId' ? anyHour : hourOf(at)]),
      query: `INSERT INTO ${keyspace}.record_names (account, region, name, value, hour, at, seq) VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ?`,
      params: [...place, name.key, name.value, name.key === 'EventId' ? anyHour : hourOf(at), ...key, ttl],
    })),
  ]
}

/** The times, and what comes after the page before, as bounds of the clustering columns. */
function sliceOf({ from = 0, to = Number.MAX_SAFE_INTEGER - 1, after }: RecordQuestion): [string, readonly bigint[]] {
  const before = after && after.at <= to ? [after.at, after.seq] : [to + 1, 0]
  return ['(at, seq) < (?, ?) AND (at, seq) >= (?, ?)', [...before, from, 0].map(BigInt)]
}

const storedRecord = (row: { [column: string]: unknown }): StoredRecord => ({
  seq: Number(row['seq']),
  at: Number(row['at']),
  username: row['username'] as string | null,
  json: row['json'] as string,
})
