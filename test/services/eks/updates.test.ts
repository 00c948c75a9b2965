import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House } from '../call.ts'
import { clusterArn, clusterRole, demoCluster, eksHouse, localCluster } from './house.ts'

let house: House
beforeEach(async () => {
  house = await eksHouse()
})
afterEach(() => house.close())

const create = (more?: object) => house.call('CreateCluster', demoCluster(more))
const describeDemo = async () => (await house.call('DescribeCluster', { name: 'demo' })).cluster
const mode = (authenticationMode: string) => ({ name: 'demo', accessConfig: { authenticationMode } })

describe('authentication modes', () => {
  test('go from CONFIG_MAP over API_AND_CONFIG_MAP to API, each as an update that ends', async () => {
    await create()
    for (const wanted of ['API_AND_CONFIG_MAP', 'API']) {
      const { update } = await house.call('UpdateClusterConfig', mode(wanted))
      expect(update).toMatchObject({
        status: 'InProgress',
        type: 'AccessConfigUpdate',
        params: [{ type: 'AuthenticationMode', value: wanted }],
      })
      expect((await describeDemo()).accessConfig.authenticationMode).toBe(wanted)
      const after = await house.call('DescribeUpdate', { name: 'demo', updateId: update.id })
      expect(after.update).toMatchObject({ id: update.id, status: 'Successful', errors: [] })
    }
    expect((await house.call('ListUpdates', { name: 'demo' })).updateIds).toHaveLength(2)
  })

  test.each([
    ['CONFIG_MAP', 'API'],
    ['CONFIG_MAP', 'CONFIG_MAP'],
    ['API_AND_CONFIG_MAP', 'CONFIG_MAP'],
    ['API_AND_CONFIG_MAP', 'API_AND_CONFIG_MAP'],
    ['API', 'API_AND_CONFIG_MAP'],
    ['API', 'CONFIG_MAP'],
  ])('do not go from %s to %s', async (from, to) => {
    await create({ accessConfig: { authenticationMode: from } })
    expect(await house.refusal('UpdateClusterConfig', mode(to))).toEqual({
      code: 'InvalidParameterException',
      message: `Unsupported authentication mode update from ${from} to ${to}`,
    })
    expect((await describeDemo()).accessConfig.authenticationMode).toBe(from)
    expect((await house.call('ListUpdates', { name: 'demo' })).updateIds).toEqual([])
  })

  test('leaving CONFIG_MAP keeps the creator administrator, by an access entry', async () => {
    await create()
    await house.call('UpdateClusterConfig', mode('API_AND_CONFIG_MAP'))
    const { accessEntries } = await house.call('ListAccessEntries', { clusterName: 'demo' })
    const eksOwn = `arn:aws:iam::${account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`
    expect(accessEntries).toEqual([eksOwn, `arn:aws:iam::${account}:root`])
  })

  test('its creator is administrator of a cluster of CONFIG_MAP, whether the mode is named or not', async () => {
    for (const accessConfig of [{}, { authenticationMode: 'CONFIG_MAP' }])
      expect(
        await house.refusal(
          'CreateCluster',
          demoCluster({ accessConfig: { ...accessConfig, bootstrapClusterCreatorAdminPermissions: false } }),
        ),
      ).toEqual({
        code: 'InvalidParameterException',
        message: 'bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP',
      })
  })
})

describe('settings', () => {
  test('none while the cluster is updated', async () => {
    await create({ version: '1.33' })
    Object.assign(house.world.clusters, { start: async () => undefined })
    const { update } = await house.call('UpdateClusterVersion', { name: 'demo', version: '1.34' })
    expect(await house.refusal('UpdateClusterConfig', { name: 'demo', deletionProtection: true })).toEqual({
      code: 'ResourceInUseException',
      message: `Cannot DeletionProtectionUpdate because cluster demo currently has update ${update.id} in progress`,
    })
  })

  test('one kind a call, and not none', async () => {
    await create()
    const both = { ...mode('API_AND_CONFIG_MAP'), deletionProtection: true }
    expect((await house.refusal('UpdateClusterConfig', both)).message).toBe('Only one type of update can be allowed.')
    expect((await house.refusal('UpdateClusterConfig', { name: 'demo' })).code).toBe('InvalidParameterException')
    expect((await describeDemo()).deletionProtection).toBe(false)
  })

  test('logging of a type leaves the other types', async () => {
    await create()
    const logging = (types: string[], enabled: boolean) => ({ name: 'demo', logging: { clusterLogging: [{ types, enabled }] } })
    await house.call('UpdateClusterConfig', logging(['api', 'audit'], true))
    await house.call('UpdateClusterConfig', logging(['api'], false))
    expect((await describeDemo()).logging.clusterLogging).toEqual([
      { types: ['audit'], enabled: true },
      { types: ['api', 'authenticator', 'controllerManager', 'scheduler'], enabled: false },
    ])
    expect((await house.refusal('UpdateClusterConfig', logging(['audit'], true))).message).toBe(
      'No changes needed for the logging config provided',
    )
  })

  test('endpoint access and networks are separate updates', async () => {
    await create()
    const vpc = (resourcesVpcConfig: object) => ({ name: 'demo', resourcesVpcConfig })
    const { update } = await house.call('UpdateClusterConfig', vpc({ endpointPrivateAccess: true }))
    expect(update.type).toBe('EndpointAccessUpdate')
    expect((await house.refusal('UpdateClusterConfig', vpc({ endpointPrivateAccess: true }))).message).toMatch(
      /^Cluster is already at the desired configuration with endpointPrivateAccess: true/,
    )
    expect((await house.refusal('UpdateClusterConfig', vpc({ endpointPublicAccess: false, endpointPrivateAccess: false }))).message).toBe(
      'Private and public endpoint access cannot be false',
    )
    expect((await house.call('UpdateClusterConfig', vpc({ subnetIds: ['subnet-3', 'subnet-4'] }))).update.type).toBe('VpcConfigUpdate')
    expect((await describeDemo()).resourcesVpcConfig).toMatchObject({
      subnetIds: ['subnet-3', 'subnet-4'],
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
    })
  })

  test.each([
    [
      'networks within reserved addresses',
      ['10.1.0.128/27', '8.8.8.8/32', '203.0.113.0/24'],
      'not allowed',
      '10.1.0.128/27, 203.0.113.0/24',
    ],
    ['networks of IPv6, and what is none', ['2600:1f00::/24', '8.8.8.8'], 'invalid', '2600:1f00::/24, 8.8.8.8'],
  ])('a public endpoint is not opened to %s', async (_what, publicAccessCidrs, why, which) => {
    const refused = { code: 'InvalidParameterException', message: `The following CIDRs are ${why} in publicAccessCidrs: [${which}]` }
    const subnetIds = ['subnet-1', 'subnet-2']
    expect(await house.refusal('CreateCluster', demoCluster({ resourcesVpcConfig: { subnetIds, publicAccessCidrs } }))).toEqual(refused)
    await create()
    expect(await house.refusal('UpdateClusterConfig', { name: 'demo', resourcesVpcConfig: { publicAccessCidrs } })).toEqual(refused)
  })

  test('a private endpoint has no networks, and one that is made public is open to all', async () => {
    const access = { endpointPublicAccess: false, endpointPrivateAccess: true }
    await create({ resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'], ...access } })
    expect((await describeDemo()).resourcesVpcConfig).toMatchObject({ ...access, publicAccessCidrs: [] })
    await house.call('UpdateClusterConfig', { name: 'demo', resourcesVpcConfig: { endpointPublicAccess: true } })
    expect((await describeDemo()).resourcesVpcConfig).toMatchObject({ endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] })
  })

  test.each([{ computeConfig: { nodePools: [] } }, { computeConfig: { enabled: false } }, { zonalShiftConfig: {} }, {}])(
    'what changes nothing is no update: %j',
    async settings => {
      await create()
      expect(await house.refusal('UpdateClusterConfig', { name: 'demo', ...settings })).toEqual({
        code: 'InvalidParameterException',
        message: 'The type for cluster update was not provided.',
      })
    },
  )

  test("the way out of the control plane becomes the customer's own, and stays", async () => {
    await create()
    const mode = async () => (await describeDemo()).resourcesVpcConfig.controlPlaneEgressMode
    expect(await mode()).toBe('AWS_MANAGED')
    const to = (controlPlaneEgressMode: string, more: object = {}) => ({
      name: 'demo',
      resourcesVpcConfig: { controlPlaneEgressMode, ...more },
    })
    expect((await house.call('UpdateClusterConfig', to('CUSTOMER_ROUTED'))).update).toMatchObject({
      type: 'ControlPlaneEgressUpdate',
      params: [{ type: 'ControlPlaneEgressMode', value: 'CUSTOMER_ROUTED' }],
    })
    await house.call('UpdateClusterConfig', { name: 'demo', resourcesVpcConfig: { endpointPrivateAccess: true } })
    expect(await mode()).toBe('CUSTOMER_ROUTED')
    for (const refused of [to('AWS_MANAGED'), to('CUSTOMER_ROUTED'), to('CUSTOMER_ROUTED', { endpointPrivateAccess: false })])
      expect(await house.refusal('UpdateClusterConfig', refused)).toMatchObject({ code: 'InvalidParameterException' })
  })

  test('a tier of the control plane is told with the one before', async () => {
    await create()
    const to = (tier: string) => house.call('UpdateClusterConfig', { name: 'demo', controlPlaneScalingConfig: { tier } })
    const update = (updated: string, previous: string) => ({
      type: 'ControlPlaneScalingConfigUpdate',
      params: [
        { type: 'UpdatedTier', value: updated },
        { type: 'PreviousTier', value: previous },
      ],
    })
    expect((await to('tier-xl')).update).toMatchObject(update('tier-xl', 'standard'))
    expect((await to('tier-2xl')).update).toMatchObject(update('tier-2xl', 'tier-xl'))
    expect((await describeDemo()).controlPlaneScalingConfig).toEqual({ tier: 'tier-2xl' })
  })

  test('a local cluster is of one Outpost', async () => {
    const arn = `arn:aws:outposts:us-east-1:${account}:outpost/op-1`
    for (const outpostArns of [[], [arn, arn], ['rubbish']])
      expect(
        await house.refusal('CreateCluster', localCluster({ outpostConfig: { outpostArns, controlPlaneInstanceType: 'm5.large' } })),
      ).toMatchObject({ code: 'InvalidParameterException' })
  })

  test('extended support is not disabled once the cluster has entered it', async () => {
    await create({ version: '1.31' })
    const standard = { name: 'demo', upgradePolicy: { supportType: 'STANDARD' } }
    expect(await house.refusal('UpdateClusterConfig', standard)).toEqual({
      code: 'InvalidParameterException',
      message: 'Extended support cannot be disabled: the cluster has entered it.',
    })
  })

  test('deletion protection holds until it is taken off', async () => {
    await create({ deletionProtection: true })
    expect((await house.refusal('DeleteCluster', { name: 'demo' })).code).toBe('InvalidRequestException')
    await house.call('UpdateClusterConfig', { name: 'demo', deletionProtection: false })
    await house.call('DeleteCluster', { name: 'demo' })
    expect((await house.refusal('DescribeCluster', { name: 'demo' })).code).toBe('ResourceNotFoundException')
  })

  test('a protected cluster that is not ACTIVE yet can be deleted', async () => {
    Object.assign(house.world.clusters, { start: async () => undefined })
    await create({ deletionProtection: true })
    expect((await house.call('DeleteCluster', { name: 'demo' })).cluster.status).toBe('DELETING')
  })

  test('updates of one cluster are not those of another', async () => {
    await create()
    await create({ name: 'other' })
    const { update } = await house.call('UpdateClusterConfig', mode('API_AND_CONFIG_MAP'))
    expect(await house.refusal('DescribeUpdate', { name: 'other', updateId: update.id })).toEqual({
      code: 'ResourceNotFoundException',
      message: `No update found for ID: ${update.id}`,
    })
  })

  test('a cluster that is not ACTIVE takes no update', async () => {
    Object.assign(house.world.clusters, { start: async () => undefined })
    await create()
    expect((await house.refusal('UpdateClusterConfig', mode('API_AND_CONFIG_MAP'))).code).toBe('ResourceInUseException')
    expect((await house.refusal('UpdateClusterVersion', { name: 'demo', version: '1.35' })).code).toBe('ResourceInUseException')
  })
})

describe('encryption of secrets', () => {
  const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  const encryption = (keyArn: string, resources = ['secrets']) => ({
    clusterName: 'demo',
    encryptionConfig: [{ resources, provider: { keyArn } }],
  })

  test('is associated once, and stays', async () => {
    await create()
    const { update } = await house.call('AssociateEncryptionConfig', encryption(keyArn))
    expect(update).toMatchObject({ type: 'AssociateEncryptionConfig', status: 'InProgress' })
    expect((await describeDemo()).encryptionConfig).toEqual(encryption(keyArn).encryptionConfig)
    expect((await house.refusal('AssociateEncryptionConfig', encryption(keyArn))).code).toBe('InvalidRequestException')
  })

  test.each([
    ['a key that is none', encryption('key')],
    ['other resources', encryption(keyArn, ['configmaps'])],
    ['nothing', { clusterName: 'demo', encryptionConfig: [] }],
  ])('not of %s', async (_, input) => {
    await create()
    expect((await house.refusal('AssociateEncryptionConfig', input)).code).toBe('InvalidParameterException')
    expect((await describeDemo()).encryptionConfig).toBeUndefined()
  })
})

describe('versions', () => {
  test('go up one minor at a time; the update is in progress until the cluster runs again', async () => {
    await create({ version: '1.32' })
    const start = house.world.clusters.start
    Object.assign(house.world.clusters, { start: async () => undefined })
    const { update } = await house.call('UpdateClusterVersion', { name: 'demo', version: '1.33' })
    expect(await describeDemo()).toMatchObject({ version: '1.33', status: 'UPDATING' })
    const describe = () => house.call('DescribeUpdate', { name: 'demo', updateId: update.id })
    expect((await describe()).update).toMatchObject({ status: 'InProgress', type: 'VersionUpdate' })
    const { id } = await house.world.store.read(tx => tx.selectFrom('clusters').select('id').executeTakeFirstOrThrow())
    await start(id)
    expect((await describe()).update.status).toBe('Successful')
    expect((await describeDemo()).status).toBe('ACTIVE')
  })

  test.each([
    ['1.34', 'Unsupported Kubernetes minor version update from 1.32 to 1.34'],
    ['1.32', 'Unsupported Kubernetes minor version update from 1.32 to 1.32'],
    ['1.31', 'Unsupported Kubernetes minor version update from 1.32 to 1.31'],
    ['1.99', 'unsupported Kubernetes version'],
    ['latest', 'unsupported Kubernetes version'],
  ])('1.32 does not become %s', async (version, message) => {
    await create({ version: '1.32' })
    expect(await house.refusal('UpdateClusterVersion', { name: 'demo', version })).toEqual({ code: 'InvalidParameterException', message })
  })

  test('are described newest first, with their support on the day', async () => {
    const { clusterVersions } = await house.call('DescribeClusterVersions', { includeAll: true })
    expect(clusterVersions.map((row: { clusterVersion: string }) => row.clusterVersion)[0]).toBe('1.35')
    expect(clusterVersions.find((row: { clusterVersion: string }) => row.clusterVersion === '1.31')).toMatchObject({
      endOfStandardSupportDate: new Date('2025-11-26'),
      versionStatus: 'EXTENDED_SUPPORT',
      status: 'extended-support',
    })
    const defaults = await house.call('DescribeClusterVersions', { defaultOnly: true })
    expect(defaults.clusterVersions).toMatchObject([{ clusterVersion: '1.34', defaultVersion: true }])
    const first = await house.call('DescribeClusterVersions', { maxResults: 2 })
    const second = await house.call('DescribeClusterVersions', { maxResults: 2, nextToken: first.nextToken })
    expect([...first.clusterVersions, ...second.clusterVersions].map(row => row.clusterVersion)).toEqual(['1.35', '1.34', '1.33', '1.32'])
  })
})

describe('the issuer of a cluster', () => {
  beforeEach(() => {
    Object.assign(house.world.settings, { oldVersions: true })
  })

  test.each([
    ['1.12', false],
    ['1.13', false],
    ['1.14', true],
  ])('of version %s: %s', async (version, expected) => {
    await create({ version })
    expect('identity' in (await describeDemo())).toBe(expected)
  })

  test.each([
    [Date.UTC(2019, 8, 3), true],
    [Date.UTC(2019, 8, 2, 23, 59, 59), false],
  ])('updated to 1.13 at %d: %s', async (now, expected) => {
    await create({ version: '1.12' })
    expect((await describeDemo()).identity).toBeUndefined()
    house.now = now
    await house.call('UpdateClusterVersion', { name: 'demo', version: '1.13' })
    expect('identity' in (await describeDemo())).toBe(expected)
  })

  test('can be had by updating a cluster made with 1.13', async () => {
    await create({ version: '1.13' })
    await house.call('UpdateClusterVersion', { name: 'demo', version: '1.14' })
    expect((await describeDemo()).identity.oidc.issuer).toMatch(/^https:/)
  })

  test.each(['1.9', '1.09', '1.100', '2.12', '1.99'])('cannot be of version %s, which EKS never had', async version => {
    expect((await house.refusal('CreateCluster', demoCluster({ version }))).message).toBe(`unsupported Kubernetes version ${version}`)
  })

  test('is not had with old versions that the configuration does not let be made', async () => {
    Object.assign(house.world.settings, { oldVersions: false })
    expect((await house.refusal('CreateCluster', demoCluster({ version: '1.14' }))).code).toBe('InvalidParameterException')
  })

  test('a local cluster on an Outpost has none', async () => {
    await house.call('CreateCluster', localCluster())
    const cluster = await describeDemo()
    expect(cluster.identity).toBeUndefined()
    expect(cluster.outpostConfig.controlPlaneInstanceType).toBe('m5.large')
    expect(cluster.resourcesVpcConfig).toMatchObject({ endpointPublicAccess: false, endpointPrivateAccess: true, publicAccessCidrs: [] })
  })

  const oidc = { identityProviderConfigName: 'corp', issuerUrl: 'https://login.example.com', clientId: 'kubernetes' }
  const encryptionConfig = [{ resources: ['secrets'], provider: { keyArn: `arn:aws:kms:us-east-1:${account}:key/k` } }]
  const publicEndpoint = { endpointPublicAccess: true, endpointPrivateAccess: true }

  test.each([
    ['An OpenID Connect identity provider', 'AssociateIdentityProviderConfig', { clusterName: 'demo', oidc }],
    ['Envelope encryption of secrets', 'AssociateEncryptionConfig', { clusterName: 'demo', encryptionConfig }],
    ['A public endpoint', 'UpdateClusterConfig', { name: 'demo', resourcesVpcConfig: publicEndpoint }],
    ['Envelope encryption of secrets', 'CreateCluster', localCluster({ name: 'other', encryptionConfig })],
    ['The IP family ipv6', 'CreateCluster', localCluster({ name: 'other', kubernetesNetworkConfig: { ipFamily: 'ipv6' } })],
    ['A public endpoint', 'CreateCluster', localCluster({ name: 'other', resourcesVpcConfig: { subnetIds: ['a'], ...publicEndpoint } })],
  ])('where %s is not available: %s', async (feature, operation, input) => {
    await house.call('CreateCluster', localCluster())
    const { code, message } = await house.refusal(operation, input)
    expect({ code, message }).toEqual({
      code: 'InvalidRequestException',
      message: expect.stringMatching(new RegExp(`^${feature} is not available: (demo|other) is a local cluster on AWS Outposts.$`)),
    })
  })

  test.each([
    ['of the EC2 service', demoCluster({ roleArn: localCluster().roleArn })],
    ['of the EKS service on Outposts', localCluster({ roleArn: clusterRole })],
  ])('no cluster is made with a role %s', async (_, input) => {
    expect(await house.refusal('CreateCluster', input)).toEqual({
      code: 'InvalidParameterException',
      message: `Role with arn: ${input.roleArn}, could not be assumed because it does not exist or the trusted entity is not correct`,
    })
  })

  test('whose local clusters know CONFIG_MAP alone', async () => {
    const refused = {
      code: 'InvalidParameterException',
      message:
        'Local Amazon EKS cluster only supports bootstrapClusterCreatorAdminPermissions=true and authenticationMode=CONFIG_MAP for AccessConfig.',
    }
    for (const accessConfig of [{ authenticationMode: 'API' }, { bootstrapClusterCreatorAdminPermissions: false }])
      expect(await house.refusal('CreateCluster', localCluster({ accessConfig }))).toMatchObject(refused)
    const accessConfig = { authenticationMode: 'CONFIG_MAP', bootstrapClusterCreatorAdminPermissions: true }
    await house.call('CreateCluster', localCluster({ accessConfig }))
    expect(await house.refusal('UpdateClusterConfig', mode('API_AND_CONFIG_MAP'))).toMatchObject(refused)
  })
})

describe('policies', () => {
  const policyFor = async (statement: object) => {
    await house.call('CreateUser', { UserName: 'Ann' })
    await house.call('PutUserPolicy', {
      UserName: 'Ann',
      PolicyName: 'updates',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] }),
    })
    return house.user('Ann')
  }

  test('on one cluster do not reach another', async () => {
    await create()
    await create({ name: 'other' })
    const as = await policyFor({ Action: 'eks:Update*', Resource: clusterArn('demo') })
    await house.call('UpdateClusterConfig', mode('API_AND_CONFIG_MAP'), { as })
    expect((await house.refusal('UpdateClusterConfig', { ...mode('API'), name: 'other' }, { as })).code).toBe('AccessDeniedException')
  })

  test.each([
    ['a tag of the cluster', { 'aws:ResourceTag/team': 'red' }],
    ['the mode wanted', { 'eks:authenticationMode': 'API_AND_CONFIG_MAP' }],
  ])('may ask for %s', async (_, wanted) => {
    await create({ tags: { team: 'red' } })
    await create({ name: 'other', tags: { team: 'blue' }, accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' } })
    const as = await policyFor({ Action: 'eks:UpdateClusterConfig', Resource: '*', Condition: { StringEquals: wanted } })
    await house.call('UpdateClusterConfig', mode('API_AND_CONFIG_MAP'), { as })
    expect((await house.refusal('UpdateClusterConfig', { ...mode('API'), name: 'other' }, { as })).code).toBe('AccessDeniedException')
  })

  test('may hold updates to a version', async () => {
    await create({ version: '1.33' })
    const as = await policyFor({ Action: 'eks:*', Resource: '*', Condition: { StringEquals: { 'eks:kubernetesVersion': '1.34' } } })
    await house.call('UpdateClusterVersion', { name: 'demo', version: '1.34' }, { as })
    expect((await house.refusal('UpdateClusterVersion', { name: 'demo', version: '1.35' }, { as })).code).toBe('AccessDeniedException')
  })
})
