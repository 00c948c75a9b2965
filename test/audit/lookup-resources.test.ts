import { describe, expect, test } from 'vitest'
import { lookupResourcesOf } from '../../src/audit/lookup-resources.ts'
import type { JsonObject } from '../../src/types/json.ts'

const account = '123456789012'
const arn = (rest: string) => `arn:aws:iam::${account}:${rest}`
const record = (service: string, eventName: string, requestParameters: JsonObject | null, responseElements: JsonObject | null = null) => ({
  eventSource: `${service}.amazonaws.com`,
  eventName,
  requestParameters,
  responseElements,
})
const told = (of: ReturnType<typeof record>) => lookupResourcesOf(of).map(({ type, name }) => `${type} ${name}`)

// The types are those of the CloudTrail User Guide, "Resource types supported by CloudTrail event history"; that names, ids and ARNs are each listed is what records
// of AWS show ("Looking up events with the AWS CLI": a role is found by its name, CloudTrail_CloudWatchLogs_Role).
describe('IAM: each type of the list', () => {
  const credentials = { createDate: 'Jan 15, 2026, 12:00:00 PM', status: 'Active' }
  test.each([
    {
      of: record(
        'iam',
        'CreateUser',
        { userName: 'Bob', path: '/team/' },
        { user: { userName: 'Bob', userId: 'AIDABOB', path: '/team/', arn: arn('user/team/Bob') } },
      ),
      expected: ['AWS::IAM::User Bob', 'AWS::IAM::User AIDABOB', `AWS::IAM::User ${arn('user/team/Bob')}`],
    },
    { of: record('iam', 'UpdateUser', { userName: 'Bob', newUserName: 'Rob' }), expected: ['AWS::IAM::User Bob', 'AWS::IAM::User Rob'] },
    {
      of: record('iam', 'AddUserToGroup', { userName: 'Bob', groupName: 'admin' }),
      expected: ['AWS::IAM::User Bob', 'AWS::IAM::Group admin'],
    },
    {
      of: record('iam', 'CreateAccessKey', { userName: 'Bob' }, { accessKey: { ...credentials, userName: 'Bob', accessKeyId: 'AKIABOB' } }),
      expected: ['AWS::IAM::User Bob', 'AWS::IAM::AccessKey AKIABOB'],
    },
    {
      of: record('iam', 'AttachRolePolicy', { roleName: 'app', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      expected: ['AWS::IAM::Role app', 'AWS::IAM::Policy arn:aws:iam::aws:policy/ReadOnlyAccess'],
    },
    {
      of: record('iam', 'PutRolePolicy', { roleName: 'app', policyName: 'app', policyDocument: `{"Resource":"${arn('role/other')}"}` }),
      expected: ['AWS::IAM::Role app', 'AWS::IAM::Policy app'],
    },
    {
      of: record('iam', 'AddRoleToInstanceProfile', { instanceProfileName: 'node', roleName: 'node' }),
      expected: ['AWS::IAM::InstanceProfile node', 'AWS::IAM::Role node'],
    },
    { of: record('iam', 'CreateAccountAlias', { accountAlias: 'shop' }), expected: ['AWS::IAM::AccountAlias shop'] },
    {
      of: record('iam', 'EnableMFADevice', { userName: 'Bob', serialNumber: arn('mfa/Bob') }),
      expected: ['AWS::IAM::User Bob', `AWS::IAM::MfaDevice ${arn('mfa/Bob')}`],
    },
    { of: record('iam', 'DeactivateMFADevice', { serialNumber: 'GAHT12345678' }), expected: ['AWS::IAM::MfaDevice GAHT12345678'] },
    {
      of: record('iam', 'DeleteOpenIDConnectProvider', { openIDConnectProviderArn: arn('oidc-provider/id.example.com/a') }),
      expected: [`AWS::IAM::OpenIDConnectProvider ${arn('oidc-provider/id.example.com/a')}`],
    },
    {
      of: record('iam', 'DeleteSAMLProvider', { sAMLProviderArn: arn('saml-provider/idp') }),
      expected: [`AWS::IAM::SamlProvider ${arn('saml-provider/idp')}`],
    },
    { of: record('iam', 'DeleteServerCertificate', { serverCertificateName: 'web' }), expected: ['AWS::IAM::ServerCertificate web'] },
    {
      of: record('iam', 'DeleteSigningCertificate', { userName: 'Bob', certificateId: 'TA7S' }),
      expected: ['AWS::IAM::User Bob', 'AWS::IAM::SigningCertificate TA7S'],
    },
    {
      of: record('iam', 'DeleteSSHPublicKey', { userName: 'Bob', sSHPublicKeyId: 'APKA1' }),
      expected: ['AWS::IAM::User Bob', 'AWS::IAM::SshPublicKey APKA1'],
    },
    { of: record('iam', 'GetRole', { roleName: 'app' }), expected: ['AWS::IAM::Role app'] },
  ])('$of.eventName', ({ of, expected }) => {
    expect(told(of).toSorted()).toEqual(expected.toSorted())
  })
})

describe('other services', () => {
  const roleArn = arn('role/app')
  const sessionArn = `arn:aws:sts::${account}:assumed-role/app/JohnDoe`
  const trailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`
  test.each([
    {
      of: {
        ...record(
          'sts',
          'AssumeRole',
          { roleArn, roleSessionName: 'JohnDoe', durationSeconds: 900 },
          {
            credentials: { accessKeyId: 'ASIAJOHN', expiration: 'Jan 15, 2026, 1:00:00 PM' },
            assumedRoleUser: { assumedRoleId: 'AROAAPP:JohnDoe', arn: sessionArn },
          },
        ),
        resources: [{ ARN: roleArn, accountId: account, type: 'AWS::IAM::Role' }],
      },
      expected: [
        'AWS::IAM::AccessKey ASIAJOHN',
        'AWS::STS::AssumedRole AROAAPP:JohnDoe',
        'AWS::STS::AssumedRole JohnDoe',
        `AWS::STS::AssumedRole ${sessionArn}`,
        `AWS::IAM::Role ${roleArn}`,
      ],
    },
    {
      of: record(
        'cloudtrail',
        'CreateTrail',
        { name: 'audit', s3BucketName: 'logs' },
        { name: 'audit', trailARN: trailArn, s3BucketName: 'logs' },
      ),
      expected: ['AWS::CloudTrail::Trail audit', `AWS::CloudTrail::Trail ${trailArn}`, 'AWS::S3::Bucket logs'],
    },
    { of: record('cloudtrail', 'StopLogging', { name: 'audit' }), expected: ['AWS::CloudTrail::Trail audit'] },
    { of: record('cloudtrail', 'CreateEventDataStore', { name: 'lake' }), expected: ['AWS::CloudTrail::EventDataStore lake'] },
    { of: record('cloudtrail', 'CreateChannel', { name: 'in' }), expected: ['AWS::CloudTrail::Channel in'] },
    {
      of: record('eks', 'CreateCluster', { name: 'prod', roleArn, tags: { owner: arn('role/other') } }),
      expected: ['AWS::EKS::Cluster prod', `AWS::IAM::Role ${roleArn}`],
    },
    {
      of: record('eks', 'CreateNodegroup', { clusterName: 'prod', nodegroupName: 'blue', nodeRole: roleArn }),
      expected: ['AWS::EKS::Cluster prod', 'AWS::EKS::Nodegroup blue', `AWS::IAM::Role ${roleArn}`],
    },
    { of: record('eks', 'CreateEksAnywhereSubscription', { name: 'year' }), expected: [] },
    {
      of: record('eks', 'CreateAccessEntry', { clusterName: 'prod', principalArn: roleArn }),
      expected: ['AWS::EKS::Cluster prod', `AWS::IAM::Role ${roleArn}`],
    },
    { of: record('eks-auth', 'AssumeRoleForPodIdentity', { clusterName: 'prod' }), expected: ['AWS::EKS::Cluster prod'] },
    {
      of: record('s3', 'PutBucketPolicy', { bucketName: 'logs', bucketPolicy: { Statement: [{ Principal: { AWS: roleArn } }] } }),
      expected: ['AWS::S3::Bucket logs'],
    },
    { of: record('signin', 'ConsoleLogin', null, { ConsoleLogin: 'Success' }), expected: [] },
    { of: record('sts', 'GetCallerIdentity', null), expected: [] },
    {
      of: { ...record('sts', 'AssumeRoot', { targetPrincipal: '210987654321' }), resources: [{ ARN: 'arn:aws:iam::210987654321:root' }] },
      expected: ['undefined arn:aws:iam::210987654321:root'],
    },
  ])('$of.eventName', ({ of, expected }) => {
    expect(told(of).toSorted()).toEqual(expected.toSorted())
  })
})

test('what a call names is bounded: by number, by depth and by length', () => {
  const many = Array.from({ length: 500 }, (_, index) => arn(`role/r${index}`))
  expect(told(record('iam', 'X', { roles: many })).length).toBe(30)
  expect(told(record('iam', 'X', { userName: 'u'.repeat(2001) }))).toEqual([])
  let deep: JsonObject = { userName: 'Bob' }
  for (let level = 0; level < 50; level++) deep = { inner: deep }
  expect(told(record('iam', 'X', deep))).toEqual([])
})

test('names that every object of JavaScript has name no resource, wherever a caller puts them', () => {
  const own = JSON.parse('{"constructor":"a","valueOf":"b","toString":"c","__proto__":"d"}') as JsonObject
  expect(lookupResourcesOf(record('eks', 'CreateNodegroup', { clusterName: 'demo', settings: own }))).toEqual([
    { name: 'demo', type: 'AWS::EKS::Cluster' },
  ])
  expect(lookupResourcesOf({ ...record('eks', 'X', own), eventSource: 'constructor' })).toEqual([])
})

test('a label that is called as a member is no resource', () => {
  expect(told(record('eks', 'CreateNodegroup', { clusterName: 'demo', labels: { clusterName: 'other', nodegroupName: 'other' } }))).toEqual(
    ['AWS::EKS::Cluster demo'],
  )
})
