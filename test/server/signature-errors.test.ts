import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Hex } from '../../src/wire/sigv4/payload-hash.ts'
import { presignQuery, signHeaders } from '../../src/wire/sigv4/sign.ts'
import { openPipelineHouse, type PipelineHouse, wireRequest } from './house.ts'

let house: PipelineHouse
beforeAll(async () => {
  house = await openPipelineHouse()
})
afterAll(() => house.close())

const s3 = { region: 'us-east-1', service: 's3' }
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const bucket = { method: 'GET', path: '/bucket', query: 'list-type=2', headers: { host: 'localhost', 'x-amz-content-sha256': emptyHash } }
const other = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }

interface Fault {
  /** Altered in the request after it was signed. */
  readonly headers?: { readonly [name: string]: string }
  readonly credentials?: typeof other
  /** How long before now the request was signed. */
  readonly earlier?: number
}

async function answerTo(draft: Parameters<typeof wireRequest>[0], scope: typeof s3, { headers = {}, credentials, earlier = 0 }: Fault) {
  const key = credentials ?? house.credentials
  const signed = signHeaders(wireRequest(draft, house.now), key, scope, house.now - earlier)
  const { status, body } = await house.send(wireRequest({ ...draft, headers: { ...signed, ...headers } }, house.now))
  return { status, body: String(body) }
}

const time = (at: number) => new Date(at).toISOString().replace(/\.\d{3}/, '')
const basic = (at: number) => time(at).replace(/[-:]/g, '')
const bytes = (text: string) => [...Buffer.from(text)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
const elements = (fields: { readonly [name: string]: string }) =>
  Object.entries(fields)
    .map(([name, text]) => `<${name}>${text}</${name}>`)
    .join('')

// Amazon S3 API Reference, "Error responses"; the elements are those of answers that its users' issues show.
describe('S3 says of a signature what was wrong with it', () => {
  test('that does not match: what was calculated, in text and bytes', async () => {
    const { status, body } = await answerTo(bucket, s3, { credentials: { ...house.credentials, secretAccessKey: other.secretAccessKey } })
    const [, canonical = ''] = /<CanonicalRequest>([^<]*)</.exec(body) ?? []
    const [, text = ''] = /<StringToSign>([^<]*)</.exec(body) ?? []
    expect(canonical).toMatch(
      /^GET\n\/bucket\nlist-type=2\nhost:localhost\nx-amz-content-sha256:(e3b0\w{60})\nx-amz-date:\d{8}T\d{6}Z\n\nhost;x-amz-content-sha256;x-amz-date\n\1$/,
    )
    expect(text).toMatch(/^AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/s3\/aws4_request\n[0-9a-f]{64}$/)
    const [, provided = ''] = /<SignatureProvided>([0-9a-f]{64})</.exec(body) ?? []
    expect(status).toBe(403)
    expect(body).toContain(
      elements({
        Code: 'SignatureDoesNotMatch',
        Message: 'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        AWSAccessKeyId: house.credentials.accessKeyId,
        StringToSign: text,
        SignatureProvided: provided,
        StringToSignBytes: bytes(text),
        CanonicalRequest: canonical,
        CanonicalRequestBytes: bytes(canonical),
      }),
    )
  })

  test('that covers too little: the headers', async () => {
    const answer = await answerTo(bucket, s3, { headers: { 'x-amz-acl': 'private', 'x-amz-meta-a': 'b', 'x-amzn-trace-id': 'c' } })
    expect(answer).toEqual({
      status: 403,
      body: expect.stringContaining(
        elements({
          Code: 'AccessDenied',
          Message: 'There were headers present in the request which were not signed',
          HeadersNotSigned: 'x-amz-acl, x-amz-meta-a',
        }),
      ),
    })
  })

  test('that is too old: both times', async () => {
    expect(await answerTo(bucket, s3, { earlier: 901_000 })).toEqual({
      status: 403,
      body: expect.stringContaining(
        elements({
          Code: 'RequestTimeTooSkewed',
          Message: 'The difference between the request time and the current time is too large.',
          RequestTime: basic(house.now - 901_000),
          ServerTime: time(house.now),
          MaxAllowedSkewMilliseconds: '900000',
        }),
      ),
    })
  })

  test('in a URL that has expired: when', async () => {
    const { 'x-amz-content-sha256': _none, ...headers } = bucket.headers
    const query = presignQuery({ ...bucket, headers }, house.credentials, s3, 60, house.now - 61_000)
    const { status, body } = await house.send(wireRequest({ ...bucket, headers, query }, house.now))
    expect(status).toBe(403)
    expect(String(body)).toContain(
      elements({
        Code: 'AccessDenied',
        Message: 'Request has expired',
        'X-Amz-Expires': '60',
        Expires: time(house.now - 1_000),
        ServerTime: time(house.now),
      }),
    )
  })

  test.each<{ what: string; headers: { readonly [name: string]: string }; error: string }>([
    {
      what: 'no word of it',
      headers: {},
      error: elements({ Code: 'InvalidRequest', Message: 'Missing required header for this request: x-amz-content-sha256' }),
    },
    {
      what: 'a word that is none',
      headers: { 'x-amz-content-sha256': 'GIBBERISH' },
      error: elements({
        Code: 'InvalidArgument',
        Message:
          'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
        ArgumentName: 'x-amz-content-sha256',
        ArgumentValue: 'GIBBERISH',
      }),
    },
    {
      what: 'the hash of another',
      headers: { 'x-amz-content-sha256': emptyHash },
      error: elements({
        Code: 'XAmzContentSHA256Mismatch',
        Message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ClientComputedContentSHA256: emptyHash,
        S3ComputedContentSHA256: sha256Hex('hi'),
      }),
    },
  ])('of a payload with $what', async ({ headers, error }) => {
    const draft = { method: 'POST', path: '/bucket', query: 'delete', headers: { host: 'localhost', ...headers }, body: 'hi' }
    const payload = headers['x-amz-content-sha256'] ?? sha256Hex('hi')
    const signed = signHeaders({ ...wireRequest(draft, house.now), payloadHash: payload }, house.credentials, s3, house.now)
    const { status, body } = await house.send(wireRequest({ ...draft, headers: signed }, house.now))
    expect([status, String(body)]).toEqual([400, expect.stringContaining(error)])
  })

  test('of a key that is not there: the key', async () => {
    expect(await answerTo(bucket, s3, { credentials: other })).toEqual({
      status: 403,
      body: expect.stringContaining(
        elements({
          Code: 'InvalidAccessKeyId',
          Message: 'The AWS Access Key Id you provided does not exist in our records.',
          AWSAccessKeyId: other.accessKeyId,
        }),
      ),
    })
  })
})

// Amazon EC2 API Reference, "Error codes for the Amazon EC2 API", AuthFailure and RequestExpired.
describe('EC2 tells as little as it does on AWS', () => {
  const regions = { headers: { host: 'localhost' }, body: 'Action=DescribeRegions&Version=2016-11-15' }
  const failure = elements({ Code: 'AuthFailure', Message: 'AWS was not able to validate the provided access credentials' })

  test.each([
    { what: 'another secret', fault: () => ({ credentials: { ...house.credentials, secretAccessKey: 'x' } }), status: 401, error: failure },
    { what: 'another key', fault: () => ({ credentials: other }), status: 401, error: failure },
    {
      what: 'another time',
      fault: () => ({ earlier: 901_000 }),
      status: 400,
      error: elements({ Code: 'RequestExpired', Message: 'Request has expired.' }),
    },
  ])('of $what', async ({ fault, status, error }) => {
    expect(await answerTo(regions, { region: 'us-east-1', service: 'ec2' }, fault())).toEqual({
      status,
      body: expect.stringContaining(error),
    })
  })
})
