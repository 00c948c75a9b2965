import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/identity/principal.ts'
import { operations as eksOperations } from '../../src/services/eks/index.ts'
import { operations } from '../../src/services/iam/index.ts'
import type { Operation } from '../../src/services/operation.ts'
import { operations as organizationsOperations } from '../../src/services/organizations/index.ts'
import { operations as stsOperations } from '../../src/services/sts/index.ts'
import { account, type House, openHouse, startOfTime } from '../services/call.ts'
import { clustersAtOnce } from '../services/eks/house.ts'
import { principalOf } from '../services/sts/house.ts'
import { issuer, keysOfCases, prove } from './proofs.ts'
import { asInput, asPrinted, type Case, callOf, caseFiles, fill, type Input, mismatch, partOf } from './cases.ts'

/** Operations by service, as this process serves them. */
const served: { readonly [service: string]: readonly Operation[] } = {
  // Of two operations of one name, such as CreatePolicy, the later is called.
  iam: [...organizationsOperations, ...operations],
  sts: [...operations, ...stsOperations],
  organizations: [...operations, ...organizationsOperations],
  eks: [...operations, ...eksOperations],
}

async function houseOf(service: string, quotas: Case['quotas'] = {}): Promise<House> {
  const clock = { now: () => startOfTime }
  const house = await openHouse(served[service] ?? [], { webIdentityKeys: keysOfCases(() => clock.now()) })
  clock.now = () => house.now
  Object.assign(house.world.settings, { quotas })
  Object.assign(house.world, { clusters: clustersAtOnce(house.world.store) })
  return house
}

for (const { file, service, operation, source, cases } of caseFiles()) {
  describe(file, () => {
    // Calls that are refused change nothing: cases that only refuse share a house.
    let shared: House
    beforeAll(async () => {
      shared = await houseOf(service)
    })
    afterAll(() => shared.close())
    test.each(cases.map(entry => [entry.name, entry] as const))('%s', async (_, entry) => {
      if (entry.error && !entry.given && !entry.quotas) return runCase(shared, operation, entry, entry.source ?? source)
      const house = await houseOf(service, entry.quotas)
      try {
        await runCase(house, operation, entry, entry.source ?? source)
      } finally {
        await house.close()
      }
    })
  })
}

/** Blobs are texts here. */
const textOf = (value: unknown): string => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value))

async function runCase(house: House, operation: string, entry: Case, source: string): Promise<void> {
  const variables = new Map([
    ['account', account],
    ['issuer', issuer],
    ['provider', issuer.replace('https://', '')],
  ])
  const sessions = new Map<string, Principal>([['anonymous', { type: 'anonymous' }]])
  const caller = async (as: string) => sessions.get(as) ?? house.user(as)
  const call = async (name: string, input: Input, as: string | undefined) => {
    // Time passes between calls, so that what is ordered by time is in order.
    house.now += 1000
    const proved = await prove(fill(input, variables), house.now)
    return house.call(name, asInput(proved) as object, as === undefined ? {} : { as: await caller(as) })
  }
  for (const step of entry.given ?? []) {
    house.now += (step.wait ?? 0) * 1000
    if (step.wait !== undefined) continue
    const { operation: name, input } = callOf(step)
    const answer = await call(name, input, step.as)
    for (const [variable, path] of Object.entries(step.save ?? {})) variables.set(variable, textOf(partOf(answer, path)))
    const token = house.notifications.at(-1)?.message['ExchangeToken']
    if (typeof token === 'string') variables.set('exchangeToken', token)
    if (step.session !== undefined) sessions.set(step.session, await principalOf(house, answer.Credentials))
  }
  const outcome = await call(operation, entry.call ?? {}, entry.as).then(
    reply => ({ reply: asPrinted(reply) }),
    (problem: unknown) => ({ error: { code: (problem as { code?: string }).code, message: (problem as Error).message } }),
  )
  if (entry.error) return expect(mismatch(outcome, fill({ error: entry.error }, variables), ''), source).toBeUndefined()
  expect('error' in outcome ? outcome.error : undefined, source).toBeUndefined()
  expect(mismatch('reply' in outcome ? outcome.reply : {}, fill(entry.reply ?? {}, variables)), source).toBeUndefined()
}
