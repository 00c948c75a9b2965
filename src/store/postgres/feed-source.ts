import type { FeedSource } from '../feed.ts'
import type { Change } from '../store.ts'
import type { PostgresSession } from './session.ts'
import { SettledSeq } from './settled.ts'

/** The change feed of a PostgreSQL store. What is settled is found before the changes are read: they hold all of it. */
export function postgresFeedSource(session: PostgresSession): FeedSource {
  const settledSeq = new SettledSeq(session, 'changes')
  return {
    async last() {
      return settledSeq.look()
    },
    async read(after) {
      const settled = await settledSeq.look()
      const changes = await session.ask<Change>('SELECT "seq", "account", "kind", "id" FROM "changes" WHERE "seq" > $1 ORDER BY "seq"', [
        after,
      ])
      return { changes, settled }
    },
  }
}
