import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/services/iam/index.ts'
import type { Operation } from '../../src/services/operation.ts'
import { account, type House, openHouse } from '../services/call.ts'
import { asInput, asPrinted, type Case, callOf, caseFiles, fill, type Input, mismatch, partOf } from './cases.ts'

/** Operations by service, as this process serves them. */
const served: { readonly [service: string]: readonly Operation[] } = { iam: operations }

for (const { file, service, operation, source, cases } of caseFiles()) {
  describe(file, () => {
    // Calls that are refused change nothing: cases that only refuse share a house.
    let shared: House
    beforeAll(async () => {
      shared = await openHouse(served[service] ?? [])
    })
    afterAll(() => shared.close())
    test.each(cases.map(entry => [entry.name, entry] as const))('%s', async (_, entry) => {
      if (entry.error && !entry.given) return runCase(shared, operation, entry, entry.source ?? source)
      const house = await openHouse(served[service] ?? [])
      try {
        await runCase(house, operation, entry, entry.source ?? source)
      } finally {
        await house.close()
      }
    })
  })
}

async function runCase(house: House, operation: string, entry: Case, source: string): Promise<void> {
  const variables = new Map([['account', account]])
  const call = async (name: string, input: Input, as: string | undefined) => {
    // Time passes between calls, so that what is ordered by time is in order.
    house.now += 1000
    return house.call(name, asInput(fill(input, variables)) as object, as === undefined ? {} : { as: await house.user(as) })
  }
  for (const step of entry.given ?? []) {
    const { operation: name, input } = callOf(step)
    const answer = await call(name, input, step.as)
    for (const [variable, path] of Object.entries(step.save ?? {})) variables.set(variable, String(partOf(answer, path)))
  }
  const outcome = await call(operation, entry.call ?? {}, entry.as).then(
    reply => ({ reply: asPrinted(reply) }),
    (problem: unknown) => ({ error: { code: (problem as { code?: string }).code, message: (problem as Error).message } }),
  )
  if (entry.error) return expect(mismatch(outcome, fill({ error: entry.error }, variables), ''), source).toBeUndefined()
  expect('error' in outcome ? outcome.error : undefined, source).toBeUndefined()
  expect(mismatch('reply' in outcome ? outcome.reply : {}, fill(entry.reply ?? {}, variables)), source).toBeUndefined()
}
