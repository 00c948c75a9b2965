import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStore, rowBound } from '../../src/store/index.ts'

const setting = (number: number) => ({ name: `setting${number}`, value: 'x' })

test('a table never has more rows than its bound, whatever was deleted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-row-bound-'))
  const store = await openSqliteStore(join(folder, 'gatehouse.db'))
  const before = await store.read(tx => rowBound(tx, 'roles'))
  const look = () =>
    store.read(async tx => ({
      bound: await rowBound(tx, 'settings'),
      rows: (await tx.selectFrom('settings').select('name').execute()).length,
    }))
  await store.write(async tx => {
    for (let number = 0; number < 20; number++) await tx.insertInto('settings').values(setting(number)).execute()
  })
  const full = await look()
  await store.write(tx => tx.deleteFrom('settings').where('name', 'in', ['setting3', 'setting19']).execute())
  const gaps = await look()
  await store.write(tx => tx.insertInto('settings').values(setting(30)).execute())
  const again = await look()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
  expect(before).toBe(0)
  expect(full.rows).toBeGreaterThanOrEqual(20)
  for (const { bound, rows } of [full, gaps, again]) expect(bound).toBeGreaterThanOrEqual(rows)
})
