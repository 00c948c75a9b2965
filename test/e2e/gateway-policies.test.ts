import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// Which policies count in front of a server that is reached by TLS: identity policies are the gateway's own suite, these are what bounds them.

const bucket = 'bounded'
const object = (key: string) => `arn:aws:s3:::${bucket}/${key}`
const allow = (Resource: string | string[], Action = 's3:GetObject') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let store: TestGatehouse
let gatehouse: TestGatehouse

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
const place = (of: TestGatehouse) => ({ endpoint: of.httpEndpoint, region: 'us-east-1' })
const administratorOf = (of: TestGatehouse): Keys => ({
  accessKeyId: of.environment['AWS_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: of.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
})
const s3 = (credentials: Keys, of = gatehouse) => new S3Client({ ...place(of), credentials, forcePathStyle: true, maxAttempts: 1 })
const iam = () => new IAMClient({ ...place(gatehouse), credentials: administratorOf(gatehouse) })

/** What reading an object comes to: its text, or the error's name and message. */
async function read(credentials: Keys, Key: string): Promise<string> {
  try {
    const { Body } = await s3(credentials).send(new GetObjectCommand({ Bucket: bucket, Key }))
    return (await Body?.transformToString()) ?? ''
  } catch (problem) {
    const { name, message } = problem as Error
    return `${name}: ${message}`
  }
}

async function userWith(UserName: string, policy: string, PermissionsBoundary?: string): Promise<Keys> {
  await iam().send(new CreateUserCommand({ UserName, ...(PermissionsBoundary && { PermissionsBoundary }) }))
  await iam().send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policy }))
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

beforeAll(async () => {
  store = await startGatehouse()
  const keys = administratorOf(store)
  gatehouse = await startGatehouse({
    flags: ['--upstream', `s3=${store.endpoint}`],
    environment: {
      NODE_EXTRA_CA_CERTS: join(store.data, 'ca.pem'),
      GATEHOUSE_UPSTREAM_S3_ACCESS_KEY_ID: keys.accessKeyId,
      GATEHOUSE_UPSTREAM_S3_SECRET_ACCESS_KEY: keys.secretAccessKey,
    },
  })
  const administrator = s3(administratorOf(gatehouse))
  await administrator.send(new CreateBucketCommand({ Bucket: bucket }))
  for (const Key of ['a', 'b']) await administrator.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `text of ${Key}` }))
}, 240_000)
afterAll(async () => {
  await discard(gatehouse)
  await discard(store)
})

describe('in front of a server of TLS', () => {
  test('a permissions boundary bounds what a user’s policy allows', async () => {
    const { Policy } = await iam().send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument: allow(object('a')) }))
    const bounded = await userWith('bounded', allow(object('*')), Policy?.Arn)
    expect(await read(bounded, 'a')).toBe('text of a')
    expect(await read(bounded, 'b')).toBe(
      `AccessDenied: User: arn:aws:iam::111122223333:user/bounded is not authorized to perform: s3:GetObject on resource: "${object('b')}" because no permissions boundary allows the s3:GetObject action`,
    )
  })

  test('a session policy bounds what a role allows', async () => {
    const trust = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' }
    const { Role } = await iam().send(
      new CreateRoleCommand({
        RoleName: 'reader',
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    )
    await iam().send(new PutRolePolicyCommand({ RoleName: 'reader', PolicyName: 'p', PolicyDocument: allow(object('*')) }))
    const assumer = await userWith('assumer', allow('*', 'sts:AssumeRole'))
    const { Credentials } = await new STSClient({ ...place(gatehouse), credentials: assumer }).send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'session', Policy: allow(object('a')) }),
    )
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }
    expect(await read(session, 'a')).toBe('text of a')
    expect(await read(session, 'b')).toMatch(/^AccessDenied: .*because no session policy allows the s3:GetObject action$/)
  })

  test('a bucket policy that the server behind holds is of its own callers, and lets in nobody here', async () => {
    const stranger = await userWith('stranger', allow('arn:aws:s3:::elsewhere/*'))
    const there = new IAMClient({ ...place(store), credentials: administratorOf(store) })
    const { User } = await there.send(new CreateUserCommand({ UserName: 'stranger' }))
    const namesake = { Effect: 'Allow', Principal: { AWS: User?.Arn }, Action: 's3:GetObject', Resource: object('*') }
    await s3(administratorOf(store), store).send(
      new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [namesake] }) }),
    )
    expect(await read(stranger, 'a')).toMatch(/^AccessDenied: .*because no identity-based policy allows the s3:GetObject action$/)
  })

  test('one whose certificate is not known is an unavailable service', async () => {
    const other = await startGatehouse({
      flags: ['--upstream', `s3=${store.endpoint}`],
      environment: { GATEHOUSE_UPSTREAM_S3_ACCESS_KEY_ID: 'x', GATEHOUSE_UPSTREAM_S3_SECRET_ACCESS_KEY: 'y' },
    })
    try {
      const asked = s3(administratorOf(other), other).send(new GetObjectCommand({ Bucket: bucket, Key: 'a' }))
      await expect(asked).rejects.toMatchObject({ name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } })
    } finally {
      await discard(other)
    }
  })
})

/** Policies of an organization bound members: so the gateway's account joins one that another account has made. */
describe('in an organization', () => {
  const organizations = (keys: Keys, ...words: string[]) =>
    promisify(execFile)(join(clients, 'aws'), [...words, '--output', 'json'], {
      env: {
        ...withoutAws(process.env),
        ...gatehouse.environment,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        ...(keys.sessionToken && { AWS_SESSION_TOKEN: keys.sessionToken }),
        HOME: gatehouse.data,
      },
      timeout: 60_000,
      // What the answers are is the matter of other suites.
    }).then(({ stdout }) => (stdout === '' ? {} : JSON.parse(stdout))) as Promise<{ [name: string]: { [name: string]: string } }>
  const gatewayAccount = '111122223333'
  let manager: Keys

  beforeAll(async () => {
    const own = administratorOf(gatehouse)
    await organizations(own, 'organizations', 'create-organization')
    const asked = ['--email', 'manager@example.com', '--account-name', 'manager']
    const { CreateAccountStatus } = await organizations(own, 'organizations', 'create-account', ...asked)
    const request = CreateAccountStatus?.['Id'] ?? ''
    let account: string | undefined
    for (let look = 0; account === undefined && look < 100; look++) {
      const words = ['organizations', 'describe-create-account-status', '--create-account-request-id', request]
      account = (await organizations(own, ...words))['CreateAccountStatus']?.['AccountId']
    }
    const role = `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`
    const { Credentials } = await organizations(own, 'sts', 'assume-role', '--role-arn', role, '--role-session-name', 'manager')
    manager = {
      accessKeyId: Credentials?.['AccessKeyId'] ?? '',
      secretAccessKey: Credentials?.['SecretAccessKey'] ?? '',
      sessionToken: Credentials?.['SessionToken'] ?? '',
    }
    await organizations(own, 'organizations', 'remove-account-from-organization', '--account-id', account ?? '')
    await organizations(own, 'organizations', 'delete-organization')
    await organizations(manager, 'organizations', 'create-organization')
    const target = `Id=${gatewayAccount},Type=ACCOUNT`
    const { Handshake } = await organizations(manager, 'organizations', 'invite-account-to-organization', '--target', target)
    await organizations(own, 'organizations', 'accept-handshake', '--handshake-id', Handshake?.['Id'] ?? '')
    // Service control policies are on from the beginning.
    const { Roots } = (await organizations(manager, 'organizations', 'list-roots')) as unknown as { Roots: [{ Id: string }] }
    const enabled = ['--root-id', Roots[0].Id, '--policy-type', 'RESOURCE_CONTROL_POLICY']
    await organizations(manager, 'organizations', 'enable-policy-type', ...enabled)
  }, 120_000)

  async function attach(type: string, Statement: object): Promise<string> {
    const named = ['--name', type, '--description', 'of the test', '--type', type]
    const content = JSON.stringify({ Version: '2012-10-17', Statement })
    const { Policy } = (await organizations(manager, 'organizations', 'create-policy', ...named, '--content', content)) as unknown as {
      Policy: { PolicySummary: { Id: string } }
    }
    const policy = ['--policy-id', Policy.PolicySummary.Id, '--target-id', gatewayAccount]
    await organizations(manager, 'organizations', 'attach-policy', ...policy)
    return Policy.PolicySummary.Id
  }

  test.each([
    { type: 'SERVICE_CONTROL_POLICY', principal: {}, by: 'a service control policy' },
    { type: 'RESOURCE_CONTROL_POLICY', principal: { Principal: '*' }, by: 'a resource control policy' },
  ])('$type denies what identity policies allow, until it goes', async ({ type, principal, by }) => {
    const reader = await userWith(`reader-${type}`, allow(object('*')))
    expect(await read(reader, 'b')).toBe('text of b')
    const id = await attach(type, { Effect: 'Deny', ...principal, Action: 's3:GetObject', Resource: object('b') })
    expect(await read(reader, 'a')).toBe('text of a')
    expect(await read(reader, 'b')).toMatch(new RegExp(`^AccessDenied: .*with an explicit deny in ${by}`))
    await organizations(manager, 'organizations', 'detach-policy', '--policy-id', id, '--target-id', gatewayAccount)
    expect(await read(reader, 'b')).toBe('text of b')
  })
})
