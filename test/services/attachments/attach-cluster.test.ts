import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openIssuerKeys } from '../../../src/kubernetes/issuer/keys.ts'
import { networksOf, pinnedAddressOf } from '../../../src/server/public-address.ts'
import { webIdentityKeys } from '../../../src/server/web-identity-keys.ts'
import { operations as attachments } from '../../../src/services/attachments/index.ts'
import { operations as eks } from '../../../src/services/eks/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { makeKeys, testAuthority } from '../../kubernetes/support/control-plane.ts'
import { account, type House, openHouse } from '../call.ts'
import { clusterRole, clustersAtOnce, demoCluster } from '../eks/house.ts'
import { trusting } from '../iam/house.ts'

const authority = testAuthority()
const { certificatePem, keyPem } = authority.client('gatehouse', [])
const { publicKeys } = makeKeys()
const issuer = 'https://kubernetes.default.svc.cluster.local'
const otherAccount = '210987654321'
let house: House

const attachment = (more: object = {}) => ({
  clusterName: 'edge',
  endpoint: 'https://127.0.0.1:6443',
  certificateAuthority: authority.certificatePem,
  issuer,
  publicKeys: [publicKeys],
  credentials: { clientCertificate: certificatePem, clientKey: keyPem },
  ...more,
})
const made = (name: string) => ({ name, roleArn: clusterRole, resourcesVpcConfig: {}, tags: { 'gatehouse:kind': 'attached' } })

beforeEach(async () => {
  house = await openHouse([...iam, ...eks, ...attachments])
  const mayBeAttached = async (endpoint: string) =>
    (await pinnedAddressOf(new URL(endpoint).hostname, networksOf('127.0.0.0/8'))) !== undefined
  Object.assign(house.world, { clusters: { ...clustersAtOnce(house.world.store), mayBeAttached } })
  await house.call('CreateRole', { RoleName: 'eks-cluster', AssumeRolePolicyDocument: trusting({ Service: 'eks.amazonaws.com' }) })
  await house.call('CreateCluster', made('edge'))
})
afterEach(() => house.close())

describe('AttachCluster', () => {
  test.each([
    ['an address of a network that was not allowed', { endpoint: 'https://10.0.0.1:6443' }, 'InvalidParameterException'],
    ['the address of cloud metadata', { endpoint: 'https://169.254.169.254' }, 'InvalidParameterException'],
    ['no https', { endpoint: 'http://127.0.0.1:6443' }, 'InvalidParameterException'],
    ['a path', { endpoint: 'https://127.0.0.1:6443/k8s' }, 'InvalidParameterException'],
    ['no URL', { endpoint: 'kubernetes.default' }, 'InvalidParameterException'],
    ['an issuer without https', { issuer: 'http://kubernetes.default.svc' }, 'InvalidParameterException'],
    ['an authority that is none', { certificateAuthority: 'none' }, 'InvalidParameterException'],
    ['a key that is none', { publicKeys: ['none'] }, 'InvalidParameterException'],
    ['no credentials', { credentials: {} }, 'InvalidParameterException'],
    ['a token with a line break', { credentials: { token: 'a\r\nb' } }, 'InvalidParameterException'],
    ['a cluster that is not there', { clusterName: 'nowhere' }, 'ResourceNotFoundException'],
  ])('refuses %s', async (_what, wrong, code) => {
    expect(await house.refusal('AttachCluster', attachment(wrong))).toMatchObject({ code })
  })

  test('takes RSA keys alone, as the key set that we serve holds no others', async () => {
    const { publicKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    expect(await house.refusal('AttachCluster', attachment({ publicKeys: [publicKey] }))).toMatchObject({
      code: 'InvalidParameterException',
    })
  })

  test('refuses a cluster that Gatehouse runs', async () => {
    await house.call('CreateCluster', demoCluster())
    expect(await house.refusal('AttachCluster', attachment({ clusterName: 'demo' }))).toMatchObject({ code: 'InvalidRequestException' })
  })

  test('refuses the issuer of another cluster, and may take its own again', async () => {
    await house.call('AttachCluster', attachment())
    await house.call('AttachCluster', attachment({ publicKeys: [makeKeys().publicKeys] }))
    await house.call('CreateCluster', made('second'))
    expect(await house.refusal('AttachCluster', attachment({ clusterName: 'second' }))).toMatchObject({ code: 'ResourceInUseException' })
    await house.call('CreateCluster', demoCluster())
    const { cluster } = await house.call('DescribeCluster', { name: 'demo' })
    const stolen = attachment({ issuer: cluster.identity.oidc.issuer })
    expect(await house.refusal('AttachCluster', stolen)).toMatchObject({ code: 'ResourceInUseException' })
  })

  test("needs the permission to say whom the issuer's provider trusts", async () => {
    await house.call('CreateUser', { UserName: 'Ann' })
    const grant = (Action: string[]) =>
      house.call('PutUserPolicy', {
        UserName: 'Ann',
        PolicyName: 'attach',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }),
      })
    await grant(['eks:UpdateClusterConfig'])
    expect(await house.refusal('AttachCluster', attachment(), { as: await house.user('Ann') })).toMatchObject({
      code: 'AccessDeniedException',
    })
    await grant(['eks:UpdateClusterConfig', 'iam:UpdateOpenIDConnectProviderThumbprint'])
    expect(await house.call('AttachCluster', attachment(), { as: await house.user('Ann') })).toHaveProperty('webhookToken')
  })

  test("has its word about the issuer's keys count in its own account alone", async () => {
    await house.call('AttachCluster', attachment())
    const { store, secrets } = house.world
    const remote = { keysFor: async () => ({ keys: [] }) }
    const keys = webIdentityKeys(store, openIssuerKeys(store, secrets), { ownOrigin: 'https://own', remote, now: () => house.now })
    const of = async (whose: string) => (await keys.keysFor(issuer, { thumbprints: [], keyId: undefined, account: whose })).keys.length
    expect(await of(account)).toBe(1)
    expect(await of(otherAccount)).toBe(0)
  })

  test('keeps the credentials encrypted, and forgets them with the cluster', async () => {
    await house.call('AttachCluster', attachment({ credentials: { token: 'very-secret-token' } }))
    const kept = () => house.world.store.read(tx => tx.selectFrom('attachedClusters').selectAll().execute())
    expect(JSON.stringify(await kept())).not.toContain('very-secret-token')
    expect(await kept()).toHaveLength(1)
    await house.call('DeleteCluster', { name: 'edge' })
    expect(await kept()).toEqual([])
  })
})
