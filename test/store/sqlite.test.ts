import { spawn } from 'node:child_process'
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStore, recordChange, type Store, type Transaction } from '../../src/store/index.ts'

let folder: string
let file: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
  file = join(folder, 'gatehouse.db')
  store = await openSqliteStore(file)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const set = (tx: Transaction, name: string, value = 'x') => tx.insertInto('settings').values({ name, value }).execute()
const names = () =>
  store.read(async tx => (await tx.selectFrom('settings').select('name').orderBy('name').execute()).map(({ name }) => name))
const change = (id: string) => ({ account: '111122223333', kind: 'user', id, at: 1 })

test('the change feed keeps its last 10,000 lines when the store opens, and goes on counting', async () => {
  await store.write(async tx => {
    await sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)
      INSERT INTO "changes" ("account", "kind", "id", "at") SELECT '111122223333', 'user', 'U' || i, 1 FROM n`.execute(tx)
  })
  await store.close()
  store = await openSqliteStore(file)
  await store.write(tx => recordChange(tx, change('last')))
  const feed = await store.read(tx => tx.selectFrom('changes').select(['seq', 'id']).orderBy('seq').execute())
  expect(feed[0]).toEqual({ seq: 51, id: 'U51' })
  expect(feed.at(-1)).toEqual({ seq: 10_051, id: 'last' })
})

describe('the file', () => {
  test('is written with full durability: no unit is done before its log is on the disk', async () => {
    const pragma = (name: string) =>
      store.write(async tx => Object.values((await sql<object>`PRAGMA ${sql.raw(name)}`.execute(tx)).rows[0] as object)[0])
    expect(await pragma('journal_mode')).toBe('wal')
    // Within the commit itself nothing waits for the disk: that is done beside the event loop.
    expect(await pragma('synchronous')).toBe(1)
    expect(await pragma('fullfsync')).toBe(1)
    const { fdatasync } = fs
    let finish = () => {}
    const asked = new Promise<void>(begun => {
      fs.fdatasync = ((descriptor: number, done: (problem: NodeJS.ErrnoException | null) => void) => {
        finish = () => fdatasync(descriptor, done)
        begun()
      }) as typeof fdatasync
    })
    syncBuiltinESMExports()
    try {
      let done = false
      const unit = store.write(tx => set(tx, 'a')).then(() => (done = true))
      await asked
      expect(await names()).toContain('a')
      expect(done).toBe(false)
      finish()
      await unit
    } finally {
      fs.fdatasync = fdatasync
      syncBuiltinESMExports()
    }
  })

  test('is for its owner alone', async () => {
    await store.write(tx => set(tx, 'a'))
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(name).mode & 0o077).toBe(0)
  })

  test('is refused to a second Gatehouse, and free again after the first', async () => {
    await expect(openSqliteStore(file)).rejects.toThrow(/another Gatehouse is running/)
    await store.close()
    store = await openSqliteStore(file)
  })

  test('of a newer Gatehouse is refused with the names of what it has', async () => {
    await store.close()
    const database = new Sqlite(file)
    database.exec(`INSERT INTO "migrations" VALUES ('9999-future', 1)`)
    database.close()
    await expect(openSqliteStore(file)).rejects.toThrow(/newer Gatehouse \(it has 9999-future\)/)
    rmSync(file)
    store = await openSqliteStore(file)
  })

  test.each([
    { what: 'a page overwritten', damage: (path: string) => writeFileSync(path, readFileSync(path).fill(0xa5, 4096 * 3, 4096 * 4)) },
    {
      what: 'another kind of file',
      damage: (path: string) => writeFileSync(path, 'this is not a database, as everybody can see. '.repeat(500)),
    },
    { what: 'cut short', damage: (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 4096 * 5)) },
  ])('is refused when it is damaged: $what', async ({ damage }) => {
    await store.close()
    const whole = readFileSync(file)
    expect(existsSync(`${file}-wal`)).toBe(false)
    damage(file)
    await expect(openSqliteStore(file)).rejects.toThrow(/restore it from a snapshot/)
    writeFileSync(file, whole)
    store = await openSqliteStore(file)
  })

  test('too large to be checked before it is used is checked while it is: damage ends the process, and is told', {
    timeout: 60_000,
  }, async () => {
    for (let n = 0; n < 12; n++) await store.write(tx => set(tx, `large ${n}`, 'x'.repeat(4_000_000)))
    await store.close()
    const whole = readFileSync(file)
    // Pages of a large value, which no start reads. Each begins with the number of the next.
    const bytes = Buffer.from(whole)
    const pages = bytes.length / 4096
    for (let page = 0; page < 4; page++) bytes.writeUInt32BE(1, 4096 * (Math.floor(pages / 2) + page))
    writeFileSync(file, bytes)
    const child = spawn(process.execPath, [fileURLToPath(new URL('open-child.ts', import.meta.url)), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let told = ''
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
    const code = await new Promise(resolve => child.once('close', resolve))
    expect(told).toMatch(/the database .* is damaged \([^]*\): restore it from a snapshot/)
    expect(code).not.toBe(0)
    writeFileSync(file, whole)
    store = await openSqliteStore(file)
  })

  test('that can grow no further refuses what does not fit, keeps what did, and goes on when there is room', async () => {
    const pagesAllowed = (count: number) => store.write(tx => sql`PRAGMA max_page_count = ${sql.raw(String(count))}`.execute(tx))
    await store.write(tx => set(tx, 'before'))
    await pagesAllowed(1)
    const units = await Promise.allSettled([0, 1, 2].map(n => store.write(tx => set(tx, `large ${n}`, 'x'.repeat(100_000)))))
    for (const unit of units) expect(unit).toMatchObject({ status: 'rejected', reason: { code: 'SQLITE_FULL' } })
    await pagesAllowed(1_000_000)
    await store.write(tx => set(tx, 'later', 'x'.repeat(100_000)))
    expect(await names()).toEqual(['before', 'later'])
  })

  test('gets what its log holds while it is in use, from units and from appended rows', async () => {
    const grownBy = (bytes: number) => () => statSync(file).size > before + bytes
    const before = statSync(file).size
    for (let number = 0; number < 800; number++) await store.write(tx => set(tx, `unit-${number}`, 'x'.repeat(4_000)))
    await expect.poll(grownBy(1_000_000), { timeout: 20_000 }).toBe(true)
    for (let number = 0; number < 800; number++) await store.append('settings', { name: `row-${number}`, value: 'x'.repeat(4_000) })
    await expect.poll(grownBy(4_000_000), { timeout: 20_000 }).toBe(true)
  }, 60_000)

  test('takes nothing after it was closed', async () => {
    const last = store.write(tx => set(tx, 'a'))
    await store.close()
    await last
    await expect(store.write(tx => set(tx, 'b'))).rejects.toThrow('the store is closed')
    await expect(names()).rejects.toThrow('the store is closed')
    store = await openSqliteStore(file)
    expect(await names()).toEqual(['a'])
  })
})
