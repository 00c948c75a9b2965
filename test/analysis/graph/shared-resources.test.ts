import { describe, expect, test } from 'vitest'
import { SnapshotBuilder } from '../../../src/analysis/graph/import/builder.ts'
import { makeSnapshot } from '../../../src/analysis/graph/import/make-snapshot.ts'
import { readText } from '../../../src/analysis/graph/import/read-documents.ts'
import { sharedResources } from '../../../src/analysis/graph/shared-resources.ts'
import { account, roleArn } from './world.ts'

const outsider = '444455556666'
const member = '777788889999'
const arn = (rest: string) => `arn:aws:${rest.replace('ACCOUNT', account)}`
const allowing = (principal: unknown, action: string, condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: action, Resource: '*', ...(condition && { Condition: condition }) }],
  })

const trust = (principal: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
})
const role = (name: string, principal: object) => ({
  Path: '/',
  RoleName: name,
  RoleId: `AROA${name}`,
  Arn: roleArn(name),
  CreateDate: '2026-01-01T00:00:00+00:00',
  AssumeRolePolicyDocument: trust(principal),
  RolePolicyList: [],
  AttachedManagedPolicies: [],
  InstanceProfileList: [],
  Tags: [],
})
const details = {
  UserDetailList: [],
  GroupDetailList: [],
  Policies: [],
  RoleDetailList: [role('own', { Service: 'ec2.amazonaws.com' }), role('vendor', { AWS: outsider })],
}

function shared(files: { readonly [source: string]: unknown }) {
  const builder = new SnapshotBuilder()
  for (const [name, content] of Object.entries({ 'details.json': details, ...files })) {
    const [, subject, source = name] = /^(arn:[^=]+)=(.+)$/.exec(name) ?? []
    readText(JSON.stringify(content), builder, { source, subject })
  }
  const snapshot = makeSnapshot(builder)
  return { ...sharedResources(snapshot), gaps: snapshot.gaps.map(({ what }) => what) }
}

describe('what calls that read resource policies print is looked at as Access Analyzer looks', () => {
  test.each([
    ['kms:us-east-1:ACCOUNT:key/k', 'AWS::KMS::Key', { Policy: allowing({ AWS: outsider }, 'kms:Decrypt') }, 'kms:Decrypt'],
    [
      'lambda:us-east-1:ACCOUNT:function:f',
      'AWS::Lambda::Function',
      { Policy: allowing({ AWS: outsider }, 'lambda:InvokeFunction') },
      'lambda:InvokeFunction',
    ],
    [
      'ecr:us-east-1:ACCOUNT:repository/r',
      'AWS::ECR::Repository',
      { policyText: allowing({ AWS: outsider }, 'ecr:BatchGetImage') },
      'ecr:BatchGetImage',
    ],
    [
      'elasticfilesystem:us-east-1:ACCOUNT:file-system/fs-1',
      'AWS::EFS::FileSystem',
      { FileSystemId: 'fs-1', Policy: allowing({ AWS: outsider }, 'elasticfilesystem:ClientMount') },
      'elasticfilesystem:ClientMount',
    ],
    ['s3:::books', 'AWS::S3::Bucket', { Policy: allowing({ AWS: outsider }, 's3:GetObject') }, 's3:GetObject'],
    [
      'secretsmanager:us-east-1:ACCOUNT:secret:s-AbCdEf',
      'AWS::SecretsManager::Secret',
      { ResourcePolicy: allowing({ AWS: outsider }, 'secretsmanager:GetSecretValue') },
      'secretsmanager:GetSecretValue',
    ],
  ])('%s', (resource, resourceType, answer, action) => {
    const { findings } = shared({ [`${arn(resource)}=policy.json`]: answer })
    expect(findings.slice(1)).toEqual([
      {
        resource: arn(resource),
        resourceType,
        resourceOwnerAccount: account,
        principal: { AWS: outsider },
        action: [action],
        condition: {},
        isPublic: false,
        status: 'ACTIVE',
      },
    ])
  })

  test('queues and topics name themselves', () => {
    const queue = arn('sqs:us-east-1:ACCOUNT:jobs')
    const topic = arn('sns:us-east-1:ACCOUNT:news')
    const { findings } = shared({
      'queue.json': { Attributes: { QueueArn: queue, Policy: allowing('*', 'sqs:SendMessage') } },
      'topic.json': {
        Attributes: { TopicArn: topic, Policy: allowing('*', 'sns:Publish', { StringEquals: { 'aws:SourceAccount': account } }) },
      },
    })
    expect(findings.map(({ resource, isPublic }) => [resource, isPublic])).toContainEqual([queue, true])
    expect(findings.filter(({ resource }) => resource === topic).every(({ isPublic }) => !isPublic)).toBe(true)
  })

  test('a role that trusts an outsider, and none that trusts a service', () =>
    expect(shared({}).findings.map(({ resource, resourceType }) => [resource, resourceType])).toEqual([
      [roleArn('vendor'), 'AWS::IAM::Role'],
    ]))
})

test('the accounts of the organization are no outsiders', () => {
  const key = { [`${arn('kms:us-east-1:ACCOUNT:key/k')}=key.json`]: { Policy: allowing({ AWS: member }, 'kms:Decrypt') } }
  const organization = {
    'organization.json': { Organization: { Id: 'o-exampleorgid', MasterAccountId: account } },
    [`parents-${member}.json`]: { Parents: [{ Id: 'r-abcd', Type: 'ROOT' }] },
  }
  const keys = (files: object) => shared({ ...files }).findings.filter(({ resourceType }) => resourceType === 'AWS::KMS::Key')
  expect(keys(key)).toHaveLength(1)
  expect(keys({ ...key, ...organization })).toEqual([])
})

test('snapshots are shared by their attributes', () => {
  const snapshot = arn('rds:us-east-1:ACCOUNT:snapshot:s')
  const attributes = { DBSnapshotIdentifier: 's', DBSnapshotAttributes: [{ AttributeName: 'restore', AttributeValues: [outsider, 'all'] }] }
  const { findings } = shared({ [`${snapshot}=s.json`]: { DBSnapshotAttributesResult: attributes } })
  expect(findings.slice(1)).toMatchObject([
    { resource: snapshot, resourceType: 'AWS::RDS::DBSnapshot', principal: { AWS: outsider }, isPublic: false },
    { resource: snapshot, resourceType: 'AWS::RDS::DBSnapshot', principal: { AWS: '*' }, isPublic: true },
  ])
  expect(shared({ 's.json': { DBSnapshotAttributesResult: attributes } }).gaps).toContain(
    's.json tells the name of a snapshot and not its ARN: give it as ARN=s.json',
  )
})

test('what is not looked at is named', () => {
  const { notLookedAt } = shared({
    [`${arn('backup:us-east-1:ACCOUNT:backup-vault:v')}=v.json`]: { Policy: allowing({ AWS: outsider }, 'backup:CopyIntoBackupVault') },
    [`${arn('kms:us-east-1:ACCOUNT:key/k')}=k.json`]: { Policy: '{"Statement": 1}' },
  })
  expect(notLookedAt).toEqual([
    expect.stringMatching(/backup-vault:v: no resource type of Access Analyzer$/),
    expect.stringMatching(/key\/k: its policy cannot be read: /),
  ])
})
