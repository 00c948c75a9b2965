import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House, startOfTime } from '../call.ts'
import { allow, arnOf, iamHouse, trustsEc2, trusting } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
})
afterEach(() => house.close())

const trustOf = async (RoleName: string) =>
  JSON.parse(decodeURIComponent((await house.call('GetRole', { RoleName })).Role.AssumeRolePolicyDocument))
const principalOf = async (RoleName: string) => (await trustOf(RoleName)).Statement[0].Principal

test('a role’s life', async () => {
  const { Role } = await house.call('CreateRole', {
    RoleName: 'Deployer',
    Path: '/ci/',
    AssumeRolePolicyDocument: trustsEc2,
    Description: 'deploys',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'Team', Value: 'a' }],
  })
  expect(Role).toMatchObject({
    RoleName: 'Deployer',
    RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    Arn: arnOf('role/ci/Deployer'),
    CreateDate: new Date(startOfTime),
  })
  expect(decodeURIComponent(Role.AssumeRolePolicyDocument)).toBe(trustsEc2)
  const whole = (await house.call('GetRole', { RoleName: 'deployer' })).Role
  expect(whole).toMatchObject({ Description: 'deploys', MaxSessionDuration: 7200, Tags: [{ Key: 'Team', Value: 'a' }], RoleLastUsed: {} })
  await house.call('UpdateRole', { RoleName: 'Deployer', Description: 'x', MaxSessionDuration: 3600 })
  const { Role: described } = await house.call('UpdateRoleDescription', { RoleName: 'Deployer', Description: 'y' })
  expect(described).toMatchObject({ Description: 'y', MaxSessionDuration: 3600 })
  const { Roles } = await house.call('ListRoles', { PathPrefix: '/ci/' })
  expect(Roles).toHaveLength(1)
  expect(Roles[0]).not.toHaveProperty('Tags')
  expect(Roles[0]).not.toHaveProperty('RoleLastUsed')
  expect(await house.refusal('CreateRole', { RoleName: 'DEPLOYER', AssumeRolePolicyDocument: trustsEc2 })).toEqual({
    code: 'EntityAlreadyExists',
    message: 'Role with name DEPLOYER already exists.',
  })
  await house.call('DeleteRole', { RoleName: 'Deployer' })
  expect(await house.refusal('GetRole', { RoleName: 'Deployer' })).toEqual({
    code: 'NoSuchEntity',
    message: 'The role with name Deployer cannot be found.',
  })
})

describe('trust policies', () => {
  test.each([
    [trusting({ AWS: arnOf('user/Nobody') }), `Invalid principal in policy: "AWS":"${arnOf('user/Nobody')}"`],
    [trusting({ AWS: arnOf('role/Nothing') }), `Invalid principal in policy: "AWS":"${arnOf('role/Nothing')}"`],
    [trusting({ AWS: 'AIDAAAAAAAAAAAAAAAAAA' }), 'Invalid principal in policy: "AWS":"AIDAAAAAAAAAAAAAAAAAA"'],
    [trusting({ Service: 'ec2' }), 'Invalid principal in policy: "SERVICE":"ec2"'],
    [trusting({ AWS: '*' }, 's3:GetObject'), 'AssumeRole policy may only specify STS AssumeRole actions.'],
    [allow('sts:AssumeRole'), /Principal|prohibited field Resource/i],
  ])('%.120s is refused', async (AssumeRolePolicyDocument, message) => {
    const refusal = await house.refusal('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument })
    expect(refusal.code).toBe('MalformedPolicyDocument')
    if (typeof message === 'string') expect(refusal.message).toBe(message)
    else expect(refusal.message).toMatch(message)
  })

  test('an account’s number means its root', async () => {
    await house.call('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument: trusting({ AWS: account }) })
    expect(await principalOf('R')).toEqual({ AWS: arnOf('root') })
  })

  test('accounts that are elsewhere are taken on trust', async () => {
    const AWS = ['arn:aws:iam::999999999999:role/Theirs', 'arn:aws:iam::999999999999:root']
    await house.call('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument: trusting({ AWS }) })
    expect(await principalOf('R')).toEqual({ AWS })
  })

  test('a user that was deleted and made anew is not trusted again', async () => {
    const { User } = await house.call('CreateUser', { UserName: 'Bob', Path: '/p/' })
    await house.call('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument: trusting({ AWS: [User.Arn, arnOf('root')] }) })
    expect(await principalOf('R')).toEqual({ AWS: [User.Arn, arnOf('root')] })
    await house.call('DeleteUser', { UserName: 'Bob' })
    await house.call('CreateUser', { UserName: 'Bob', Path: '/p/' })
    expect(await principalOf('R')).toEqual({ AWS: [User.UserId, arnOf('root')] })
    expect(
      (await house.refusal('UpdateAssumeRolePolicy', { RoleName: 'R', PolicyDocument: JSON.stringify(await trustOf('R')) })).message,
    ).toBe(`Invalid principal in policy: "AWS":"${User.UserId}"`)
  })

  test('a trusted role keeps its trust when it is not deleted; lists show ARNs too', async () => {
    await house.call('CreateRole', { RoleName: 'A', AssumeRolePolicyDocument: trustsEc2 })
    await house.call('CreateRole', { RoleName: 'B', AssumeRolePolicyDocument: trusting({ AWS: arnOf('role/A') }) })
    const stored = await house.world.store.read(tx =>
      tx.selectFrom('roles').select('trustPolicy').where('name', '=', 'B').executeTakeFirstOrThrow(),
    )
    expect(stored.trustPolicy).toMatch(/"AWS":"AROA[A-Z2-7]{17}"/)
    const { Roles } = await house.call('ListRoles')
    expect(decodeURIComponent(Roles[1].AssumeRolePolicyDocument)).toBe(trusting({ AWS: arnOf('role/A') }))
  })

  test('unique ids in conditions are left alone', async () => {
    const { User } = await house.call('CreateUser', { UserName: 'Bob' })
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: User.Arn },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:userid': User.UserId } },
      },
    })
    await house.call('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument })
    expect(JSON.stringify(await trustOf('R'))).toBe(AssumeRolePolicyDocument)
  })

  test('have 2,048 characters at most', async () => {
    const AWS = Array.from({ length: 60 }, (_, i) => `arn:aws:iam::9999999999${String(i).padStart(2, '0')}:root`)
    expect(await house.refusal('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument: trusting({ AWS }) })).toEqual({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    })
  })
})

describe('instance profiles', () => {
  beforeEach(async () => {
    await house.call('CreateRole', { RoleName: 'Node', AssumeRolePolicyDocument: trustsEc2 })
    await house.call('CreateInstanceProfile', { InstanceProfileName: 'P', Path: '/n/', Tags: [{ Key: 'k', Value: 'v' }] })
  })

  test('hold one role', async () => {
    await house.call('AddRoleToInstanceProfile', { InstanceProfileName: 'p', RoleName: 'node' })
    const { InstanceProfile } = await house.call('GetInstanceProfile', { InstanceProfileName: 'P' })
    expect(InstanceProfile).toMatchObject({
      InstanceProfileId: expect.stringMatching(/^AIPA[A-Z2-7]{17}$/),
      Arn: arnOf('instance-profile/n/P'),
      Roles: [{ RoleName: 'Node' }],
      Tags: [{ Key: 'k', Value: 'v' }],
    })
    expect(await house.refusal('AddRoleToInstanceProfile', { InstanceProfileName: 'P', RoleName: 'Node' })).toEqual({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    })
    expect((await house.call('ListInstanceProfilesForRole', { RoleName: 'Node' })).InstanceProfiles).toHaveLength(1)
    expect((await house.call('ListInstanceProfiles', {})).InstanceProfiles[0].Roles).toHaveLength(1)
  })

  test('and their roles are deleted apart', async () => {
    await house.call('AddRoleToInstanceProfile', { InstanceProfileName: 'P', RoleName: 'Node' })
    const conflict = { code: 'DeleteConflict', message: 'Cannot delete entity, must remove roles from instance profile first.' }
    expect(await house.refusal('DeleteRole', { RoleName: 'Node' })).toEqual(conflict)
    expect(await house.refusal('DeleteInstanceProfile', { InstanceProfileName: 'P' })).toEqual(conflict)
    await house.call('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'P', RoleName: 'Node' })
    expect((await house.refusal('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'P', RoleName: 'Node' })).code).toBe('NoSuchEntity')
    await house.call('DeleteInstanceProfile', { InstanceProfileName: 'P' })
    expect(await house.refusal('GetInstanceProfile', { InstanceProfileName: 'P' })).toEqual({
      code: 'NoSuchEntity',
      message: 'Instance Profile P cannot be found.',
    })
  })

  test('adding a role needs iam:PassRole on it', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument: allow('iam:AddRoleToInstanceProfile') })
    const as = await house.user('Bob')
    expect((await house.refusal('AddRoleToInstanceProfile', { InstanceProfileName: 'P', RoleName: 'Node' }, { as })).message).toBe(
      `User: ${arnOf('user/Bob')} is not authorized to perform: iam:PassRole on resource: ${arnOf('role/Node')} because no identity-based policy allows the iam:PassRole action`,
    )
  })
})
