import Sqlite from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCompanionStore, openSqliteStore, type Store } from '../../src/store/index.ts'

describe('writers of one file', () => {
  let folder: string
  let file: string
  let store: Store
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-write-lock-'))
    file = join(folder, 'gatehouse.db')
    store = await openSqliteStore(file)
  })
  afterEach(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const insert = (name: string) => store.write(tx => tx.insertInto('settings').values({ name, value: 'x' }).execute())
  const names = () => store.read(async tx => (await tx.selectFrom('settings').select('name').execute()).map(({ name }) => name))

  test('wait while another writes, and go on when it is done; the event loop goes on meanwhile', async () => {
    const other = new Sqlite(file)
    other.exec('BEGIN IMMEDIATE')
    const done: string[] = []
    const writing = [
      insert('unit').then(() => done.push('unit')),
      store.append('settings', { name: 'row', value: 'x' }).then(() => done.push('row')),
    ]
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setTimeout(resolve, 1))
    expect(done).toEqual([])
    other.exec('ROLLBACK')
    other.close()
    await Promise.all(writing)
    expect(done.toSorted()).toEqual(['row', 'unit'])
    expect((await names()).toSorted()).toEqual(expect.arrayContaining(['row', 'unit']))
  })

  test('units, rows and rows of another process all come through, however they meet', async () => {
    const companion = openCompanionStore(file, { current: () => true })
    const each = 300
    await Promise.all(
      Array.from({ length: each }, async (_, n) => {
        // Some at once, some in turns of their own: commits of all sizes.
        for (let turn = 0; turn < n % 7; turn++) await new Promise(resolve => setImmediate(resolve))
        await Promise.all([
          insert(`unit-${n}`),
          store.append('settings', { name: `row-${n}`, value: 'x' }),
          companion.append('settings', { name: `companion-${n}`, value: 'x' }),
        ])
      }),
    )
    await companion.close()
    const kinds = (await names()).filter(name => /-\d+$/.test(name)).map(name => name.replace(/\d+$/, ''))
    for (const kind of ['unit-', 'row-', 'companion-']) expect(kinds.filter(each => each === kind)).toHaveLength(each)
  })
})
