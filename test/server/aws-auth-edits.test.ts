import { afterAll, beforeAll, expect, test } from 'vitest'
import { withoutRole, withRole } from '../../src/cluster-access/aws-auth.ts'
import { openIssuerKeys } from '../../src/kubernetes/issuer/keys.ts'
import { type ClusterRuntime, createClusters } from '../../src/server/clusters.ts'
import { clusterRow, testLog } from '../kubernetes/support/cluster.ts'
import { openTestStore, random, type TestStore } from '../store/test-store.ts'

const id = 'C'.repeat(32)
const node = 'arn:aws:iam::111122223333:role/node'
const mapping = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] }

let opened: TestStore
let clusters: ClusterRuntime

beforeAll(async () => {
  opened = await openTestStore()
  const { store, secrets } = opened
  const row = clusterRow({ id, issuerUrl: 'https://localhost/id/c', webhookToken: secrets.encrypt('token', `webhook ${id}`) })
  await store.write(tx => tx.insertInto('clusters').values(row).execute())
  clusters = createClusters({
    store,
    secrets,
    random,
    issuerKeys: openIssuerKeys(store, secrets),
    clusterRecords: 'none',
    region: 'us-west-2',
    endpoints: () => ({ https: 'https://localhost', http: 'http://localhost', certificateAuthorityPem: '' }),
    now: () => Date.UTC(2026, 0, 15),
    log: testLog(),
  } as unknown as Parameters<typeof createClusters>[0])
})
afterAll(async () => {
  await clusters.stopAll()
  await opened.end()
})

const add = () => clusters.editAwsAuth(id, data => withRole(data, node, mapping))
const remove = () => clusters.editAwsAuth(id, data => withoutRole(data, node))

test('aws-auth of a cluster that does not run cannot be read or written', async () => {
  await expect(add()).rejects.toThrow('is not running')
  await expect(clusters.awsAuth(id)).rejects.toThrow('is not running')
})

test('edits of aws-auth are made in the order in which they were asked for', async () => {
  await clusters.start(id)
  expect(await clusters.awsAuth(id)).toBeUndefined()
  await Promise.all([add(), remove(), add()])
  expect((await clusters.awsAuth(id))?.mapRoles).toContain(node)
  const failing = clusters.editAwsAuth(id, () => {
    throw new Error('no edit')
  })
  const after = remove()
  await expect(failing).rejects.toThrow('no edit')
  await after
  expect((await clusters.awsAuth(id))?.mapRoles?.trim()).toBe('[]')
})
