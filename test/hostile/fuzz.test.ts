import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPipelineHouse, type PipelineHouse } from '../server/house.ts'
import { FuzzFailure, fuzz } from './fuzz.ts'
import { pipelineTarget } from './pipeline-target.ts'
import { targets } from './targets.ts'

// 100,000 cases in all, the same each time; `node scripts/fuzz.mjs` has as many and as many others as one likes.

const seed = 20_261_126
const cases = 100_000
const allWeights = targets.reduce((sum, { weight }) => sum + weight, 0)

let house: PipelineHouse
beforeAll(async () => {
  house = await openPipelineHouse()
})
afterAll(() => house.close())

test.each(targets)('$name: each case is read or refused', async target => {
  await fuzz(target, seed, Math.ceil((cases * target.weight) / allWeights))
})

test('calls: each is answered or refused', async () => {
  await fuzz(pipelineTarget(house), seed, 3_000)
})

test('a failure tells its seed, its number and the case', async () => {
  const broken = {
    name: 'broken',
    weight: 1,
    make: () => 'the case',
    read: () => {
      throw new Error('why')
    },
  }
  await expect(fuzz(broken, 7, 1, 3)).rejects.toThrow(FuzzFailure)
  await expect(fuzz(broken, 7, 1, 3)).rejects.toThrow(/broken, seed 7, case 3 .*"the case".*why/s)
})
