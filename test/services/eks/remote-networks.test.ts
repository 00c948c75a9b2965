import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultNetwork } from '../../../src/catalogue/default-network.ts'
import { account, type House } from '../call.ts'
import { demoCluster, eksHouse } from './house.ts'

// EKS User Guide, "Prepare networking for hybrid nodes"; EKS API Reference, "RemoteNetworkConfigRequest".

let house: House
beforeEach(async () => {
  house = await eksHouse()
})
afterEach(() => house.close())

const remote = (nodes: readonly string[], pods?: readonly string[]) => ({
  remoteNetworkConfig: { remoteNodeNetworks: [{ cidrs: nodes }], ...(pods && { remotePodNetworks: [{ cidrs: pods }] }) },
})
const hybrid = (settings: object) => demoCluster({ accessConfig: { authenticationMode: 'API' }, ...settings })
const subnetIds = defaultNetwork({ account, region: 'us-east-1' }).subnets.map(({ id }) => id)

test.each([
  [['10.200.0.0/16'], undefined],
  [['10.200.0.0/16', '192.168.1.0/24'], ['100.64.0.0/10']],
  [['172.16.5.4/32'], ['172.17.0.0/16']],
])('nodes in %j, pods in %j', async (nodes, pods) => {
  const settings = remote(nodes, pods)
  await house.call('CreateCluster', hybrid(settings))
  expect((await house.call('DescribeCluster', { name: 'demo' })).cluster).toMatchObject(settings)
})

const refusals: [string, object, string][] = [
  [
    'pods alone',
    { remoteNetworkConfig: { remotePodNetworks: [{ cidrs: ['10.1.0.0/16'] }] } },
    'remoteNodeNetworks are required when specifying remoteNetworkConfig.',
  ],
  ['public nodes', remote(['8.8.0.0/16']), 'Invalid remote node network: CIDR 8.8.0.0/16 is not part of RFC 1918 or CGNAT'],
  [
    'nodes of more than carriers have',
    remote(['100.64.0.0/9']),
    'Invalid remote node network: CIDR 100.64.0.0/9 is not part of RFC 1918 or CGNAT',
  ],
  ['public pods', remote(['10.1.0.0/16'], ['1.2.3.0/24']), 'Invalid remote pod network: CIDR 1.2.3.0/24 is not part of RFC 1918 or CGNAT'],
  ['what is no network', remote(['rubbish']), 'Invalid remote node network: CIDR rubbish is not valid'],
  [
    'nodes where services are',
    { ...remote(['10.5.0.0/16']), kubernetesNetworkConfig: { serviceIpv4Cidr: '10.5.4.0/24' } },
    'Invalid remote node network: CIDR 10.5.0.0/16 overlaps with service CIDR 10.5.4.0/24',
  ],
  [
    'nodes where the VPC is',
    { ...remote(['172.31.0.0/24']), resourcesVpcConfig: { subnetIds } },
    'Invalid remote node network: CIDR 172.31.0.0/24 overlaps with VPC CIDR 172.31.0.0/16',
  ],
  [
    'pods where nodes are',
    remote(['10.1.0.0/16'], ['10.1.2.0/24']),
    'Invalid remote pod network: CIDR 10.1.2.0/24 overlaps with already existing CIDR 10.1.0.0/16',
  ],
  [
    'more networks than EKS takes',
    remote(Array.from({ length: 16 }, (_, index) => `10.2.${index}.0/24`)),
    'At most 15 CIDRs can be specified as remote node networks.',
  ],
  [
    'a cluster without access entries',
    { ...remote(['10.1.0.0/16']), accessConfig: { authenticationMode: 'CONFIG_MAP' } },
    'AccessConfig AuthMode must be API_AND_CONFIG_MAP or API when remoteNetworkConfig is specified',
  ],
  [
    'a cluster of the other family',
    { ...remote(['10.1.0.0/16']), kubernetesNetworkConfig: { ipFamily: 'ipv6' } },
    'The ipFamily must be ipv4 when remoteNetworkConfig is specified.',
  ],
]
test.each(refusals)('not %s', async (_what, settings, message) => {
  const refused = { code: 'InvalidParameterException', message }
  expect(await house.refusal('CreateCluster', hybrid(settings))).toEqual(refused)
})

test('networks come and go by updates, and with them what EKS may see of the nodes', async () => {
  await house.call('CreateCluster', hybrid({}))
  const own = `arn:aws:iam::${account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`
  const mayList = async () =>
    (await house.call('ListAssociatedAccessPolicies', { clusterName: 'demo', principalArn: own })).associatedAccessPolicies.some(
      ({ policyArn }: { policyArn: string }) => policyArn.endsWith('/AmazonEKSHybridPolicy'),
    )
  expect(await mayList()).toBe(false)
  const update = (settings: object) => house.call('UpdateClusterConfig', { name: 'demo', ...settings })
  expect((await update(remote(['10.1.0.0/16']))).update).toMatchObject({ type: 'RemoteNetworkConfigUpdate' })
  expect(await mayList()).toBe(true)
  expect(await house.refusal('UpdateClusterConfig', { name: 'demo', ...remote(['9.0.0.0/8']) })).toMatchObject({
    code: 'InvalidParameterException',
  })
  await update({ remoteNetworkConfig: { remoteNodeNetworks: [], remotePodNetworks: [] } })
  expect((await house.call('DescribeCluster', { name: 'demo' })).cluster).not.toHaveProperty('remoteNetworkConfig')
  expect(await mayList()).toBe(false)
})
