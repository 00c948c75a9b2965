import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthorizer } from '../../src/identity/authorizer.ts'
import { operations as eks } from '../../src/services/eks/index.ts'
import { operations as iam } from '../../src/services/iam/index.ts'
import { operations as issuers } from '../../src/services/issuers/index.ts'
import { operations as nodes } from '../../src/services/nodes/index.ts'
import { account, type House, openHouse, startOfTime } from '../services/call.ts'
import { trustsEc2, trusting } from '../services/iam/house.ts'

/** Operations that AWS has no public counterpart of are authorized as what they stand for. */
let house: House
beforeEach(async () => {
  house = await openHouse([...iam, ...eks, ...issuers, ...nodes])
  const rotateIssuerKey = async (id: string, { immediately }: { immediately: boolean }) => `${id.slice(0, 4)} ${immediately}`
  const clusters = { defaultKind: 'embedded', start: async () => undefined, stop: async () => undefined, rotateIssuerKey }
  Object.assign(house.world, { authorizer: createAuthorizer(house.world.store), clusters })
  await house.call('CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: trustsEc2 })
  await house.call('CreateInstanceProfile', { InstanceProfileName: 'node' })
  await house.call('AddRoleToInstanceProfile', { InstanceProfileName: 'node', RoleName: 'node' })
  await house.call('CreateUser', { UserName: 'operator' })
})
afterEach(() => house.close())

const roleArn = `arn:aws:iam::${account}:role/node`
const asked = { instanceProfileName: 'node', instanceId: 'i-0123456789abcdef0', roleDelivery: '2.0' }
const mayOperator = (...statements: object[]) =>
  house.call('PutUserPolicy', {
    UserName: 'operator',
    PolicyName: 'may',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  })

describe('DeliverRoleCredentials', () => {
  test('gives a session of the role, named by the instance, that knows how it was delivered', async () => {
    const { credentials, roleName, instanceProfileArn } = await house.call('DeliverRoleCredentials', asked)
    expect({ roleName, instanceProfileArn }).toEqual({
      roleName: 'node',
      instanceProfileArn: `arn:aws:iam::${account}:instance-profile/node`,
    })
    expect(house.world.sessions.open(credentials.accessKeyId, credentials.sessionToken)?.facts).toMatchObject({
      kind: 'role',
      name: asked.instanceId,
      expiresAt: startOfTime + 21_600_000,
      instance: { roleDelivery: '2.0', arn: `arn:aws:ec2:us-east-1:${account}:instance/${asked.instanceId}` },
    })
  })

  test('is for who may pass the role to EC2', async () => {
    const as = await house.user('operator')
    const profile = { Effect: 'Allow', Action: 'iam:GetInstanceProfile', Resource: '*' }
    const pass = (service: string) => ({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: roleArn,
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    })
    for (const statements of [[profile], [pass('ec2.amazonaws.com')], [profile, pass('eks.amazonaws.com')]]) {
      await mayOperator(...statements)
      expect((await house.refusal('DeliverRoleCredentials', asked, { as })).code).toBe('AccessDeniedException')
    }
    await mayOperator(profile, pass('ec2.amazonaws.com'))
    await expect(house.call('DeliverRoleCredentials', asked, { as })).resolves.toBeDefined()
  })

  test.each([
    ['of a profile that is not there', { instanceProfileName: 'none' }, 'NoSuchEntity'],
    ['for what is no instance', { instanceId: 'node' }, 'ValidationError'],
    ['by another version', { roleDelivery: '3.0' }, 'ValidationError'],
  ])('%s is refused', async (_, more, code) => {
    expect((await house.refusal('DeliverRoleCredentials', { ...asked, ...more })).code).toBe(code)
  })

  test('needs a role, and its trust', async () => {
    await house.call('UpdateAssumeRolePolicy', { RoleName: 'node', PolicyDocument: trusting({ Service: 'eks.amazonaws.com' }) })
    expect(await house.refusal('DeliverRoleCredentials', asked)).toEqual({
      code: 'AssumeRoleUnauthorizedAccess',
      message: 'EC2 cannot assume the role node.',
    })
    await house.call('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'node', RoleName: 'node' })
    expect((await house.refusal('DeliverRoleCredentials', asked)).code).toBe('InstanceProfileHasNoRole')
  })
})

describe('RotateIssuerKey', () => {
  beforeEach(async () => {
    await house.call('CreateRole', { RoleName: 'eks-cluster', AssumeRolePolicyDocument: trusting({ Service: 'eks.amazonaws.com' }) })
    await house.call('CreateCluster', {
      name: 'demo',
      roleArn: `arn:aws:iam::${account}:role/eks-cluster`,
      resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
    })
  })

  test('tells the new key', async () => {
    const { cluster } = await house.call('DescribeCluster', { name: 'demo' })
    const { issuer, keyId } = await house.call('RotateIssuerKey', { clusterName: 'demo', immediately: true })
    expect(issuer).toBe(cluster.identity.oidc.issuer)
    expect(keyId).toMatch(/^[0-9A-F]{4} true$/)
    expect((await house.refusal('RotateIssuerKey', { clusterName: 'none' })).code).toBe('ResourceNotFoundException')
  })

  test('is for who may update the cluster', async () => {
    const as = await house.user('operator')
    const update = (name: string) => ({
      Effect: 'Allow',
      Action: 'eks:UpdateClusterConfig',
      Resource: `arn:aws:eks:us-east-1:${account}:cluster/${name}`,
    })
    await mayOperator(update('other'))
    expect((await house.refusal('RotateIssuerKey', { clusterName: 'demo' }, { as })).code).toBe('AccessDeniedException')
    await mayOperator(update('demo'))
    await expect(house.call('RotateIssuerKey', { clusterName: 'demo' }, { as })).resolves.toBeDefined()
  })
})
