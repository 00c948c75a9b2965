import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildRecord, type RecordFacts } from '../../src/audit/record.ts'
import { insertRecord } from '../../src/audit/records.ts'
import { vacuumRecords } from '../../src/audit/retention.ts'
import { openTestStore, type TestStore } from '../store/test-store.ts'

const day = 86_400_000
const now = Date.UTC(2026, 0, 15, 12)
const account = '123456789012'
const role = `arn:aws:iam::${account}:role/app`

let opened: TestStore
beforeEach(async () => {
  opened = await openTestStore()
})
afterEach(() => opened.end())

/** Records of so many days ago, by name. */
async function put(name: string, daysAgo: number, parts: Partial<RecordFacts> = {}): Promise<void> {
  const facts = {
    eventId: name,
    requestId: 'request',
    at: now - daysAgo * day,
    eventSource: 'iam.amazonaws.com',
    eventName: name,
    region: 'us-east-1',
    account,
    userIdentity: { type: 'IAMUser' },
    sourceIp: '203.0.113.7',
    userAgent: 'test',
    readOnly: true,
    requestParameters: null,
    responseElements: null,
    resources: [{ ARN: role, type: 'AWS::IAM::Role' }],
    ...parts,
  } as RecordFacts
  await opened.store.write(tx => insertRecord(tx, { record: buildRecord(facts), username: undefined }))
}

const vacuum = (historyDays = 90) => vacuumRecords(opened.store, { historyDays, now, pause: async () => {} })
const left = async () =>
  (await opened.store.read(tx => tx.selectFrom('records').select('eventId').orderBy('seq').execute())).map(({ eventId }) => eventId)
const resources = async () => (await opened.store.read(tx => tx.selectFrom('recordResources').select('seq').execute())).length

const eventDataStore = (retentionDays: number, parts: object = {}) =>
  opened.store.write(tx =>
    tx
      .insertInto('eventDataStores')
      .values({
        arn: 'arn',
        id: 'id',
        account,
        region: 'us-east-1',
        organizationId: null,
        name: 'audit',
        status: 'ENABLED',
        selectors: '[]',
        multiRegion: 1,
        retentionDays,
        terminationProtected: 0,
        billingMode: 'EXTENDABLE_RETENTION_PRICING',
        federationRoleArn: null,
        maxEventSize: 'Standard',
        contextKeys: '[]',
        enrichedSince: null,
        insightSelectors: null,
        insightsDestination: null,
        createdAt: 0,
        updatedAt: 0,
        deletedAt: null,
        ...parts,
      })
      .execute(),
  )

test('what is older than the history goes, with what finds it by resource', async () => {
  await put('old', 91)
  await put('data', 91, { category: 'Data' })
  await put('young', 89)
  expect(await vacuum()).toBe(2)
  expect(await left()).toEqual(['young'])
  expect(await resources()).toBe(1)
  expect(await vacuum()).toBe(0)
  expect(await vacuum(30)).toBe(1)
})

test('whatever a record is found by goes with it, also two resources of one name', async () => {
  await put('old', 91, { requestParameters: { roleName: 'app', policyName: 'app', userName: 'with a \0' } })
  expect(await resources()).toBe(4)
  expect(await vacuum()).toBe(1)
  expect(await resources()).toBe(0)
})

describe('older records stay', () => {
  test('for event data stores of their account', async () => {
    await eventDataStore(365)
    await put('stored', 200)
    await put('of-another', 200, { account: '210987654321' })
    await put('too-old', 366)
    expect(await vacuum()).toBe(2)
    expect(await left()).toEqual(['stored'])
  })

  test('for event data stores of their organization', async () => {
    await eventDataStore(365, { organizationId: 'o-1' })
    await opened.store.write(tx =>
      tx
        .insertInto('organizationAccounts')
        .values({
          accountId: '210987654321',
          organizationId: 'o-1',
          parentId: 'r',
          name: 'n',
          email: 'e',
          joinedMethod: 'CREATED',
          joinedAt: 0,
          status: 'ACTIVE',
        })
        .execute(),
    )
    await put('of-a-member', 200, { account: '210987654321' })
    expect(await vacuum()).toBe(0)
  })

  test('until all trails have delivered them', async () => {
    await put('delivered', 100)
    await put('waiting', 100)
    const seq = (
      await opened.store.read(tx => tx.selectFrom('records').select('seq').where('eventId', '=', 'delivered').executeTakeFirstOrThrow())
    ).seq
    await opened.store.write(tx =>
      tx.insertInto('trailCursors').values({ trailArn: 't', startedAt: 0, source: 'records', afterSeq: seq, untilSeq: null }).execute(),
    )
    expect(await vacuum()).toBe(1)
    expect(await left()).toEqual(['waiting'])
  })
})

test('it goes in small units, and gives the space back', async () => {
  for (let each = 0; each < 1_200; each++) await put(`old-${each}`, 100, { userAgent: 'x'.repeat(1_000) })
  await put('young', 1)
  let units = 0
  const deleted = await vacuumRecords(opened.store, {
    historyDays: 90,
    now,
    pause: async () => {
      units++
      // Writers come in between.
      await put(`meanwhile-${units}`, 0)
    },
  })
  expect(deleted).toBe(1_200)
  expect(units).toBeGreaterThan(3)
  expect(await left()).toHaveLength(1 + units)
  const { rows } = await opened.store.read(async tx =>
    tx.executeQuery<{ freelist_count: number }>({ sql: 'PRAGMA freelist_count', parameters: [] } as never),
  )
  expect(rows[0]?.freelist_count).toBeLessThan(50)
})
