import fs, { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Change, openSqliteStore, recordChange, type Store, type Transaction } from '../../src/store/index.ts'

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

describe('a unit of work is atomic', () => {
  test('all of it is there after it resolved', async () => {
    expect(
      await store.write(async tx => {
        await set(tx, 'a')
        await set(tx, 'b')
        return 'done'
      }),
    ).toBe('done')
    expect(await names()).toEqual(['a', 'b'])
  })

  test('none of it is there after it failed, and its neighbours in the same commit are not disturbed', async () => {
    const units = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) =>
        store.write(async tx => {
          await set(tx, `unit ${n} first`)
          await recordChange(tx, change(`U${n}`))
          if (n % 3 === 0) throw new Error(`unit ${n}`)
          if (n % 3 === 1) await set(tx, 'the name that the first takes').catch(() => {})
          await set(tx, `unit ${n} second`)
        }),
      ),
    )
    expect(units.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, (_, n) => (n % 3 === 0 ? 'rejected' : 'fulfilled')))
    expect(units[3]).toMatchObject({ reason: new Error('unit 3') })
    const kept = await names()
    expect(kept.filter(name => name.startsWith('unit'))).toHaveLength(40)
    expect(kept).not.toContain('unit 0 first')
    const feed = await store.read(tx => tx.selectFrom('changes').select('id').orderBy('seq').execute())
    expect(feed.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, n) => `U${n}`).filter((_, n) => n % 3 !== 0))
  })

  test('an appended row is there after it resolved; one that breaks a constraint fails alone', async () => {
    const units = Array.from({ length: 5 }, (_, n) => store.write(tx => set(tx, `unit ${n}`)))
    const rows = ['a', 'b', 'a', 'c'].map(name => store.append('settings', { name, value: 'x' }))
    const ends = await Promise.allSettled([...units, ...rows])
    expect(ends.map(({ status }) => status)).toEqual([...Array(7).fill('fulfilled'), 'rejected', 'fulfilled'])
    expect(ends[7]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } })
    expect(await names()).toEqual(['a', 'b', 'c', 'unit 0', 'unit 1', 'unit 2', 'unit 3', 'unit 4'])
  })

  test('nothing is appended to a closed store', async () => {
    await store.close()
    await expect(store.append('settings', { name: 'a', value: 'x' })).rejects.toThrow('closed')
    store = await openSqliteStore(file)
    expect(await names()).toEqual([])
  })

  test('a query that a failed unit left behind does not reach the next unit', async () => {
    let late: Promise<unknown> | undefined
    const failing = store.write(async tx => {
      const slow = new Promise(resolve => setImmediate(resolve)).then(() => set(tx, 'late'))
      late = slow.catch((problem: Error) => problem.message)
      await set(tx, 'early')
      throw new Error('no')
    })
    const next = store.write(async tx => {
      await new Promise(resolve => setTimeout(resolve, 5))
      await set(tx, 'next')
    })
    await expect(failing).rejects.toThrow('no')
    await next
    expect(await late).toMatch(/after the end of its transaction/)
    expect(await names()).toEqual(['next'])
  })

  test('a unit cannot begin a transaction of its own', async () => {
    await expect(store.write(tx => tx.transaction().execute(inner => set(inner, 'a')))).rejects.toThrow('transaction already')
    expect(await names()).toEqual([])
  })
})

describe('reads', () => {
  test('see one moment, whatever is committed meanwhile', async () => {
    await store.write(tx => set(tx, 'a'))
    const seen = await store.read(async tx => {
      const before = await tx.selectFrom('settings').select('name').execute()
      await store.write(unit => set(unit, 'b'))
      return [before, await tx.selectFrom('settings').select('name').execute()]
    })
    expect(seen[1]).toEqual(seen[0])
    expect(await names()).toEqual(['a', 'b'])
  })

  test('do not wait for a writer, nor see what is not committed', async () => {
    let finish = () => {}
    const waiting = new Promise<void>(resolve => {
      finish = resolve
    })
    const writing = store.write(async tx => {
      await set(tx, 'a')
      await waiting
    })
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(await names()).toEqual([])
    finish()
    await writing
    expect(await names()).toEqual(['a'])
  })

  test('cannot write', async () => {
    await expect(store.read(tx => set(tx, 'a'))).rejects.toThrow('readonly')
  })

  test('fifty at once do not wait for each other', async () => {
    const nested = (depth: number): Promise<number> =>
      store.read(async tx => {
        await tx.selectFrom('settings').selectAll().execute()
        return depth === 0 ? 0 : 1 + (await nested(depth - 1))
      })
    expect(await nested(50)).toBe(50)
  })
})

describe('the change feed', () => {
  test('tells of changes in the order of their commits, before the writer hears', async () => {
    const heard: Change[] = []
    const end = store.onChange(changes => heard.push(...changes))
    await Promise.all(
      ['a', 'b', 'c'].map(async id => {
        await store.write(tx => recordChange(tx, change(id)))
        expect(heard.map(entry => entry.id)).toContain(id)
      }),
    )
    await store.write(async tx => {
      await recordChange(tx, change('d'))
      await recordChange(tx, change('e'))
    })
    end()
    await store.write(tx => recordChange(tx, change('f')))
    expect(heard.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(heard.map(({ seq }) => seq)).toEqual(heard.map(({ seq }) => seq).sort((a, b) => a - b))
    expect(heard[0]).toMatchObject({ account: '111122223333', kind: 'user', id: 'a' })
  })

  test('says nothing of what was rolled back', async () => {
    const heard: string[] = []
    store.onChange(changes => heard.push(...changes.map(({ id }) => id)))
    await Promise.allSettled([
      store.write(async tx => {
        await recordChange(tx, change('never'))
        throw new Error('no')
      }),
      store.write(tx => recordChange(tx, change('ever'))),
    ])
    expect(heard).toEqual(['ever'])
  })

  test('begins where the last process ended', async () => {
    await store.write(tx => recordChange(tx, change('before')))
    await store.close()
    store = await openSqliteStore(file)
    const heard: string[] = []
    store.onChange(changes => heard.push(...changes.map(({ id }) => id)))
    await store.write(tx => recordChange(tx, change('after')))
    expect(heard).toEqual(['after'])
  })
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
    await expect(openSqliteStore(file)).rejects.toThrow(/restore it from a backup/)
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
