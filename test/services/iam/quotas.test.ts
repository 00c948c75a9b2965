import { afterEach, expect, test } from 'vitest'
import { operations } from '../../../src/services/iam/index.ts'
import { operations as organizations } from '../../../src/services/organizations/index.ts'
import { account, type House, openHouse } from '../call.ts'

let house: House
afterEach(() => house.close())

const houseWith = async (quotas: { readonly [name: string]: number }): Promise<House> => {
  house = await openHouse([...organizations, ...operations], { settings: { region: 'us-east-1', account, quotas } })
  return house
}

test('a quota that was set counts, in refusals and in the account’s summary', async () => {
  await houseWith({ UsersPerAccount: 2, PoliciesPerUser: 1 })
  for (const UserName of ['Alice', 'Bob']) await house.call('CreateUser', { UserName })
  expect(await house.refusal('CreateUser', { UserName: 'Carol' })).toEqual({
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for UsersPerAccount: 2',
  })
  await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
  expect(await house.refusal('AttachUserPolicy', { UserName: 'Bob', PolicyArn: 'arn:aws:iam::aws:policy/IAMFullAccess' })).toMatchObject({
    code: 'LimitExceeded',
  })
  expect((await house.call('GetAccountSummary')).SummaryMap).toMatchObject({
    UsersQuota: 2,
    AttachedPoliciesPerUserQuota: 1,
    RolesQuota: 1000,
  })
})

test('trust policies may be as long as their quota', async () => {
  const Statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole', Sid: 'S'.repeat(2100) }
  const role = { RoleName: 'r', AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }) }
  await houseWith({})
  expect(await house.refusal('CreateRole', role)).toMatchObject({ message: 'Cannot exceed quota for ACLSizePerRole: 2048' })
  await house.close()
  await houseWith({ ACLSizePerRole: 4096 })
  await house.call('CreateRole', role)
})

test('an organization may have as many accounts as its quota', async () => {
  await houseWith({ AccountsPerOrganization: 2 })
  await house.call('CreateOrganization')
  const create = (name: string) => house.call('CreateAccount', { AccountName: name, Email: `${name}@example.com` })
  await create('one')
  expect(await house.refusal('CreateAccount', { AccountName: 'two', Email: 'two@example.com' })).toMatchObject({
    code: 'ConstraintViolationException',
  })
})
