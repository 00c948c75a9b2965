import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House, startOfTime } from '../call.ts'
import { allow, allPages, arnOf, iamHouse, trustsEc2 } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
})
afterEach(() => house.close())

describe('CreateUser', () => {
  test('answers the new user', async () => {
    const { User } = await house.call('CreateUser', { UserName: 'Bob', Path: '/division_abc/', Tags: [{ Key: 'Dept', Value: 'x' }] })
    expect(User).toEqual({
      Path: '/division_abc/',
      UserName: 'Bob',
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      Arn: arnOf('user/division_abc/Bob'),
      CreateDate: new Date(startOfTime),
      Tags: [{ Key: 'Dept', Value: 'x' }],
    })
  })

  test('names are not distinguished by case', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    expect(await house.refusal('CreateUser', { UserName: 'BOB' })).toEqual({
      code: 'EntityAlreadyExists',
      message: 'User with name BOB already exists.',
    })
    expect((await house.call('GetUser', { UserName: 'bOb' })).User.UserName).toBe('Bob')
  })

  test.each([
    [
      { UserName: 'no spaces' },
      /^The specified value for userName is invalid\. It must contain only alphanumeric characters and\/or the following: \+=,\.@_-$/,
    ],
    [{ UserName: 'x'.repeat(65) }, /at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64/],
    [{ UserName: 'Bob', Path: 'no-slash' }, /^The specified value for path is invalid\. It must begin and end with \//],
  ])('refuses %j', async (input, message) => {
    const { code, message: text } = await house.refusal('CreateUser', input)
    expect(code).toBe('ValidationError')
    expect(text).toMatch(message)
  })

  test('the permissions boundary must exist', async () => {
    const PermissionsBoundary = arnOf('policy/Nothing')
    expect(await house.refusal('CreateUser', { UserName: 'Bob', PermissionsBoundary })).toEqual({
      code: 'NoSuchEntity',
      message: `Scope ARN: ${PermissionsBoundary} does not exist or is not attachable.`,
    })
    const { User } = await house.call('CreateUser', { UserName: 'Bob', PermissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess' })
    expect(User.PermissionsBoundary).toEqual({
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/PowerUserAccess',
    })
  })
})

describe('GetUser', () => {
  test('without a name answers the caller', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument: allow('iam:GetUser') })
    const bob = await house.user('Bob')
    expect((await house.call('GetUser', {}, { as: bob })).User.UserName).toBe('Bob')
  })

  test('without a name answers the account for root', async () => {
    const { User } = await house.call('GetUser')
    expect(User).toMatchObject({ UserId: account, Arn: arnOf('root') })
  })

  test('without a name is an error for those who are no users', async () => {
    const session = { issuedAt: house.now, expiresAt: house.now + 3_600_000 }
    const { Role } = await house.call('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument: trustsEc2 })
    const as = {
      type: 'roleSession',
      account,
      arn: `arn:aws:sts::${account}:assumed-role/R/s`,
      principalId: `${Role.RoleId}:s`,
      accessKeyId: 'ASIAXXXXXXXXXXXXXXXX',
      roleArn: Role.Arn,
      roleId: Role.RoleId,
      roleName: 'R',
      sessionName: 's',
      session,
    } as const
    expect(await house.refusal('GetUser', {}, { as })).toEqual({
      code: 'ValidationError',
      message: 'Must specify userName when calling with non-User credentials',
    })
  })

  test('unknown users', async () => {
    expect(await house.refusal('GetUser', { UserName: 'Nobody' })).toEqual({
      code: 'NoSuchEntity',
      message: 'The user with name Nobody cannot be found.',
    })
  })
})

describe('a denial names principal, action, resource and reason', () => {
  test.each([
    ['GetUser', { UserName: 'Eve' }, 'iam:GetUser on resource: user Eve'],
    ['ListUsers', {}, `iam:ListUsers on resource: ${arnOf('user/')}`],
    ['CreateUser', { UserName: 'New' }, `iam:CreateUser on resource: ${arnOf('user/New')}`],
    ['GetRole', { RoleName: 'R' }, 'iam:GetRole on resource: role R'],
    ['ListPolicies', {}, 'iam:ListPolicies on resource: policy path /'],
  ])('%s', async (name, input, what) => {
    await house.call('CreateUser', { UserName: 'Eve', Path: '/x/' })
    const as = await house.user('Eve')
    const action = what.split(' ')[0]
    expect(await house.refusal(name, input, { as })).toEqual({
      code: 'AccessDenied',
      message: `User: ${arnOf('user/x/Eve')} is not authorized to perform: ${what} because no identity-based policy allows the ${action} action`,
    })
  })
})

describe('ListUsers', () => {
  test('pages are stable and complete, in order of name', async () => {
    const names = ['delta', 'Alpha', 'charlie', 'Bravo', 'echo']
    for (const UserName of names) await house.call('CreateUser', { UserName })
    const pages = await allPages<{ UserName: string }>(house, 'ListUsers', {}, 'Users', 2)
    expect(pages.map(page => page.map(user => user.UserName))).toEqual([['Alpha', 'Bravo'], ['charlie', 'delta'], ['echo']])
  })

  test('PathPrefix chooses whole subtrees', async () => {
    await house.call('CreateUser', { UserName: 'a', Path: '/eng/' })
    await house.call('CreateUser', { UserName: 'b', Path: '/eng/web/' })
    await house.call('CreateUser', { UserName: 'c', Path: '/ops/' })
    await house.call('CreateUser', { UserName: 'd' })
    const pages = await allPages<{ UserName: string }>(house, 'ListUsers', { PathPrefix: '/eng/' }, 'Users', 1)
    expect(pages.flat().map(user => user.UserName)).toEqual(['a', 'b'])
  })

  test('lists leave out boundary and tags', async () => {
    await house.call('CreateUser', {
      UserName: 'a',
      Tags: [{ Key: 'k', Value: 'v' }],
      PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    })
    const { Users } = await house.call('ListUsers')
    expect(Object.keys(Users[0]).sort()).toEqual(['Arn', 'CreateDate', 'Path', 'UserId', 'UserName'])
  })

  test('a marker of somebody else’s making is refused', async () => {
    expect((await house.refusal('ListUsers', { Marker: 'nonsense' })).code).toBe('ValidationError')
  })
})

describe('UpdateUser', () => {
  test('renames and moves; everything stays with the user', async () => {
    const before = (await house.call('CreateUser', { UserName: 'Bob' })).User
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument: allow('iam:*') })
    await house.call('UpdateUser', { UserName: 'Bob', NewUserName: 'Robert', NewPath: '/new/' })
    const { User } = await house.call('GetUser', { UserName: 'Robert' })
    expect(User).toMatchObject({ UserId: before.UserId, Path: '/new/', Arn: arnOf('user/new/Robert') })
    expect((await house.call('ListUserPolicies', { UserName: 'Robert' })).PolicyNames).toEqual(['p'])
    expect((await house.refusal('GetUser', { UserName: 'Bob' })).code).toBe('NoSuchEntity')
  })

  test('may change the case of its own name, but not take another’s', async () => {
    await house.call('CreateUser', { UserName: 'bob' })
    await house.call('CreateUser', { UserName: 'eve' })
    await house.call('UpdateUser', { UserName: 'bob', NewUserName: 'Bob' })
    expect(await house.refusal('UpdateUser', { UserName: 'Bob', NewUserName: 'EVE' })).toEqual({
      code: 'EntityAlreadyExists',
      message: 'User with name EVE already exists.',
    })
  })

  test('needs permission on the old and the new name', async () => {
    await house.call('CreateUser', { UserName: 'admin' })
    await house.call('CreateUser', { UserName: 'Bob' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'iam:UpdateUser', Resource: arnOf('user/Bob') },
    })
    await house.call('PutUserPolicy', { UserName: 'admin', PolicyName: 'p', PolicyDocument })
    const as = await house.user('admin')
    expect((await house.refusal('UpdateUser', { UserName: 'Bob', NewUserName: 'Robert' }, { as })).code).toBe('AccessDenied')
  })
})

describe('DeleteUser refuses while something hangs on the user', () => {
  test.each([
    ['CreateAccessKey', {}, 'delete access keys'],
    ['PutUserPolicy', { PolicyName: 'p', PolicyDocument: allow('s3:*') }, 'delete policies'],
    ['AttachUserPolicy', { PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }, 'detach all policies'],
    ['AddUserToGroup', { GroupName: 'g' }, 'remove users from group'],
  ])('%s', async (name, input, remedy) => {
    await house.call('CreateUser', { UserName: 'Bob' })
    await house.call('CreateGroup', { GroupName: 'g' })
    await house.call(name, { UserName: 'Bob', ...input })
    expect(await house.refusal('DeleteUser', { UserName: 'Bob' })).toEqual({
      code: 'DeleteConflict',
      message: `Cannot delete entity, must ${remedy} first.`,
    })
  })

  test('and deletes when nothing does, with the tags', async () => {
    const { User } = await house.call('CreateUser', { UserName: 'Bob', Tags: [{ Key: 'a', Value: 'b' }] })
    await house.call('DeleteUser', { UserName: 'Bob' })
    const again = (await house.call('CreateUser', { UserName: 'Bob' })).User
    expect(again.UserId).not.toBe(User.UserId)
    expect((await house.call('ListUserTags', { UserName: 'Bob' })).Tags).toEqual([])
  })
})

describe('permissions boundaries', () => {
  test('limit what the user may do, at once', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
    const as = await house.user('Bob')
    await house.call('ListGroups', {}, { as })
    await house.call('PutUserPermissionsBoundary', { UserName: 'Bob', PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonS3FullAccess' })
    expect((await house.refusal('ListGroups', {}, { as })).message).toMatch(
      /because no permissions boundary allows the iam:ListGroups action$/,
    )
    await house.call('DeleteUserPermissionsBoundary', { UserName: 'Bob' })
    await house.call('ListGroups', {}, { as })
  })

  test('iam:PermissionsBoundary lets delegates create only bounded users', async () => {
    const boundary = 'arn:aws:iam::aws:policy/PowerUserAccess'
    await house.call('CreateUser', { UserName: 'Delegate' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'iam:CreateUser',
        Resource: '*',
        Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
      },
    })
    await house.call('PutUserPolicy', { UserName: 'Delegate', PolicyName: 'p', PolicyDocument })
    const as = await house.user('Delegate')
    expect((await house.refusal('CreateUser', { UserName: 'x' }, { as })).code).toBe('AccessDenied')
    await house.call('CreateUser', { UserName: 'x', PermissionsBoundary: boundary }, { as })
  })
})
