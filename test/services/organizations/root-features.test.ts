import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { putSetting } from '../../../src/identity/account-settings.ts'
import { rootArn } from '../../../src/identity/arns.ts'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type House } from '../call.ts'
import { makeDevice, makeUser, principalOf } from '../sts/house.ts'
import { enter, makeMember, organizationHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await organizationHouse()
  await makeUser(house, 'admin')
})
afterEach(() => house.close())

const iam = { ServicePrincipal: 'iam.amazonaws.com' }
const taskFor = (TargetPrincipal: string, task = 'S3UnlockBucketPolicy') => ({
  TargetPrincipal,
  TaskPolicyArn: { arn: `arn:aws:iam::aws:policy/root-task/${task}` },
})

test('features need an organization with all features, trusted access, and an account that administers it', async () => {
  expect((await house.refusal('ListOrganizationsFeatures')).code).toBe('OrganizationNotFoundException')
  await house.call('CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' })
  expect((await house.refusal('EnableOrganizationsRootSessions')).code).toBe('OrganizationNotInAllFeaturesModeException')
  await house.call('DeleteOrganization')
  const { Organization } = await house.call('CreateOrganization')
  expect((await house.refusal('EnableOrganizationsRootSessions')).code).toBe('ServiceAccessNotEnabledException')
  await house.call('EnableAWSServiceAccess', iam)
  const member = await makeMember(house, 'workload')
  const as = await enter(house, member, await house.user('admin'))
  expect((await house.refusal('ListOrganizationsFeatures', {}, { as })).code).toBe('AccountNotManagementOrDelegatedAdministratorException')
  expect(await house.call('ListOrganizationsFeatures')).toEqual({ OrganizationId: Organization.Id, EnabledFeatures: [] })
  await house.call('EnableOrganizationsRootSessions')
  expect((await house.call('EnableOrganizationsRootCredentialsManagement')).EnabledFeatures).toEqual([
    'RootCredentialsManagement',
    'RootSessions',
  ])
  expect((await house.call('DisableOrganizationsRootCredentialsManagement')).EnabledFeatures).toEqual(['RootSessions'])
  expect((await house.call('DisableOrganizationsRootSessions')).EnabledFeatures).toEqual([])
})

test('root sessions are had of members only, and only while the feature, trusted access and membership last', async () => {
  await house.call('CreateOrganization')
  await house.call('EnableAWSServiceAccess', iam)
  const member = await makeMember(house, 'workload')
  const as = await house.user('admin')
  const refused = async (target: string) => (await house.refusal('AssumeRoot', taskFor(target), { as })).code
  expect(await refused(member)).toBe('AccessDenied')
  await house.call('EnableOrganizationsRootSessions')
  expect((await house.call('AssumeRoot', taskFor(member), { as })).Credentials).toHaveProperty('SessionToken')
  const later = await makeMember(house, 'later')
  await house.call('AssumeRoot', taskFor(later), { as })
  expect(await refused(account)).toBe('AccessDenied')
  await house.call('RemoveAccountFromOrganization', { AccountId: later })
  expect(await refused(later)).toBe('AccessDenied')
  await house.call('DisableAWSServiceAccess', iam)
  expect(await refused(member)).toBe('AccessDenied')
  await house.call('EnableAWSServiceAccess', iam)
  await house.call('DisableOrganizationsRootSessions')
  expect(await refused(member)).toBe('AccessDenied')
})

test('a delegated administrator of IAM has root sessions of other members', async () => {
  await house.call('CreateOrganization')
  await house.call('EnableAWSServiceAccess', iam)
  const security = await makeMember(house, 'security')
  const member = await makeMember(house, 'workload')
  await house.call('EnableOrganizationsRootSessions')
  const as = await enter(house, security, await house.user('admin'))
  expect((await house.refusal('AssumeRoot', taskFor(member), { as })).code).toBe('AccessDenied')
  await house.call('RegisterDelegatedAdministrator', { AccountId: security, ...iam })
  await house.call('AssumeRoot', taskFor(member), { as })
  expect((await house.call('ListOrganizationsFeatures', {}, { as })).EnabledFeatures).toEqual(['RootSessions'])
  await house.call('DeregisterDelegatedAdministrator', { AccountId: security, ...iam })
  expect((await house.refusal('AssumeRoot', taskFor(member), { as })).code).toBe('AccessDenied')
})

describe('root credentials of a member account are managed by tasks. IAM User Guide, "Perform a privileged task on a member account"', () => {
  let member: string
  let admin: Principal
  /** The member's root user with a key of its own. */
  let root: Principal

  beforeEach(async () => {
    await house.call('CreateOrganization')
    await house.call('EnableAWSServiceAccess', iam)
    member = await makeMember(house, 'workload')
    admin = await house.user('admin')
    const own = { account: member, arn: rootArn(member), principalId: member, accessKeyId: '' }
    root = { type: 'root', ...own }
  })

  /** A session of the member's root user for a task. */
  async function doing(task: string): Promise<Principal> {
    const { Credentials } = await house.call('AssumeRoot', taskFor(member, task), { as: admin })
    return principalOf(house, Credentials)
  }

  test('each feature lets its own tasks be done', async () => {
    const codes = async () =>
      Promise.all(
        [
          'IAMAuditRootUserCredentials',
          'IAMCreateRootUserPassword',
          'IAMDeleteRootUserCredentials',
          'S3UnlockBucketPolicy',
          'SQSUnlockQueuePolicy',
        ].map(task =>
          doing(task).then(
            () => 'allowed',
            (problem: { code: string }) => problem.code,
          ),
        ),
      )
    const no = 'AccessDenied'
    expect(await codes()).toEqual([no, no, no, no, no])
    await house.call('EnableOrganizationsRootCredentialsManagement')
    expect(await codes()).toEqual(['allowed', 'allowed', 'allowed', no, no])
    await house.call('EnableOrganizationsRootSessions')
    await house.call('DisableOrganizationsRootCredentialsManagement')
    expect(await codes()).toEqual([no, no, no, 'allowed', 'allowed'])
  })

  test('an audit finds password, keys and devices, and cannot take them away', async () => {
    await house.call('EnableOrganizationsRootCredentialsManagement')
    await house.world.store.write(tx => putSetting(tx, member, 'rootPassword', { hash: 'scrypt$', changedAt: house.now }))
    const { AccessKey } = await house.call('CreateAccessKey', {}, { as: root })
    const as = await doing('IAMAuditRootUserCredentials')
    expect((await house.call('GetUser', {}, { as })).User.Arn).toBe(rootArn(member))
    expect((await house.call('GetLoginProfile', {}, { as })).LoginProfile).toEqual({
      UserName: 'root',
      CreateDate: new Date(house.now),
      PasswordResetRequired: false,
    })
    expect((await house.call('ListAccessKeys', {}, { as })).AccessKeyMetadata).toHaveLength(1)
    expect((await house.call('GetAccessKeyLastUsed', { AccessKeyId: AccessKey.AccessKeyId }, { as })).UserName).toBe('root')
    expect((await house.call('ListMFADevices', {}, { as })).MFADevices).toEqual([])
    expect((await house.call('ListSigningCertificates', {}, { as })).Certificates).toEqual([])
    expect((await house.call('GetAccountSummary', {}, { as })).SummaryMap).toMatchObject({
      AccountPasswordPresent: 1,
      AccountAccessKeysPresent: 1,
    })
    for (const [name, input] of [
      ['DeleteLoginProfile', {}],
      ['DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId }],
      ['ListUsers', {}],
      ['GetUser', { UserName: 'somebody' }],
      ['CreateLoginProfile', {}],
    ] as const)
      expect((await house.refusal(name, input, { as })).code, name).toBe('AccessDenied')
  })

  test('deletion leaves the root user without credentials', async () => {
    await house.call('EnableOrganizationsRootCredentialsManagement')
    await house.world.store.write(tx => putSetting(tx, member, 'rootPassword', { hash: 'scrypt$', changedAt: house.now }))
    const { AccessKey } = await house.call('CreateAccessKey', {}, { as: root })
    const { serial } = await makeDevice(house, undefined, root)
    const as = await doing('IAMDeleteRootUserCredentials')
    expect((await house.call('ListMFADevices', {}, { as })).MFADevices).toMatchObject([{ SerialNumber: serial }])
    await house.call('DeactivateMFADevice', { SerialNumber: serial }, { as })
    await house.call('DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId }, { as })
    expect((await house.refusal('DeleteSigningCertificate', { CertificateId: 'A'.repeat(32) }, { as })).code).toBe('NoSuchEntity')
    await house.call('DeleteLoginProfile', {}, { as })
    for (const name of ['GetLoginProfile', 'DeleteLoginProfile'])
      expect(await house.refusal(name, {}, { as })).toEqual({
        code: 'NoSuchEntity',
        message: 'Login Profile for User root cannot be found.',
      })
    const { SummaryMap } = await house.call('GetAccountSummary', {}, { as: await doing('IAMAuditRootUserCredentials') })
    expect(SummaryMap).toMatchObject({ AccountPasswordPresent: 0, AccountAccessKeysPresent: 0, AccountMFAEnabled: 0 })
  })

  test('a root user may be let have a password again, which the request does not choose', async () => {
    await house.call('EnableOrganizationsRootCredentialsManagement')
    const as = await doing('IAMCreateRootUserPassword')
    expect((await house.refusal('GetLoginProfile', {}, { as })).code).toBe('NoSuchEntity')
    expect((await house.refusal('CreateLoginProfile', { Password: 'Chosen-for-root-1' }, { as })).code).toBe('ValidationError')
    expect((await house.call('CreateLoginProfile', {}, { as })).LoginProfile.UserName).toBe('root')
    expect((await house.refusal('CreateLoginProfile', {}, { as })).code).toBe('EntityAlreadyExists')
    expect((await house.call('GetLoginProfile', {}, { as })).LoginProfile.CreateDate).toEqual(new Date(house.now))
  })

  test('root’s own key must name a user for a login profile', async () => {
    for (const name of ['CreateLoginProfile', 'GetLoginProfile', 'DeleteLoginProfile'])
      expect((await house.refusal(name, {}, { as: root })).code).toBe('ValidationError')
  })
})
