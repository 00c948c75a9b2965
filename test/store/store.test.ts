import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Change, forgetChanges, recordChange, type Store, type Transaction } from '../../src/store/index.ts'
import { type Engine, postgresEngine, sqliteEngine } from './engines.ts'

describe.each([sqliteEngine, postgresEngine])('on $name', ({ available, start }) => {
  if (!available) {
    test.skip('no server is installed', () => {})
    return
  }

  let engine: Engine
  let store: Store
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine.end())
  beforeEach(async () => {
    await engine.renew()
    store = await engine.open()
  })
  afterEach(() => store.close())

  const set = (tx: Transaction, name: string, value = 'x') => tx.insertInto('settings').values({ name, value }).execute()
  const names = () =>
    store.read(async tx => (await tx.selectFrom('settings').select('name').orderBy('name').execute()).map(({ name }) => name))
  const byNumber = (a: string, b: string) => Number(a.slice(1)) - Number(b.slice(1))
  const change = (id: string) => ({ account: '111122223333', kind: 'user', id, at: 1 })

  test('lines of the change feed go when they are old and many come after them, a few in a unit', async () => {
    const day = 86_400_000
    const add = async (many: number, at: number) => {
      for (let from = 0; from < many; from += 1_000)
        await store.write(tx =>
          tx
            .insertInto('changes')
            .values(Array.from({ length: 1_000 }, (_, n) => ({ ...change(`U${from + n}`), at })))
            .execute(),
        )
    }
    const count = () => store.read(async tx => (await tx.selectFrom('changes').select('seq').execute()).length)
    let pauses = 0
    const forget = () => forgetChanges(store, 2 * day, async () => void pauses++)
    await add(3_000, 1)
    expect(await forget()).toBe(0)
    await add(10_000, 2 * day)
    expect([await forget(), pauses, await count()]).toEqual([3_000, 1, 10_000])
    await add(1_000, 2 * day)
    expect([await forget(), await count()]).toEqual([0, 11_000])
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
      expect(feed.map(({ id }) => id).sort(byNumber)).toEqual(Array.from({ length: 30 }, (_, n) => `U${n}`).filter((_, n) => n % 3 !== 0))
    })

    test('an appended row is there after it resolved; one that breaks a constraint fails alone', async () => {
      const units = Array.from({ length: 5 }, (_, n) => store.write(tx => set(tx, `unit ${n}`)))
      const rows = ['a', 'b', 'a', 'c'].map(name => store.append('settings', { name, value: 'x' }))
      const ends = await Promise.allSettled([...units, ...rows])
      expect(ends.map(({ status }) => status)).toEqual([...Array(7).fill('fulfilled'), 'rejected', 'fulfilled'])
      expect(ends[7]).toMatchObject({ reason: { code: engine.duplicate } })
      expect(await names()).toEqual(['a', 'b', 'c', 'unit 0', 'unit 1', 'unit 2', 'unit 3', 'unit 4'])
    })

    test('rows that tell more of an appended one carry its number', async () => {
      const record = (eventId: string) => ({
        eventId,
        account: '111122223333',
        region: 'us-east-1',
        at: 1,
        eventName: 'GetUser',
        eventSource: 'iam.amazonaws.com',
        username: null,
        accessKeyId: null,
        readOnly: 1,
        json: '{}',
      })
      const resource = (name: string) => ({ account: '111122223333', region: 'us-east-1', type: null, name, at: 1 })
      const told: { readonly [eventId: string]: readonly string[] } = { a: ['one', 'two'], b: [], c: ['three'] }
      await Promise.all(
        Object.entries(told).map(([eventId, resources]) =>
          store.appendTogether([
            {
              table: 'records',
              row: record(eventId),
              dependents: { table: 'recordResources', column: 'seq', rows: resources.map(resource) },
            },
          ]),
        ),
      )
      const found = await store.read(tx =>
        tx
          .selectFrom('recordResources')
          .innerJoin('records', 'records.seq', 'recordResources.seq')
          .select(['eventId', 'name'])
          .orderBy('name')
          .execute(),
      )
      expect(found).toEqual([
        { eventId: 'a', name: 'one' },
        { eventId: 'c', name: 'three' },
        { eventId: 'a', name: 'two' },
      ])
    })

    test('rows that are appended together are there together or not at all, and disturb no others', async () => {
      await store.append('settings', { name: 'taken', value: 'x' })
      const row = (name: string) => ({ table: 'settings', row: { name, value: 'x' } })
      const ends = await Promise.allSettled([
        store.appendTogether([row('a'), row('b')]),
        store.appendTogether([row('c'), row('taken'), row('d')]),
        store.append('settings', { name: 'e', value: 'x' }),
        store.appendTogether([row('f'), row('g'), row('f')]),
      ])
      expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
      expect(await names()).toEqual(['a', 'b', 'e', 'taken'])
    })

    test('nothing is appended to a closed store', async () => {
      await store.close()
      await expect(store.append('settings', { name: 'a', value: 'x' })).rejects.toThrow('closed')
      store = await engine.open()
      expect(await names()).toEqual([])
    })

    test('a query that a failed unit left behind does not reach the next unit', async () => {
      let late: Promise<unknown> | undefined
      const failing = store.write(async tx => {
        const slow = new Promise(resolve => setTimeout(resolve, 200)).then(() => set(tx, 'late'))
        late = slow.catch((problem: Error) => problem.message)
        await set(tx, 'early')
        throw new Error('no')
      })
      const next = store.write(async tx => {
        await new Promise(resolve => setTimeout(resolve, 300))
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
      await expect(store.read(tx => set(tx, 'a'))).rejects.toThrow(/read-?only/)
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
    test('tells of changes once, before the writer hears', async () => {
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
      // Units that run at the same time commit in any order.
      expect(heard.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(heard.slice(3).map(({ id }) => id)).toEqual(['d', 'e'])
      expect(heard.find(({ id }) => id === 'a')).toMatchObject({ account: '111122223333', kind: 'user', seq: expect.any(Number) })
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
      store = await engine.open()
      const heard: string[] = []
      store.onChange(changes => heard.push(...changes.map(({ id }) => id)))
      await store.write(tx => recordChange(tx, change('after')))
      expect(heard).toEqual(['after'])
    })
  })
})
