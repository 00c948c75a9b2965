import { afterEach, beforeEach, expect, test } from 'vitest'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { demoCluster, eksHouse } from './house.ts'

// EKS User Guide, "Rollback cluster to previous Kubernetes version".

const days = 24 * 60 * 60 * 1000

let house: House
beforeEach(async () => {
  house = await eksHouse()
  await house.call('CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: trusting({ Service: 'ec2.amazonaws.com' }) })
  await house.call('CreateCluster', demoCluster({ version: '1.33' }))
})
afterEach(() => house.close())

const to = (version: string, more: object = {}) => ({ name: 'demo', version, ...more })
const upgrade = () => house.call('UpdateClusterVersion', to('1.34'))
const versionOf = async () => (await house.call('DescribeCluster', { name: 'demo' })).cluster.version

test('a cluster goes back to the version before its upgrade, once', async () => {
  await upgrade()
  house.now += 6 * days
  const { update } = await house.call('UpdateClusterVersion', to('1.33'))
  expect(update).toMatchObject({ type: 'VersionRollback', status: 'InProgress', params: [{ type: 'Version', value: '1.33' }, {}] })
  expect(await versionOf()).toBe('1.33')
  expect(await house.refusal('UpdateClusterVersion', to('1.32'))).toMatchObject({ code: 'InvalidParameterException' })
  expect(await house.refusal('CancelUpdate', { name: 'demo', updateId: update.id })).toMatchObject({ code: 'InvalidStateException' })
  await upgrade()
  expect(await versionOf()).toBe('1.34')
})

test('not to a version that it never had, not two back, and not after seven days', async () => {
  expect(await house.refusal('UpdateClusterVersion', to('1.32'))).toMatchObject({ code: 'InvalidParameterException' })
  await upgrade()
  expect(await house.refusal('UpdateClusterVersion', to('1.32'))).toMatchObject({ code: 'InvalidParameterException' })
  house.now += 7 * days + 1
  expect((await house.refusal('UpdateClusterVersion', to('1.33', { force: true }))).message).toContain('more than 7 days')
  expect(await versionOf()).toBe('1.34')
})

test('not into extended support against its policy', async () => {
  house.now = Date.UTC(2026, 6, 28)
  await upgrade()
  house.now = Date.UTC(2026, 7, 1)
  await house.call('UpdateClusterConfig', { name: 'demo', upgradePolicy: { supportType: 'STANDARD' } })
  expect((await house.refusal('UpdateClusterVersion', to('1.33'))).message).toContain('extended support')
  await house.call('UpdateClusterConfig', { name: 'demo', upgradePolicy: { supportType: 'EXTENDED' } })
  await house.call('UpdateClusterVersion', to('1.33'))
})

test('managed nodes go back first, unless it is forced', async () => {
  await upgrade()
  const group = { clusterName: 'demo', nodegroupName: 'blue' }
  const made = { ...group, subnets: ['subnet-1'], nodeRole: `arn:aws:iam::${account}:role/node` }
  await house.call('CreateNodegroup', made)
  expect((await house.refusal('UpdateClusterVersion', to('1.33'))).message).toContain('blue')
  await house.call('UpdateNodegroupVersion', { ...group, version: '1.33' })
  await house.call('UpdateClusterVersion', to('1.33'))
  expect((await house.call('DescribeNodegroup', group)).nodegroup.version).toBe('1.33')
  await upgrade()
  await house.call('UpdateNodegroupVersion', group)
  await house.call('UpdateClusterVersion', to('1.33', { force: true }))
})

test('a timeout is for rollbacks of EKS Auto Mode clusters', async () => {
  const timeout = { rollbackConfig: { timeoutMinutes: 720 } }
  expect(await house.refusal('UpdateClusterVersion', to('1.34', timeout))).toMatchObject({ code: 'InvalidParameterException' })
  await upgrade()
  expect((await house.refusal('UpdateClusterVersion', to('1.33', timeout))).message).toContain('EKS Auto Mode')
})
