import { afterEach, beforeEach, expect, test } from 'vitest'
import { account, type House } from '../call.ts'
import { makeUser } from '../sts/house.ts'
import { enter, makeMember, organizationHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await organizationHouse()
  await makeUser(house, 'admin')
})
afterEach(() => house.close())

const iam = { ServicePrincipal: 'iam.amazonaws.com' }
const taskFor = (TargetPrincipal: string) => ({
  TargetPrincipal,
  TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' },
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
