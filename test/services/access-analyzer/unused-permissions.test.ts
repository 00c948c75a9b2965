import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { operations } from '../../../src/services/access-analyzer/index.ts'
import { operations as iamOperations } from '../../../src/services/iam/index.ts'
import { account, type Answer, type House, openHouse } from '../call.ts'

const day = 86_400_000
const analyzerArn = `arn:aws:access-analyzer:us-east-1:${account}:analyzer/unused`
const bob = `arn:aws:iam::${account}:user/bob`

let house: House
beforeEach(async () => {
  const own = new Set(operations.map(({ name }) => name))
  house = await openHouse([...iamOperations.filter(({ name }) => !own.has(name)), ...operations])
  await house.call('CreateAnalyzer', {
    analyzerName: 'unused',
    type: 'ACCOUNT_UNUSED_ACCESS',
    configuration: { unusedAccess: { unusedAccessAge: 30 } },
  })
  await house.call('CreateUser', { UserName: 'bob' })
  house.now += 40 * day
})
afterEach(() => house.close())

const document = (...Action: string[]) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

async function use(service: string, action: string, daysAgo: number) {
  const { User } = await house.call('GetUser', { UserName: 'bob' })
  const row = { entityId: User.UserId, account, service, action, lastAt: house.now - daysAgo * day, region: 'us-east-1' }
  await house.world.store.write(tx => tx.insertInto('serviceUses').values(row).execute())
}
const findings = async (): Promise<Answer[]> => (await house.call('ListFindingsV2', { analyzerArn })).findings
const found = async () => (await findings()).find(({ findingType, status }) => findingType === 'UnusedPermission' && status === 'ACTIVE')

describe('findings of unused permissions', () => {
  test('tell the services and actions that are granted and not used', async () => {
    await house.call('PutUserPolicy', {
      UserName: 'bob',
      PolicyName: 'p',
      PolicyDocument: document('eks:DescribeCluster', 'eks:ListClusters', 's3:*'),
    })
    await use('eks', 'DescribeCluster', 1)
    await use('eks', 'ListClusters', 35)
    const finding = await found()
    expect(finding).toMatchObject({ resource: bob, resourceType: 'AWS::IAM::User', status: 'ACTIVE' })
    const { findingDetails } = await house.call('GetFindingV2', { analyzerArn, id: finding.id })
    const listed = new Date(house.now - 35 * day)
    expect(findingDetails).toEqual([
      {
        unusedPermissionDetails: {
          serviceNamespace: 'eks',
          lastAccessed: new Date(house.now - day),
          actions: [{ action: 'ListClusters', lastAccessed: listed }],
        },
      },
      { unusedPermissionDetails: { serviceNamespace: 's3' } },
    ])
    await use('s3', 'ListObjectsV2', 1)
    const {
      findingDetails: [, s3],
    } = await house.call('GetFindingV2', { analyzerArn, id: finding.id })
    expect(s3.unusedPermissionDetails.actions.map(({ action }: Answer) => action)).not.toContain('ListBucket')
  })

  test('are resolved when the permissions are gone, and count groups', async () => {
    await house.call('CreateGroup', { GroupName: 'devs' })
    await house.call('AddUserToGroup', { GroupName: 'devs', UserName: 'bob' })
    await house.call('PutGroupPolicy', { GroupName: 'devs', PolicyName: 'p', PolicyDocument: document('s3:GetObject') })
    const { id } = await found()
    await house.call('DeleteGroupPolicy', { GroupName: 'devs', PolicyName: 'p' })
    expect(await found()).toBeUndefined()
    expect(await house.call('GetFindingV2', { analyzerArn, id })).toMatchObject({ status: 'RESOLVED' })
  })

  test('are not of users and roles that are younger than the age', async () => {
    await house.call('CreateUser', { UserName: 'new' })
    await house.call('PutUserPolicy', { UserName: 'new', PolicyName: 'p', PolicyDocument: document('s3:*') })
    expect(await found()).toBeUndefined()
  })
})

describe('recommendations', () => {
  test('are policies with what was used, and which to detach', async () => {
    const { Policy } = await house.call('CreatePolicy', { PolicyName: 'wide', PolicyDocument: document('eks:*', 'iam:PassRole') })
    await house.call('AttachUserPolicy', { UserName: 'bob', PolicyArn: Policy.Arn })
    await house.call('PutUserPolicy', { UserName: 'bob', PolicyName: 'never', PolicyDocument: document('s3:*') })
    await house.call('PutUserPolicy', { UserName: 'bob', PolicyName: 'right', PolicyDocument: document('iam:GetUser') })
    await use('eks', 'DescribeCluster', 1)
    await use('iam', 'GetUser', 1)
    const { id } = await found()
    expect(await house.refusal('GetFindingRecommendation', { analyzerArn, id })).toMatchObject({ code: 'ResourceNotFoundException' })
    await house.call('GenerateFindingRecommendation', { analyzerArn, id })
    const { recommendedSteps, ...recommendation } = await house.call('GetFindingRecommendation', { analyzerArn, id })
    expect(recommendation).toEqual({
      startedAt: new Date(house.now),
      completedAt: new Date(house.now),
      resourceArn: bob,
      recommendationType: 'UnusedPermissionRecommendation',
      status: 'SUCCEEDED',
    })
    const steps = recommendedSteps.map(({ unusedPermissionsRecommendedStep }: Answer) => unusedPermissionsRecommendedStep)
    expect(steps).toEqual([
      { recommendedAction: 'DETACH_POLICY', existingPolicyId: 'never' },
      {
        recommendedAction: 'CREATE_POLICY',
        recommendedPolicy: document('eks:DescribeCluster', 'iam:PassRole'),
        existingPolicyId: Policy.Arn,
        policyUpdatedAt: new Date(house.now),
      },
      { recommendedAction: 'DETACH_POLICY', existingPolicyId: Policy.Arn, policyUpdatedAt: new Date(house.now) },
    ])
  })

  test('are for findings of unused permissions that there are', async () => {
    expect(await house.refusal('GenerateFindingRecommendation', { analyzerArn, id: 'nothing' })).toMatchObject({
      code: 'ValidationException',
    })
    await house.call('CreateAccessKey', { UserName: 'bob' })
    house.now += 40 * day
    const [key] = await findings()
    expect(key.findingType).toBe('UnusedIAMUserAccessKey')
    expect(await house.refusal('GenerateFindingRecommendation', { analyzerArn, id: key.id })).toMatchObject({ code: 'ValidationException' })
  })
})

test('service-linked analyzers are made by services of AWS alone', async () => {
  expect(await house.refusal('CreateServiceLinkedAnalyzer', { type: 'ACCOUNT_UNUSED_ACCESS' })).toMatchObject({
    code: 'AccessDeniedException',
  })
  expect(await house.refusal('DeleteServiceLinkedAnalyzer', { analyzerName: 'x' })).toMatchObject({ code: 'ResourceNotFoundException' })
})
