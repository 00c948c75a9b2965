import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { allow, allPages, arnOf, iamHouse, trustsEc2 } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
})
afterEach(() => house.close())

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

describe('customer managed policies', () => {
  test('begin with v1 as default', async () => {
    const { Policy } = await house.call('CreatePolicy', {
      PolicyName: 'P',
      Path: '/a/',
      PolicyDocument: allow('s3:*'),
      Description: 'd',
      Tags: [{ Key: 'k', Value: 'v' }],
    })
    expect(Policy).toMatchObject({
      PolicyName: 'P',
      PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
      Arn: arnOf('policy/a/P'),
      DefaultVersionId: 'v1',
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 0,
      IsAttachable: true,
      Tags: [{ Key: 'k', Value: 'v' }],
    })
    expect((await house.call('GetPolicy', { PolicyArn: Policy.Arn })).Policy).toMatchObject({ Description: 'd' })
    expect(await house.refusal('CreatePolicy', { PolicyName: 'p', PolicyDocument: allow('s3:*') })).toEqual({
      code: 'EntityAlreadyExists',
      message: 'A policy called p already exists. Duplicate names are not allowed.',
    })
  })

  test.each([
    ['{', 'MalformedPolicyDocument', /.+/],
    [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}',
      'MalformedPolicyDocument',
      /^Policy statement must contain resources\.$/,
    ],
    [allow('s3:*').replace('"s3:*"', `"${'s3:x'.repeat(1600)}"`), 'LimitExceeded', /^Cannot exceed quota for PolicySize: 6144$/],
  ])('refuses the document %.40s', async (PolicyDocument, code, message) => {
    const refusal = await house.refusal('CreatePolicy', { PolicyName: 'P', PolicyDocument })
    expect(refusal.code).toBe(code)
    expect(refusal.message).toMatch(message)
  })

  test('white space is not counted', async () => {
    await house.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: allow('s3:*') + ' '.repeat(10_000) })
  })

  test('have five versions at most, numbered on', async () => {
    const { Policy } = await house.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: allow('s3:*') })
    const PolicyArn = Policy.Arn
    for (let i = 2; i <= 5; i++) {
      house.now += 1000
      const { PolicyVersion } = await house.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: allow(`s3:Get${i}`) })
      expect(PolicyVersion).toEqual({ VersionId: `v${i}`, IsDefaultVersion: false, CreateDate: new Date(house.now) })
    }
    expect(await house.refusal('CreatePolicyVersion', { PolicyArn, PolicyDocument: allow('s3:*') })).toEqual({
      code: 'LimitExceeded',
      message: 'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    })
    expect(await house.refusal('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' })).toEqual({
      code: 'DeleteConflict',
      message: 'Cannot delete the default version of a policy.',
    })
    await house.call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v3' })
    await house.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' })
    const { PolicyVersion } = await house.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: allow('s3:*'), SetAsDefault: true })
    expect(PolicyVersion.VersionId).toBe('v6')
    const pages = await allPages<{ VersionId: string; IsDefaultVersion: boolean }>(
      house,
      'ListPolicyVersions',
      { PolicyArn },
      'Versions',
      2,
    )
    expect(pages.map(page => page.map(version => version.VersionId))).toEqual([['v6', 'v5'], ['v4', 'v3'], ['v2']])
    expect(pages.flat().filter(version => version.IsDefaultVersion)).toHaveLength(1)
  })

  test('documents come percent-encoded, as given', async () => {
    const PolicyDocument = '{\n  "Version": "2012-10-17", "Statement": {"Effect":"Allow","Action":"s3:*","Resource":"*"} }'
    const { Policy } = await house.call('CreatePolicy', { PolicyName: 'P', PolicyDocument })
    const { PolicyVersion } = await house.call('GetPolicyVersion', { PolicyArn: Policy.Arn, VersionId: 'v1' })
    expect(PolicyVersion.Document).not.toMatch(/[!'()*{}" ]/)
    expect(decodeURIComponent(PolicyVersion.Document)).toBe(PolicyDocument)
  })

  test('are deleted when unused and of one version', async () => {
    const { Policy } = await house.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: allow('s3:*') })
    const PolicyArn = Policy.Arn
    await house.call('CreateUser', { UserName: 'Bob', PermissionsBoundary: PolicyArn })
    const attached = { code: 'DeleteConflict', message: 'Cannot delete a policy attached to entities.' }
    expect(await house.refusal('DeletePolicy', { PolicyArn })).toEqual(attached)
    await house.call('DeleteUserPermissionsBoundary', { UserName: 'Bob' })
    await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn })
    expect(await house.refusal('DeletePolicy', { PolicyArn })).toEqual(attached)
    await house.call('DetachUserPolicy', { UserName: 'Bob', PolicyArn })
    await house.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: allow('s3:*') })
    expect((await house.refusal('DeletePolicy', { PolicyArn })).message).toBe(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    )
    await house.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' })
    await house.call('DeletePolicy', { PolicyArn })
    expect(await house.refusal('GetPolicy', { PolicyArn })).toEqual({ code: 'NoSuchEntity', message: `Policy ${PolicyArn} was not found.` })
  })
})

describe('AWS managed policies', () => {
  test('can be read', async () => {
    const { Policy } = await house.call('GetPolicy', { PolicyArn: readOnly })
    expect(Policy).toMatchObject({ PolicyName: 'ReadOnlyAccess', Path: '/', IsAttachable: true, Tags: [] })
    const { PolicyVersion } = await house.call('GetPolicyVersion', { PolicyArn: readOnly, VersionId: Policy.DefaultVersionId })
    expect(PolicyVersion.IsDefaultVersion).toBe(true)
    expect(JSON.parse(decodeURIComponent(PolicyVersion.Document)).Version).toBe('2012-10-17')
    expect((await house.call('ListPolicyVersions', { PolicyArn: readOnly })).Versions[0].IsDefaultVersion).toBe(true)
  })

  test('are not of the account for a perimeter by aws:ResourceAccount', async () => {
    await house.call('CreateUser', { UserName: 'Eve' })
    const perimeter = (more: object) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: '*', Resource: '*' },
          { Effect: 'Deny', ...more, Resource: '*', Condition: { StringNotEquals: { 'aws:ResourceAccount': arnOf('').split(':')[4] } } },
        ],
      })
    const put = (more: object) => house.call('PutUserPolicy', { UserName: 'Eve', PolicyName: 'p', PolicyDocument: perimeter(more) })
    await put({ Action: '*' })
    const eve = await house.user('Eve')
    expect((await house.refusal('GetPolicy', { PolicyArn: readOnly }, { as: eve })).code).toBe('AccessDenied')
    await house.call('GetUser', { UserName: 'Eve' }, { as: eve })
    await put({ NotAction: ['iam:GetPolicy'] })
    await house.call('GetPolicy', { PolicyArn: readOnly }, { as: eve })
  })

  test('can be read by users whose policies say so', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument: allow('iam:GetPolicy') })
    await house.call('GetPolicy', { PolicyArn: readOnly }, { as: await house.user('Bob') })
  })

  test('cannot be changed', async () => {
    expect((await house.refusal('CreatePolicyVersion', { PolicyArn: readOnly, PolicyDocument: allow('s3:*') })).code).toBe('NoSuchEntity')
  })

  test('of service-linked roles cannot be attached', async () => {
    await house.call('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument: trustsEc2 })
    const PolicyArn = 'arn:aws:iam::aws:policy/aws-service-role/AccessAnalyzerServiceRolePolicy'
    expect(await house.refusal('AttachRolePolicy', { RoleName: 'R', PolicyArn })).toEqual({
      code: 'PolicyNotAttachable',
      message: 'Cannot attach a Service Role Policy to a Customer Role.',
    })
  })
})

describe('ListPolicies', () => {
  beforeEach(async () => {
    for (const PolicyName of ['b', 'A', 'c']) await house.call('CreatePolicy', { PolicyName, PolicyDocument: allow('s3:*') })
    await house.call('CreatePolicy', { PolicyName: 'd', Path: '/deep/', PolicyDocument: allow('s3:*') })
    await house.call('CreateUser', { UserName: 'Bob', PermissionsBoundary: arnOf('policy/c') })
    await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn: arnOf('policy/b') })
    await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn: readOnly })
  })

  const names = async (input: object) =>
    (await house.call('ListPolicies', { MaxItems: 1000, ...input })).Policies.map((policy: { PolicyName: string }) => policy.PolicyName)

  test.each([
    [{ Scope: 'Local' }, ['A', 'b', 'c', 'd']],
    [{ Scope: 'Local', PathPrefix: '/deep/' }, ['d']],
    [{ Scope: 'Local', OnlyAttached: true }, ['b']],
    [{ OnlyAttached: true }, ['b', 'ReadOnlyAccess']],
    [{ PolicyUsageFilter: 'PermissionsBoundary' }, ['c']],
    [{ Scope: 'AWS', PathPrefix: '/job-function/', OnlyAttached: true }, []],
  ])('%j', async (input, expected) => {
    expect(await names(input)).toEqual(expected)
  })

  test('counts uses', async () => {
    const { Policies } = await house.call('ListPolicies', { Scope: 'Local' })
    const counts = Policies.map((policy: { AttachmentCount: number; PermissionsBoundaryUsageCount: number }) => [
      policy.AttachmentCount,
      policy.PermissionsBoundaryUsageCount,
    ])
    expect(counts).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 0],
    ])
  })

  test('pages over all of them: the account’s own first, each once', async () => {
    const pages = await allPages<{ PolicyName: string; Arn: string }>(house, 'ListPolicies', {}, 'Policies', 300)
    const all = pages.flat()
    expect(all.slice(0, 4).map(policy => policy.PolicyName)).toEqual(['A', 'b', 'c', 'd'])
    expect(new Set(all.map(policy => policy.Arn)).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(1000)
    const small = await allPages<{ PolicyName: string }>(
      house,
      'ListPolicies',
      { Scope: 'AWS', PathPrefix: '/job-function/' },
      'Policies',
      2,
    )
    expect(small.flat().map(policy => policy.PolicyName)).toContain('ViewOnlyAccess')
  })
})

describe('attachments', () => {
  test.each([
    ['User', 'CreateUser', {}],
    ['Group', 'CreateGroup', {}],
    ['Role', 'CreateRole', { AssumeRolePolicyDocument: trustsEc2 }],
  ])('%s: attach, list, detach', async (kind, create, input) => {
    const owner = { [`${kind}Name`]: 'x' }
    await house.call(create, { ...owner, ...input })
    await house.call(`Attach${kind}Policy`, { ...owner, PolicyArn: readOnly })
    await house.call(`Attach${kind}Policy`, { ...owner, PolicyArn: readOnly })
    expect(await house.call(`ListAttached${kind}Policies`, owner)).toEqual({
      AttachedPolicies: [{ PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly }],
      IsTruncated: false,
    })
    expect((await house.call(`ListAttached${kind}Policies`, { ...owner, PathPrefix: '/job-function/' })).AttachedPolicies).toEqual([])
    expect((await house.call('GetPolicy', { PolicyArn: readOnly })).Policy.AttachmentCount).toBe(1)
    await house.call(`Detach${kind}Policy`, { ...owner, PolicyArn: readOnly })
    expect(await house.refusal(`Detach${kind}Policy`, { ...owner, PolicyArn: readOnly })).toEqual({
      code: 'NoSuchEntity',
      message: `Policy ${readOnly} was not found.`,
    })
  })

  test('of policies that do not exist', async () => {
    await house.call('CreateUser', { UserName: 'x' })
    expect(await house.refusal('AttachUserPolicy', { UserName: 'x', PolicyArn: arnOf('policy/none') })).toEqual({
      code: 'NoSuchEntity',
      message: `Policy ${arnOf('policy/none')} does not exist or is not attachable.`,
    })
    expect(await house.refusal('AttachUserPolicy', { UserName: 'x', PolicyArn: 'not-an-arn-of-any-policy' })).toEqual({
      code: 'InvalidInput',
      message: 'ARN not-an-arn-of-any-policy is not valid.',
    })
  })

  test('ten at most', async () => {
    await house.call('CreateUser', { UserName: 'x' })
    const { Policies } = await house.call('ListPolicies', { Scope: 'AWS', PathPrefix: '/', MaxItems: 200 })
    const arns = Policies.map((policy: { Arn: string }) => policy.Arn).filter((arn: string) => !arn.includes('aws-service-role'))
    for (const PolicyArn of arns.slice(0, 10)) await house.call('AttachUserPolicy', { UserName: 'x', PolicyArn })
    expect(await house.refusal('AttachUserPolicy', { UserName: 'x', PolicyArn: arns[10] })).toEqual({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for PoliciesPerUser: 10',
    })
  })

  test('iam:PolicyARN limits what delegates attach', async () => {
    await house.call('CreateUser', { UserName: 'x' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'iam:AttachUserPolicy',
        Resource: '*',
        Condition: { ArnEquals: { 'iam:PolicyARN': readOnly } },
      },
    })
    await house.call('PutUserPolicy', { UserName: 'x', PolicyName: 'p', PolicyDocument })
    const as = await house.user('x')
    await house.call('AttachUserPolicy', { UserName: 'x', PolicyArn: readOnly }, { as })
    const admin = 'arn:aws:iam::aws:policy/AdministratorAccess'
    expect((await house.refusal('AttachUserPolicy', { UserName: 'x', PolicyArn: admin }, { as })).code).toBe('AccessDenied')
  })
})

test('ListEntitiesForPolicy tells every use once, by filter, in pages', async () => {
  for (const UserName of ['u1', 'u2']) await house.call('CreateUser', { UserName, Path: '/p/' })
  await house.call('CreateGroup', { GroupName: 'g' })
  await house.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trustsEc2, PermissionsBoundary: readOnly })
  await house.call('AttachUserPolicy', { UserName: 'u1', PolicyArn: readOnly })
  await house.call('AttachGroupPolicy', { GroupName: 'g', PolicyArn: readOnly })
  await house.call('AttachRolePolicy', { RoleName: 'r', PolicyArn: readOnly })
  await house.call('PutUserPermissionsBoundary', { UserName: 'u2', PermissionsBoundary: readOnly })

  const of = async (input: object) => {
    const found = await house.call('ListEntitiesForPolicy', { PolicyArn: readOnly, ...input })
    const names = (list: { [key: string]: string }[], key: string) => list.map(entity => entity[key])
    return [names(found.PolicyGroups, 'GroupName'), names(found.PolicyRoles, 'RoleName'), names(found.PolicyUsers, 'UserName')]
  }
  expect(await of({})).toEqual([['g'], ['r'], ['u1', 'u2']])
  expect(await of({ EntityFilter: 'User' })).toEqual([[], [], ['u1', 'u2']])
  expect(await of({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual([[], ['r'], ['u2']])
  expect(await of({ PolicyUsageFilter: 'PermissionsPolicy' })).toEqual([['g'], ['r'], ['u1']])
  expect(await of({ PathPrefix: '/p/' })).toEqual([[], [], ['u1', 'u2']])

  let marker: string | undefined
  let count = 0
  do {
    const page = await house.call('ListEntitiesForPolicy', { PolicyArn: readOnly, MaxItems: 1, Marker: marker })
    count += page.PolicyGroups.length + page.PolicyRoles.length + page.PolicyUsers.length
    marker = page.Marker
  } while (marker)
  expect(count).toBe(4)
})

describe('inline policies', () => {
  test.each([
    ['User', 'user', 2048, 'CreateUser', {}],
    ['Group', 'group', 5120, 'CreateGroup', {}],
    ['Role', 'role', 10_240, 'CreateRole', { AssumeRolePolicyDocument: trustsEc2 }],
  ])('%s', async (kind, noun, size, create, input) => {
    const owner = { [`${kind}Name`]: 'x' }
    await house.call(create, { ...owner, ...input })
    const PolicyDocument = allow('s3:*')
    await house.call(`Put${kind}Policy`, { ...owner, PolicyName: 'p', PolicyDocument: allow('ec2:*') })
    await house.call(`Put${kind}Policy`, { ...owner, PolicyName: 'p', PolicyDocument })
    const answer = await house.call(`Get${kind}Policy`, { ...owner, PolicyName: 'p' })
    expect({ ...answer, PolicyDocument: decodeURIComponent(answer.PolicyDocument) }).toEqual({ ...owner, PolicyName: 'p', PolicyDocument })
    expect(await house.call(`List${kind}Policies`, owner)).toEqual({ PolicyNames: ['p'], IsTruncated: false })

    const big = allow(...Array.from({ length: Math.ceil(size / 11) }, (_, i) => `s3:Get${String(i).padStart(4, '0')}`))
    expect(await house.refusal(`Put${kind}Policy`, { ...owner, PolicyName: 'q', PolicyDocument: big })).toEqual({
      code: 'LimitExceeded',
      message: `Maximum policy size of ${size} bytes exceeded for ${noun} x`,
    })
    await house.call(`Delete${kind}Policy`, { ...owner, PolicyName: 'p' })
    for (const name of [`Get${kind}Policy`, `Delete${kind}Policy`]) {
      expect(await house.refusal(name, { ...owner, PolicyName: 'p' })).toEqual({
        code: 'NoSuchEntity',
        message: `The ${noun} policy with name p cannot be found.`,
      })
    }
  })
})
