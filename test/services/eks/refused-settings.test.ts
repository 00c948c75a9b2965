import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultNetwork } from '../../../src/catalogue/default-network.ts'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { demoCluster, eksHouse } from './house.ts'

// What EKS refuses, in the words that users were shown.

const [first, second] = defaultNetwork({ account, region: 'us-east-1' }).subnets.map(({ id }) => id) as [string, string]
const nodeRole = `arn:aws:iam::${account}:role/node`

let house: House
beforeEach(async () => {
  house = await eksHouse()
  await house.call('CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: trusting({ Service: 'ec2.amazonaws.com' }) })
})
afterEach(() => house.close())

const key = (region: string) => ({ keyArn: `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555` })
const encrypted = (resources: string[], provider: object) => ({ encryptionConfig: [{ resources, provider }] })
const networks = (more: object) => ({ resourcesVpcConfig: { subnetIds: [first, second], ...more } })

test.each([
  ['other objects than secrets encrypted', encrypted(['pods'], key('us-east-1')), 'Invalid k8s resource for encryption'],
  ['a key elsewhere', encrypted(['secrets'], key('eu-west-1')), 'The keyArn for encryptionConfig is scoped to invalid aws region.'],
  ['what is no key', encrypted(['secrets'], { keyArn: 'rubbish' }), 'The keyArn in encryptionConfig provider is invalid'],
  ['subnets of one zone', networks({ subnetIds: [first, first] }), 'Subnets specified must be in at least two different AZs'],
  ['an endpoint that nobody reaches', networks({ endpointPublicAccess: false }), 'Private and public endpoint access cannot be false'],
  [
    'six security groups',
    networks({ securityGroupIds: Array.from({ length: 6 }, (_, index) => `sg-${index}`) }),
    'At most 5 security groups can be specified in securityGroupIds.',
  ],
  ['a version that there is not', { version: '1.33.1' }, 'unsupported Kubernetes version 1.33.1'],
])('no cluster with %s', async (_what, settings, message) => {
  expect(await house.refusal('CreateCluster', demoCluster(settings))).toEqual({ code: 'InvalidParameterException', message })
})

const group = { clusterName: 'demo', nodegroupName: 'blue', subnets: [first], nodeRole }
test.each([
  ['a long name', { nodegroupName: 'x'.repeat(64) }, "nodeGroupName can't be longer than 63 characters!"],
  ['an own AMI of nowhere', { amiType: 'CUSTOM' }, "Launch template details can't be null for Custom ami type node group"],
  [
    'remote access beside a template',
    { launchTemplate: { name: 'x' }, remoteAccess: { ec2SshKey: 'x' } },
    'Remote access configuration cannot be specified with a launch template.',
  ],
  ['an update configuration of nothing', { updateConfig: {} }, 'UpdateConfig cannot be empty if set in the request.'],
  [
    'two limits of repairs',
    { nodeRepairConfig: { maxParallelNodesRepairedCount: 1, maxParallelNodesRepairedPercentage: 5 } },
    'Either provide max parallel nodes to repair count or percentage in the request.',
  ],
  [
    'nodes four versions behind',
    { version: '1.30' },
    'Cluster Kubernetes version 1.34 supports the following Nodegroup Kubernetes versions: [1.34, 1.33, 1.32, 1.31]',
  ],
])('no node group with %s', async (_what, settings, message) => {
  await house.call('CreateCluster', demoCluster())
  expect(await house.refusal('CreateNodegroup', { ...group, ...settings })).toEqual({ code: 'InvalidParameterException', message })
})

test('a node group may be three versions behind', async () => {
  await house.call('CreateCluster', demoCluster())
  expect((await house.call('CreateNodegroup', { ...group, version: '1.31' })).nodegroup.version).toBe('1.31')
})

test('no add-on in what is no namespace', async () => {
  await house.call('CreateCluster', demoCluster())
  const addon = { clusterName: 'demo', addonName: 'coredns', namespaceConfig: { namespace: 'Bad_NS' } }
  expect(await house.refusal('CreateAddon', addon)).toEqual({
    code: 'InvalidParameterException',
    message: 'Provided namespace value is not a valid RFC 1123 DNS label',
  })
})
