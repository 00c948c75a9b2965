import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeAuthorizationMessage } from '../../../src/identity/authorization-message.ts'
import { outboundIssuerFile } from '../../../src/identity/outbound-tokens.ts'
import { sealTradeIn } from '../../../src/identity/trade-in-token.ts'
import { denialError } from '../../../src/server/call/denial-error.ts'
import { GetCallerIdentity } from '../../../src/services/sts/caller-identity.ts'
import { account, type House } from '../call.ts'
import { allowing, hour, makeRole, makeUser, policy, principalOf, roleArn, stsHouse, trusting } from './house.ts'

let house: House
beforeEach(async () => {
  house = await stsHouse()
  await makeUser(house, 'Bob')
})
afterEach(() => house.close())

const bob = () => house.user('Bob')
const session = async (role: string) => {
  const asked = { RoleArn: roleArn(role), RoleSessionName: 'work' }
  return principalOf(house, (await house.call('AssumeRole', asked, { as: await bob() })).Credentials)
}

describe('GetWebIdentityToken', () => {
  test.each(['RS256', 'ES384'])('%s: a token that the published keys verify', async SigningAlgorithm => {
    const { IssuerIdentifier } = await house.call('EnableOutboundWebIdentityFederation')
    await makeRole(house, 'Worker', trusting({ AWS: account }), allowing('*'), { Tags: [{ Key: 'team', Value: 'a' }] })
    const asked = { Audience: ['https://service.example'], SigningAlgorithm, Tags: [{ Key: 'job', Value: '7' }], Scope: 'read write' }
    const { WebIdentityToken, Expiration } = await house.call('GetWebIdentityToken', asked, { as: await session('Worker') })

    const file = (path: string) => house.world.store.read(tx => outboundIssuerFile(tx, IssuerIdentifier, path))
    const discovery = (await file('.well-known/openid-configuration')) as { issuer: string; jwks_uri: string }
    expect(discovery.issuer).toBe(IssuerIdentifier)
    const keys = (await file(discovery.jwks_uri.slice(IssuerIdentifier.length + 1))) as JSONWebKeySet
    const { payload } = await jwtVerify(WebIdentityToken, createLocalJWKSet(keys), {
      issuer: IssuerIdentifier,
      audience: 'https://service.example',
      currentDate: new Date(house.now),
    })
    expect(payload).toMatchObject({
      sub: roleArn('Worker'),
      scope: 'read write',
      exp: Expiration.getTime() / 1000,
      'https://sts.amazonaws.com/': {
        aws_account: account,
        source_region: 'us-east-1',
        principal_tags: { team: 'a' },
        request_tags: { job: '7' },
      },
    })
    expect(keys.keys.every(key => !('d' in key))).toBe(true)
  })

  test('the key stays the same, and other issuers have no files', async () => {
    await house.call('EnableOutboundWebIdentityFederation')
    const asked = { Audience: ['a', 'b'], SigningAlgorithm: 'ES384' }
    const first = await house.call('GetWebIdentityToken', asked, { as: await bob() })
    const second = await house.call('GetWebIdentityToken', asked, { as: await bob() })
    expect(first.WebIdentityToken.split('.')[0]).toBe(second.WebIdentityToken.split('.')[0])
    const nothing = await house.world.store.read(tx =>
      outboundIssuerFile(tx, 'https://localhost:4443/tokens/other', '.well-known/jwks.json'),
    )
    expect(nothing).toBeUndefined()
  })
})

describe('GetScopedCredentials', () => {
  test('limits the session, also where a resource policy names it', async () => {
    await makeRole(house, 'Worker', trusting({ AWS: account }), allowing('*'))
    const named = `arn:aws:sts::${account}:assumed-role/Worker/work`
    await makeRole(house, 'Named', trusting({ AWS: named }))
    const as = await session('Worker')
    const asked = { RoleArn: roleArn('Named'), RoleSessionName: 'next' }
    await house.call('AssumeRole', asked, { as })
    const { Credentials } = await house.call('GetScopedCredentials', { Policy: allowing('iam:ListUsers') }, { as })
    const scoped = await principalOf(house, Credentials)
    expect(scoped.arn).toBe(named)
    await house.call('ListUsers', {}, { as: scoped })
    expect((await house.refusal('AssumeRole', asked, { as: scoped })).message).toMatch(
      /because no session policy allows the sts:AssumeRole action$/,
    )
    expect(await house.refusal('ListRoles', {}, { as: scoped })).toMatchObject({ code: 'AccessDenied' })
  })

  test('an explicit deny of a scope denies', async () => {
    await makeRole(house, 'Worker', trusting({ AWS: account }), allowing('*'))
    const scope = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'iam:ListUsers', Resource: '*' },
      ],
    })
    const { Credentials } = await house.call('GetScopedCredentials', { Policy: scope }, { as: await session('Worker') })
    const as = await principalOf(house, Credentials)
    expect((await house.refusal('ListUsers', {}, { as })).message).toMatch(/with an explicit deny in a session policy/)
    expect(await house.call('ListRoles', {}, { as })).toHaveProperty('Roles')
  })
})

describe('AssumeRoot', () => {
  const member = '222222222222'
  const task = (name: string) => ({ arn: `arn:aws:iam::aws:policy/root-task/${name}` })
  beforeEach(async () => {
    await house.addAccount(member)
    const value = JSON.stringify({ features: ['RootCredentialsManagement'], memberAccounts: [member] })
    await house.world.store.write(tx => tx.insertInto('accountSettings').values({ account, name: 'rootSessions', value }).execute())
  })

  test('a session of root that may do its task and nothing else', async () => {
    const { Credentials } = await house.call(
      'AssumeRoot',
      { TargetPrincipal: member, TaskPolicyArn: task('IAMAuditRootUserCredentials') },
      { as: await bob() },
    )
    expect(Credentials.Expiration.getTime() - house.now).toBeLessThanOrEqual(900_000)
    const as = await principalOf(house, Credentials)
    expect(as).toMatchObject({ type: 'root', account: member, session: { task: task('IAMAuditRootUserCredentials').arn } })
    expect(await house.call('GetCallerIdentity', {}, { as })).toMatchObject({ Account: member, Arn: `arn:aws:iam::${member}:root` })
    expect(await house.call('GetAccountSummary', {}, { as })).toHaveProperty('SummaryMap')
    expect((await house.refusal('CreateUser', { UserName: 'Eve' }, { as })).message).toMatch(
      /is not authorized to perform: iam:CreateUser .*with an explicit deny in a session policy/,
    )
    expect(await house.refusal('GetSessionToken', {}, { as })).toMatchObject({ code: 'AccessDenied' })
  })

  test('of no account but the members', async () => {
    await house.addAccount('333333333333')
    for (const TargetPrincipal of ['333333333333', account, '444444444444'])
      expect(
        await house.refusal('AssumeRoot', { TargetPrincipal, TaskPolicyArn: task('IAMAuditRootUserCredentials') }, { as: await bob() }),
      ).toMatchObject({ code: 'AccessDenied' })
  })
})

describe('GetDelegatedAccessToken', () => {
  test('a trade-in token gives what was delegated, until it ends', async () => {
    const user = await bob()
    if (user.type !== 'user') throw new Error('not a user')
    const tradeIn = {
      expiresAt: house.now + hour,
      principal: user.arn,
      facts: { kind: 'user', account, ownerId: user.userId, mfaAt: house.now, scopes: [allowing('iam:ListUsers')] },
      sessionSeconds: 900,
    } as const
    const TradeInToken = sealTradeIn(house.world.secrets, tradeIn)
    const { Credentials, AssumedPrincipal } = await house.call('GetDelegatedAccessToken', { TradeInToken })
    expect(AssumedPrincipal).toBe(user.arn)
    const as = await principalOf(house, Credentials)
    await house.call('ListUsers', {}, { as })
    expect(await house.refusal('ListRoles', {}, { as })).toMatchObject({ code: 'AccessDenied' })
    house.now += hour
    expect(await house.refusal('GetDelegatedAccessToken', { TradeInToken })).toMatchObject({ code: 'ExpiredTradeInTokenException' })
  })
})

describe('DecodeAuthorizationMessage', () => {
  const statement = {
    statement: { sid: 'NoRun', action: { values: ['ec2:RunInstances'] }, resource: { values: ['*'] }, conditions: [] },
  } as never
  const message = (more: object = {}, deciding: object = statement) =>
    encodeAuthorizationMessage(
      house.world.secrets,
      {
        principal: { type: 'user', account, arn: `arn:aws:iam::${account}:user/Bob`, userId: 'AIDAEXAMPLE', userName: 'Bob' },
        action: 'ec2:RunInstances',
        resource: `arn:aws:ec2:us-east-1:${account}:instance/*`,
        context: { 'ec2:InstanceType': 't3.micro', 'aws:TagKeys': ['a', 'b'], ...more },
      },
      { effect: 'explicitDeny', decidedBy: 'identity', statements: [deciding as never], crossAccount: false },
      { principalId: 'AIDAEXAMPLE', account, now: house.now },
    )

  test('tells why a request was denied', async () => {
    const { DecodedMessage } = await house.call('DecodeAuthorizationMessage', { EncodedMessage: message() }, { as: await bob() })
    expect(JSON.parse(DecodedMessage)).toMatchObject({
      allowed: false,
      explicitDeny: true,
      matchedStatements: {
        items: [
          {
            statementId: 'NoRun',
            effect: 'DENY',
            principals: { items: [{ value: 'AIDAEXAMPLE' }] },
            principalGroups: { items: [] },
            actions: { items: [{ value: 'ec2:RunInstances' }] },
            resources: { items: [{ value: '*' }] },
            conditions: { items: [] },
          },
        ],
      },
      context: {
        principal: { id: 'AIDAEXAMPLE', name: 'Bob', arn: `arn:aws:iam::${account}:user/Bob` },
        action: 'ec2:RunInstances',
        conditions: {
          items: [
            { key: 'ec2:InstanceType', values: { items: [{ value: 't3.micro' }] } },
            { key: 'aws:TagKeys', values: { items: [{ value: 'a' }, { value: 'b' }] } },
            { key: 'aws:ARN', values: { items: [{ value: `arn:aws:ec2:us-east-1:${account}:instance/*` }] } },
            { key: 'aws:Service', values: { items: [{ value: 'ec2' }] } },
            { key: 'aws:Region', values: { items: [{ value: 'us-east-1' }] } },
            { key: 'aws:Account', values: { items: [{ value: account }] } },
            { key: 'aws:Resource', values: { items: [{ value: 'instance/*' }] } },
            { key: 'aws:Type', values: { items: [{ value: 'instance' }] } },
          ],
        },
      },
    })
  })

  test('not to other accounts, not when altered, and not after a day', async () => {
    const EncodedMessage = message()
    const stranger = await house.addAccount('222222222222')
    expect(await house.refusal('DecodeAuthorizationMessage', { EncodedMessage }, { as: stranger })).toMatchObject({
      code: 'InvalidAuthorizationMessageException',
    })
    const altered = `${EncodedMessage.slice(0, -2)}AA`
    expect(await house.refusal('DecodeAuthorizationMessage', { EncodedMessage: altered }, { as: await bob() })).toMatchObject({
      code: 'InvalidAuthorizationMessageException',
    })
    house.now += 24 * hour
    expect(await house.refusal('DecodeAuthorizationMessage', { EncodedMessage }, { as: await bob() })).toMatchObject({
      code: 'InvalidAuthorizationMessageException',
    })
  })

  test('comes with the denials of services that give one', async () => {
    const { service } = GetCallerIdentity
    const ec2 = { ...service, encodesDenials: true, accessDenied: { code: 'UnauthorizedOperation', status: 403 } }
    const principal = await bob()
    const denial = {
      principal,
      question: { action: 'ec2:RunInstances', resource: `arn:aws:ec2:us-east-1:${account}:instance/*`, context: {} },
      resourceName: undefined,
      decision: { effect: 'implicitDeny', decidedBy: 'identity', statements: [], crossAccount: false },
      account,
      now: house.now,
    } as const
    const { code, message: text } = denialError(house.world.secrets, { ...denial, service: ec2 })
    expect(code).toBe('UnauthorizedOperation')
    const [, before, EncodedMessage] =
      /^(You are not authorized to perform this operation\. User: .*)\. Encoded authorization failure message: (\S+)$/.exec(text) ?? []
    expect(before).toMatch(/because no identity-based policy allows the ec2:RunInstances action$/)
    const { DecodedMessage } = await house.call('DecodeAuthorizationMessage', { EncodedMessage }, { as: principal })
    expect(JSON.parse(DecodedMessage)).toMatchObject({ explicitDeny: false, context: { action: 'ec2:RunInstances' } })
    expect(denialError(house.world.secrets, { ...denial, service }).message).not.toContain('Encoded')
  })

  test('a message is never too long to decode', () => {
    const large = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`aws:RequestTag/${i}`, Buffer.from(house.world.random.bytes(256)).toString('hex')]),
    )
    expect(message(large).length).toBeLessThanOrEqual(10_240)
    const resource = { values: Object.values(large) }
    const matched = { statement: { sid: 'Long', action: { values: ['*'] }, resource, conditions: [] } }
    expect(message({}, matched).length).toBeLessThanOrEqual(10_240)
  })
})

test('sessions with a policy that names a condition on the second factor of their user are told apart', async () => {
  const limited = policy({
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } },
  })
  await makeRole(house, 'Worker', trusting({ AWS: account }), limited)
  expect(await house.refusal('ListUsers', {}, { as: await session('Worker') })).toMatchObject({ code: 'AccessDenied' })
})
