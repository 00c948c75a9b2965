import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { openS3, textOf } from './house.ts'

let house: House
const upload = { Bucket: 'bucket-of-parts', Key: 'whole' }
const large = Buffer.alloc(5 * 1024 * 1024, 'a')
const small = Buffer.from('123456789')

beforeAll(async () => {
  house = await openS3()
  await house.call('CreateBucket', { Bucket: upload.Bucket })
})
afterAll(() => house.close())

async function uploaded(bodies: readonly Buffer[], more: object = {}) {
  const { UploadId } = await house.call('CreateMultipartUpload', { ...upload, ...more })
  const Parts: { PartNumber: number; ETag: string }[] = []
  for (const [index, Body] of bodies.entries()) {
    const { ETag } = await house.call('UploadPart', { ...upload, UploadId, PartNumber: index + 1, Body })
    Parts.push({ PartNumber: index + 1, ETag })
  }
  return { UploadId: UploadId as string, Parts }
}
const complete = (UploadId: string, Parts: readonly object[]) => ({ ...upload, UploadId, MultipartUpload: { Parts } })

describe('a multipart upload', () => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME'])('has the %s of the whole, made of those of its parts', async ChecksumAlgorithm => {
    const { UploadId, Parts } = await uploaded([large, small], { ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' })
    const answer = await house.call('CompleteMultipartUpload', complete(UploadId, Parts))
    const whole = await house.call('PutObject', { ...upload, Key: 'at once', Body: Buffer.concat([large, small]), ChecksumAlgorithm })
    expect(answer[`Checksum${ChecksumAlgorithm}`]).toBe(whole[`Checksum${ChecksumAlgorithm}`])
    expect(answer.ETag).toMatch(/^"[0-9a-f]{32}-2"$/)
  })
  test('is read across its parts, and part by part', async () => {
    const { UploadId, Parts } = await uploaded([large, small])
    await house.call('CompleteMultipartUpload', complete(UploadId, Parts))
    expect(await textOf(await house.call('GetObject', { ...upload, Range: `bytes=${large.length - 2}-${large.length + 2}` }))).toBe('aa123')
    const second = await house.call('GetObject', { ...upload, PartNumber: 2 })
    expect([await textOf(second), second.PartsCount]).toEqual(['123456789', 2])
    expect(await house.refusal('GetObject', { ...upload, PartNumber: 3 })).toMatchObject({ code: 'InvalidPartNumber' })
  })
  test.each([
    ['no parts', () => [], 'MalformedXML'],
    ['another order', (parts: object[]) => parts.toReversed(), 'InvalidPartOrder'],
    ['another ETag', () => [{ PartNumber: 1, ETag: '"0"' }], 'InvalidPart'],
    ['a part that is not there', () => [{ PartNumber: 9, ETag: '"0"' }], 'InvalidPart'],
    ['a small part before the last', (parts: object[]) => parts, 'EntityTooSmall'],
  ])('with %s is refused', async (_name, choose, code) => {
    const { UploadId, Parts } = await uploaded([small, small])
    expect(await house.refusal('CompleteMultipartUpload', complete(UploadId, choose(Parts)))).toMatchObject({ code })
    expect((await house.call('ListParts', { ...upload, UploadId })).Parts).toHaveLength(2)
    await house.call('AbortMultipartUpload', { ...upload, UploadId })
    expect(await house.refusal('ListParts', { ...upload, UploadId })).toMatchObject({ code: 'NoSuchUpload' })
  })
  test('is listed until it ends', async () => {
    const { UploadId } = await uploaded([])
    const { Uploads } = await house.call('ListMultipartUploads', { Bucket: upload.Bucket })
    expect(Uploads).toContainEqual(expect.objectContaining({ UploadId, Key: upload.Key }))
  })
})

describe('copies and tags', () => {
  const source = { Bucket: upload.Bucket, Key: 'from here' }
  const CopySource = `${upload.Bucket}/from%20here`
  beforeAll(() => house.call('PutObject', { ...source, Body: small, Metadata: { a: '1' }, Tagging: 'team=shop' }))

  test('a copy has content, metadata and tags', async () => {
    await house.call('CopyObject', { Bucket: upload.Bucket, Key: 'copy', CopySource })
    const copy = await house.call('GetObject', { Bucket: upload.Bucket, Key: 'copy' })
    expect([await textOf(copy), copy.Metadata, copy.TagCount]).toEqual(['123456789', { a: '1' }, 1])
  })
  test('a copy with metadata of its own', async () => {
    await house.call('CopyObject', { ...source, CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } })
    expect(await house.call('HeadObject', source)).toMatchObject({ Metadata: { b: '2' } })
  })
  test('onto itself, as it is, is refused', async () => {
    expect(await house.refusal('CopyObject', { ...source, CopySource })).toMatchObject({ code: 'InvalidRequest' })
  })
  test('tags are put, got and deleted', async () => {
    await house.call('PutObjectTagging', { ...source, Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } })
    expect(await house.call('GetObjectTagging', source)).toEqual({ TagSet: [{ Key: 'k', Value: 'v' }] })
    await house.call('DeleteObjectTagging', source)
    expect(await house.call('GetObjectTagging', source)).toEqual({ TagSet: [] })
  })
})
