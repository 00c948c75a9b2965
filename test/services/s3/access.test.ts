import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type House } from '../call.ts'
import { allow, openS3, textOf } from './house.ts'

let house: House
let reader: Principal
let stranger: Principal
const Bucket = 'bucket-under-policy'
const object = `arn:aws:s3:::${Bucket}/*`
const anonymous: Principal = { type: 'anonymous' }

beforeAll(async () => {
  house = await openS3()
  await house.call('CreateBucket', { Bucket })
  await house.call('PutObject', { Bucket, Key: 'k', Body: Buffer.from('v') })
  await house.call('CreateUser', { UserName: 'reader' })
  reader = await house.user('reader')
  stranger = await house.addAccount('210987654321')
})
afterAll(() => house.close())

const setPolicy = (policy: string) => house.call('PutBucketPolicy', { Bucket, Policy: policy })
const get = { Bucket, Key: 'k' }

describe('who may not list is not told what is there', () => {
  test.each([
    ['s3:GetObject', object, 'k', undefined],
    ['s3:GetObject', object, 'none', 'AccessDenied'],
    ['s3:*', '*', 'none', 'NoSuchKey'],
    ['s3:ListBucket', '*', 'k', 'AccessDenied'],
  ])('%s on %s, key %s: %s', async (action, resource, Key, code) => {
    await house.call('PutUserPolicy', { UserName: 'reader', PolicyName: 'p', PolicyDocument: allow(action, resource) })
    for (const name of ['GetObject', 'HeadObject']) {
      if (code) expect(await house.refusal(name, { Bucket, Key }, { as: reader })).toMatchObject({ code })
      else expect(await house.call(name, { Bucket, Key }, { as: reader })).toMatchObject({ ContentLength: 1 })
    }
  })
  test('that a bucket is not there is told to everybody', async () => {
    expect(await house.refusal('GetObject', { Bucket: 'no-such-bucket', Key: 'k' }, { as: anonymous })).toMatchObject({
      code: 'NoSuchBucket',
    })
  })
  test('the message names the object in quotes', async () => {
    const { message } = await house.refusal('PutObject', { ...get, Body: Buffer.from('x') }, { as: reader })
    expect(message).toBe(
      `User: arn:aws:iam::${account}:user/reader is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${Bucket}/k" because no identity-based policy allows the s3:PutObject action`,
    )
  })
})

describe('the bucket policy is a resource policy', () => {
  test('another account needs both sides', async () => {
    expect(await house.refusal('GetObject', get, { as: stranger })).toMatchObject({ code: 'AccessDenied' })
    await setPolicy(allow('s3:GetObject', object, { Principal: { AWS: '210987654321' } }))
    expect(await textOf(await house.call('GetObject', get, { as: stranger }))).toBe('v')
  })
  test('an expected owner who is another', async () => {
    expect(await house.refusal('GetObject', { ...get, ExpectedBucketOwner: '210987654321' })).toMatchObject({ code: 'AccessDenied' })
  })
  test('a service, for the sake of its resource alone', async () => {
    const arn = 'arn:aws:cloudtrail:us-east-1:123456789012:trail/t'
    await setPolicy(
      allow('s3:PutObject', object, {
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
      }),
    )
    const service: Principal = { type: 'service', service: 'cloudtrail.amazonaws.com', source: { arn, account } }
    const input = { Bucket, Key: 'log', Body: Buffer.from('log') }
    expect(await house.refusal('PutObject', input, { as: service })).toMatchObject({ code: 'AccessDenied' })
    expect(await house.call('PutObject', { ...input, ACL: 'bucket-owner-full-control' }, { as: service })).toHaveProperty('ETag')
  })
  test.each([
    ['secure', true, undefined],
    ['not secure', false, 'AccessDenied'],
  ])('aws:SecureTransport, %s', async (_name, secure, code) => {
    await setPolicy(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: account }, Action: 's3:*', Resource: object },
          { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: object, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        ],
      }),
    )
    const call = () => house.call('HeadObject', get, { request: { secure } })
    await (code ? expect(call()).rejects.toMatchObject({ code }) : expect(call()).resolves.toBeDefined())
  })
  test.each([
    ['no JSON', '{', 'MalformedPolicy'],
    ['no principal', allow('s3:GetObject', object), 'MalformedPolicy'],
    ['another bucket', allow('s3:GetObject', 'arn:aws:s3:::other/*', { Principal: '*' }), 'MalformedPolicy'],
  ])('%s is refused', async (_name, Policy, code) => {
    expect(await house.refusal('PutBucketPolicy', { Bucket, Policy })).toMatchObject({ code })
  })
})

describe('the condition keys of requests', () => {
  const user = () => house.user('reader')
  test.each([
    ['s3:prefix', { Prefix: 'home/' }, { Prefix: 'other/' }],
    ['s3:delimiter', { Delimiter: '/' }, {}],
    ['s3:max-keys', { MaxKeys: 10 }, { MaxKeys: 11 }],
  ])('%s', async (key, met, unmet) => {
    const value = Object.values(met)[0]
    const operator = typeof value === 'number' ? 'NumericLessThanEquals' : 'StringEquals'
    const PolicyDocument = allow('s3:ListBucket', '*', { Condition: { [operator]: { [key]: value } } })
    await house.call('PutUserPolicy', { UserName: 'reader', PolicyName: 'p', PolicyDocument })
    expect(await house.call('ListObjectsV2', { Bucket, ...met }, { as: await user() })).toHaveProperty('KeyCount')
    expect(await house.refusal('ListObjectsV2', { Bucket, ...unmet }, { as: await user() })).toMatchObject({ code: 'AccessDenied' })
  })
  test.each([
    [
      's3:signatureAge',
      'NumericLessThan',
      60_000,
      { signature: { form: 'presigned', requestAt: Date.UTC(2026, 0, 15, 11, 59, 30) } },
      {
        signature: { form: 'presigned', requestAt: Date.UTC(2026, 0, 15, 11, 0, 0) },
      },
    ],
    [
      's3:authType',
      'StringEquals',
      'REST-HEADER',
      { signature: { form: 'header', requestAt: 0 } },
      { signature: { form: 'presigned', requestAt: 0 } },
    ],
    ['s3:TlsVersion', 'NumericGreaterThan', 1.2, { tlsVersion: 'TLSv1.3' }, { tlsVersion: 'TLSv1.2' }],
  ] as const)('%s', async (key, operator, value, met, unmet) => {
    const PolicyDocument = allow('s3:*', '*', { Condition: { [operator]: { [key]: value } } })
    await house.call('PutUserPolicy', { UserName: 'reader', PolicyName: 'p', PolicyDocument })
    expect(await house.call('HeadObject', get, { as: await user(), request: met })).toHaveProperty('ETag')
    expect(await house.refusal('HeadObject', get, { as: await user(), request: unmet })).toMatchObject({ code: 'AccessDenied' })
  })
})

describe('public access', () => {
  const open = allow('s3:GetObject', object, { Principal: '*' })
  const block = (PublicAccessBlockConfiguration: object) => house.call('PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration })

  test('a public policy is blocked, until the block is lifted', async () => {
    expect(await house.refusal('PutBucketPolicy', { Bucket, Policy: open })).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('prevented by the BlockPublicPolicy setting'),
    })
    await block({})
    await setPolicy(open)
    expect(await house.call('GetBucketPolicyStatus', { Bucket })).toEqual({ PolicyStatus: { IsPublic: true } })
    expect(await textOf(await house.call('GetObject', get, { as: anonymous }))).toBe('v')
    expect(await house.refusal('PutObject', { ...get, Body: Buffer.from('x') }, { as: anonymous })).toMatchObject({ code: 'AccessDenied' })
  })
  test('RestrictPublicBuckets keeps a public bucket to its own account', async () => {
    await block({ RestrictPublicBuckets: true })
    for (const as of [anonymous, stranger]) expect(await house.refusal('GetObject', get, { as })).toMatchObject({ code: 'AccessDenied' })
    expect(await house.call('HeadObject', get)).toHaveProperty('ETag')
  })
})

describe('tags decide', () => {
  beforeAll(() => house.call('DeleteBucketPolicy', { Bucket }))
  const mayPut = (Condition: object) =>
    house.call('PutUserPolicy', { UserName: 'reader', PolicyName: 'p', PolicyDocument: allow('s3:*', '*', { Condition }) })
  test('those that come with an object', async () => {
    await mayPut({ StringEquals: { 's3:RequestObjectTag/team': 'shop' } })
    const put = (Tagging: string) => ({ Bucket, Key: 'tagged', Body: Buffer.from('x'), Tagging })
    expect(await house.call('PutObject', put('team=shop'), { as: await house.user('reader') })).toHaveProperty('ETag')
    expect(await house.refusal('PutObject', put('team=other'), { as: await house.user('reader') })).toMatchObject({ code: 'AccessDenied' })
  })
  test('those that an object has', async () => {
    await mayPut({ StringEquals: { 's3:ExistingObjectTag/team': 'shop' } })
    expect(await house.call('HeadObject', { Bucket, Key: 'tagged' }, { as: await house.user('reader') })).toHaveProperty('ETag')
    expect(await house.refusal('HeadObject', get, { as: await house.user('reader') })).toMatchObject({ code: 'AccessDenied' })
  })
  test('tags of a copy, an access control list and a missing key ask keys of the reference', async () => {
    const CopySource = `${Bucket}/tagged`
    expect(
      await house.call('CopyObject', { Bucket, Key: 'copied', CopySource, TaggingDirective: 'REPLACE', Tagging: 'a=b' }),
    ).toHaveProperty('CopyObjectResult')
    expect(await house.call('PutObject', { Bucket, Key: 'private', Body: Buffer.from('x'), ACL: 'private' })).toHaveProperty('ETag')
    expect(await house.refusal('PutObjectTagging', { Bucket, Key: 'missing', Tagging: { TagSet: [] } })).toMatchObject({
      code: 'NoSuchKey',
    })
    expect(
      await house.call('CreateBucket', {
        Bucket: 'another-bucket',
        ObjectOwnership: 'ObjectWriter',
        CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: 'b' }] },
      }),
    ).toHaveProperty('Location')
  })
})
