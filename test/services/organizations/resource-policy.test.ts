import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { needsDelegation } from '../../../src/services/organizations/delegable.ts'
import { operations } from '../../../src/services/organizations/index.ts'
import { account, type House } from '../call.ts'
import { makeUser, principalOf } from '../sts/house.ts'
import { enter, makeMember, organizationHouse, policy } from './house.ts'

let house: House
let organizationId: string
let rootId: string
let member: string
let visitor: Principal
beforeEach(async () => {
  house = await organizationHouse()
  organizationId = (await house.call('CreateOrganization')).Organization.Id
  rootId = (await house.call('ListRoots')).Roots[0].Id
  member = await makeMember(house, 'security')
  await makeUser(house, 'admin')
  visitor = await enter(house, member, await house.user('admin'))
})
afterEach(() => house.close())

const delegating = (...Action: string[]) =>
  policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${member}:root` }, Action, Resource: '*' })
const put = (Content: string, more: object = {}) => house.call('PutResourcePolicy', { Content, ...more })
const type = 'SERVICE_CONTROL_POLICY'
const noUsers = policy({ Effect: 'Deny', Action: 'iam:CreateUser', Resource: '*' })

/** Organizations API Reference, "PutResourcePolicy", "DescribeResourcePolicy", "DeleteResourcePolicy". */
describe('the resource policy of an organization', () => {
  test('is made, told, replaced under the same id, and deleted', async () => {
    expect(await house.refusal('DescribeResourcePolicy')).toMatchObject({ code: 'ResourcePolicyNotFoundException' })
    const Tags = [{ Key: 'team', Value: 'security' }]
    const { ResourcePolicy } = await put(delegating('organizations:ListRoots'), { Tags })
    const { Id, Arn } = ResourcePolicy.ResourcePolicySummary
    expect(Id).toMatch(/^rp-[a-z2-7]{8}$/)
    expect(Arn).toBe(`arn:aws:organizations::${account}:resourcepolicy/${organizationId}/${Id}`)
    const replaced = await put(delegating('organizations:ListAccounts'))
    expect(replaced.ResourcePolicy.ResourcePolicySummary.Id).toBe(Id)
    expect(await house.call('DescribeResourcePolicy')).toEqual(replaced)
    expect(await house.refusal('PutResourcePolicy', { Content: delegating('organizations:ListRoots'), Tags })).toMatchObject({
      code: 'InvalidInputException',
    })
    await house.call('DeleteResourcePolicy')
    expect(await house.refusal('DeleteResourcePolicy')).toMatchObject({ code: 'ResourcePolicyNotFoundException' })
  })

  test("is the management account's to write", async () => {
    await put(delegating('organizations:DescribeResourcePolicy'))
    for (const name of ['PutResourcePolicy', 'DeleteResourcePolicy'])
      expect(await house.refusal(name, { Content: delegating('organizations:ListRoots') }, { as: visitor })).toMatchObject({
        code: 'AccessDeniedException',
      })
    expect((await house.call('DescribeResourcePolicy', {}, { as: visitor })).ResourcePolicy.ResourcePolicySummary.Id).toMatch(/^rp-/)
  })

  test.each([
    ['no JSON', '{', 'INVALID_RESOURCE_POLICY_JSON'],
    ['no principal', policy({ Effect: 'Allow', Action: 'organizations:ListRoots', Resource: '*' }), 'INVALID_RESOURCE_POLICY_JSON'],
    ["an action that stays the management account's", 'organizations:CreateAccount', 'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY'],
    ['all actions', 'organizations:*', undefined],
    ['an action of another service', 'iam:CreateUser', 'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY'],
  ])('with %s', async (_, text, reason) => {
    const content = text.startsWith('{') ? text : delegating(text)
    if (reason === undefined) return expect(await put(content)).toHaveProperty('ResourcePolicy')
    expect(await house.refusal('PutResourcePolicy', { Content: content })).toMatchObject({ code: 'InvalidInputException' })
  })
})

/** Organizations User Guide, "Delegated administrator for AWS Organizations". */
describe('a member', () => {
  test('manages policies as far as the resource policy and its own let it', async () => {
    const create = { Type: type, Name: 'no-users', Description: '', Content: noUsers }
    const mayNot = { code: 'AccessDeniedException' }
    expect(await house.refusal('CreatePolicy', create, { as: visitor })).toMatchObject(mayNot)
    await put(delegating('organizations:CreatePolicy', 'organizations:AttachPolicy', 'organizations:ListAccounts'))
    const { Policy } = await house.call('CreatePolicy', create, { as: visitor })
    const attach = { PolicyId: Policy.PolicySummary.Id, TargetId: member }
    await house.call('AttachPolicy', attach, { as: visitor })
    expect((await house.call('ListAccounts', {}, { as: visitor })).Accounts).toHaveLength(2)
    expect(await house.refusal('DetachPolicy', attach, { as: visitor })).toMatchObject(mayNot)
    // What it attached decides at once, for itself too.
    expect(await house.refusal('CreateUser', { UserName: 'u' }, { as: visitor })).toMatchObject({ code: 'AccessDenied' })
    await house.call('DeleteResourcePolicy')
    expect(await house.refusal('ListAccounts', {}, { as: visitor })).toMatchObject(mayNot)
  })

  test('whose own policies do not let it may not, whatever is delegated', async () => {
    await put(delegating('organizations:ListAccounts'))
    const trust = policy({ Effect: 'Allow', Principal: { AWS: member }, Action: 'sts:AssumeRole' })
    await house.call('CreateRole', { RoleName: 'nothing', AssumeRolePolicyDocument: trust }, { as: visitor })
    const RoleArn = `arn:aws:iam::${member}:role/nothing`
    const { Credentials } = await house.call('AssumeRole', { RoleArn, RoleSessionName: 'none' }, { as: visitor })
    expect(await house.refusal('ListAccounts', {}, { as: await principalOf(house, Credentials) })).toMatchObject({
      code: 'AccessDeniedException',
    })
  })

  test('is limited by type of policy', async () => {
    const Condition = { StringEquals: { 'organizations:PolicyType': 'RESOURCE_CONTROL_POLICY' } }
    const statement = { Effect: 'Allow', Principal: { AWS: member }, Action: 'organizations:ListPolicies', Resource: '*', Condition }
    await put(policy(statement))
    expect(await house.call('ListPolicies', { Filter: 'RESOURCE_CONTROL_POLICY' }, { as: visitor })).toHaveProperty('Policies')
    expect(await house.refusal('ListPolicies', { Filter: type }, { as: visitor })).toMatchObject({ code: 'AccessDeniedException' })
  })

  test('is not let do what cannot be delegated, by a policy that lets do all', async () => {
    await put(delegating('organizations:*'))
    const inputs: { readonly [name: string]: object } = {
      CreateAccount: { AccountName: 'x', Email: 'x@example.com' },
      CreateOrganizationalUnit: { ParentId: rootId, Name: 'x' },
      EnableAWSServiceAccess: { ServicePrincipal: 'access-analyzer.amazonaws.com' },
      DeleteOrganization: {},
    }
    for (const [name, input] of Object.entries(inputs))
      expect([name, (await house.refusal(name, input, { as: visitor })).code]).toEqual([name, 'AccessDeniedException'])
    expect((await house.call('ListRoots', {}, { as: visitor })).Roots).toMatchObject([{ Id: rootId }])
  })

  test('needs a delegation for operations that are served', () => {
    const served = new Set(operations.map(({ name }) => name))
    expect(['AttachPolicy', 'ListRoots', 'UntagResource'].filter(name => !served.has(name) || !needsDelegation(name))).toEqual([])
    expect(
      [...served].filter(name => /^(Create(Account|Organi)|Delete(Organi)|Move|Remove|Leave|Accept)/.test(name) && needsDelegation(name)),
    ).toEqual([])
  })
})
