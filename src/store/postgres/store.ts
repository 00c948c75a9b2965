import { ChangeListeners } from '../change-listeners.ts'
import { FeedFollower } from '../feed.ts'
import { changesKept, changesKeptMilliseconds } from '../forget-changes.ts'
import { LongReads } from '../long-reads.ts'
import type { RecordArchive } from '../record-archive.ts'
import type { Store } from '../store.ts'
import { PostgresAppender } from './appender.ts'
import { postgresFeedSource } from './feed-source.ts'
import { migratePostgres } from './migrate.ts'
import { PostgresPool } from './pool.ts'
import { PostgresSession } from './session.ts'
import { parsePostgresUrl } from './settings.ts'
import { settledSeqOf } from './settled.ts'
import { PostgresUnits } from './units.ts'

export interface PostgresStoreOptions {
  /** How long after its last look at the change feed a node still answers. */
  readonly feedBoundMilliseconds?: number
  readonly environment?: NodeJS.ProcessEnv
  /** Whether it can be told how rights were before they changed: the last node that started says so for all. */
  readonly keepsPast?: boolean
  readonly onProblem?: (problem: unknown) => void
  /** Closed with the store. */
  readonly archive?: RecordArchive | undefined
}

const defaultBoundMilliseconds = 5_000
/** Twice a second, when no notice comes. */
const pollMilliseconds = 500
const pruneSql = 'DELETE FROM "changes" WHERE "at" < $1 AND "seq" <= (SELECT max("seq") FROM "changes") - $2::bigint'
/** Changes are kept for a day at least; a node that was away for half of it starts again. */
const keptMilliseconds = changesKeptMilliseconds / 2

/**
 * Opens a store in a PostgreSQL database that several nodes share, bringing it to this version's shape.
 * @param url  `postgres://user@host1,host2/database?...`
 * @throws StoreError that never tells the password
 */
export async function openPostgresStore(url: string, options: PostgresStoreOptions = {}): Promise<Store> {
  const {
    feedBoundMilliseconds = defaultBoundMilliseconds,
    environment = process.env,
    keepsPast = true,
    onProblem = () => {},
    archive,
  } = options
  const settings = parsePostgresUrl(url, environment)
  const pool = new PostgresPool(settings)
  const listeners = new ChangeListeners()
  const session = new PostgresSession(pool, () => feed.wake())
  const feed = new FeedFollower({
    source: postgresFeedSource(session),
    tell: changes => listeners.tell(changes),
    pollMilliseconds: Math.min(pollMilliseconds, feedBoundMilliseconds / 4),
    boundMilliseconds: feedBoundMilliseconds,
    keptMilliseconds,
    clock: () => performance.now(),
    onProblem,
  })
  const units = new PostgresUnits(pool, changes => {
    feed.tellOwn(changes)
    session.notify()
  })
  const appender = new PostgresAppender(units)
  const longReads = new LongReads(events => ({ copyOf: { postgres: settings }, archive: archive?.address, events }))
  try {
    await prepare(pool, keepsPast)
    await feed.start()
  } catch (problem) {
    await session.close()
    await pool.close()
    throw problem
  }
  return {
    shared: true,
    ...(archive && { archive }),
    read: work => units.read(work),
    write: work => units.write(work),
    append: (table, row) => appender.append([{ table, row }]),
    appendTogether: appends => appender.append(appends),
    longRead: (query, limits) => longReads.start(query, limits),
    // PostgreSQL's own vacuum does it.
    releaseSpace: async () => false,
    settledSeq: table => settledSeqOf(session, table),
    onChange: listener => listeners.add(listener),
    isCurrent: () => feed.current,
    leads: () => session.tryToLead(),
    olderConnections: () => session.olderConnections(),
    async close() {
      await longReads.close()
      await appender.close()
      await feed.stop()
      await session.close()
      await pool.close()
      await archive?.close()
    },
  }
}

async function prepare(pool: PostgresPool, keepsPast: boolean): Promise<void> {
  const connection = await pool.connect()
  try {
    await migratePostgres(connection, keepsPast, Date.now())
    await connection.execute({ sql: pruneSql, parameters: [Date.now() - changesKeptMilliseconds, changesKept] })
  } finally {
    await connection.close()
  }
}
