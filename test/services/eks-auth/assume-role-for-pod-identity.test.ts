import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, startOfTime } from '../call.ts'
import { allow } from '../iam/house.ts'
import { clusterArn, clusterName, type PodIdentityHouse, podIdentityHouse, podsService, roleArn, trustsPods } from './house.ts'

let house: PodIdentityHouse
beforeEach(async () => {
  house = await podIdentityHouse()
})
afterEach(() => house.close())

const associate = (more: object = {}) =>
  house.call('CreatePodIdentityAssociation', {
    clusterName,
    namespace: 'shop',
    serviceAccount: 'checkout',
    roleArn: roleArn('app'),
    ...more,
  })
const assume = async (token?: string) => house.call('AssumeRoleForPodIdentity', { clusterName, token: token ?? (await house.podToken()) })
const refusal = async (token?: string, name = clusterName) =>
  house.refusal('AssumeRoleForPodIdentity', { clusterName: name, token: token ?? (await house.podToken()) })
const trust = (document: string, role = 'app') => house.call('UpdateAssumeRolePolicy', { RoleName: role, PolicyDocument: document })

const tags = {
  'eks-cluster-arn': clusterArn,
  'eks-cluster-name': clusterName,
  'kubernetes-namespace': 'shop',
  'kubernetes-service-account': 'checkout',
  'kubernetes-pod-name': 'checkout-7d9f6c5b8-x2x4z',
  'kubernetes-pod-uid': '6f3c3e1c-0b0e-4b8e-9f0f-2a112f5d7b6f',
}
const noPermission = {
  code: 'AccessDeniedException',
  message: 'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
}

/** The AssumeRole events that EKS's own calls leave. */
const assumeRoleRecords = async () => {
  const rows = await house.world.store.read(tx =>
    tx.selectFrom('records').select('json').where('eventSource', '=', 'sts.amazonaws.com').orderBy('seq').execute(),
  )
  return rows.map(({ json }) => JSON.parse(json))
}

describe('the credentials of a pod', () => {
  test('are those of the associated role, for six hours, with all session tags', async () => {
    const { association } = await associate()
    const answer = await assume()
    const session = /^eks-demo-clust-checkout-7-[0-9a-f-]{36}$/
    expect(answer).toMatchObject({
      subject: { namespace: 'shop', serviceAccount: 'checkout' },
      audience: podsService,
      podIdentityAssociation: { associationArn: association.associationArn, associationId: association.associationId },
      credentials: { expiration: new Date(startOfTime + 6 * 3_600_000) },
    })
    const { sessionName, session: facts, roleArn: arn } = await house.sessionOf(answer.credentials)
    expect(sessionName).toMatch(session)
    expect(arn).toBe(roleArn('app'))
    expect(facts.tags).toEqual(tags)
    expect(facts.transitiveTagKeys).toEqual(Object.keys(tags))
    expect(answer.assumedRoleUser.arn).toBe(`arn:aws:sts::${account}:assumed-role/app/${sessionName}`)
  })

  test('leave the AssumeRole event in which CloudTrail shows the tags', async () => {
    await associate()
    const { assumedRoleUser } = await assume()
    const [record, ...others] = await assumeRoleRecords()
    expect(others).toEqual([])
    expect(record).toMatchObject({
      eventName: 'AssumeRole',
      userIdentity: { type: 'AWSService', invokedBy: podsService },
      sourceIPAddress: podsService,
      requestParameters: {
        roleArn: roleArn('app'),
        roleSessionName: assumedRoleUser.arn.split('/').at(-1),
        durationSeconds: 21_600,
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
        transitiveTagKeys: Object.keys(tags),
      },
    })
    expect(JSON.stringify(record)).not.toMatch(/secretAccessKey|sessionToken/i)
  })

  test('have no tags when the association disables them, and then need no sts:TagSession', async () => {
    await associate({ disableSessionTags: true })
    await trust(trustsPods(undefined, ['sts:AssumeRole']))
    const { session } = await house.sessionOf((await assume()).credentials)
    expect(session.tags).toBeUndefined()
  })

  test('are limited by the policy of the association', async () => {
    await house.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'all', PolicyDocument: allow('iam:*') })
    await associate({ disableSessionTags: true, policy: allow('iam:ListUsers') })
    const as = await house.sessionOf((await assume()).credentials)
    await expect(house.call('ListUsers', {}, { as })).resolves.toBeDefined()
    expect(await house.refusal('ListRoles', {}, { as })).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('because no session policy allows the iam:ListRoles action'),
    })
  })
})

describe('the trust policy of the role', () => {
  test.each([
    ['lets EKS assume but not tag', trustsPods(undefined, ['sts:AssumeRole'])],
    ['names another cluster', trustsPods({ StringEquals: { 'aws:RequestTag/eks-cluster-name': 'another' } })],
    ['names another namespace', trustsPods({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'bank' } })],
    ['names another source', trustsPods({ ArnEquals: { 'aws:SourceArn': `${clusterArn}x` } })],
    ['trusts another service', trustsPods().replace(podsService, 'ec2.amazonaws.com')],
  ])('that %s refuses', async (_, document) => {
    await associate()
    await trust(document)
    expect(await refusal()).toEqual(noPermission)
    expect(await assumeRoleRecords()).toEqual([])
  })

  test('may name cluster, namespace, service account and source', async () => {
    await associate()
    await trust(
      trustsPods({
        StringEquals: {
          'aws:RequestTag/eks-cluster-arn': clusterArn,
          'aws:RequestTag/kubernetes-namespace': 'shop',
          'aws:RequestTag/kubernetes-service-account': 'checkout',
          'aws:SourceAccount': account,
        },
        ArnEquals: { 'aws:SourceArn': clusterArn },
      }),
    )
    await expect(assume()).resolves.toBeDefined()
  })

  test('a role that was deleted refuses', async () => {
    await associate()
    await house.call('DeleteRole', { RoleName: 'app' })
    expect(await refusal()).toEqual(noPermission)
  })
})

describe('a target role', () => {
  const target = roleArn('target')
  const externalId = `us-east-1/${account}/${clusterName}/shop/checkout`
  const trustsApp = (condition: object = {}) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Condition: { ArnEquals: { 'aws:PrincipalArn': roleArn('app') }, ...condition },
        },
      ],
    })
  const mayAssume = () =>
    house.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'chain', PolicyDocument: allow('sts:AssumeRole', 'sts:TagSession') })

  test('is assumed by the first role, for an hour, with its tags', async () => {
    await house.call('CreateRole', {
      RoleName: 'target',
      AssumeRolePolicyDocument: trustsApp({ StringEquals: { 'sts:ExternalId': externalId } }),
    })
    await mayAssume()
    const { association } = await associate({ targetRoleArn: target })
    expect(association).toMatchObject({ targetRoleArn: target, externalId })
    const { credentials } = await assume()
    const { roleArn: arn, session } = await house.sessionOf(credentials)
    expect(arn).toBe(target)
    expect(session).toMatchObject({ chained: true, tags })
    expect(credentials.expiration).toEqual(new Date(startOfTime + 3_600_000))
    const [first, second] = await assumeRoleRecords()
    expect(first.requestParameters.roleArn).toBe(roleArn('app'))
    expect(second).toMatchObject({
      userIdentity: { type: 'AssumedRole', invokedBy: podsService },
      requestParameters: { roleArn: target, externalId },
    })
  })

  test.each([
    ['the first role may not assume it', false, {}],
    ['its trust policy wants another external id', true, { StringEquals: { 'sts:ExternalId': `${externalId}x` } }],
    ['its trust policy wants another namespace', true, { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'bank' } }],
  ])('is refused when %s', async (_, allowed, condition) => {
    await house.call('CreateRole', { RoleName: 'target', AssumeRolePolicyDocument: trustsApp(condition) })
    if (allowed) await mayAssume()
    await associate({ targetRoleArn: target })
    expect(await refusal()).toEqual(noPermission)
  })
})

describe('a token', () => {
  test.each([
    ['for another audience', { audiences: ['sts.amazonaws.com'] }, 'InvalidTokenException', /for another audience/],
    ['of another issuer', { issuer: 'https://example.com' }, 'InvalidTokenException', /of another issuer/],
    ['not bound to a pod', { pod: undefined }, 'InvalidTokenException', /not bound to a pod/],
    [
      'that has expired',
      { now: startOfTime - 7_200_000 },
      'ExpiredTokenException',
      /^The token included in the request is expired: current date\/time 2026-01-15T12:00:00.000Z must be before the expiration date\/time 2026-01-15T11:00:00Z$/,
    ],
    ['that is not valid yet', { now: startOfTime + 60_000 }, 'InvalidTokenException', /not valid yet/],
    [
      'of a service account without association',
      { serviceAccount: { name: 'stranger', uid: 'x' } },
      'ResourceNotFoundException',
      /No association found/,
    ],
    ['of another namespace', { namespace: 'bank' }, 'ResourceNotFoundException', /No association found/],
  ])('%s is refused', async (_, more, code, message) => {
    await associate()
    expect(await refusal(await house.podToken(more as never))).toEqual({ code, message: expect.stringMatching(message) })
  })

  test('of another cluster is refused, and so are one that was altered and one that is none', async () => {
    await associate()
    const good = await house.podToken()
    const [header = '', , signature = ''] = good.split('.')
    const claims = Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:shop:checkout' })).toString('base64url')
    for (const token of [await house.podToken({}, 'other'), `${header}.${claims}.${signature}`, 'a.b.c'])
      expect((await refusal(token)).code).toBe('InvalidTokenException')
    expect((await refusal('not a token')).code).toBe('InvalidParameterException')
    expect(await refusal(good, 'missing')).toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

test('a token of a pod that is gone is refused in strict mode, and else is good until it ends, as on AWS', async () => {
  await associate()
  const token = await house.podToken()
  house.deletePod(tags['kubernetes-pod-uid'])
  await expect(assume(token)).resolves.toBeDefined()
  Object.assign(house.world.settings, { strictTokens: true })
  expect(await refusal(token)).toEqual({
    code: 'InvalidTokenException',
    message: 'The service account or the pod that the token is bound to no longer exists.',
  })
})

test('sessions are as short as the configuration says', async () => {
  await associate()
  Object.assign(house.world.settings, { serviceSessionSeconds: 30 })
  expect((await assume()).credentials.expiration).toEqual(new Date(startOfTime + 30_000))
})

test('the caller needs eks-auth:AssumeRoleForPodIdentity on the cluster', async () => {
  await associate()
  await house.call('CreateUser', { UserName: 'node' })
  const as = await house.user('node')
  const token = await house.podToken()
  expect(await house.refusal('AssumeRoleForPodIdentity', { clusterName, token }, { as })).toMatchObject({ code: 'AccessDeniedException' })
  const document = JSON.parse(allow('eks-auth:AssumeRoleForPodIdentity'))
  document.Statement[0].Resource = clusterArn
  await house.call('PutUserPolicy', { UserName: 'node', PolicyName: 'agent', PolicyDocument: JSON.stringify(document) })
  await expect(house.call('AssumeRoleForPodIdentity', { clusterName, token }, { as })).resolves.toBeDefined()
})
