import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { openS3, textOf } from './house.ts'

let house: House
const Bucket = 'shelf-of-objects'

beforeAll(async () => {
  house = await openS3()
  await house.call('CreateBucket', { Bucket })
})
afterAll(() => house.close())

const put = (Key: string, text: string, more: object = {}) => house.call('PutObject', { Bucket, Key, Body: Buffer.from(text), ...more })

describe('names of buckets follow the naming rules', () => {
  test.each([
    'ab',
    'Upper-case',
    'under_score',
    '-begins',
    'ends-',
    'two..dots',
    '192.168.5.4',
    'xn--name',
    'sthree-name',
    'amzn-s3-demo-name',
    'name-s3alias',
    'name--ol-s3',
    'name.mrap',
    'name--x-s3',
    'a'.repeat(64),
  ])('%s is refused', async name => {
    expect(await house.refusal('CreateBucket', { Bucket: name })).toEqual({
      code: 'InvalidBucketName',
      message: 'The specified bucket is not valid.',
    })
  })
  test.each(['abc', 'a.b-c', '1a2', 'a'.repeat(63)])('%s is taken', async name => {
    expect(await house.call('CreateBucket', { Bucket: name })).toMatchObject({ Location: `/${name}` })
  })
  test('a name is taken once, whoever asks', async () => {
    const other = await house.addAccount('210987654321')
    expect(await house.refusal('CreateBucket', { Bucket }, { as: other })).toMatchObject({ code: 'BucketAlreadyExists' })
  })
})

describe('what was put is got', () => {
  test('bytes, ETag, headers and metadata', async () => {
    const { ETag } = await put('a/b', 'hello', { ContentType: 'text/plain', Metadata: { team: 'shop' }, ContentEncoding: 'aws-chunked' })
    const answer = await house.call('GetObject', { Bucket, Key: 'a/b', ChecksumMode: 'ENABLED' })
    expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"')
    expect(answer).toMatchObject({
      ETag,
      ContentLength: 5,
      ContentType: 'text/plain',
      Metadata: { team: 'shop' },
      ChecksumType: 'FULL_OBJECT',
    })
    expect([answer.ContentEncoding, await textOf(answer)]).toEqual([undefined, 'hello'])
  })

  test.each([['../../etc/passwd'], ['/'], ['..'], ['key with spaces & ünïcode'], ['a'.repeat(1_024)]])(
    'a key is only a key: %s',
    async key => {
      await put(key, key)
      expect(await textOf(await house.call('GetObject', { Bucket, Key: key }))).toBe(key)
    },
  )

  test.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=3-5', '345', 'bytes 3-5/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-100', '56789', 'bytes 5-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
    ['bytes=5-3', '0123456789', undefined],
    ['lines=1-2', '0123456789', undefined],
  ])('the range %s', async (Range, text, ContentRange) => {
    await put('digits', '0123456789')
    const answer = await house.call('GetObject', { Bucket, Key: 'digits', Range })
    expect([await textOf(answer), answer.ContentRange, answer.ContentLength]).toEqual([text, ContentRange, text.length])
  })

  test.each(['bytes=10-', 'bytes=11-12', 'bytes=-0'])('no such range: %s', async Range => {
    expect(await house.refusal('GetObject', { Bucket, Key: 'digits', Range })).toMatchObject({ code: 'InvalidRange' })
  })
})

describe('checksums', () => {
  // CRC-32, CRC-32C and CRC-64/NVME of the check string of their definitions.
  test.each([
    ['CRC32', 'y/Q5Jg=='],
    ['CRC32C', '4waSgw=='],
    ['CRC64NVME', 'rosUhgp5mIg='],
    ['SHA1', '98O8HYCOBHMq32eZZczDTKeuNEE='],
    ['SHA256', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
  ])('%s of 123456789', async (algorithm, value) => {
    const member = `Checksum${algorithm}`
    const { [member]: computed } = await put('check', '123456789', { ChecksumAlgorithm: algorithm })
    expect(computed).toBe(value)
    expect(await house.refusal('PutObject', { Bucket, Key: 'check', Body: Buffer.from('123456788'), [member]: value })).toMatchObject({
      code: 'BadDigest',
    })
    await put('check', '123456789', { [member]: value })
    expect(await house.call('HeadObject', { Bucket, Key: 'check', ChecksumMode: 'ENABLED' })).toMatchObject({ [member]: value })
  })
})

describe('conditions', () => {
  const etag = '"5d41402abc4b2a76b9719d911017c592"'
  beforeAll(() => put('conditional', 'hello'))

  test.each([
    [{ IfMatch: etag }, undefined],
    [{ IfMatch: '"other"' }, 'PreconditionFailed'],
    [{ IfNoneMatch: etag }, 'NotModified'],
    [{ IfNoneMatch: '"other"' }, undefined],
    [{ IfModifiedSince: new Date(0) }, undefined],
    [{ IfModifiedSince: new Date(Date.UTC(2026, 1, 1)) }, 'NotModified'],
    [{ IfUnmodifiedSince: new Date(0) }, 'PreconditionFailed'],
    [{ IfMatch: etag, IfUnmodifiedSince: new Date(0) }, undefined],
    [{ IfNoneMatch: '"other"', IfModifiedSince: new Date(Date.UTC(2026, 1, 1)) }, undefined],
  ])('a read with %j: %s', async (conditions, code) => {
    const input = { Bucket, Key: 'conditional', ...conditions }
    if (code) expect(await house.refusal('HeadObject', input)).toMatchObject({ code })
    else expect(await house.call('HeadObject', input)).toMatchObject({ ETag: etag })
  })

  test.each([
    ['conditional', { IfNoneMatch: '*' }, 'PreconditionFailed'],
    ['conditional', { IfMatch: '"other"' }, 'PreconditionFailed'],
    ['not-there', { IfMatch: etag }, 'NoSuchKey'],
    ['conditional', { IfNoneMatch: etag }, 'NotImplemented'],
  ])('a write of %s with %j: %s', async (Key, conditions, code) => {
    expect(await house.refusal('PutObject', { Bucket, Key, Body: Buffer.from('x'), ...conditions })).toMatchObject({ code })
  })
})

describe('lists', () => {
  const list = (more: object = {}) => house.call('ListObjectsV2', { Bucket: 'list-of-keys', ...more })
  const keys = ['a', 'a/1', 'a/2', 'b/1', 'b/2/3', 'c', 'é', 'z z']
  beforeAll(async () => {
    await house.call('CreateBucket', { Bucket: 'list-of-keys' })
    for (const Key of keys) await house.call('PutObject', { Bucket: 'list-of-keys', Key, Body: Buffer.from(Key) })
  })
  const shown = ({ Contents, CommonPrefixes }: { Contents: { Key: string }[]; CommonPrefixes: { Prefix: string }[] }) => [
    ...Contents.map(({ Key }) => Key),
    ...CommonPrefixes.map(({ Prefix }) => `${Prefix}*`),
  ]

  test.each([
    [{}, ['a', 'a/1', 'a/2', 'b/1', 'b/2/3', 'c', 'z z', 'é']],
    [{ Prefix: 'a' }, ['a', 'a/1', 'a/2']],
    [{ Delimiter: '/' }, ['a', 'c', 'z z', 'é', 'a/*', 'b/*']],
    [{ Prefix: 'b/', Delimiter: '/' }, ['b/1', 'b/2/*']],
    [{ StartAfter: 'b/1' }, ['b/2/3', 'c', 'z z', 'é']],
    [{ EncodingType: 'url', Prefix: 'z' }, ['z+z']],
    [{ MaxKeys: 0 }, []],
  ])('%j', async (question, expected) => {
    expect(shown(await list(question))).toEqual(expected)
  })

  test.each([1, 2, 3])('page by page of %i, everything once', async MaxKeys => {
    const seen: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({
        MaxKeys,
        Delimiter: '/',
        ...(ContinuationToken && { ContinuationToken }),
      })
      expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys)
      seen.push(...shown(page))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
    expect(seen.toSorted()).toEqual(['a', 'a/*', 'b/*', 'c', 'z z', 'é'])
  })

  test('a bucket with objects is not deleted', async () => {
    expect(await house.refusal('DeleteBucket', { Bucket: 'list-of-keys' })).toMatchObject({ code: 'BucketNotEmpty' })
    const Objects = keys.map(Key => ({ Key }))
    expect(await house.call('DeleteObjects', { Bucket: 'list-of-keys', Delete: { Objects, Quiet: true } })).toEqual({})
    expect(await house.call('DeleteBucket', { Bucket: 'list-of-keys' })).toEqual({})
  })
})
