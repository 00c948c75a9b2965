import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPipelineHouse, type PipelineHouse, signedRequest } from './house.ts'

let house: PipelineHouse
const scope = { region: 'us-east-1', service: 's3' }
const send = async (draft: Parameters<typeof signedRequest>[0]) => {
  const { status, body } = await house.send(signedRequest(draft, house, scope))
  const text = String(body)
  return [status, /<Code>(\w+)<\/Code>/.exec(text)?.[1], /<Message>([^<]*)</.exec(text)?.[1]]
}

beforeAll(async () => {
  house = await openPipelineHouse()
  expect((await send({ method: 'PUT', path: '/bucket-of-digests' }))[0]).toBe(200)
})
afterAll(() => house.close())

const keys = '<Delete><Object><Key>a</Key></Object></Delete>'
const md5 = (text: string) => createHash('md5').update(text).digest('base64')
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64')

/** Amazon S3 API Reference, "DeleteObjects", Content-MD5; User Guide, "Checking object integrity". */
describe('a list of keys to delete is held against its digest', () => {
  test.each([
    ['none', {}, [400, 'InvalidRequest', 'Missing required header for this request: Content-MD5']],
    ['its MD5', { 'content-md5': md5(keys) }, [200, undefined, undefined]],
    ['its SHA-256', { 'x-amz-checksum-sha256': sha256(keys) }, [200, undefined, undefined]],
    [
      'the MD5 of another list',
      { 'content-md5': md5('other') },
      [400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.'],
    ],
    ['what is no MD5', { 'content-md5': 'AAAA' }, [400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.']],
    [
      'the SHA-256 of another list',
      { 'x-amz-checksum-sha256': sha256('other') },
      [400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.'],
    ],
    ['what is no SHA-256', { 'x-amz-checksum-sha256': 'x' }, [400, 'InvalidRequest', 'Value for x-amz-checksum-sha256 header is invalid.']],
  ])('with %s', async (_, headers, expected) => {
    expect(await send({ method: 'POST', path: '/bucket-of-digests', query: 'delete', headers, body: keys })).toEqual(expected)
  })
})

test("a policy needs no digest, and not another text's", async () => {
  const body = '{"Version":"2012-10-17","Statement":[]}'
  const put = (headers: { readonly [name: string]: string }) =>
    send({ method: 'PUT', path: '/bucket-of-digests', query: 'policy', headers, body })
  expect((await put({ 'content-md5': md5('other') }))[1]).toBe('BadDigest')
  expect((await put({}))[1]).toBe('MalformedPolicy')
})
