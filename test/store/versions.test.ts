import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgresStore, type Store } from '../../src/store/index.ts'
import { postgresBinaries, type PostgresServer, startPostgresServer } from './postgres-server.ts'

// Two versions on one PostgreSQL database. docs/high-availability.md, "Upgrades"

describe.skipIf(postgresBinaries === undefined)('while a newer version shares the database', () => {
  let server: PostgresServer
  let url: string
  let store: Store
  const database = () => url.slice(url.lastIndexOf('/') + 1)
  const newer = (...statements: string[]) => server.query(statements.join(';'), database())
  const add = (id: string) =>
    store.write(tx =>
      tx
        .insertInto('accounts')
        .values({ id, alias: null, rootEmail: `root@${id}.example`, createdAt: 1 })
        .execute(),
    )
  const ids = () => store.read(async tx => (await tx.selectFrom('accounts').selectAll().orderBy('id').execute()).map(({ id }) => id))

  beforeAll(async () => {
    server = await startPostgresServer({ settings: ['fsync = off'] })
    url = await server.createDatabase()
    store = await openPostgresStore(url)
    await add('111111111111')
    expect(await ids()).toEqual(['111111111111'])
  })
  afterAll(async () => {
    await store?.close()
    await server?.end()
  })

  test('this one goes on, with statements that it prepared before, and units meet what was added', async () => {
    const load = { over: false, failures: [] as unknown[], reads: 0 }
    const reading = (async () => {
      while (!load.over) {
        await ids().catch((problem: unknown) => load.failures.push(problem))
        load.reads++
      }
    })()
    await newer(
      'BEGIN',
      `ALTER TABLE "accounts" ADD COLUMN "added" text COLLATE "C" NOT NULL DEFAULT 'x'`,
      'CREATE INDEX "accountsByAdded" ON "accounts" ("added")',
      'CREATE TABLE "newer" ("id" text PRIMARY KEY)',
      `INSERT INTO "migrations" VALUES ('9990-newer', 1)`,
      'COMMIT',
    )
    await add('222222222222')
    load.over = true
    await reading
    expect({ failures: load.failures, ids: await ids() }).toEqual({ failures: [], ids: ['111111111111', '222222222222'] })
    expect(load.reads).toBeGreaterThan(0)
  })

  test('this one starts again beside it, and its changes reach nodes that run', async () => {
    const told: string[] = []
    const forget = store.onChange(changes => void told.push(...changes.map(({ id }) => id)))
    const again = await openPostgresStore(url)
    await again.write(tx => tx.insertInto('changes').values({ at: 1, account: '111111111111', kind: 'user', id: 'AIDA' }).execute())
    await expect.poll(() => told, { timeout: 5_000 }).toContain('AIDA')
    forget()
    await again.close()
  })

  test('when that one has taken away what this one needs, this one does not start', async () => {
    await newer(`INSERT INTO "migrations" VALUES ('9991-contract-accounts', 2)`)
    await expect(openPostgresStore(url)).rejects.toThrow(
      'the database was contracted by a newer Gatehouse (9991-contract-accounts): use that version',
    )
  })
})
