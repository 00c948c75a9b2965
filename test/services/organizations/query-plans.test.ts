import { afterAll, beforeAll, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { growing, plansOf } from '../iam/query-plans.ts'
import { makeMember, organizationHouse } from './house.ts'

let house: House
let root: string
beforeAll(async () => {
  house = await organizationHouse()
  await house.call('CreateOrganization')
  root = (await house.call('ListRoots')).Roots[0].Id
  for (const name of ['one', 'two']) {
    await makeMember(house, name)
    await house.call('CreateOrganizationalUnit', { ParentId: root, Name: name })
  }
})
afterAll(() => house.close())

test.each([
  ['ListAccounts', {}],
  ['ListAccountsForParent', { ParentId: '' }],
  ['ListOrganizationalUnitsForParent', { ParentId: '' }],
  ['ListChildren', { ParentId: '', ChildType: 'ACCOUNT' }],
  ['ListChildren', { ParentId: '', ChildType: 'ORGANIZATIONAL_UNIT' }],
  ['ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' }],
  ['ListTargetsForPolicy', { PolicyId: 'p-FullAWSAccess' }],
  ['ListCreateAccountStatus', {}],
  ['ListDelegatedAdministrators', {}],
])('a page of %s %j costs the same however many rows there are', async (name, input) => {
  const call = { ...input, ...('ParentId' in input && { ParentId: root }), MaxResults: 1 }
  const first = await house.call(name, call)
  const plans = [...(await plansOf(house, name, call)), ...(await plansOf(house, name, { ...call, NextToken: first.NextToken }))]
  expect(plans.length).toBeGreaterThan(0)
  expect(growing(plans)).toEqual([])
})
