import { describe, expect, test } from 'vitest'
import { accessOf, factsOf } from '../../src/server/upstreams/access.ts'
import { bundledModel, requestModel } from '../../src/server/upstreams/botocore-model.ts'
import { plainRequest, refuseUnknown } from '../../src/server/upstreams/known-request.ts'
import type { CallContext } from '../../src/services/operation.ts'
import type { WireRequest } from '../../src/wire/message.ts'
import { protocolOf } from '../../src/wire/protocols/index.ts'

// What the gateway asks for each request: Service Authorization Reference, by service. docs/gateway.md, "What is decided on".

const account = '111122223333'
const context = {
  region: 'us-east-1',
  now: 0,
  principal: { type: 'root', account },
  request: { sourceIp: '192.0.2.1', userAgent: '', secure: true, host: 'localhost' },
  world: { settings: { account } },
} as unknown as CallContext

function asked(service: string, operation: string, input: object) {
  const facts = factsOf(service, service)
  if (!facts) throw new Error(service)
  return accessOf(facts, service, operation, input as { [name: string]: unknown }, context)
}
const questions = (service: string, operation: string, input: object) =>
  asked(service, operation, input).map(({ action, resource }) => `${action} ${resource}`)
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${account}:${resource}`

describe('actions and resources', () => {
  test.each<[string, string, object, string[]]>([
    ['s3', 'ListBuckets', {}, ['s3:ListAllMyBuckets *']],
    ['s3', 'ListObjectsV2', { Bucket: 'b' }, ['s3:ListBucket arn:aws:s3:::b']],
    ['s3', 'GetObject', { Bucket: 'b', Key: 'k/ü' }, ['s3:GetObject arn:aws:s3:::b/k/ü']],
    ['s3', 'GetObject', { Bucket: 'b', Key: 'k', VersionId: '1' }, ['s3:GetObjectVersion arn:aws:s3:::b/k']],
    ['s3', 'UploadPart', { Bucket: 'b', Key: 'k' }, ['s3:PutObject arn:aws:s3:::b/k']],
    ['s3', 'ListParts', { Bucket: 'b', Key: 'k' }, ['s3:ListMultipartUploadParts arn:aws:s3:::b/k']],
    ['s3', 'GetBucketEncryption', { Bucket: 'b' }, ['s3:GetEncryptionConfiguration arn:aws:s3:::b']],
    [
      's3',
      'PutObject',
      { Bucket: 'b', Key: 'k', ACL: 'private', Tagging: 'a=b' },
      ['s3:PutObject arn:aws:s3:::b/k', 's3:PutObjectAcl arn:aws:s3:::b/k', 's3:PutObjectTagging arn:aws:s3:::b/k'],
    ],
    [
      's3',
      'CopyObject',
      { Bucket: 'b', Key: 'k', CopySource: 'other/a%20b?versionId=7' },
      ['s3:PutObject arn:aws:s3:::b/k', 's3:GetObjectVersion arn:aws:s3:::other/a b'],
    ],
    [
      's3',
      'DeleteObjects',
      { Bucket: 'b', BypassGovernanceRetention: true, Delete: { Objects: [{ Key: 'x' }, { Key: 'y', VersionId: '1' }] } },
      [
        's3:DeleteObject arn:aws:s3:::b/x',
        's3:BypassGovernanceRetention arn:aws:s3:::b/x',
        's3:DeleteObjectVersion arn:aws:s3:::b/y',
        's3:BypassGovernanceRetention arn:aws:s3:::b/y',
      ],
    ],
    ['dynamodb', 'GetItem', { TableName: 'T' }, [`dynamodb:GetItem ${arn('dynamodb', 'table/T')}`]],
    ['dynamodb', 'GetItem', { TableName: arn('dynamodb', 'table/T') }, [`dynamodb:GetItem ${arn('dynamodb', 'table/T')}`]],
    ['dynamodb', 'Query', { TableName: 'T', IndexName: 'I' }, [`dynamodb:Query ${arn('dynamodb', 'table/T/index/I')}`]],
    ['dynamodb', 'ListTables', {}, ['dynamodb:ListTables *']],
    ['dynamodb', 'TagResource', { ResourceArn: arn('dynamodb', 'table/T') }, [`dynamodb:TagResource ${arn('dynamodb', 'table/T')}`]],
    [
      'dynamodb',
      'BatchWriteItem',
      { RequestItems: { A: [], B: [] } },
      [`dynamodb:BatchWriteItem ${arn('dynamodb', 'table/A')}`, `dynamodb:BatchWriteItem ${arn('dynamodb', 'table/B')}`],
    ],
    [
      'dynamodb',
      'TransactWriteItems',
      { TransactItems: [{ Put: { TableName: 'A' } }, { ConditionCheck: { TableName: 'B' } }] },
      [`dynamodb:PutItem ${arn('dynamodb', 'table/A')}`, `dynamodb:ConditionCheckItem ${arn('dynamodb', 'table/B')}`],
    ],
    ['sqs', 'SendMessageBatch', { QueueUrl: `http://h:1/${account}/q.fifo` }, [`sqs:SendMessage ${arn('sqs', 'q.fifo')}`]],
    ['sqs', 'SendMessage', { QueueUrl: 'http://h/000000000000/q?x=/other' }, ['sqs:SendMessage *']],
    ['sqs', 'CreateQueue', { QueueName: 'q' }, [`sqs:CreateQueue ${arn('sqs', 'q')}`]],
    ['sns', 'CreateTopic', { Name: 't' }, [`sns:CreateTopic ${arn('sns', 't')}`]],
    ['sns', 'Publish', { PhoneNumber: '+1' }, ['sns:Publish *']],
    ['kms', 'Encrypt', { KeyId: 'abc' }, [`kms:Encrypt ${arn('kms', 'key/abc')}`]],
    ['kms', 'Encrypt', { KeyId: 'alias/abc' }, ['kms:Encrypt *']],
    ['kms', 'Encrypt', { KeyId: arn('kms', 'alias/abc') }, ['kms:Encrypt *']],
    ['kms', 'Decrypt', {}, ['kms:Decrypt *']],
    [
      'kms',
      'CreateAlias',
      { AliasName: 'alias/a', TargetKeyId: 'k' },
      [`kms:CreateAlias ${arn('kms', 'alias/a')}`, `kms:CreateAlias ${arn('kms', 'key/k')}`],
    ],
    ['kms', 'DeleteAlias', { AliasName: 'alias/a' }, [`kms:DeleteAlias ${arn('kms', 'alias/a')}`, 'kms:DeleteAlias *']],
    [
      'kms',
      'ReEncrypt',
      { SourceKeyId: 'a', DestinationKeyId: 'b' },
      [`kms:ReEncryptFrom ${arn('kms', 'key/a')}`, `kms:ReEncryptTo ${arn('kms', 'key/b')}`],
    ],
    ['secretsmanager', 'GetSecretValue', { SecretId: 's' }, [`secretsmanager:GetSecretValue ${arn('secretsmanager', 'secret:s-??????')}`]],
    [
      'secretsmanager',
      'GetSecretValue',
      { SecretId: arn('secretsmanager', 'secret:s-AbCdEf') },
      [`secretsmanager:GetSecretValue ${arn('secretsmanager', 'secret:s-AbCdEf')}`],
    ],
    ['ssm', 'GetParameter', { Name: '/a/b:3' }, [`ssm:GetParameter ${arn('ssm', 'parameter/a/b')}`]],
    [
      'ssm',
      'GetParameters',
      { Names: ['a', '/b'] },
      [`ssm:GetParameters ${arn('ssm', 'parameter/a')}`, `ssm:GetParameters ${arn('ssm', 'parameter/b')}`],
    ],
    ['ssm', 'GetParametersByPath', { Path: '/' }, ['ssm:GetParametersByPath *']],
    ['lambda', 'Invoke', { FunctionName: 'f', Qualifier: 'live' }, [`lambda:InvokeFunction ${arn('lambda', 'function:f:live')}`]],
    ['lambda', 'Invoke', { FunctionName: `${account}:function:f` }, [`lambda:InvokeFunction ${arn('lambda', 'function:f')}`]],
    ['lambda', 'Invoke', { FunctionName: 'f/../g' }, ['lambda:InvokeFunction *']],
    ['lambda', 'ListFunctions', {}, ['lambda:ListFunctions *']],
    ['ecr', 'PutImage', { repositoryName: 'a/b' }, [`ecr:PutImage ${arn('ecr', 'repository/a/b')}`]],
    ['ecr', 'GetAuthorizationToken', {}, ['ecr:GetAuthorizationToken *']],
    ['logs', 'CreateLogGroup', { logGroupName: 'g' }, [`logs:CreateLogGroup ${arn('logs', 'log-group:g:*')}`]],
    ['logs', 'PutLogEvents', { logGroupName: 'g', logStreamName: 's' }, [`logs:PutLogEvents ${arn('logs', 'log-group:g:log-stream:s')}`]],
    ['events', 'PutRule', { Name: 'r' }, [`events:PutRule ${arn('events', 'rule/r')}`]],
    ['events', 'PutRule', { Name: 'r', EventBusName: 'default' }, [`events:PutRule ${arn('events', 'rule/r')}`]],
    ['events', 'PutRule', { Name: 'r', EventBusName: 'mine' }, [`events:PutRule ${arn('events', 'rule/mine/r')}`]],
    [
      'events',
      'PutEvents',
      { Entries: [{}, { EventBusName: 'mine' }] },
      [`events:PutEvents ${arn('events', 'event-bus/default')}`, `events:PutEvents ${arn('events', 'event-bus/mine')}`],
    ],
    ['events', 'DeleteEventBus', { Name: 'mine' }, [`events:DeleteEventBus ${arn('events', 'event-bus/mine')}`]],
    ['kinesis', 'PutRecord', { StreamName: 's' }, [`kinesis:PutRecord ${arn('kinesis', 'stream/s')}`]],
    ['kinesis', 'GetRecords', { ShardIterator: 'x' }, ['kinesis:GetRecords *']],
  ])('%s %s of %j', (service, operation, input, expected) => {
    expect(questions(service, operation, input)).toEqual(expected)
  })

  test('what is behind is the account that Gatehouse was made with', () => {
    const foreign = asked('sns', 'Publish', { TopicArn: 'arn:aws:sns:us-east-1:444455556666:t' })
    expect(foreign).toEqual([expect.objectContaining({ resource: 'arn:aws:sns:us-east-1:444455556666:t', resourceAccount: account })])
  })

  test('a batch beyond all bounds is refused', () => {
    const RequestItems = Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`T${index}`, []]))
    expect(questions('dynamodb', 'BatchGetItem', { RequestItems })).toEqual(['dynamodb:BatchGetItem *'])
  })
})

describe('condition keys', () => {
  test.each<[string, string, object, object]>([
    ['s3', 'ListObjectsV2', { Bucket: 'b', Prefix: 'p/', MaxKeys: 5 }, { 's3:prefix': 'p/', 's3:max-keys': 5 }],
    ['s3', 'PutObject', { Bucket: 'b', Key: 'k', ServerSideEncryption: 'AES256' }, { 's3:x-amz-server-side-encryption': 'AES256' }],
    ['s3', 'PutObject', { Bucket: 'b', Key: 'k', Tagging: 'team=a' }, { 's3:RequestObjectTag/team': 'a' }],
    [
      'dynamodb',
      'Query',
      { TableName: 'T', Select: 'COUNT' },
      { 'dynamodb:Select': 'COUNT', 'dynamodb:LeadingKeys': ['gatehouse:unknown'] },
    ],
    [
      'dynamodb',
      'CreateTable',
      { TableName: 'T', Tags: [{ Key: 'team', Value: 'a' }] },
      { 'aws:RequestTag/team': 'a', 'aws:TagKeys': ['team'] },
    ],
    [
      'kms',
      'Encrypt',
      { KeyId: 'k', EncryptionContext: { a: 'b' } },
      { 'kms:EncryptionContext:a': 'b', 'kms:EncryptionContextKeys': ['a'] },
    ],
    ['kms', 'Encrypt', { KeyId: 'alias/a' }, { 'kms:RequestAlias': 'alias/a', 'kms:CallerAccount': account }],
    ['sns', 'Subscribe', { TopicArn: arn('sns', 't'), Protocol: 'sqs', Endpoint: 'e' }, { 'sns:Protocol': 'sqs', 'sns:Endpoint': 'e' }],
    ['sqs', 'UntagQueue', { QueueUrl: 'http://h/q', TagKeys: ['a'] }, { 'aws:TagKeys': ['a'] }],
    ['secretsmanager', 'GetSecretValue', { SecretId: 's', VersionStage: 'v' }, { 'secretsmanager:VersionStage': 'v' }],
  ])('%s %s of %j', (service, operation, input, expected) => {
    expect(asked(service, operation, input)[0]?.keys).toMatchObject(expected)
  })
})

describe('requests that two servers could read in two ways', () => {
  const request = (given: Partial<WireRequest>): WireRequest => ({
    method: 'GET',
    path: '/',
    query: '',
    headers: {},
    rawHeaders: [],
    body: new Uint8Array(0),
    secure: true,
    remoteAddress: '192.0.2.1',
    receivedAt: 0,
    ...given,
  })
  async function refusal(service: string, given: Partial<WireRequest>): Promise<string | undefined> {
    const found = await bundledModel(service)
    if (!found) throw new Error(service)
    const model = requestModel(service, found)
    const plain = plainRequest(request(given), model)
    const operation = protocolOf(model.protocol).operationName(plain, model)
    if (operation === undefined) return 'no operation'
    try {
      refuseUnknown(plain, model, operation)
      return undefined
    } catch (problem) {
      return (problem as Error).message
    }
  }
  const target = (name: string) => ({ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${name}` })

  test.each<[string, string, Partial<WireRequest>, string]>([
    ['dot segments', 's3', { path: '/bucket/a/../b' }, 'dot segments'],
    ['encoded dot segments', 's3', { path: '/bucket/%2e%2e/b' }, 'dot segments'],
    ['encoded slashes before dots', 's3', { path: '/bucket/a%2F..%2Fb' }, 'dot segments'],
    ['a bucket with an encoded slash', 's3', { method: 'PUT', path: '/bucket%2Fkey' }, 'slash'],
    ['a parameter that nobody knows', 's3', { path: '/bucket/key', query: 'metadata=true' }, 'no query parameter metadata'],
    ['a parameter given twice', 's3', { path: '/bucket/key', query: 'versionId=1&versionId=2' }, 'given twice'],
    ['another target', 'dynamodb', { method: 'POST', headers: { ...target('GetItem'), 'x-amz-target': 'Other.GetItem' } }, 'X-Amz-Target'],
    ['another path', 'dynamodb', { method: 'POST', path: '/x', headers: target('GetItem') }, 'POST to /'],
    [
      'a nested name twice',
      'dynamodb',
      { method: 'POST', headers: target('GetItem'), body: Buffer.from('{"Key":{"a":1,"a":2}}') },
      'a name is given twice',
    ],
    [
      'an escaped name twice',
      'dynamodb',
      { method: 'POST', headers: target('GetItem'), body: Buffer.from('{"Key":1,"\\u004bey":2}') },
      'a name is given twice',
    ],
    [
      'an action in query and body',
      'sns',
      { method: 'POST', query: 'Action=Publish', body: Buffer.from('Action=Publish') },
      'a parameter is given twice',
    ],
  ])('%s are refused', async (_what, service, given, expected) => {
    expect(await refusal(service, given)).toContain(expected)
  })

  test.each<[string, string, Partial<WireRequest>]>([
    ['an encoded key', 's3', { path: '/bucket/a%2Fb%20c..d' }],
    ['a bucket in the host', 's3', { path: '/key', hostedBucket: 'bucket' }],
    ['parameters of a list', 's3', { path: '/bucket', query: 'list-type=2&prefix=a&delimiter=%2F' }],
    ['what SDKs add', 's3', { path: '/bucket/key', query: 'x-id=GetObject&X-Amz-Signature=a&X-Amz-Credential=b' }],
    [
      'a text with colons and quotes',
      'dynamodb',
      { method: 'POST', headers: target('GetItem'), body: Buffer.from('{"TableName":"a\\":\\"b"}') },
    ],
  ])('%s is not', async (_what, service, given) => {
    expect(await refusal(service, given)).toBeUndefined()
  })
})
