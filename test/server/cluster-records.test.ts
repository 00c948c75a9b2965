import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClusters } from '../../src/server/clusters.ts'
import { account, clusterRow, testLog } from '../kubernetes/support/cluster.ts'
import { openTestStore, random, type TestStore } from '../store/test-store.ts'

const now = Date.UTC(2026, 0, 15, 12)
const id = 'A'.repeat(32)
const webhookToken = 'the-cluster-s-own-token'

let opened: TestStore
beforeAll(async () => {
  opened = await openTestStore()
  const row = clusterRow({ id, webhookToken: opened.secrets.encrypt(webhookToken, `webhook ${id}`) })
  await opened.store.write(tx => tx.insertInto('clusters').values(row).execute())
})
afterAll(() => opened.end())

const tokenReview = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'k8s-aws-v1.x' } })
const accessReview = (extra: object) =>
  JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: 'alice', extra, nonResourceAttributes: { verb: 'get', path: '/' } },
  })
const iam = { arn: [`arn:aws:iam::${account}:user/alice`], accessKeyId: ['AKIAALICE'] }

/** What the webhooks record of a call. */
async function recorded(clusterRecords: 'all' | 'refusals' | 'none', name: 'token-review' | 'access-review', body: string) {
  const { store, secrets } = opened
  const clusters = createClusters({
    store,
    secrets,
    random,
    clusterRecords,
    endpoints: () => ({ https: 'https://localhost', http: 'http://localhost', certificateAuthorityPem: '' }),
    now: () => now,
    log: testLog(),
  } as unknown as Parameters<typeof createClusters>[0])
  const { status } = await clusters.webhook(id, name, webhookToken, Buffer.from(body))
  expect(status).toBe(200)
  const rows = await store.read(tx => tx.selectFrom('records').select(['eventName', 'accessKeyId', 'username']).execute())
  await store.write(tx => tx.deleteFrom('records').execute())
  return rows
}

describe('decisions of webhooks that leave records', () => {
  const refusal = { eventName: 'TokenReview', accessKeyId: null, username: null }
  const opinion = { eventName: 'SubjectAccessReview', accessKeyId: 'AKIAALICE', username: 'alice' }
  test.each([
    { wanted: 'all', name: 'token-review', body: tokenReview, expected: [refusal] },
    { wanted: 'refusals', name: 'token-review', body: tokenReview, expected: [refusal] },
    { wanted: 'none', name: 'token-review', body: tokenReview, expected: [] },
    { wanted: 'all', name: 'access-review', body: accessReview(iam), expected: [opinion] },
    { wanted: 'refusals', name: 'access-review', body: accessReview(iam), expected: [] },
    { wanted: 'all', name: 'access-review', body: accessReview({}), expected: [] },
  ] as const)('$wanted, $name: $expected', async ({ wanted, name, body, expected }) => {
    expect(await recorded(wanted, name, body)).toEqual(expected)
  })
})
