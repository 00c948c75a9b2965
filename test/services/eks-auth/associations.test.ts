import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, startOfTime } from '../call.ts'
import { allow, trustsEc2 } from '../iam/house.ts'
import { clusterName, type PodIdentityHouse, podIdentityHouse, podsService, roleArn, trustsPods } from './house.ts'

let house: PodIdentityHouse
beforeEach(async () => {
  house = await podIdentityHouse()
})
afterEach(() => house.close())

const request = { clusterName, namespace: 'shop', serviceAccount: 'checkout', roleArn: roleArn('app') }
const create = (more: object = {}) => house.call('CreatePodIdentityAssociation', { ...request, ...more })

test('an association is made, told, listed, changed and deleted', async () => {
  const { association } = await create({ tags: { team: 'shop' } })
  const { associationId, associationArn } = association
  expect(associationId).toMatch(/^a-[a-z0-9]{17}$/)
  expect(associationArn).toBe(`arn:aws:eks:us-east-1:${account}:podidentityassociation/${clusterName}/${associationId}`)
  expect(association).toMatchObject({ ...request, tags: { team: 'shop' }, disableSessionTags: false, createdAt: new Date(startOfTime) })
  expect(await house.call('DescribePodIdentityAssociation', { clusterName, associationId })).toEqual({ association })
  expect((await house.call('ListTagsForResource', { resourceArn: associationArn })).tags).toEqual({ team: 'shop' })

  house.now += 60_000
  await house.call('CreateRole', { RoleName: 'next', AssumeRolePolicyDocument: trustsPods() })
  const { association: changed } = await house.call('UpdatePodIdentityAssociation', {
    clusterName,
    associationId,
    roleArn: roleArn('next'),
    disableSessionTags: true,
    policy: allow('s3:GetObject'),
  })
  expect(changed).toMatchObject({ roleArn: roleArn('next'), disableSessionTags: true, policy: allow('s3:GetObject') })
  expect(changed.modifiedAt).toEqual(new Date(startOfTime + 60_000))
  const { association: without } = await house.call('UpdatePodIdentityAssociation', { clusterName, associationId, policy: '' })
  expect(without.policy).toBeUndefined()

  expect((await house.call('DeletePodIdentityAssociation', { clusterName, associationId })).association.associationId).toBe(associationId)
  expect(await house.refusal('DescribePodIdentityAssociation', { clusterName, associationId })).toMatchObject({
    code: 'ResourceNotFoundException',
  })
  expect(await house.call('ListPodIdentityAssociations', { clusterName })).toMatchObject({ associations: [] })
})

test('lists are of a cluster, a namespace or a service account, page by page', async () => {
  for (const [namespace, serviceAccount] of [
    ['shop', 'a'],
    ['shop', 'b'],
    ['bank', 'a'],
  ])
    await create({ namespace, serviceAccount })
  const list = async (more: object) => (await house.call('ListPodIdentityAssociations', { clusterName, ...more })).associations.length
  expect([await list({}), await list({ namespace: 'shop' }), await list({ namespace: 'shop', serviceAccount: 'a' })]).toEqual([3, 2, 1])
  const first = await house.call('ListPodIdentityAssociations', { clusterName, maxResults: 2 })
  const second = await house.call('ListPodIdentityAssociations', { clusterName, maxResults: 2, nextToken: first.nextToken })
  expect([...first.associations, ...second.associations].length).toBe(3)
  expect(second.nextToken).toBeUndefined()
})

describe('a request that is refused changes nothing', () => {
  test.each([
    ['of an unknown cluster', { clusterName: 'none' }, 'ResourceNotFoundException', 'No cluster found for name: none.'],
    [
      'with a role that is not there',
      { roleArn: roleArn('none') },
      'InvalidParameterException',
      'Role provided in the request does not exist.',
    ],
    [
      'with a role that does not trust EKS',
      { roleArn: roleArn('plain') },
      'InvalidParameterException',
      'Trust policy of the role provided is invalid.',
    ],
    ['with a policy while tags are on', { policy: allow('s3:*') }, 'InvalidParameterException', /disableSessionTags must be set to true/],
    ['with a policy that is none', { policy: '{}', disableSessionTags: true }, 'InvalidParameterException', /^The policy is invalid/],
    ['with a target that is no role', { targetRoleArn: 'target' }, 'InvalidParameterException', /targetRoleArn/],
    ['with a namespace that cannot be', { namespace: 'Shop!' }, 'InvalidParameterException', /namespace/],
    ['with a service account that cannot be', { serviceAccount: 'a/b' }, 'InvalidParameterException', /serviceAccount/],
  ])('%s', async (_, more, code, message) => {
    await house.call('CreateRole', { RoleName: 'plain', AssumeRolePolicyDocument: trustsEc2 })
    expect(await house.refusal('CreatePodIdentityAssociation', { ...request, ...more })).toEqual({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    expect((await house.call('ListPodIdentityAssociations', { clusterName })).associations).toEqual([])
  })

  test('for a service account that has one; the same request again is answered the same', async () => {
    const first = await create({ clientRequestToken: 'once' })
    expect(await create({ clientRequestToken: 'once' })).toEqual(first)
    expect(await house.refusal('CreatePodIdentityAssociation', request)).toEqual({
      code: 'ResourceInUseException',
      message: `Association already exists: ${first.association.associationId}`,
    })
  })
})

test('whoever makes an association must be allowed to pass the role to pods.eks.amazonaws.com', async () => {
  await house.call('CreateUser', { UserName: 'operator' })
  const as = await house.user('operator')
  const may = (passedTo: string) =>
    house.call('PutUserPolicy', {
      UserName: 'operator',
      PolicyName: 'may',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'eks:*', Resource: '*' },
          { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*', Condition: { StringEquals: { 'iam:PassedToService': passedTo } } },
        ],
      }),
    })
  await may('ec2.amazonaws.com')
  expect(await house.refusal('CreatePodIdentityAssociation', request, { as })).toMatchObject({
    code: 'AccessDeniedException',
    message: expect.stringContaining('iam:PassRole'),
  })
  await may(podsService)
  await expect(house.call('CreatePodIdentityAssociation', request, { as })).resolves.toBeDefined()
})

test('a deleted cluster takes its associations along', async () => {
  await create()
  await house.call('DeleteCluster', { name: clusterName })
  expect(await house.world.store.read(tx => tx.selectFrom('podIdentityAssociations').selectAll().execute())).toEqual([])
})
