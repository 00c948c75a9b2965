import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowBound, type Store } from '../../src/store/index.ts'
import { postgresEngine, sqliteEngine, type Engine } from './engines.ts'

const setting = (number: number) => ({ name: `setting${number}`, value: 'x' })

describe.each([sqliteEngine, postgresEngine].filter(({ available }) => available))('$name', ({ start }) => {
  let engine: Engine
  let store: Store
  beforeAll(async () => {
    engine = await start()
    await engine.renew()
    store = await engine.open()
  })
  afterAll(async () => {
    await store.close()
    await engine.end()
  })

  test('a table that never had a row has none', async () => {
    expect(await store.read(tx => rowBound(tx, 'roles'))).toBe(0)
  })

  test('a table never has more rows than its bound, whatever was deleted', async () => {
    const look = () =>
      store.read(async tx => ({
        bound: await rowBound(tx, 'settings'),
        rows: (await tx.selectFrom('settings').select('name').execute()).length,
      }))
    const within = await store.write(async tx => {
      for (let number = 0; number < 2_000; number++) await tx.insertInto('settings').values(setting(number)).execute()
      return rowBound(tx, 'settings')
    })
    const full = await look()
    await store.write(tx => tx.deleteFrom('settings').where('name', 'in', ['setting3', 'setting19']).execute())
    const gaps = await look()
    await store.write(tx => tx.insertInto('settings').values(setting(3_000)).execute())
    const again = await look()
    expect(within).toBeGreaterThanOrEqual(2_000)
    expect(full.rows).toBeGreaterThanOrEqual(2_000)
    for (const { bound, rows } of [full, gaps, again]) expect(bound).toBeGreaterThanOrEqual(rows)
  })
})
