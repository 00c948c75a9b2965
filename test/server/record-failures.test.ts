import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openPipelineHouse, type PipelineHouse, signedRequest } from './house.ts'

let house: PipelineHouse
beforeAll(async () => {
  house = await openPipelineHouse()
})
afterAll(() => house.close())

const call = (service: 'iam' | 'sts', parameters: { readonly [name: string]: string }) => {
  const body = new URLSearchParams({ Version: service === 'iam' ? '2010-05-08' : '2011-06-15', ...parameters }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', host: `${service}.amazonaws.com` }
  return house.send(signedRequest({ headers, body }, house, { region: 'us-east-1', service }))
}
const users = async () =>
  (await house.world.store.read(tx => tx.selectFrom('users').select('name').orderBy('name').execute())).map(({ name }) => name)
const records = () => house.world.store.read(async tx => (await tx.selectFrom('records').select('seq').execute()).length)

/** No record can be written any more, as on a disk that is full: a trigger says so in the disk's place. */
async function fillDisk(): Promise<void> {
  await house.world.store.write(tx =>
    sql`CREATE TRIGGER "fullDisk" BEFORE INSERT ON "records" BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`.execute(tx),
  )
}
const freeDisk = () => house.world.store.write(tx => sql`DROP TRIGGER IF EXISTS "fullDisk"`.execute(tx))
afterEach(async () => {
  await freeDisk()
  house.failures()
})

test.each([
  { of: 'a change', ask: () => call('iam', { Action: 'CreateUser', UserName: 'alice' }) },
  { of: 'a read', ask: () => call('iam', { Action: 'ListUsers' }) },
  { of: 'a call that needs no permission', ask: () => call('sts', { Action: 'GetCallerIdentity' }) },
  { of: 'a failure', ask: () => call('iam', { Action: 'GetUser', UserName: 'nobody' }) },
])('$of that cannot be recorded fails, and leaves nothing behind', async ({ ask }) => {
  const [usersBefore, recordsBefore] = [await users(), await records()]
  await fillDisk()
  expect((await ask()).status).toBeGreaterThanOrEqual(500)
  expect(house.failures().length).toBeGreaterThan(0)
  expect([await users(), await records()]).toEqual([usersBefore, recordsBefore])
  await freeDisk()
  expect((await ask()).status).toBeLessThan(500)
  expect(await records()).toBe(recordsBefore + 1)
})
