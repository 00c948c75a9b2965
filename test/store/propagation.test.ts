import { afterEach, beforeEach, expect, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { delayedReads, openSqliteStore, type Propagation, recordChange, type Store } from '../../src/store/index.ts'

let folder: string
let store: Store
let propagation: Propagation
let now = 0

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-propagation-'))
  const file = join(folder, 'gatehouse.db')
  store = await openSqliteStore(file)
  await put('before')
  now = 0
  propagation = delayedReads(file, store, 5_000, () => now)
})
afterEach(async () => {
  propagation.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const put = (id: string) =>
  store.write(async tx => {
    await tx.insertInto('accounts').values({ id, alias: null, rootEmail: id, createdAt: 0 }).execute()
    await recordChange(tx, { account: id, kind: 'account', id, at: 0 })
  })
const seen = () =>
  propagation.store.read(async tx => (await tx.selectFrom('accounts').select('id').orderBy('id').execute()).map(({ id }) => id))

function at(milliseconds: number): void {
  now = milliseconds
  propagation.advance()
}

test('what is there at the start is seen at once, a change when its time has passed', async () => {
  expect(await seen()).toEqual(['before'])
  await put('one')
  at(1_000)
  expect(await seen()).toEqual(['before'])
  at(5_999)
  expect(await seen()).toEqual(['before'])
  at(6_000)
  expect(await seen()).toEqual(['before', 'one'])
})

test('changes are seen in their order, each in its time', async () => {
  await put('one')
  at(1_000)
  await put('two')
  at(2_000)
  at(6_500)
  expect(await seen()).toEqual(['before', 'one'])
  at(7_000)
  expect(await seen()).toEqual(['before', 'one', 'two'])
})

test('caches are told of a change when it is seen, not before', async () => {
  const told: string[] = []
  propagation.store.onChange(changes => told.push(...changes.map(({ id }) => id)))
  await put('one')
  at(1_000)
  expect(told).toEqual([])
  at(6_000)
  expect(told).toEqual(['one'])
})

test('a read that runs keeps its moment while time goes on', async () => {
  await put('one')
  at(1_000)
  let goOn = () => {}
  const pause = new Promise<void>(resolve => (goOn = resolve))
  const reading = propagation.store.read(async tx => {
    const before = await tx.selectFrom('accounts').select('id').execute()
    await pause
    return [before.length, (await tx.selectFrom('accounts').select('id').execute()).length]
  })
  at(6_000)
  goOn()
  expect(await reading).toEqual([1, 1])
  expect(await seen()).toEqual(['before', 'one'])
})
