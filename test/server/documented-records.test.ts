import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/identity/principal.ts'
import { ocsfEvent } from '../../src/services/cloudtrail/ocsf.ts'
import type { JsonObject } from '../../src/types/json.ts'
import type { SigningCredentials } from '../../src/wire/sigv4/sign.ts'
import { openPipelineHouse, type PipelineHouse, wireRequest } from './house.ts'
import { ocsfProblems } from '../services/cloudtrail/ocsf-schema.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'

// Whole records of calls that were really made, compared field by field with the examples of AWS's guides: CloudTrail User Guide, "CloudTrail log
// file examples" and "CloudTrail userIdentity element"; IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail" and
// "Logging IAM Access Analyzer API calls"; Organizations User Guide, "Logging AWS Organizations API calls".

const account = '123456789012'
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
const agent = 'aws-cli/2.13.5 Python/3.11.4'
const trust = (principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'] }],
  })

let house: PipelineHouse
let administratorId: string
let session: SigningCredentials

/** Sends a call as a client of TLS 1.3 would. */
async function send(
  service: string,
  headers: { readonly [name: string]: string },
  body: string,
  as = house.credentials,
  target: { readonly method?: string; readonly path?: string; readonly query?: string } = {},
) {
  const host = `${service}.amazonaws.com`
  const draft = wireRequest({ ...target, headers: { host, 'user-agent': agent, ...headers }, body }, house.now)
  const signed = signHeaders(draft, as, { region: 'us-east-1', service }, house.now)
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' }
  const { status, body: answer } = await house.send({ ...wireRequest({ ...target, headers: signed, body }, house.now), tls })
  return { status, text: String(answer) }
}
const rest = (service: string, method: string, path: string, input?: object, headers: { readonly [name: string]: string } = {}) =>
  send(
    service,
    { ...(input && { 'content-type': 'application/json' }), ...headers },
    input === undefined ? '' : JSON.stringify(input),
    house.credentials,
    { method, path },
  )
const toS3 = (method: string, target: string, body = '') => {
  const [path = '', asked = ''] = target.split('?')
  const digest = { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') }
  const headers = body === '' ? digest : { ...digest, 'content-length': String(body.length) }
  return send('s3', headers, body, house.credentials, { method, path, ...(asked !== '' && { query: `${asked}=` }) })
}
const versions = { iam: '2010-05-08', sts: '2011-06-15', cloudformation: '2010-05-15', ec2: '2016-11-15' } as const
const query = (service: keyof typeof versions, parameters: { readonly [name: string]: string }, as?: SigningCredentials) =>
  send(
    service,
    { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    new URLSearchParams({ Version: versions[service], ...parameters }).toString(),
    as,
  )
const json = (service: string, target: string, input: object, version = '1.1') =>
  send(service, { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target }, JSON.stringify(input))

async function allRecords(): Promise<JsonObject[]> {
  const rows = await house.world.store.read(async tx => [
    ...(await tx.selectFrom('records').select('json').orderBy('seq').execute()),
    ...(await tx.selectFrom('dataRecords').select('json').orderBy('seq').execute()),
  ])
  return rows.map(({ json: text }) => JSON.parse(text) as JsonObject)
}
const recordsOf = async (name: string) => (await allRecords()).filter(({ eventName }) => eventName === name)

beforeAll(async () => {
  house = await openPipelineHouse()
  const { id } = await house.world.store.read(tx => tx.selectFrom('users').select('id').executeTakeFirstOrThrow())
  administratorId = id
  await query('iam', { Action: 'CreateRole', RoleName: 'JohnRoleABC', AssumeRolePolicyDocument: trust({ AWS: account }) })
  const assume = { Action: 'AssumeRole', RoleArn: `arn:aws:iam::${account}:role/JohnRoleABC`, RoleSessionName: 'JohnDoe-test1' }
  session = credentialsIn((await query('sts', assume)).text)
})
afterAll(() => house.close())

function credentialsIn(text: string): SigningCredentials {
  const part = (name: string) => new RegExp(`<${name}>(.+?)</${name}>`).exec(text)?.[1] ?? ''
  return { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey'), sessionToken: part('SessionToken') }
}

const principalOfAdministrator = (): Principal => ({
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/administrator`,
  principalId: administratorId,
  accessKeyId: house.credentials.accessKeyId,
  userId: administratorId,
  userName: 'administrator',
})

const rootUser: Principal = {
  type: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  principalId: account,
  accessKeyId: 'ASIAROOT',
}

const administrator = () => ({
  type: 'IAMUser',
  principalId: administratorId,
  arn: `arn:aws:iam::${account}:user/administrator`,
  accountId: account,
  accessKeyId: house.credentials.accessKeyId,
  userName: 'administrator',
})
const assumedRole = () => ({
  type: 'AssumedRole',
  principalId: expect.stringMatching(/^AROA[A-Z2-7]{17}:JohnDoe-test1$/),
  arn: `arn:aws:sts::${account}:assumed-role/JohnRoleABC/JohnDoe-test1`,
  accountId: account,
  accessKeyId: session.accessKeyId,
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      arn: `arn:aws:iam::${account}:role/JohnRoleABC`,
      accountId: account,
      userName: 'JohnRoleABC',
    },
    webIdFederationData: {},
    attributes: { creationDate: '2026-01-15T12:00:00Z', mfaAuthenticated: 'false' },
  },
})

const bucket = 'demo-bucket-of-records'
const onBucket = { bucketName: bucket, Host: 's3.amazonaws.com' }
const bucketResource = { accountId: account, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucket}` }
const bucketPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }],
})
const objectResource = { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucket}/folder/file.txt` }
const signedByHeader = { SignatureVersion: 'SigV4', CipherSuite: 'TLS_AES_128_GCM_SHA256', AuthenticationMethod: 'AuthHeader' }
const dataEvent = { managementEvent: false, eventCategory: 'Data' }

/** The fields that every record of a call has, in the order in which CloudTrail writes them. */
const call = (service: string, eventName: string, parts: JsonObject) => ({
  eventVersion: '1.11',
  userIdentity: administrator(),
  eventTime: '2026-01-15T12:00:00Z',
  eventSource: `${service}.amazonaws.com`,
  eventName,
  awsRegion: 'us-east-1',
  sourceIPAddress: '203.0.113.7',
  userAgent: agent,
  requestParameters: null,
  responseElements: null,
  requestID: uuid,
  eventID: uuid,
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: 'Management',
  tlsDetails: {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: `${service}.amazonaws.com`,
  },
  ...parts,
})

/** An event of Organizations itself, which nobody called for. */
const ofOrganizations = (eventName: string, serviceEventDetails: JsonObject) => ({
  ...call('organizations', eventName, {
    userIdentity: { accountId: account, invokedBy: 'AWS Internal' },
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    eventType: 'AwsServiceEvent',
    serviceEventDetails,
  }),
  requestID: undefined,
  tlsDetails: undefined,
})

describe('records have the fields of the guides’ examples, and no other', () => {
  test.each<{ example: string; make: () => Promise<unknown>; eventName: string; expected: () => object }>([
    {
      example: 'IAM, CreateUser by a user',
      make: () => query('iam', { Action: 'CreateUser', UserName: 'Richard_Roe' }),
      eventName: 'CreateUser',
      expected: () =>
        call('iam', 'CreateUser', {
          requestParameters: { userName: 'Richard_Roe' },
          responseElements: {
            user: {
              path: '/',
              userName: 'Richard_Roe',
              userId: expect.stringMatching(/^AIDA/),
              arn: `arn:aws:iam::${account}:user/Richard_Roe`,
              createDate: 'Jan 15, 2026, 12:00:00 PM',
            },
          },
        }),
    },
    {
      example: 'IAM, GetUserPolicy by an assumed role: denied',
      make: () => query('iam', { Action: 'GetUserPolicy', UserName: 'Alice', PolicyName: 'ReadOnly' }, session),
      eventName: 'GetUserPolicy',
      expected: () =>
        call('iam', 'GetUserPolicy', {
          userIdentity: assumedRole(),
          errorCode: 'AccessDenied',
          errorMessage: expect.stringContaining(`assumed-role/JohnRoleABC/JohnDoe-test1 is not authorized to perform: iam:GetUserPolicy`),
          requestParameters: { userName: 'Alice', policyName: 'ReadOnly' },
          readOnly: true,
        }),
    },
    {
      example: 'IAM, a user that is not there',
      make: () => query('iam', { Action: 'GetUser', UserName: 'nobody' }),
      eventName: 'GetUser',
      expected: () =>
        call('iam', 'GetUser', {
          errorCode: 'NoSuchEntityException',
          errorMessage: 'The user with name nobody cannot be found.',
          requestParameters: { userName: 'nobody' },
          readOnly: true,
        }),
    },
    {
      example: 'STS, AssumeRole by a user',
      make: async () => undefined,
      eventName: 'AssumeRole',
      expected: () =>
        call('sts', 'AssumeRole', {
          requestParameters: { roleArn: `arn:aws:iam::${account}:role/JohnRoleABC`, roleSessionName: 'JohnDoe-test1' },
          responseElements: {
            sessionTokenSize: expect.any(Number),
            sessionTokenUtilization: expect.any(Number),
            credentials: { accessKeyId: session.accessKeyId, expiration: 'Jan 15, 2026, 1:00:00 PM' },
            assumedRoleUser: {
              assumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:JohnDoe-test1$/),
              arn: `arn:aws:sts::${account}:assumed-role/JohnRoleABC/JohnDoe-test1`,
            },
          },
          readOnly: true,
          resources: [{ accountId: account, type: 'AWS::IAM::Role', ARN: `arn:aws:iam::${account}:role/JohnRoleABC` }],
        }),
    },
    {
      example: 'STS, GetCallerIdentity by an assumed role',
      make: () => query('sts', { Action: 'GetCallerIdentity' }, session),
      eventName: 'GetCallerIdentity',
      expected: () => call('sts', 'GetCallerIdentity', { userIdentity: assumedRole(), readOnly: true }),
    },
    {
      example: 'CloudTrail, CreateTrail',
      make: () =>
        json('cloudtrail', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.CreateTrail', {
          Name: 'myTrail',
          S3BucketName: 'amzn-s3-demo-bucket',
          IsMultiRegionTrail: true,
        }),
      eventName: 'CreateTrail',
      expected: () =>
        call('cloudtrail', 'CreateTrail', {
          requestParameters: { name: 'myTrail', s3BucketName: 'amzn-s3-demo-bucket', isMultiRegionTrail: true },
          responseElements: {
            name: 'myTrail',
            s3BucketName: 'amzn-s3-demo-bucket',
            includeGlobalServiceEvents: true,
            isMultiRegionTrail: true,
            trailARN: `arn:aws:cloudtrail:us-east-1:${account}:trail/myTrail`,
            logFileValidationEnabled: false,
            isOrganizationTrail: false,
            recursiveLogging: true,
          },
        }),
    },
    {
      example: 'Organizations, CreateOrganization',
      make: () => json('organizations', 'AWSOrganizationsV20161128.CreateOrganization', { FeatureSet: 'ALL' }),
      eventName: 'CreateOrganization',
      expected: () =>
        call('organizations', 'CreateOrganization', {
          requestParameters: { featureSet: 'ALL' },
          responseElements: {
            organization: expect.objectContaining({ masterAccountId: account, featureSet: 'ALL', id: expect.stringMatching(/^o-/) }),
          },
        }),
    },
    {
      example: 'Organizations, CreateAccount: names are masked',
      make: () =>
        json('organizations', 'AWSOrganizationsV20161128.CreateAccount', { Email: 'anika@example.com', AccountName: 'Production' }),
      eventName: 'CreateAccount',
      expected: () =>
        call('organizations', 'CreateAccount', {
          requestParameters: { tags: [], email: '****', accountName: '****' },
          responseElements: {
            createAccountStatus: {
              accountName: '****',
              state: 'IN_PROGRESS',
              id: expect.stringMatching(/^car-/),
              requestedTimestamp: 'Jan 15, 2026, 12:00:00 PM',
            },
          },
        }),
    },
    {
      example: 'Organizations, the account that was made',
      make: async () => undefined,
      eventName: 'CreateAccountResult',
      expected: () =>
        ofOrganizations('CreateAccountResult', {
          createAccountStatus: {
            id: expect.stringMatching(/^car-/),
            state: 'SUCCEEDED',
            accountName: '****',
            accountId: expect.stringMatching(/^\d{12}$/),
            requestedTimestamp: 'Jan 15, 2026, 12:00:00 PM',
            completedTimestamp: 'Jan 15, 2026, 12:00:00 PM',
          },
        }),
    },
    {
      example: 'Organizations, the account that was closed',
      make: async () => {
        const [made] = await recordsOf('CreateAccountResult')
        const { createAccountStatus } = (made as JsonObject)['serviceEventDetails'] as { createAccountStatus: { accountId: string } }
        await json('organizations', 'AWSOrganizationsV20161128.CloseAccount', { AccountId: createAccountStatus.accountId })
      },
      eventName: 'CloseAccountResult',
      expected: () =>
        ofOrganizations('CloseAccountResult', {
          closeAccountStatus: {
            accountId: expect.stringMatching(/^\d{12}$/),
            state: 'SUCCEEDED',
            requestedTimestamp: 'Jan 15, 2026, 12:00:00 PM',
            completedTimestamp: 'Jan 15, 2026, 12:00:00 PM',
          },
        }),
    },
    {
      example: 'a service that calls in its own name',
      make: () =>
        house.world.calls
          .asService(
            'eks.amazonaws.com',
            { arn: `arn:aws:eks:us-east-1:${account}:cluster/demo`, account },
            {
              service: 'sts',
              operation: 'AssumeRole',
              input: { RoleArn: `arn:aws:iam::${account}:role/JohnRoleABC`, RoleSessionName: 'eks' },
            },
          )
          .catch(() => undefined),
      eventName: 'AssumeRole',
      expected: () => ({
        ...call('sts', 'AssumeRole', {
          userIdentity: { type: 'AWSService', invokedBy: 'eks.amazonaws.com' },
          sourceIPAddress: 'eks.amazonaws.com',
          userAgent: 'eks.amazonaws.com',
          errorCode: 'AccessDenied',
          errorMessage: expect.any(String),
          requestParameters: { roleArn: `arn:aws:iam::${account}:role/JohnRoleABC`, roleSessionName: 'eks' },
          readOnly: true,
          resources: [{ accountId: account, type: 'AWS::IAM::Role', ARN: `arn:aws:iam::${account}:role/JohnRoleABC` }],
        }),
        tlsDetails: undefined,
      }),
    },
    {
      example: 'EKS, a cluster that is not there',
      make: () => rest('eks', 'GET', '/clusters/demo'),
      eventName: 'DescribeCluster',
      expected: () =>
        call('eks', 'DescribeCluster', {
          errorCode: 'ResourceNotFoundException',
          errorMessage: 'No cluster found for name: demo.',
          requestParameters: { name: 'demo' },
          readOnly: true,
          resources: [{ accountId: account, type: 'AWS::EKS::Cluster', ARN: `arn:aws:eks:us-east-1:${account}:cluster/demo` }],
        }),
    },
    {
      example: 'IAM Access Analyzer, CreateAnalyzer',
      make: () => rest('access-analyzer', 'PUT', '/analyzer', { analyzerName: 'test', type: 'ACCOUNT', tags: { tagkey1: 'tagvalue1' } }),
      eventName: 'CreateAnalyzer',
      expected: () =>
        call('access-analyzer', 'CreateAnalyzer', {
          requestParameters: { analyzerName: 'test', type: 'ACCOUNT', tags: { tagkey1: 'tagvalue1' } },
          responseElements: { arn: `arn:aws:access-analyzer:us-east-1:${account}:analyzer/test` },
        }),
    },
    {
      example: 'S3, CreateBucket',
      make: () => toS3('PUT', `/${bucket}`),
      eventName: 'CreateBucket',
      expected: () =>
        call('s3', 'CreateBucket', {
          requestParameters: onBucket,
          responseElements: { Location: `/${bucket}`, 'x-amz-bucket-arn': `arn:aws:s3:::${bucket}` },
          additionalEventData: signedByHeader,
          resources: [bucketResource],
        }),
    },
    {
      example: 'S3, PutObject, a data event',
      make: () => toS3('PUT', `/${bucket}/folder/file.txt`, 'text'),
      eventName: 'PutObject',
      expected: () =>
        call('s3', 'PutObject', {
          ...dataEvent,
          requestParameters: { ...onBucket, key: 'folder/file.txt', 'Content-Length': '4' },
          responseElements: {
            ETag: '"1cb251ec0d568de6a929b520c4aed8d1"',
            'x-amz-server-side-encryption': 'AES256',
            'x-amz-checksum-crc64nvme': expect.any(String),
            'x-amz-checksum-type': 'FULL_OBJECT',
          },
          additionalEventData: { ...signedByHeader, bytesTransferredIn: 4, bytesTransferredOut: 0 },
          resources: [objectResource, bucketResource],
        }),
    },
    {
      example: 'S3, PutBucketPolicy, whose policy is on record as what it says',
      make: () => toS3('PUT', `/${bucket}?policy`, bucketPolicy),
      eventName: 'PutBucketPolicy',
      expected: () =>
        call('s3', 'PutBucketPolicy', {
          requestParameters: { ...onBucket, policy: '', bucketPolicy: JSON.parse(bucketPolicy) },
          additionalEventData: signedByHeader,
          resources: [bucketResource],
        }),
    },
    {
      example: 'S3, PutBucketTagging, whose body is on record by the names of its elements',
      make: () => toS3('PUT', `/${bucket}?tagging`, '<Tagging><TagSet><Tag><Key>team</Key><Value>a</Value></Tag></TagSet></Tagging>'),
      eventName: 'PutBucketTagging',
      expected: () =>
        call('s3', 'PutBucketTagging', {
          requestParameters: {
            ...onBucket,
            tagging: '',
            Tagging: { xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/', TagSet: { Tag: { Key: 'team', Value: 'a' } } },
          },
          additionalEventData: signedByHeader,
          resources: [bucketResource],
        }),
    },
    {
      example: 'S3, GetObject, a data event',
      make: () => toS3('GET', `/${bucket}/folder/file.txt`),
      eventName: 'GetObject',
      expected: () =>
        call('s3', 'GetObject', {
          ...dataEvent,
          requestParameters: { ...onBucket, key: 'folder/file.txt' },
          additionalEventData: { ...signedByHeader, bytesTransferredIn: 0, bytesTransferredOut: 4 },
          readOnly: true,
          resources: [objectResource, bucketResource],
        }),
    },
    {
      example: 'CloudFormation, CreateStack',
      make: () =>
        query('cloudformation', {
          Action: 'CreateStack',
          StackName: 'my-test-stack',
          TemplateBody: JSON.stringify({
            Parameters: { password: { Type: 'String', NoEcho: true } },
            Resources: { Group: { Type: 'AWS::IAM::Group' } },
          }),
          'Parameters.member.1.ParameterKey': 'password',
          'Parameters.member.1.ParameterValue': 'hunter2-hunter2',
          'Capabilities.member.1': 'CAPABILITY_IAM',
        }),
      eventName: 'CreateStack',
      expected: () =>
        call('cloudformation', 'CreateStack', {
          requestParameters: {
            stackName: 'my-test-stack',
            parameters: [{ parameterKey: 'password', parameterValue: '****' }],
            capabilities: ['CAPABILITY_IAM'],
          },
          responseElements: {
            stackId: expect.stringMatching(`^arn:aws:cloudformation:us-east-1:${account}:stack/my-test-stack/[0-9a-f-]{36}$`),
          },
        }),
    },
    {
      example: 'EC2, DescribeInstances',
      make: () => query('ec2', { Action: 'DescribeInstances', 'Filter.1.Name': 'instance-state-name', 'Filter.1.Value.1': 'running' }),
      eventName: 'DescribeInstances',
      expected: () =>
        call('ec2', 'DescribeInstances', {
          requestParameters: {
            instancesSet: {},
            filterSet: { items: [{ name: 'instance-state-name', valueSet: { items: [{ value: 'running' }] } }] },
          },
          readOnly: true,
        }),
    },
    {
      example: 'EC2, RunInstances',
      make: () =>
        query('ec2', {
          Action: 'RunInstances',
          ImageId: 'ami-0abcdef1234567890',
          MinCount: '1',
          MaxCount: '2',
          InstanceType: 't3.micro',
          UserData: 'c2VjcmV0',
          'TagSpecification.1.ResourceType': 'instance',
          'TagSpecification.1.Tag.1.Key': 'team',
          'TagSpecification.1.Tag.1.Value': 'a',
          DryRun: 'true',
        }),
      eventName: 'RunInstances',
      expected: () =>
        call('ec2', 'RunInstances', {
          errorCode: 'Client.DryRunOperation',
          errorMessage: 'Request would have succeeded, but DryRun flag is set.',
          requestParameters: {
            instancesSet: { items: [{ imageId: 'ami-0abcdef1234567890', minCount: 1, maxCount: 2 }] },
            userData: '<sensitiveDataRemoved>',
            instanceType: 't3.micro',
            dryRun: true,
            tagSpecificationSet: { items: [{ resourceType: 'instance', tags: [{ key: 'team', value: 'a' }] }] },
          },
        }),
    },
    {
      example: 'EC2, an instance that is launched',
      make: () =>
        query('ec2', { Action: 'RunInstances', ImageId: 'ami-0abcdef1234567890', MinCount: '1', MaxCount: '1', InstanceType: 't3.micro' }),
      eventName: 'RunInstances',
      expected: () => {
        const group = { items: [{ groupId: expect.stringMatching(/^sg-/), groupName: 'default' }] }
        return call('ec2', 'RunInstances', {
          requestParameters: {
            instancesSet: { items: [{ imageId: 'ami-0abcdef1234567890', minCount: 1, maxCount: 1 }] },
            instanceType: 't3.micro',
          },
          responseElements: {
            requestId: expect.any(String),
            reservationId: expect.stringMatching(/^r-/),
            ownerId: account,
            groupSet: {},
            instancesSet: {
              items: [
                expect.objectContaining({
                  instanceId: expect.stringMatching(/^i-/),
                  imageId: 'ami-0abcdef1234567890',
                  instanceState: { code: 0, name: 'pending' },
                  launchTime: house.now,
                  placement: { availabilityZone: 'us-east-1a', tenancy: 'default' },
                  groupSet: group,
                }),
              ],
            },
          },
        })
      },
    },
    {
      example: 'EC2, instances that end: as StartInstances of the guide',
      make: async () => {
        const { text } = await query('ec2', { Action: 'DescribeInstances' })
        const [InstanceId = ''] = /i-[0-9a-f]{17}/.exec(text) ?? []
        await query('ec2', { Action: 'CreateTags', 'ResourceId.1': InstanceId, 'Tag.1.Key': 'team', 'Tag.1.Value': 'a' })
        await query('ec2', { Action: 'TerminateInstances', 'InstanceId.1': InstanceId })
      },
      eventName: 'TerminateInstances',
      expected: () => {
        const instanceId = expect.stringMatching(/^i-/) as unknown as string
        return call('ec2', 'TerminateInstances', {
          requestParameters: { instancesSet: { items: [{ instanceId }] } },
          responseElements: {
            requestId: expect.any(String),
            instancesSet: {
              items: [
                {
                  instanceId,
                  currentState: { code: 32, name: 'shutting-down' },
                  previousState: { code: expect.any(Number), name: expect.any(String) },
                },
              ],
            },
          },
        })
      },
    },
    {
      example: 'EC2, an answer that tells nothing else',
      make: async () => undefined,
      eventName: 'CreateTags',
      expected: () =>
        call('ec2', 'CreateTags', {
          requestParameters: {
            resourcesSet: { items: [{ resourceId: expect.stringMatching(/^i-/) }] },
            tagSet: { items: [{ key: 'team', value: 'a' }] },
          },
          responseElements: { requestId: expect.any(String), _return: true },
        }),
    },
    {
      example: 'EC2, a call without permission: the code says that it is the client’s fault',
      make: () => query('ec2', { Action: 'TerminateInstances', 'InstanceId.1': 'i-1a2b3c4d5e6f70819' }, session),
      eventName: 'TerminateInstances',
      expected: () =>
        call('ec2', 'TerminateInstances', {
          userIdentity: assumedRole(),
          errorCode: 'Client.UnauthorizedOperation',
          errorMessage: expect.stringContaining('You are not authorized to perform this operation.'),
          requestParameters: { instancesSet: { items: [{ instanceId: 'i-1a2b3c4d5e6f70819' }] } },
        }),
    },
    {
      example: 'STS, role chaining with source identity and session tags',
      make: async () => {
        const { text } = await query('sts', {
          Action: 'AssumeRole',
          RoleArn: `arn:aws:iam::${account}:role/JohnRoleABC`,
          RoleSessionName: 'JohnRole1',
          SourceIdentity: 'JohnDoe',
          'Tags.member.1.Key': 'Department',
          'Tags.member.1.Value': 'Engineering',
          'TransitiveTagKeys.member.1': 'Department',
        })
        // Refused for want of permission: what the chain hands on is on record all the same.
        await query(
          'sts',
          { Action: 'AssumeRole', RoleArn: `arn:aws:iam::${account}:role/JohnRole2`, RoleSessionName: 'Role2WithTags' },
          credentialsIn(text),
        )
      },
      eventName: 'AssumeRole',
      expected: () =>
        expect.objectContaining({
          requestParameters: {
            incomingTransitiveTags: { Department: 'Engineering' },
            roleArn: `arn:aws:iam::${account}:role/JohnRole2`,
            roleSessionName: 'Role2WithTags',
            sourceIdentity: 'JohnDoe',
          },
        }),
    },
    {
      example: 'STS, GetFederationToken, and a call of the federated user',
      make: async () => {
        const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
        const { text } = await query('sts', { Action: 'GetFederationToken', Name: 'Bob', Policy })
        await query('sts', { Action: 'GetCallerIdentity' }, credentialsIn(text))
      },
      eventName: 'GetCallerIdentity',
      expected: () =>
        call('sts', 'GetCallerIdentity', {
          userIdentity: {
            type: 'FederatedUser',
            principalId: `${account}:Bob`,
            arn: `arn:aws:sts::${account}:federated-user/Bob`,
            accountId: account,
            accessKeyId: expect.stringMatching(/^ASIA/),
            sessionContext: {
              sessionIssuer: {
                type: 'IAMUser',
                principalId: administratorId,
                arn: `arn:aws:iam::${account}:user/administrator`,
                accountId: account,
                userName: 'administrator',
              },
              attributes: { creationDate: '2026-01-15T12:00:00Z', mfaAuthenticated: 'false' },
            },
          },
          readOnly: true,
        }),
    },
    {
      example: 'a call that a service makes for its caller',
      make: () =>
        house.world.calls.onBehalfOf(principalOfAdministrator(), 'cloudformation.amazonaws.com', {
          service: 'iam',
          operation: 'ListUsers',
          input: {},
        }),
      eventName: 'ListUsers',
      expected: () => ({
        ...call('iam', 'ListUsers', {
          userIdentity: { ...administrator(), invokedBy: 'cloudformation.amazonaws.com' },
          sourceIPAddress: 'cloudformation.amazonaws.com',
          userAgent: 'cloudformation.amazonaws.com',
          readOnly: true,
        }),
        tlsDetails: undefined,
      }),
    },
    {
      example: 'the root user',
      make: () => {
        const facts = { sourceIp: '203.0.113.7', userAgent: agent, secure: true, host: 'iam.amazonaws.com' }
        return house.world.calls.asCaller(rootUser, facts, { service: 'iam', operation: 'ListGroups', input: {} })
      },
      eventName: 'ListGroups',
      expected: () => ({
        ...call('iam', 'ListGroups', {
          userIdentity: {
            type: 'Root',
            principalId: account,
            arn: `arn:aws:iam::${account}:root`,
            accountId: account,
            accessKeyId: 'ASIAROOT',
          },
          readOnly: true,
        }),
        tlsDetails: undefined,
      }),
    },
    {
      example: 'the root user of an account with an alias',
      make: () => {
        const facts = { sourceIp: '203.0.113.7', userAgent: agent, secure: true, host: 'iam.amazonaws.com' }
        return house.world.calls.asCaller({ ...rootUser, alias: 'my-company' }, facts, {
          service: 'iam',
          operation: 'ListRoles',
          input: {},
        })
      },
      eventName: 'ListRoles',
      expected: () =>
        expect.objectContaining({
          userIdentity: {
            type: 'Root',
            principalId: account,
            arn: `arn:aws:iam::${account}:root`,
            accountId: account,
            accessKeyId: 'ASIAROOT',
            userName: 'my-company',
          },
        }),
    },
    {
      example: 'AssumeRole with a source identity, and a chained call',
      make: async () => {
        const { text } = await query('sts', {
          Action: 'AssumeRole',
          RoleArn: `arn:aws:iam::${account}:role/JohnRoleABC`,
          RoleSessionName: 'Dev1',
          SourceIdentity: 'source-identity-value-set',
        })
        await query('sts', { Action: 'GetCallerIdentity' }, credentialsIn(text))
      },
      eventName: 'GetCallerIdentity',
      expected: () =>
        call('sts', 'GetCallerIdentity', {
          userIdentity: {
            ...assumedRole(),
            principalId: expect.stringMatching(/^AROA[A-Z2-7]{17}:Dev1$/),
            arn: `arn:aws:sts::${account}:assumed-role/JohnRoleABC/Dev1`,
            accessKeyId: expect.stringMatching(/^ASIA/),
            sessionContext: { ...assumedRole().sessionContext, sourceIdentity: 'source-identity-value-set' },
          },
          readOnly: true,
        }),
    },
    {
      example: 'nobody, of a bucket that is not theirs',
      make: () =>
        house.send(
          wireRequest({ method: 'GET', path: `/${bucket}`, headers: { host: 's3.amazonaws.com', 'user-agent': agent } }, house.now),
        ),
      eventName: 'ListObjects',
      expected: () => ({
        ...call('s3', 'ListObjects', {
          ...dataEvent,
          userIdentity: { type: 'Unknown', principalId: 'Anonymous' },
          errorCode: 'AccessDenied',
          errorMessage: 'Access Denied',
          requestParameters: onBucket,
          readOnly: true,
          resources: [bucketResource],
        }),
        tlsDetails: undefined,
      }),
    },
    {
      example: 'a wrong secret key',
      make: () => query('sts', { Action: 'GetCallerIdentity' }, { ...house.credentials, secretAccessKey: 'wrong' }),
      eventName: 'GetCallerIdentity',
      expected: () =>
        call('sts', 'GetCallerIdentity', {
          userIdentity: { type: 'Unknown', principalId: '', accessKeyId: house.credentials.accessKeyId },
          errorCode: 'SignatureDoesNotMatch',
          errorMessage: expect.any(String),
          readOnly: true,
        }),
    },
  ])('$example', async ({ make, eventName, expected }) => {
    await make()
    expect((await recordsOf(eventName)).at(-1)).toEqual(expected())
  })

  test('the fields come in the order of the examples', async () => {
    const [record] = await recordsOf('CreateUser')
    expect(Object.keys(record as object)).toEqual(Object.keys(call('iam', 'CreateUser', {})))
  })

  test('OCSF’s schema takes each of them', async () => {
    const records = await allRecords()
    expect(new Set(records.map(({ eventSource }) => eventSource)).size).toBeGreaterThan(7)
    for (const record of records) expect(ocsfProblems(ocsfEvent(record)), String(record['eventName'])).toEqual([])
  })
})
