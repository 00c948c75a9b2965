import { describe, expect, test } from 'vitest'
import { buildRecord, type RecordFacts } from '../../src/audit/record.ts'
import type { Principal, RoleSessionPrincipal, UserPrincipal } from '../../src/identity/principal.ts'
import { eventUsernameOf, userIdentityOf } from '../../src/identity/user-identity.ts'
import { operations as eks } from '../../src/services/eks/index.ts'
import { operations as iam } from '../../src/services/iam/index.ts'
import { services } from '../../src/services/index.ts'
import { operations as sts } from '../../src/services/sts/index.ts'
import { trailValue } from '../../src/services/trail-values.ts'
import type { ServiceModel, Shape } from '../../src/wire/model.ts'

// The values are those of the CloudTrail User Guide, "CloudTrail userIdentity element", and the IAM User Guide,
// "Logging IAM and AWS STS API calls with AWS CloudTrail".
const account = '123456789012'
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
const session = { issuedAt: Date.UTC(2013, 10, 2, 1, 6, 28), expiresAt: Date.UTC(2013, 10, 2, 2, 6, 28) }
const attributes = { mfaAuthenticated: 'false', creationDate: '2013-11-02T01:06:28Z' }

const alice: UserPrincipal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/Alice`,
  principalId: 'AIDAJ45Q7YFFAREXAMPLE',
  accessKeyId,
  userId: 'AIDAJ45Q7YFFAREXAMPLE',
  userName: 'Alice',
}
const aliceIdentity = {
  type: 'IAMUser',
  principalId: 'AIDAJ45Q7YFFAREXAMPLE',
  arn: `arn:aws:iam::${account}:user/Alice`,
  accountId: account,
  accessKeyId,
  userName: 'Alice',
}
const root: Principal = { type: 'root', account, arn: `arn:aws:iam::${account}:root`, principalId: account, accessKeyId }
const rootIdentity = { type: 'Root', principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account, accessKeyId }
const role: RoleSessionPrincipal = {
  type: 'roleSession',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/RoleToBeAssumed/MySessionName`,
  principalId: 'AROAIDPPEZS35WEXAMPLE:MySessionName',
  accessKeyId,
  roleArn: `arn:aws:iam::${account}:role/RoleToBeAssumed`,
  roleId: 'AROAIDPPEZS35WEXAMPLE',
  roleName: 'RoleToBeAssumed',
  sessionName: 'MySessionName',
  session,
}
const sessionIssuer = {
  type: 'Role',
  principalId: 'AROAIDPPEZS35WEXAMPLE',
  arn: `arn:aws:iam::${account}:role/RoleToBeAssumed`,
  accountId: account,
  userName: 'RoleToBeAssumed',
}
const roleIdentity = (sessionContext: object) => ({
  type: 'AssumedRole',
  principalId: 'AROAIDPPEZS35WEXAMPLE:MySessionName',
  arn: `arn:aws:sts::${account}:assumed-role/RoleToBeAssumed/MySessionName`,
  accountId: account,
  accessKeyId,
  sessionContext: { sessionIssuer, webIdFederationData: {}, attributes, ...sessionContext },
})
const federated = (issuer: UserPrincipal | Extract<Principal, { type: 'root' }>): Principal => ({
  type: 'federatedUser',
  account,
  arn: `arn:aws:sts::${account}:federated-user/Bob`,
  principalId: `${account}:Bob`,
  accessKeyId,
  federatedUserName: 'Bob',
  issuer,
  session,
})
const federatedIdentity = (issuer: object) => ({
  type: 'FederatedUser',
  principalId: `${account}:Bob`,
  arn: `arn:aws:sts::${account}:federated-user/Bob`,
  accountId: account,
  accessKeyId,
  sessionContext: { sessionIssuer: { accountId: account, ...issuer }, attributes },
})
const provider = `arn:aws:iam::${account}:oidc-provider/accounts.example.com`

const identities: readonly { of: string; principal: Principal; username: string | undefined; expected: object }[] = [
  { of: 'the root user', principal: root, username: 'root', expected: rootIdentity },
  {
    of: 'a session of AssumeRoot',
    principal: { ...root, session: { ...session, task: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' } },
    username: 'root',
    expected: { ...rootIdentity, sessionContext: { attributes, assumedRoot: 'true' } },
  },
  { of: 'a user', principal: alice, username: 'Alice', expected: aliceIdentity },
  {
    of: 'a user with a second factor',
    principal: { ...alice, session: { ...session, mfaAt: session.issuedAt } },
    username: 'Alice',
    expected: { ...aliceIdentity, sessionContext: { attributes: { ...attributes, mfaAuthenticated: 'true' } } },
  },
  { of: 'an assumed role', principal: role, username: 'MySessionName', expected: roleIdentity({}) },
  {
    of: 'an assumed role with a source identity',
    principal: { ...role, session: { ...session, sourceIdentity: 'Alice' } },
    username: 'MySessionName',
    expected: roleIdentity({ sourceIdentity: 'Alice' }),
  },
  {
    of: 'an instance',
    principal: {
      ...role,
      session: { ...session, instance: { arn: `arn:aws:ec2:us-east-1:${account}:instance/i-1234567890abcdef0`, roleDelivery: '2.0' } },
    },
    username: 'MySessionName',
    expected: roleIdentity({ ec2RoleDelivery: '2.0' }),
  },
  {
    of: 'a web identity',
    principal: { ...role, session: { ...session, webIdentity: { provider, subject: 'user-id', audience: 'application-id' } } },
    username: 'MySessionName',
    expected: roleIdentity({
      webIdFederationData: {
        federatedProvider: provider,
        attributes: { 'accounts.example.com:sub': 'user-id', 'accounts.example.com:aud': 'application-id' },
      },
    }),
  },
  {
    of: 'a pod',
    principal: {
      ...role,
      session: {
        ...session,
        webIdentity: { provider, subject: 'system:serviceaccount:shop:cart', audience: 'sts.amazonaws.com', pod: 'cart-1' },
      },
    },
    username: 'MySessionName',
    expected: roleIdentity({
      webIdFederationData: {
        federatedProvider: provider,
        attributes: {
          'accounts.example.com:sub': 'system:serviceaccount:shop:cart',
          'accounts.example.com:aud': 'sts.amazonaws.com',
          'accounts.example.com:kubernetes.io/pod/name': 'cart-1',
        },
      },
    }),
  },
  {
    of: 'a federated user of a user',
    principal: federated(alice),
    username: 'Bob',
    expected: federatedIdentity({ type: 'IAMUser', principalId: alice.principalId, arn: alice.arn, userName: 'Alice' }),
  },
  {
    of: 'a federated user of the root user',
    principal: federated(root),
    username: 'Bob',
    expected: federatedIdentity({ type: 'Root', principalId: account, arn: root.arn }),
  },
  {
    of: 'a service',
    principal: { type: 'service', service: 'eks.amazonaws.com' },
    username: 'eks.amazonaws.com',
    expected: { type: 'AWSService', invokedBy: 'eks.amazonaws.com' },
  },
  { of: 'nobody', principal: { type: 'anonymous' }, username: undefined, expected: { type: 'Unknown', principalId: 'Anonymous' } },
]

describe('userIdentity and the name that event history knows', () => {
  test.each(identities)('of $of', ({ principal, username, expected }) => {
    expect(userIdentityOf(principal)).toEqual(expected)
    expect(eventUsernameOf(principal)).toBe(username)
  })
})

const facts: RecordFacts = {
  eventId: '3038ebd2-c98a-4c65-9b6e-e22506292313',
  requestId: '6fbbc5c4-9b9d-4cbd-8a1f-0f0e0f0e0f0e',
  at: Date.UTC(2023, 6, 19, 21, 11, 57, 999),
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateUser',
  region: 'us-east-1',
  account,
  userIdentity: aliceIdentity,
  sourceIp: '192.0.2.0',
  userAgent: 'aws-cli/2.13.5',
  readOnly: false,
  requestParameters: { userName: 'Richard' },
  responseElements: { user: { userName: 'Richard' } },
}
const expected = {
  eventVersion: '1.11',
  userIdentity: aliceIdentity,
  eventTime: '2023-07-19T21:11:57Z',
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateUser',
  awsRegion: 'us-east-1',
  sourceIPAddress: '192.0.2.0',
  userAgent: 'aws-cli/2.13.5',
  requestParameters: { userName: 'Richard' },
  responseElements: { user: { userName: 'Richard' } },
  requestID: '6fbbc5c4-9b9d-4cbd-8a1f-0f0e0f0e0f0e',
  eventID: '3038ebd2-c98a-4c65-9b6e-e22506292313',
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: 'Management',
}
const roleResource = { ARN: role.roleArn, accountId: account, type: 'AWS::IAM::Role' }

describe('a record has the fields of "CloudTrail record contents" and no other', () => {
  test.each<{ of: string; given: Partial<RecordFacts>; parts: object }>([
    { of: 'a change', given: {}, parts: {} },
    {
      of: 'a read',
      given: { eventName: 'GetUser', readOnly: true, responseElements: null },
      parts: { eventName: 'GetUser', readOnly: true, responseElements: null },
    },
    {
      of: 'a denial',
      given: { responseElements: null, error: { code: 'AccessDenied', message: 'not authorized' } },
      parts: { responseElements: null, errorCode: 'AccessDenied', errorMessage: 'not authorized' },
    },
    { of: 'a call on a resource', given: { resources: [roleResource] }, parts: { resources: [roleResource] } },
    { of: 'a call on no resource', given: { resources: [] }, parts: {} },
    { of: 'more than was asked', given: { additionalEventData: { MFAUsed: 'No' } }, parts: { additionalEventData: { MFAUsed: 'No' } } },
    {
      of: 'a call over TLS',
      given: { tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' }, host: 'iam.amazonaws.com' },
      parts: {
        tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', clientProvidedHostHeader: 'iam.amazonaws.com' },
      },
    },
    { of: 'a data event', given: { category: 'Data' }, parts: { managementEvent: false, eventCategory: 'Data' } },
    { of: 'a call that two accounts know of', given: { sharedEventId: 'shared' }, parts: { sharedEventID: 'shared' } },
    {
      of: 'what a service did by itself',
      given: { eventType: 'AwsServiceEvent', serviceEventDetails: { keyId: 'key' } },
      parts: { eventType: 'AwsServiceEvent', serviceEventDetails: { keyId: 'key' } },
    },
    { of: 'a call in the clear', given: { host: 'iam.amazonaws.com' }, parts: {} },
  ])('of $of', ({ given, parts }) => {
    expect(buildRecord({ ...facts, ...given })).toStrictEqual({ ...expected, ...parts })
  })
})

describe('error messages and user agents are cut at a thousand and twenty-four characters', () => {
  test.each([
    { length: 1023, kept: 1023 },
    { length: 1024, kept: 1024 },
    { length: 1025, kept: 1024 },
    { length: 100_000, kept: 1024 },
  ])('$length', ({ length, kept }) => {
    const record = buildRecord({ ...facts, userAgent: 'a'.repeat(length), error: { code: 'AccessDenied', message: 'm'.repeat(length) } })
    expect(record['userAgent']).toBe('a'.repeat(kept))
    expect(record['errorMessage']).toBe('m'.repeat(kept))
  })
})

describe('parameters and answers of more than a hundred KiB are omitted, additional data of more than twenty-eight', () => {
  test.each([
    { member: 'requestParameters', most: 102_400 },
    { member: 'responseElements', most: 102_400 },
    { member: 'serviceEventDetails', most: 102_400 },
    { member: 'additionalEventData', most: 28_672 },
  ])('$member', ({ member, most }) => {
    const of = (bytes: number) => ({ policy: 'é'.repeat((bytes - '{"policy":""}'.length) / 2) })
    const odd = most - ('{"policy":""}'.length % 2)
    expect(buildRecord({ ...facts, [member]: of(odd) })[member]).toEqual(of(odd))
    expect(buildRecord({ ...facts, [member]: of(odd + 2) })[member]).toEqual({
      reason: `${member} too large`,
      omitted: true,
      originalSize: odd + 2,
    })
  })
})

/** A value of a shape in which each member that a record must not show is a text of its own, to a depth at which all shapes have shown theirs. */
function filled(model: ServiceModel, shapeName: string, secret: string, depth = 6): unknown {
  const shape = model.shapes[shapeName] as Shape
  if (shape.sensitive) return shape.type === 'blob' ? Buffer.from(secret) : secret
  switch (shape.type) {
    case 'structure':
      if (depth === 0) return {}
      return Object.fromEntries(
        Object.entries(shape.members).map(([name, { shape: of }]) => [
          name,
          knownSecrets.has(name) ? secret : filled(model, of, secret, depth - 1),
        ]),
      )
    case 'list':
      return depth === 0 ? [] : [filled(model, shape.member.shape, secret, depth - 1)]
    case 'map':
      return { key: filled(model, shape.value.shape, secret, depth - 1) }
    case 'timestamp':
      return new Date(0)
    case 'blob':
      return Buffer.from('plain')
    default:
      return shape.type === 'string' ? 'plain' : 1
  }
}

/** Members that CloudTrail leaves out though the models do not call them sensitive. */
const knownSecrets = new Set(
  'SecretAccessKey secretAccessKey SessionToken sessionToken token WebIdentityToken SAMLAssertion TokenCode AuthenticationCode1 AuthenticationCode2 ContextAssertion'.split(
    ' ',
  ),
)

describe('no record shows a sensitive member of any operation of any model', () => {
  const secret = 'hunter2-hunter2-hunter2'
  const inBase64 = Buffer.from(secret).toString('base64')
  test.each(services.map(({ service }) => service).filter(({ name }) => !name.startsWith('gatehouse')))('$name', ({ model }) => {
    let hidden = 0
    for (const [name, { input, output }] of Object.entries(model.operations))
      for (const shape of [input, output]) {
        if (shape === undefined) continue
        const value = filled(model, shape, secret)
        if (JSON.stringify(value).includes(secret)) hidden++
        const shown = JSON.stringify(trailValue(model, shape, value))
        expect(shown.includes(secret) || shown.includes(inBase64), `${name}: ${shape}`).toBe(false)
      }
    if (['iam', 'sts', 'eks-auth', 's3'].includes(model.signingName)) expect(hidden).toBeGreaterThan(0)
  })
})

describe('what lets its holder act never stands in a record', () => {
  const models = Object.fromEntries([...iam, ...sts, ...eks].map(({ name, service }) => [name, service.model]))
  const secret = 'hunter2-hunter2-hunter2'
  const credentials = { AccessKeyId: 'ASIAIOSFODNN7EXAMPLE', SecretAccessKey: secret, SessionToken: secret, Expiration: new Date(facts.at) }
  test.each<{ name: string; side: 'input' | 'output'; value: object; kept: object | null }>([
    { name: 'CreateLoginProfile', side: 'input', value: { UserName: 'Richard', Password: secret }, kept: { userName: 'Richard' } },
    { name: 'UpdateLoginProfile', side: 'input', value: { UserName: 'Richard', Password: secret }, kept: { userName: 'Richard' } },
    { name: 'ChangePassword', side: 'input', value: { OldPassword: secret, NewPassword: secret }, kept: null },
    {
      name: 'CreateAccessKey',
      side: 'output',
      value: { AccessKey: { UserName: 'Richard', AccessKeyId: accessKeyId, Status: 'Active', SecretAccessKey: secret } },
      kept: { accessKey: { userName: 'Richard', accessKeyId, status: 'Active' } },
    },
    {
      name: 'AssumeRole',
      side: 'output',
      value: { Credentials: credentials },
      kept: { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', expiration: 'Jul 19, 2023, 9:11:57 PM' } },
    },
    {
      name: 'AssumeRole',
      side: 'input',
      value: { RoleArn: role.roleArn, RoleSessionName: 'MySessionName', SerialNumber: 'device', TokenCode: '123456' },
      kept: { roleArn: role.roleArn, roleSessionName: 'MySessionName', serialNumber: 'device' },
    },
    {
      name: 'AssumeRoleWithWebIdentity',
      side: 'input',
      value: { RoleArn: role.roleArn, RoleSessionName: 'MySessionName', WebIdentityToken: secret },
      kept: { roleArn: role.roleArn, roleSessionName: 'MySessionName' },
    },
    {
      name: 'AssumeRoleWithSAML',
      side: 'input',
      value: { RoleArn: role.roleArn, PrincipalArn: provider, SAMLAssertion: secret },
      kept: { roleArn: role.roleArn, principalArn: provider },
    },
    {
      name: 'UploadServerCertificate',
      side: 'input',
      value: { ServerCertificateName: 'shop', CertificateBody: 'body', PrivateKey: secret },
      kept: { serverCertificateName: 'shop', certificateBody: 'body' },
    },
    {
      name: 'CreateVirtualMFADevice',
      side: 'output',
      value: { VirtualMFADevice: { SerialNumber: 'device', Base32StringSeed: Buffer.from(secret), QRCodePNG: Buffer.from(secret) } },
      kept: { virtualMFADevice: { serialNumber: 'device' } },
    },
  ])('$name, $side', ({ name, side, value, kept }) => {
    const model = models[name]
    if (!model) throw new Error(`${name} is not served`)
    expect(trailValue(model, model.operations[name]?.[side], value)).toEqual(kept)
  })
})
