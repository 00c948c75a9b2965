import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore, openSqliteStore, type Store } from '../../src/store/index.ts'
import { postgresBinaries, startPostgresServer } from './postgres-server.ts'

/** What the one suite of stores needs of an engine. */
export interface Engine {
  /** What the engine says of a row that is there already. */
  readonly duplicate: string
  /** Makes an empty database for the stores that are opened from now on. */
  renew(): Promise<void>
  /** @param keepsPast  whether it can be told how rights were */
  open(keepsPast?: boolean): Promise<Store>
  end(): Promise<void>
}

export const sqliteEngine = {
  name: 'SQLite',
  available: true,
  async start(): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
    let count = 0
    return {
      duplicate: 'SQLITE_CONSTRAINT_PRIMARYKEY',
      async renew() {
        count++
      },
      open: (keepsPast = true) => openSqliteStore(join(folder, `${count}.db`), { keepsPast }),
      end: async () => rmSync(folder, { recursive: true }),
    }
  },
}

export const postgresEngine = {
  name: 'PostgreSQL',
  available: postgresBinaries !== undefined,
  async start(): Promise<Engine> {
    const server = await startPostgresServer()
    // Every table is made once, and copied.
    const template = await server.createDatabase()
    await (await openPostgresStore(template)).close()
    let url = ''
    return {
      duplicate: '23505',
      async renew() {
        url = await server.createDatabase(template.slice(template.lastIndexOf('/') + 1))
      },
      open: (keepsPast = true) => openPostgresStore(url, { keepsPast }),
      end: () => server.end(),
    }
  },
}
