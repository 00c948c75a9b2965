import { describe, expect, test } from 'vitest'
import { UnitsAtOnce } from '../../src/store/postgres/units-at-once.ts'

const turn = () => new Promise(resolve => setImmediate(resolve))

/** Begins many more than may run, of which none ends. @returns how many of them run */
async function running(units: UnitsAtOnce): Promise<number> {
  let begun = 0
  for (let number = 0; number < 50; number++) void units.enter(false).then(() => begun++)
  await turn()
  return begun
}

/** A unit that begins while none runs, and ends so. */
async function one(units: UnitsAtOnce, met: boolean): Promise<void> {
  await units.enter(false)
  units.leave(met)
}

describe('units at once', () => {
  test('as many as connections allow, while none meets another', async () => {
    expect(await running(new UnitsAtOnce(8))).toBe(8)
  })

  test.each([
    { met: 1, run: 4 },
    { met: 2, run: 2 },
    { met: 3, run: 1 },
    { met: 9, run: 1 },
  ])('$run of eight when $met met others one after the other', async ({ met, run }) => {
    const units = new UnitsAtOnce(8)
    for (let number = 0; number < met; number++) await one(units, true)
    expect(await running(units)).toBe(run)
  })

  test('as many as before when enough went through, and no more', async () => {
    const units = new UnitsAtOnce(8)
    for (let number = 0; number < 9; number++) await one(units, true)
    for (let number = 0; number < 4; number++) await one(units, false)
    const few = new UnitsAtOnce(8)
    for (let number = 0; number < 9; number++) await one(few, true)
    for (let number = 0; number < 1_000; number++) await one(few, false)
    expect([await running(units), await running(few)]).toEqual([1, 8])
  })

  test('those that begin again come before those that begin', async () => {
    const units = new UnitsAtOnce(1)
    await units.enter(false)
    const order: string[] = []
    void units.enter(false).then(() => order.push('begins'))
    void units.enter(true).then(() => order.push('begins again'))
    for (let ended = 0; ended < 2; ended++) {
      units.leave(false)
      await turn()
    }
    expect(order).toEqual(['begins again', 'begins'])
  })
})
