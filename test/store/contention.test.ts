import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import type { Engine } from './engines.ts'
import { postgresEngine } from './engines.ts'

// Callers of two nodes who all want the same row: none is refused, and none undoes the others again and again.

const writers = 32
const rounds = 10
const looks = 10

describe.skipIf(!postgresEngine.available)('32 writers of one row on two nodes', () => {
  let engine: Engine
  let nodes: readonly Store[]
  beforeAll(async () => {
    engine = await postgresEngine.start()
    await engine.renew()
    nodes = await Promise.all([engine.open(), engine.open()])
    await (nodes[0] as Store).write(tx => tx.insertInto('settings').values({ name: 'counter', value: '0' }).execute())
  })
  afterAll(async () => {
    await Promise.all((nodes ?? []).map(node => node.close()))
    await engine?.end()
  })

  test('each unit counts, once, after a few tries', async () => {
    let tries = 0
    const count = (node: Store) =>
      node.write(async tx => {
        tries++
        // As long as an operation's: it looks at this and that first.
        for (let look = 0; look < looks; look++) await tx.selectFrom('settings').select('name').where('name', '=', `${look}`).execute()
        const { value } = await tx.selectFrom('settings').select('value').where('name', '=', 'counter').executeTakeFirstOrThrow()
        await tx
          .updateTable('settings')
          .set({ value: String(Number(value) + 1) })
          .where('name', '=', 'counter')
          .execute()
      })
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let round = 0; round < rounds; round++) await count(nodes[writer % 2] as Store)
      }),
    )
    const row = await (nodes[0] as Store).read(tx =>
      tx.selectFrom('settings').select('value').where('name', '=', 'counter').executeTakeFirstOrThrow(),
    )
    expect(Number(row.value)).toBe(writers * rounds)
    expect(tries / (writers * rounds)).toBeLessThan(6)
  }, 60_000)
})
