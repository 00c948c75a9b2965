import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  EnableOutboundWebIdentityFederationCommand,
  IAMClient,
  ListRolesCommand,
} from '@aws-sdk/client-iam'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  AssumeRoleCommand,
  AssumeRoleWithSAMLCommand,
  AssumeRoleWithWebIdentityCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, stepAt } from '../../../src/identity/totp.ts'
import { discard, startGatehouse, type TestGatehouse } from '../../e2e/gatehouse.ts'
import { fromBase32, policy } from './house.ts'
import { base64, metadata, response } from './identity-provider.ts'
import { startIssuer, type TestIssuer } from './issuer.ts'

const account = '123456789012'
let gatehouse: TestGatehouse
let issuer: TestIssuer
let iam: IAMClient
let sts: STSClient

interface Credentials {
  readonly AccessKeyId?: string | undefined
  readonly SecretAccessKey?: string | undefined
  readonly SessionToken?: string | undefined
}

/** What SDK clients are made with, for credentials or the administrator's. */
function settings(credentials?: Credentials) {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = gatehouse.environment
  const { AccessKeyId = AWS_ACCESS_KEY_ID, SecretAccessKey = AWS_SECRET_ACCESS_KEY, SessionToken } = credentials ?? {}
  return {
    endpoint: gatehouse.httpEndpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(SessionToken !== undefined && { sessionToken: SessionToken }),
    },
  }
}

const codeOfRefusal = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
  } catch (problem) {
    return (problem as { Code?: string; name: string }).Code ?? (problem as Error).name
  }
  throw new Error('was not refused')
}

beforeAll(async () => {
  gatehouse = await startGatehouse({ flags: ['--account', account, '--issuer-networks', '127.0.0.0/8,::1/128'] })
  issuer = await startIssuer(Date.now)
  iam = new IAMClient(settings())
  sts = new STSClient(settings())
})
afterAll(async () => {
  await issuer?.close()
  await discard(gatehouse)
})

const caller = async (credentials: Credentials | undefined) =>
  (await new STSClient(settings(credentials)).send(new GetCallerIdentityCommand({}))).Arn

test('a second factor, over the wire', async () => {
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }))
  const seed = fromBase32(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString())
  const SerialNumber = VirtualMFADevice?.SerialNumber ?? ''
  const step = stepAt(Date.now())
  const codes = { AuthenticationCode1: codeOf(seed, step - 2), AuthenticationCode2: codeOf(seed, step - 1) }
  await iam.send(new EnableMFADeviceCommand({ UserName: 'administrator', SerialNumber, ...codes }))
  const proof = new GetSessionTokenCommand({ SerialNumber, TokenCode: codeOf(seed, stepAt(Date.now())) })
  const { Credentials } = await sts.send(proof)
  expect((await new IAMClient(settings(Credentials)).send(new ListRolesCommand({}))).Roles).toEqual([])
  expect(await codeOfRefusal(sts.send(proof))).toBe('AccessDenied')
  const without = (await sts.send(new GetSessionTokenCommand({}))).Credentials
  expect(await codeOfRefusal(new IAMClient(settings(without)).send(new ListRolesCommand({})))).toBe('InvalidClientTokenId')
})

test('a web identity of an issuer elsewhere', async () => {
  const provider = { Url: issuer.url, ClientIDList: ['sts.amazonaws.com'], ThumbprintList: [issuer.thumbprint] }
  const { OpenIDConnectProviderArn } = await iam.send(new CreateOpenIDConnectProviderCommand(provider))
  const trust = policy({ Effect: 'Allow', Principal: { Federated: OpenIDConnectProviderArn }, Action: 'sts:AssumeRoleWithWebIdentity' })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'Deploy', AssumeRolePolicyDocument: trust }))
  const WebIdentityToken = await issuer.token({ aud: 'sts.amazonaws.com', sub: 'repo:octo-org/octo-repo:environment:production' })
  const asked = { RoleArn: Role?.Arn ?? '', RoleSessionName: 'ci', WebIdentityToken }
  const { Credentials, SubjectFromWebIdentityToken } = await sts.send(new AssumeRoleWithWebIdentityCommand(asked))
  expect(SubjectFromWebIdentityToken).toBe('repo:octo-org/octo-repo:environment:production')
  expect(await caller(Credentials)).toBe(`arn:aws:sts::${account}:assumed-role/Deploy/ci`)
})

test('a SAML user, and the record of the exchange', async () => {
  const { SAMLProviderArn } = await iam.send(new CreateSAMLProviderCommand({ Name: 'Example', SAMLMetadataDocument: metadata }))
  const trust = policy({
    Effect: 'Allow',
    Principal: { Federated: SAMLProviderArn },
    Action: 'sts:AssumeRoleWithSAML',
    Condition: { StringEquals: { 'saml:aud': 'https://signin.aws.amazon.com/saml' } },
  })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'Federated', AssumeRolePolicyDocument: trust }))
  const SAMLAssertion = base64(response(Date.now()))
  const asked = { RoleArn: Role?.Arn ?? '', PrincipalArn: SAMLProviderArn ?? '', SAMLAssertion }
  const answer = await sts.send(new AssumeRoleWithSAMLCommand(asked))
  const { Credentials, Subject, SubjectType } = answer
  expect([Subject, SubjectType]).toEqual(['alice', 'persistent'])
  expect(await caller(Credentials)).toBe(`arn:aws:sts::${account}:assumed-role/Federated/alice@example.com`)

  const trail = new CloudTrailClient(settings())
  const { Events } = await trail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'AssumeRoleWithSAML' }] }),
  )
  const record = JSON.parse(Events?.[0]?.CloudTrailEvent ?? '{}') as { userIdentity?: object }
  // CloudTrail User Guide, "CloudTrail userIdentity element", "Values for AWS STS APIs with SAML and web identity federation".
  const { NameQualifier: identityProvider } = answer
  expect(record.userIdentity).toEqual({ type: 'SAMLUser', principalId: `${identityProvider}:alice`, userName: 'alice', identityProvider })
  expect(Events?.[0]?.CloudTrailEvent).not.toContain(SAMLAssertion.slice(0, 40))
})

test('a token for programs elsewhere, by the keys that its issuer publishes', async () => {
  await iam.send(new EnableOutboundWebIdentityFederationCommand({}))
  const asked = { Audience: ['https://service.example'], SigningAlgorithm: 'ES384', DurationSeconds: 60 }
  const { WebIdentityToken = '' } = await sts.send(new GetWebIdentityTokenCommand(asked))
  const { iss = '' } = decodeJwt(WebIdentityToken)
  const published = (path: string) => fetch(`${gatehouse.httpEndpoint}${new URL(iss).pathname}/${path}`)
  const discovery = (await (await published('.well-known/openid-configuration')).json()) as { issuer: string; jwks_uri: string }
  expect(discovery.issuer).toBe(iss)
  const keys = (await (await published(discovery.jwks_uri.slice(iss.length + 1))).json()) as JSONWebKeySet
  const { payload } = await jwtVerify(WebIdentityToken, createLocalJWKSet(keys), { issuer: iss, audience: 'https://service.example' })
  expect(payload.sub).toBe(`arn:aws:iam::${account}:user/administrator`)
  expect((await published('.well-known/other')).status).toBe(404)
})

test('refusals have the codes that SDKs know', async () => {
  const none = { RoleArn: `arn:aws:iam::${account}:role/Nobody`, RoleSessionName: 'x1' }
  expect(await codeOfRefusal(sts.send(new AssumeRoleCommand(none)))).toBe('AccessDenied')
  expect(await codeOfRefusal(sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' })))).toBe(
    'InvalidAuthorizationMessageException',
  )
  const { Account } = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] ?? '' }))
  expect(Account).toBe(account)
  const badSaml = { RoleArn: none.RoleArn, PrincipalArn: `arn:aws:iam::${account}:saml-provider/Example`, SAMLAssertion: base64('<a/>') }
  expect(await codeOfRefusal(sts.send(new AssumeRoleWithSAMLCommand(badSaml)))).toBe('InvalidIdentityToken')
})
