import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canonicalIdOf } from '../../../src/identity/canonical-user.ts'
import { operations } from '../../../src/services/access-analyzer/index.ts'
import { operations as s3 } from '../../../src/services/s3/index.ts'
import { account, type Answer, type House, openHouse, startOfTime } from '../call.ts'

let house: House
beforeEach(async () => {
  house = await openHouse([...s3, ...operations])
  await house.call('CreateAnalyzer', { analyzerName: 'watch', type: 'ACCOUNT' })
  await makeBucket('shelf', 'us-east-1')
})
afterEach(() => house.close())

const analyzerArn = `arn:aws:access-analyzer:us-east-1:${account}:analyzer/watch`
const outsider = '444455556666'
const makeBucket = (name: string, region: string) =>
  house.world.store.write(tx =>
    tx
      .insertInto('s3Buckets')
      .values({
        name,
        account,
        region,
        createdAt: startOfTime,
        policy: null,
        publicAccessBlock: null,
        ownership: null,
        encryption: null,
        tags: null,
      })
      .execute(),
  )
const policyFor = (Principal: unknown, parts: object = {}, Bucket = 'shelf') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*`, ...parts }],
  })
const share = (Principal: unknown, parts?: object, Bucket = 'shelf') =>
  house.call('PutBucketPolicy', { Bucket, Policy: policyFor(Principal, parts, Bucket) })
const findings = async (): Promise<Answer[]> => (await house.call('ListFindings', { analyzerArn })).findings
const active = async () => (await findings()).filter(({ status }) => status === 'ACTIVE')

describe('findings of buckets', () => {
  test.each([
    { to: { AWS: outsider }, shown: [{ principal: { AWS: outsider }, isPublic: false }] },
    { to: '*', shown: [{ principal: { AWS: '*' }, isPublic: true }] },
    {
      to: '*',
      parts: { Condition: { IpAddress: { 'aws:SourceIp': '198.18.0.0/24' } } },
      shown: [{ isPublic: false, condition: { 'aws:SourceIp': '198.18.0.0/24' } }],
    },
    { to: { Service: 'cloudtrail.amazonaws.com' }, shown: [] },
    { to: { AWS: account }, shown: [] },
  ])('shared with $to', async ({ to, parts, shown }) => {
    await share(to, parts)
    const about = {
      resource: 'arn:aws:s3:::shelf',
      resourceType: 'AWS::S3::Bucket',
      sources: [{ type: 'POLICY' }],
      action: ['s3:GetObject'],
    }
    const told = await findings()
    expect(told).toHaveLength(shown.length)
    expect(told).toMatchObject(shown.map(each => ({ ...about, ...each })))
  })

  test('a block of public policies resolves the finding, and its end brings it back', async () => {
    await share('*')
    expect(await active()).toHaveLength(1)
    const block = (RestrictPublicBuckets: boolean) =>
      house.call('PutPublicAccessBlock', { Bucket: 'shelf', PublicAccessBlockConfiguration: { RestrictPublicBuckets } })
    await block(true)
    expect(await findings()).toMatchObject([{ status: 'RESOLVED' }])
    await share({ AWS: outsider })
    expect(await active()).toMatchObject([{ principal: { AWS: outsider } }])
    await block(false)
    await share('*')
    expect(await active()).toMatchObject([{ isPublic: true }])
  })

  test('are of the buckets of the analyzer’s region, counted by type', async () => {
    await makeBucket('far', 'eu-west-1')
    await share('*')
    await share('*', {}, 'far')
    expect(await active()).toMatchObject([{ resource: 'arn:aws:s3:::shelf' }])
    const { findingsStatistics } = await house.call('GetFindingsStatistics', { analyzerArn })
    expect(findingsStatistics[0].externalAccessFindingsStatistics.resourceTypeStatistics).toEqual({
      'AWS::S3::Bucket': { totalActivePublic: 1, totalActiveCrossAccount: 0, totalActiveErrors: 0 },
    })
    expect((await house.call('ListAnalyzedResources', { analyzerArn, resourceType: 'AWS::S3::Bucket' })).analyzedResources).toEqual([
      { resourceArn: 'arn:aws:s3:::shelf', resourceOwnerAccount: account, resourceType: 'AWS::S3::Bucket' },
    ])
  })
})

const preview = async (resource: string, configuration: object): Promise<Answer[]> => {
  const { id: accessPreviewId } = await house.call('CreateAccessPreview', { analyzerArn, configurations: { [resource]: configuration } })
  expect((await house.call('GetAccessPreview', { analyzerArn, accessPreviewId })).accessPreview.status).toBe('COMPLETED')
  return (await house.call('ListAccessPreviewFindings', { analyzerArn, accessPreviewId })).findings
}

describe('previews of buckets', () => {
  const shelf = 'arn:aws:s3:::shelf'

  test('through access points: who their policies let in, unless settings or a network keep them out', async () => {
    const point = `arn:aws:s3:us-east-1:${account}:accesspoint/a`
    const accessPointPolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${point}/object/*` }],
    })
    const through = (configuration: object) =>
      preview('arn:aws:s3:::attic', { s3Bucket: { bucketPolicy: '', accessPoints: { [point]: { accessPointPolicy, ...configuration } } } })
    const source = { type: 'S3_ACCESS_POINT', detail: { accessPointArn: point, accessPointAccount: account } }
    expect(await through({})).toMatchObject([{ changeType: 'NEW', isPublic: true, sources: [source] }])
    expect(await through({ networkOrigin: { vpcConfiguration: { vpcId: 'vpc-1a2b3c4d' } } })).toMatchObject([
      { isPublic: false, sources: [source] },
    ])
    expect(await through({ publicAccessBlock: { ignorePublicAcls: true, restrictPublicBuckets: true } })).toEqual([])
    expect(await through({ accessPointPolicy: '' })).toEqual([])
  })

  test('an empty policy proposes to delete the one that is there; none keeps it', async () => {
    await share('*')
    expect(await preview(shelf, { s3Bucket: {} })).toMatchObject([{ changeType: 'UNCHANGED', status: 'ACTIVE' }])
    expect(await preview(shelf, { s3Bucket: { bucketPolicy: '' } })).toMatchObject([
      { changeType: 'CHANGED', status: 'RESOLVED', existingFindingStatus: 'ACTIVE' },
    ])
    const block = { ignorePublicAcls: false, restrictPublicBuckets: true }
    expect(await preview(shelf, { s3Bucket: { bucketPublicAccessBlock: block } })).toMatchObject([{ status: 'RESOLVED' }])
  })

  test('ACLs', async () => {
    const everyone = { permission: 'READ', grantee: { uri: 'http://acs.amazonaws.com/groups/global/AllUsers' } }
    const own = { permission: 'FULL_CONTROL', grantee: { id: canonicalIdOf(account) } }
    const other = { permission: 'WRITE', grantee: { id: canonicalIdOf(outsider) } }
    expect(await preview('arn:aws:s3:::unborn', { s3Bucket: { bucketAclGrants: [everyone, own, other] } })).toMatchObject([
      { isPublic: true, sources: [{ type: 'BUCKET_ACL' }], changeType: 'NEW' },
      { isPublic: false, principal: { CanonicalUser: canonicalIdOf(outsider) }, action: ['s3:PutObject'] },
    ])
    const bucketPublicAccessBlock = { ignorePublicAcls: true, restrictPublicBuckets: true }
    expect(await preview('arn:aws:s3:::unborn', { s3Bucket: { bucketAclGrants: [everyone], bucketPublicAccessBlock } })).toEqual([])
  })
})

describe('previews of resources that need not be there', () => {
  const at = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${account}:${rest}`
  const to = (Principal: unknown, Action: string, Resource?: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action, ...(Resource && { Resource }) }] })
  const byPolicy: [type: string, arn: string, configuration: (principal: unknown) => object][] = [
    ['AWS::KMS::Key', at('kms', 'key/1234'), who => ({ kmsKey: { keyPolicies: { default: to(who, 'kms:Decrypt', '*') } } })],
    [
      'AWS::SecretsManager::Secret',
      at('secretsmanager', 'secret:s-AbCdEf'),
      who => ({ secretsManagerSecret: { secretPolicy: to(who, 'secretsmanager:GetSecretValue', '*') } }),
    ],
    ['AWS::SQS::Queue', at('sqs', 'queue'), who => ({ sqsQueue: { queuePolicy: to(who, 'sqs:SendMessage', at('sqs', 'queue')) } })],
    ['AWS::SNS::Topic', at('sns', 'topic'), who => ({ snsTopic: { topicPolicy: to(who, 'sns:Publish', at('sns', 'topic')) } })],
    ['AWS::ECR::Repository', at('ecr', 'repository/app'), who => ({ ecrRepository: { repositoryPolicy: to(who, 'ecr:BatchGetImage') } })],
    [
      'AWS::EFS::FileSystem',
      at('elasticfilesystem', 'file-system/fs-1'),
      who => ({ efsFileSystem: { fileSystemPolicy: to(who, 'elasticfilesystem:ClientMount') } }),
    ],
    [
      'AWS::DynamoDB::Table',
      at('dynamodb', 'table/t'),
      who => ({ dynamodbTable: { tablePolicy: to(who, 'dynamodb:GetItem', at('dynamodb', 'table/t')) } }),
    ],
    [
      'AWS::DynamoDB::Stream',
      at('dynamodb', 'table/t/stream/2026'),
      who => ({ dynamodbStream: { streamPolicy: to(who, 'dynamodb:GetRecords', at('dynamodb', 'table/t/stream/2026')) } }),
    ],
    [
      'AWS::S3Express::DirectoryBucket',
      at('s3express', 'bucket/b--use1-az4--x-s3'),
      who => ({
        s3ExpressDirectoryBucket: { bucketPolicy: to(who, 's3express:CreateSession', at('s3express', 'bucket/b--use1-az4--x-s3')) },
      }),
    ],
  ]
  test.each(byPolicy)('%s by its policy', async (resourceType, resource, configuration) => {
    expect(await preview(resource, configuration({ AWS: [account] }))).toEqual([])
    expect(await preview(resource, configuration({ AWS: outsider }))).toMatchObject([
      { resource, resourceType, principal: { AWS: outsider }, isPublic: false, changeType: 'NEW', status: 'ACTIVE' },
    ])
    expect(await preview(resource, configuration('*'))).toMatchObject([{ isPublic: true }])
  })

  const byAttribute: [type: string, arn: string, configuration: (accounts: string[]) => object][] = [
    ['AWS::EC2::Snapshot', at('ec2', 'snapshot/snap-1'), userIds => ({ ebsSnapshot: { userIds } })],
    ['AWS::RDS::DBSnapshot', at('rds', 'snapshot:s'), accountIds => ({ rdsDbSnapshot: { attributes: { restore: { accountIds } } } })],
    [
      'AWS::RDS::DBClusterSnapshot',
      at('rds', 'cluster-snapshot:s'),
      accountIds => ({ rdsDbClusterSnapshot: { attributes: { restore: { accountIds } } } }),
    ],
  ]
  test.each(byAttribute)('%s by whom it is shared with', async (resourceType, resource, configuration) => {
    expect(await preview(resource, configuration([account]))).toEqual([])
    expect(await preview(resource, configuration([outsider]))).toMatchObject([{ resource, resourceType, isPublic: false }])
    expect(await preview(resource, configuration(['all']))).toMatchObject([{ principal: { AWS: '*' }, isPublic: true }])
  })

  test('a key by its grants', async () => {
    const grant = (granteePrincipal: string) => ({ operations: ['Decrypt'], issuingAccount: account, granteePrincipal })
    const grants = [grant(`arn:aws:iam::${account}:role/own`), grant(`arn:aws:iam::${outsider}:role/other`)]
    expect(await preview(at('kms', 'key/1234'), { kmsKey: { grants } })).toMatchObject([
      { principal: { AWS: `arn:aws:iam::${outsider}:role/other` }, action: ['kms:Decrypt'], isPublic: false },
    ])
  })

  test.each([
    { why: 'two kinds', configurations: { [at('sqs', 'queue')]: { sqsQueue: {}, snsTopic: {} } } },
    { why: 'another kind of ARN', configurations: { [at('sns', 'a')]: { sqsQueue: {} } } },
    { why: 'another account', configurations: { [`arn:aws:sqs:us-east-1:${outsider}:queue`]: { sqsQueue: {} } } },
    { why: 'two resources', configurations: { [at('sqs', 'a')]: { sqsQueue: {} }, [at('sqs', 'b')]: { sqsQueue: {} } } },
    {
      why: 'something else for an access point',
      configurations: { 'arn:aws:s3:::shelf': { s3Bucket: { accessPoints: { [at('sqs', 'a')]: {} } } } },
    },
    {
      why: 'more than ten access points',
      configurations: {
        'arn:aws:s3:::shelf': {
          s3Bucket: { accessPoints: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [at('s3', `accesspoint/a${n}`), {}])) },
        },
      },
    },
  ])('refused: $why', async ({ configurations }) => {
    expect((await house.refusal('CreateAccessPreview', { analyzerArn, configurations })).code).toBe('ValidationException')
  })
})
