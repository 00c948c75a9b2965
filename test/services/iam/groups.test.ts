import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { allow, allPages, arnOf, iamHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
})
afterEach(() => house.close())

test('a group’s life', async () => {
  const { Group } = await house.call('CreateGroup', { GroupName: 'Admins', Path: '/eng/' })
  expect(Group).toMatchObject({ GroupName: 'Admins', GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{17}$/), Arn: arnOf('group/eng/Admins') })
  expect(await house.refusal('CreateGroup', { GroupName: 'admins' })).toEqual({
    code: 'EntityAlreadyExists',
    message: 'Group with name admins already exists.',
  })
  await house.call('UpdateGroup', { GroupName: 'admins', NewGroupName: 'Admins2', NewPath: '/' })
  expect((await house.call('GetGroup', { GroupName: 'Admins2' })).Group).toMatchObject({
    GroupId: Group.GroupId,
    Arn: arnOf('group/Admins2'),
  })
  await house.call('DeleteGroup', { GroupName: 'Admins2' })
  expect(await house.refusal('GetGroup', { GroupName: 'Admins2' })).toEqual({
    code: 'NoSuchEntity',
    message: 'The group with name Admins2 cannot be found.',
  })
})

describe('members', () => {
  beforeEach(async () => {
    await house.call('CreateGroup', { GroupName: 'g' })
    for (const UserName of ['a', 'b', 'c']) {
      await house.call('CreateUser', { UserName })
      await house.call('AddUserToGroup', { GroupName: 'g', UserName })
    }
  })

  test('come in pages', async () => {
    const pages = await allPages<{ UserName: string }>(house, 'GetGroup', { GroupName: 'g' }, 'Users', 2)
    expect(pages.map(page => page.length)).toEqual([2, 1])
    expect(new Set(pages.flat().map(user => user.UserName))).toEqual(new Set(['a', 'b', 'c']))
  })

  test('are added once and removed once', async () => {
    await house.call('AddUserToGroup', { GroupName: 'g', UserName: 'a' })
    await house.call('RemoveUserFromGroup', { GroupName: 'g', UserName: 'a' })
    expect((await house.refusal('RemoveUserFromGroup', { GroupName: 'g', UserName: 'a' })).code).toBe('NoSuchEntity')
    expect((await house.call('ListGroupsForUser', { UserName: 'a' })).Groups).toEqual([])
  })

  test('keep the group from being deleted', async () => {
    expect(await house.refusal('DeleteGroup', { GroupName: 'g' })).toEqual({
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must remove users from group first.',
    })
  })

  test('have the group’s policies, at once', async () => {
    const as = await house.user('a')
    expect((await house.refusal('ListRoles', {}, { as })).code).toBe('AccessDenied')
    await house.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: allow('iam:ListRoles') })
    await house.call('ListRoles', {}, { as })
    await house.call('RemoveUserFromGroup', { GroupName: 'g', UserName: 'a' })
    expect((await house.refusal('ListRoles', {}, { as })).code).toBe('AccessDenied')
  })

  test('are in ten groups at most', async () => {
    for (let i = 0; i < 9; i++) {
      await house.call('CreateGroup', { GroupName: `g${i}` })
      await house.call('AddUserToGroup', { GroupName: `g${i}`, UserName: 'a' })
    }
    await house.call('CreateGroup', { GroupName: 'eleventh' })
    expect(await house.refusal('AddUserToGroup', { GroupName: 'eleventh', UserName: 'a' })).toEqual({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for GroupsPerUser: 10',
    })
    const pages = await allPages<{ GroupName: string }>(house, 'ListGroupsForUser', { UserName: 'a' }, 'Groups', 4)
    expect(pages.map(page => page.length)).toEqual([4, 4, 2])
  })
})
