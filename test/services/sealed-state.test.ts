import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeAuthority } from '../../src/identity/certificate.ts'
import { openCertificateAuthority } from '../../src/identity/certificate-authority.ts'
import { openObjectStore } from '../../src/kubernetes/embedded/object-store.ts'
import { findType, type ResourceType } from '../../src/kubernetes/embedded/resource-types.ts'
import { openIssuerKeys } from '../../src/kubernetes/issuer/keys.ts'
import { networksOf, pinnedAddressOf } from '../../src/server/public-address.ts'
import { digestKeyAt } from '../../src/services/cloudtrail/digest-keys.ts'
import { dataKeyOf } from '../../src/store/envelope.ts'
import { type OpenedSecrets, resealStore } from '../../src/store/index.ts'
import { type SealedColumn, sealedColumns } from '../../src/store/sealed-columns.ts'
import { makeKeys, testAuthority } from '../kubernetes/support/control-plane.ts'
import { acknowledged, body, group, openStackHouse, type StackHouse } from './cloudformation/stack-house.ts'
import { etcdKeyOf } from '../../src/server/etcd-key.ts'
import { clusterRole, demoCluster } from './eks/house.ts'
import { trusting } from './iam/house.ts'
import { metadata } from './sts/identity-provider.ts'

// docs/keys.md: what is sealed, and that another data key seals all of it anew.

let house: StackHouse
beforeEach(async () => {
  house = await openStackHouse()
  const mayBeAttached = async (endpoint: string) =>
    (await pinnedAddressOf(new URL(endpoint).hostname, networksOf('127.0.0.0/8'))) !== undefined
  Object.assign(house.house.world.clusters, { mayBeAttached })
})
afterEach(() => house.close())

/** Makes one of everything that has a secret. */
async function plantSecrets(): Promise<void> {
  const { world, now } = house.house
  const { store, secrets, random } = world
  const certificate = makeAuthority(
    { subject: { commonName: 'example.com' }, notBefore: Date.UTC(2025, 0), notAfter: Date.UTC(2035, 0) },
    random,
  )
  const authority = await openCertificateAuthority(store, secrets, random, now)
  await authority.serverCertificate(['localhost'], now)
  await digestKeyAt(world, 'us-east-1', now)

  const ann = await house.user('ann', [{ Effect: 'Allow', Action: '*', Resource: '*' }])
  await house.call('iam', 'CreateAccessKey', { UserName: 'ann' })
  await house.call('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: 'ann' })
  await house.call('iam', 'CreateSAMLProvider', {
    Name: 'corp',
    SAMLMetadataDocument: metadata,
    AssertionEncryptionMode: 'Allowed',
    AddPrivateKey: certificate.keyPem,
  })
  await house.call('iam', 'UploadServerCertificate', {
    ServerCertificateName: 'web',
    CertificateBody: certificate.certificatePem,
    PrivateKey: certificate.keyPem,
  })
  await house.call('iam', 'EnableOutboundWebIdentityFederation', {})
  await house.call('sts', 'GetWebIdentityToken', { Audience: ['https://service.example'], SigningAlgorithm: 'ES384' }, ann)
  await house.call('ec2', 'RunInstances', { ImageId: 'ami-12345678', MinCount: 1, MaxCount: 1, UserData: 'aGk=' })

  const stack = (name: string) => ({
    StackName: 'one',
    TemplateBody: body({ [name]: group() }, { Outputs: { Out: { Value: name } } }),
    ...acknowledged,
  })
  await house.stacks('CreateStack', stack('One'))
  // One that fails, as what was before is kept while an update is under way or failed.
  await house.stacks('UpdateStack', {
    ...stack('Two'),
    TemplateBody: body({ Two: group({ GroupName: 'no such name!' }) }),
    DisableRollback: true,
  })
  await house.stacks('CreateStack', { ...stack('Other'), StackName: 'other' })
  await house.stacks('CreateChangeSet', { ...stack('Three'), StackName: 'other', ChangeSetName: 'three' })

  await house.call('iam', 'CreateRole', { RoleName: 'eks-cluster', AssumeRolePolicyDocument: trusting({ Service: 'eks.amazonaws.com' }) })
  await house.call('eks', 'CreateCluster', demoCluster())
  const { id: clusterId } = await store.read(tx => tx.selectFrom('clusters').select('id').executeTakeFirstOrThrow())
  await openIssuerKeys(store, secrets).create(clusterId, now)
  await etcdKeyOf(clusterId, house.house.world)
  const objects = await openObjectStore(store, { clusterId, secrets })
  await objects.write(async tx => {
    for (const name of ['a', 'b'])
      await tx.put(
        secretType,
        { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name }, data: { password: canary } },
        'ADDED',
      )
  })

  const edge = { name: 'edge', roleArn: clusterRole, resourcesVpcConfig: {}, tags: { 'gatehouse:kind': 'attached' } }
  await house.call('eks', 'CreateCluster', edge)
  const elsewhere = testAuthority()
  const client = elsewhere.client('gatehouse', [])
  await house.call('gatehouse-clusters', 'AttachCluster', {
    clusterName: 'edge',
    endpoint: 'https://127.0.0.1:6443',
    certificateAuthority: elsewhere.certificatePem,
    issuer: 'https://kubernetes.default.svc.cluster.local',
    publicKeys: [makeKeys().publicKeys],
    credentials: { clientCertificate: client.certificatePem, clientKey: client.keyPem },
  })
}

const secretType = findType('', 'v1', 'secrets') as ResourceType
const canary = Buffer.from('a password of a cluster').toString('base64')

/** Ids of the data keys under which a column's envelopes are sealed. */
async function keysOf({ table, column }: SealedColumn): Promise<string[]> {
  // The data keys themselves are sealed under the master key.
  const but = table === 'settings' ? sql`WHERE "name" <> 'masterKeys'` : sql``
  const { rows } = await house.house.world.store.read(tx =>
    sql<{ value: string | null }>`SELECT ${sql.ref(column)} AS "value" FROM ${sql.table(table)} ${but}`.execute(tx),
  )
  return rows.flatMap(({ value }) =>
    [...(value ?? '').matchAll(/(?:^|")(v[12]\.[\w.-]{38,})/g)].map(([, envelope]) => dataKeyOf(envelope as string)),
  )
}

/** The columns that hold an envelope, with the data keys that open them. */
async function sealed(): Promise<{ readonly [column: string]: readonly string[] }> {
  const found: [string, string[]][] = []
  for (const each of sealedColumns) found.push([`${each.table}.${each.column}`, [...new Set(await keysOf(each))]])
  return Object.fromEntries(found)
}

/** Written on nodes that share a store alone. */
const sharedOnly = ['kubernetesEvents.json']

test('every kind of secret is sealed, and sealed anew under another data key, twice', async () => {
  await plantSecrets()
  const first = await sealed()
  for (const [column, keys] of Object.entries(first))
    expect({ column, keys }).toEqual({ column, keys: sharedOnly.includes(column) ? [] : ['first'] })

  const secrets = house.house.world.secrets as OpenedSecrets
  const counts: number[] = []
  for (const now of [1, 2]) {
    const [former] = secrets.dataKeyIds()
    const id = await secrets.addDataKey(now)
    await secrets.sealWithNext(now)
    const { values, unreadable } = await resealStore(house.house.world.store, secrets, async () => {})
    expect(unreadable).toBe(0)
    counts.push(values)
    await secrets.noteResealed(former as string, now)
    for (const [column, keys] of Object.entries(await sealed()))
      expect({ column, keys }).toEqual({ column, keys: sharedOnly.includes(column) ? [] : [id] })
  }
  // What the first could not open, or left out, the second could not seal anew.
  expect(counts[1]).toBe(counts[0])
})

test('what Kubernetes calls secret is not in the store as text, is read as it was, and opens nowhere else', async () => {
  await plantSecrets()
  const { store, secrets } = house.house.world
  const rows = await store.read(tx => tx.selectFrom('kubernetesObjects').selectAll().where('resource', '=', '/secrets').execute())
  for (const { json } of rows) expect(json).not.toContain(canary)
  const objects = await openObjectStore(store, { clusterId: rows[0]?.clusterId as string, secrets })
  expect(await objects.read(tx => tx.get(secretType, { namespace: 'shop', name: 'a' }))).toMatchObject({ data: { password: canary } })
  expect(await objects.read(tx => tx.list(secretType))).toHaveLength(2)
  await store.write(tx =>
    tx
      .updateTable('kubernetesObjects')
      .set({ json: rows[0]?.json as string })
      .where('name', '=', 'b')
      .execute(),
  )
  await expect(objects.read(tx => tx.get(secretType, { namespace: 'shop', name: 'b' }))).rejects.toThrow()
})
