import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openIssuerKeys } from '../../src/kubernetes/issuer/keys.ts'
import { type ClusterRuntime, createClusters } from '../../src/server/clusters.ts'
import { clusterRow, testLog } from '../kubernetes/support/cluster.ts'
import { openTestStore, random, type TestStore } from '../store/test-store.ts'

const now = Date.UTC(2026, 0, 15, 12)
const id = 'B'.repeat(32)
const issuerUrl = 'https://login.example.com'
const own = 'https://localhost/id/own'
const details = { issuerUrl, clientId: 'kubernetes', usernamePrefix: 'oidc:', groupsClaim: 'groups', groupsPrefix: 'oidc:' }

let opened: TestStore
let clusters: ClusterRuntime
let tokenOf: (claims: object) => Promise<string>

beforeAll(async () => {
  opened = await openTestStore()
  const { store, secrets } = opened
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }] }
  tokenOf = claims =>
    new SignJWT({ iss: issuerUrl, aud: 'kubernetes', sub: 'ann', exp: now / 1000 + 300, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .sign(privateKey)
  const row = clusterRow({ id, issuerUrl: own, webhookToken: secrets.encrypt('token', `webhook ${id}`) })
  await store.write(tx => tx.insertInto('clusters').values(row).execute())
  clusters = createClusters({
    store,
    secrets,
    random,
    issuerKeys: openIssuerKeys(store, secrets),
    identityKeysOf: async () => keys,
    clusterRecords: 'none',
    region: 'us-west-2',
    endpoints: () => ({ https: 'https://localhost', http: 'http://localhost', certificateAuthorityPem: '' }),
    now: () => now,
    log: testLog(),
  } as unknown as Parameters<typeof createClusters>[0])
  await clusters.start(id)
})
afterAll(async () => {
  await clusters.stopAll()
  await opened.end()
})

async function whoAmI(token: string) {
  const answer = await clusters.running(id)?.handle?.({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    query: '',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    headerLines: [],
    body: Buffer.from(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })),
    signal: () => new AbortController().signal,
  })
  const body = JSON.parse(String(answer?.body)) as { status: { userInfo: object } }
  return { status: answer?.status, user: body.status.userInfo }
}

test('an embedded cluster takes the tokens of a provider from its association to its disassociation', async () => {
  const token = await tokenOf({ groups: ['team'] })
  expect((await whoAmI(token)).status).toBe(401)
  const row = { arn: 'arn:1', kind: 'identityproviderconfig', scope: id, name: 'corp', details: JSON.stringify(details) }
  await opened.store.write(tx =>
    tx
      .insertInto('eksResources')
      .values({ ...row, clientRequestToken: null, createdAt: now, modifiedAt: now })
      .execute(),
  )
  expect(await whoAmI(token)).toMatchObject({
    status: 201,
    user: { username: 'oidc:ann', groups: ['oidc:team', 'system:authenticated'] },
  })
  expect((await whoAmI(await tokenOf({ iss: own }))).status).toBe(401)
  expect((await whoAmI(await tokenOf({ aud: 'other' }))).status).toBe(401)
  await opened.store.write(tx => tx.deleteFrom('eksResources').execute())
  expect((await whoAmI(token)).status).toBe(401)
})
