import { describe, expect, test } from 'vitest'
import type { WireRequest } from '../../src/wire/message.ts'
import { canonicalQuery, canonicalRequest } from '../../src/wire/sigv4/canonical-request.ts'
import { sha256Hex } from '../../src/wire/sigv4/payload-hash.ts'
import { bodyStreamOf } from '../../src/wire/sigv4/body-stream.ts'
import { readSignature, type SignatureClaim } from '../../src/wire/sigv4/claim.ts'
import { presignQuery, signHeaders } from '../../src/wire/sigv4/sign.ts'
import { verifySignature } from '../../src/wire/sigv4/verify.ts'
import { type Draft, wireRequest } from '../server/house.ts'

const suiteTime = Date.UTC(2015, 7, 30, 12, 36, 0)
const suiteSecret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const s3Time = Date.UTC(2013, 4, 24, 0, 0, 0)
const s3Secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

/** Verifies a request as the server does. */
function verify(request: WireRequest, secret: string, now: number): SignatureClaim {
  const claim = readSignature(request)
  if (!claim) throw new Error('not signed')
  verifySignature(request, claim, secret, now)
  return claim
}

const authorization = (scope: string, keyId: string, signedHeaders: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`

/** A request of AWS's Signature Version 4 test suite. */
const ofSuite = (draft: Draft, signedHeaders: string, signature: string) =>
  wireRequest(
    {
      method: 'GET',
      ...draft,
      headers: {
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        ...draft.headers,
        authorization: authorization('20150830/us-east-1/service', 'AKIDEXAMPLE', signedHeaders, signature),
      },
    },
    suiteTime,
  )

const vanilla = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'

describe('the worked examples that AWS publishes hold', () => {
  test.each<{ name: string; draft: Draft; signed: string; signature: string }>([
    { name: 'get-vanilla', draft: {}, signed: 'host;x-amz-date', signature: vanilla },
    { name: 'get-relative', draft: { path: '/example/..' }, signed: 'host;x-amz-date', signature: vanilla },
    { name: 'get-slash', draft: { path: '//' }, signed: 'host;x-amz-date', signature: vanilla },
    {
      name: 'post-vanilla',
      draft: { method: 'POST' },
      signed: 'host;x-amz-date',
      signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    },
    {
      name: 'get-vanilla-query-order-key-case',
      draft: { query: 'Param2=value2&Param1=value1' },
      signed: 'host;x-amz-date',
      signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    },
    {
      name: 'get-vanilla-query-unreserved',
      draft: {
        query:
          '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      },
      signed: 'host;x-amz-date',
      signature: '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
    },
    {
      name: 'get-header-value-trim',
      draft: { headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
      signed: 'host;my-header1;my-header2;x-amz-date',
      signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    },
    {
      name: 'post-x-www-form-urlencoded',
      draft: { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Param1=value1' },
      signed: 'content-type;host;x-amz-date',
      signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    },
  ])('$name of the test suite', ({ draft, signed, signature }) => {
    expect(verify(ofSuite(draft, signed, signature), suiteSecret, suiteTime)).toMatchObject({
      accessKeyId: 'AKIDEXAMPLE',
      service: 'service',
    })
  })

  test('ListUsers, as the IAM User Guide signs it', () => {
    const request = wireRequest(
      {
        method: 'GET',
        query: 'Action=ListUsers&Version=2010-05-08',
        headers: {
          host: 'iam.amazonaws.com',
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          'x-amz-date': '20150830T123600Z',
          authorization: authorization(
            '20150830/us-east-1/iam',
            'AKIDEXAMPLE',
            'content-type;host;x-amz-date',
            '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
          ),
        },
      },
      suiteTime,
    )
    expect(sha256Hex(canonicalRequest(request, ['content-type', 'host', 'x-amz-date'], sha256Hex(''), false))).toBe(
      'f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59',
    )
    verify(request, suiteSecret, suiteTime)
  })

  // Amazon S3 API Reference, "Signature calculations for the authorization header: transferring payload in a single chunk".
  test.each([
    {
      name: 'GET an object',
      draft: { path: '/test.txt', headers: { range: 'bytes=0-9' } },
      signed: 'host;range;x-amz-content-sha256;x-amz-date',
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      name: 'PUT an object',
      draft: {
        method: 'PUT',
        path: '/test$file.text',
        headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
        body: 'Welcome to Amazon S3.',
      },
      signed: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
    {
      name: 'GET a bucket’s lifecycle',
      draft: { query: 'lifecycle' },
      signed: 'host;x-amz-content-sha256;x-amz-date',
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      name: 'list objects',
      draft: { query: 'max-keys=2&prefix=J' },
      signed: 'host;x-amz-content-sha256;x-amz-date',
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ])('S3: $name', ({ draft, signed, signature }) => {
    const { body = '' } = draft as Draft
    const headers = {
      host: 'examplebucket.s3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': sha256Hex(body),
      ...(draft as Draft).headers,
      authorization: authorization('20130524/us-east-1/s3', 'AKIAIOSFODNN7EXAMPLE', signed, signature),
    }
    expect(verify(wireRequest({ method: 'GET', ...draft, headers }, s3Time), s3Secret, s3Time).service).toBe('s3')
  })

  test('S3: a presigned URL, made and verified', () => {
    const headers = { host: 'examplebucket.s3.amazonaws.com' }
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: s3Secret }
    const query = presignQuery(
      { method: 'GET', path: '/test.txt', query: '', headers },
      credentials,
      { region: 'us-east-1', service: 's3' },
      86_400,
      s3Time,
    )
    expect(query).toContain('X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404')
    const request = wireRequest({ method: 'GET', path: '/test.txt', query, headers }, s3Time)
    expect(verify(request, s3Secret, s3Time + 86_400_000)).toMatchObject({ form: 'presigned', expiresSeconds: 86_400 })
    expect(() => verify(request, s3Secret, s3Time + 86_401_000)).toThrow(/^Signature expired: 20130524T000000Z is now earlier than /)
  })
})

describe('what is canonical', () => {
  test.each([
    { query: 'b=2&a=1&a=0', canonical: 'a=0&a=1&b=2' },
    { query: 'a+b=c%20d', canonical: 'a%2Bb=c%20d' },
    { query: 'a', canonical: 'a=' },
    { query: 'a=%7e%41%2f', canonical: 'a=~A%2F' },
    { query: 'a=%ff%zz', canonical: 'a=%FF%25zz' },
    { query: 'a=1&X-Amz-Signature=x', canonical: 'a=1' },
    { query: '&&', canonical: '' },
    { query: 'A=1&a=1&%C3%A9=1', canonical: '%C3%A9=1&A=1&a=1' },
  ])('of the query $query', ({ query, canonical }) => {
    expect(canonicalQuery(query)).toBe(canonical)
  })

  const pathOf = (path: string, s3: boolean) => canonicalRequest({ method: 'GET', path, query: '', headers: {} }, [], '', s3).split('\n')[1]
  test.each([
    { path: '/documents%20and%20settings/', others: '/documents%2520and%2520settings/', s3: '/documents%20and%20settings/' },
    { path: '/a//b/./c/../d', others: '/a/b/d', s3: '/a//b/./c/../d' },
    { path: '/%ff*', others: '/%25ff%2A', s3: '/%FF%2A' },
    { path: '', others: '/', s3: '/' },
  ])('of the path $path', ({ path, others, s3 }) => {
    expect([pathOf(path, false), pathOf(path, true)]).toEqual([others, s3])
  })
})

describe('what is refused, in AWS’s words', () => {
  const now = suiteTime
  const scope = { region: 'us-east-1', service: 'iam' }
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: suiteSecret, sessionToken: 'token' }
  const draft: Draft = { body: 'Action=ListUsers', headers: { host: 'localhost' } }
  const signed = (at = now) => signHeaders(wireRequest(draft, now), credentials, scope, at)
  const altered = (changes: { readonly [name: string]: string | undefined }, at = now) => {
    const headers = Object.fromEntries(Object.entries({ ...signed(at), ...changes }).filter(([, value]) => value !== undefined)) as {
      [name: string]: string
    }
    return wireRequest({ ...draft, headers }, now)
  }
  const swap = (from: string | RegExp, to: string) => ({ authorization: (signed()['authorization'] as string).replace(from, to) })
  const mismatch =
    /^The request signature we calculated does not match the signature you provided\. Check your AWS Secret Access Key and signing method\./

  test('nothing of the request as it was signed', () => {
    expect(verify(altered({}), suiteSecret, now)).toMatchObject({ form: 'header', sessionToken: 'token', region: 'us-east-1' })
  })

  test.each([
    { what: 'another signature', request: () => altered(swap(/.$/, '!')), kind: 'mismatch', message: mismatch },
    {
      what: 'upper-case hexadecimal',
      request: () => altered(swap(/Signature=.*/, `Signature=${'A'.repeat(64)}`)),
      kind: 'mismatch',
      message: mismatch,
    },
    { what: 'another region', request: () => altered(swap('us-east-1', 'eu-west-1')), kind: 'mismatch', message: mismatch },
    { what: 'another service', request: () => altered(swap('/iam/', '/sts/')), kind: 'mismatch', message: mismatch },
    { what: 'another session token', request: () => altered({ 'x-amz-security-token': 'other' }), kind: 'mismatch', message: mismatch },
    {
      what: 'another terminator',
      request: () => altered(swap('aws4_request', 'aws5_request')),
      kind: 'mismatch',
      message: /^Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'\.$/,
    },
    {
      what: 'another date in the scope',
      request: () => altered(swap('20150830', '20150829')),
      kind: 'mismatch',
      message:
        /^Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'\.$/,
    },
    {
      what: 'too few parts in the credential',
      request: () => altered(swap('/iam', '')),
      kind: 'incomplete',
      message: /^Credential must have exactly 5 slash-delimited elements, e\.g\. keyid\/date\/region\/service\/term, got /,
    },
    {
      what: 'no signature',
      request: () => altered(swap(/, Signature=.*/, '')),
      kind: 'incomplete',
      message: /^Authorization header requires 'Signature' parameter\. Authorization=AWS4-HMAC-SHA256$/,
    },
    {
      what: 'no date',
      request: () => altered({ 'x-amz-date': undefined }),
      kind: 'incomplete',
      message: /^Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\./,
    },
    {
      what: 'a date of another form',
      request: () => altered({ 'x-amz-date': 'tomorrow' }),
      kind: 'incomplete',
      message: /^Date must be in ISO-8601 'basic format'\. Got 'tomorrow'\./,
    },
    {
      what: 'a part without =',
      request: () => altered({ authorization: 'AWS4-HMAC-SHA256 nonsense' }),
      kind: 'incomplete',
      message: /^'nonsense' not a valid key=value pair \(missing equal-sign\) in Authorization header: /,
    },
    {
      what: 'SigV4a',
      request: () => altered(swap('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')),
      kind: 'incomplete',
      message: /^SigV4a \(AWS4-ECDSA-P256-SHA256\) signatures are not supported; sign with AWS4-HMAC-SHA256\.$/,
    },
    {
      what: 'another scheme',
      request: () => altered({ authorization: 'Bearer x' }),
      kind: 'incomplete',
      message: /^Unsupported AWS 'algorithm': 'Bearer'\.$/,
    },
    {
      what: 'an x-amz header that is not signed',
      request: () => altered({ 'x-amz-target': 'x' }),
      kind: 'mismatch',
      message: /^'x-amz-target' must be a 'SignedHeader' in the AWS Authorization\.$/,
    },
    {
      what: 'a host that is not signed',
      request: () => altered(swap('SignedHeaders=host;', 'SignedHeaders=')),
      kind: 'mismatch',
      message: /^'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization\.$/,
    },
    {
      what: 'a signed header that is not there',
      request: () => altered(swap('SignedHeaders=host;', 'SignedHeaders=constructor;host;')),
      kind: 'mismatch',
      message: /^'constructor' is a 'SignedHeader' but is not in the request\.$/,
    },
    {
      what: 'a payload hash that is not the payload’s',
      request: () => altered({ 'x-amz-content-sha256': sha256Hex('x') }),
      kind: 'mismatch',
      message: mismatch,
    },
    {
      what: 'an unsigned payload, outside S3',
      request: () => altered({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
      kind: 'mismatch',
      message: mismatch,
    },
    {
      what: 'a time long ago',
      request: () => altered({}, now - 301_000),
      kind: 'expired',
      message: /^Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z \(20150830T123600Z - 5 min\.\)$/,
    },
    {
      what: 'a time to come',
      request: () => altered({}, now + 301_000),
      kind: 'expired',
      message: /^Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z \(20150830T123600Z \+ 5 min\.\)$/,
    },
  ])('$what', ({ request, kind, message }) => {
    expect(() => verify(request(), suiteSecret, now)).toThrow(expect.objectContaining({ kind, message: expect.stringMatching(message) }))
  })

  test('clocks may differ by five minutes', () => {
    expect(verify(altered({}, now - 300_000), suiteSecret, now).requestAt).toBe(now - 300_000)
    expect(verify(altered({}, now + 300_000), suiteSecret, now).requestAt).toBe(now + 300_000)
  })

  const presigned = presignQuery(
    { method: 'GET', path: '/', query: 'Action=GetCallerIdentity', headers: { host: 'localhost' } },
    credentials,
    { ...scope, service: 'sts' },
    60,
    now,
  )
  const opened = (query: string) => wireRequest({ method: 'GET', query, headers: { host: 'localhost' } }, now)

  test('a presigned request holds until it expires', () => {
    expect(verify(opened(presigned), suiteSecret, now + 60_000)).toMatchObject({ form: 'presigned', sessionToken: 'token' })
    expect(() => verify(opened(presigned), suiteSecret, now + 61_000)).toThrow(expect.objectContaining({ kind: 'expired' }))
  })

  test.each([
    {
      what: 'longer than a week',
      query: presigned.replace('Expires=60', 'Expires=604801'),
      message: /^X-Amz-Expires must be less than a week .* less than 604800 seconds$/,
    },
    {
      what: 'without its credential',
      query: presigned.replace('X-Amz-Credential', 'X-Other'),
      message: /^AWS query-string parameters must include 'X-Amz-Credential'\.$/,
    },
    {
      what: 'with a parameter twice',
      query: `${presigned}&X-Amz-Date=20150830T123600Z`,
      message: /^Query parameter 'X-Amz-Date' must not be given twice\.$/,
    },
  ])('a presigned request $what', ({ query, message }) => {
    expect(() => verify(opened(query), suiteSecret, now)).toThrow(
      expect.objectContaining({ kind: 'incomplete', message: expect.stringMatching(message) }),
    )
  })

  test('a presigned request that was changed', () => {
    expect(() => verify(opened(presigned.replace('GetCallerIdentity', 'GetSessionToken')), suiteSecret, now)).toThrow(mismatch)
  })

  test('no signature at all is an anonymous request', () => {
    expect(readSignature(wireRequest(draft, now))).toBeUndefined()
  })
})

describe('payloads in chunks', () => {
  const first = 'a'.repeat(65_536)
  const second = 'a'.repeat(1_024)
  const frame = (data: string, signature?: string) =>
    `${data.length.toString(16)}${signature ? `;chunk-signature=${signature}` : ''}\r\n${data}\r\n`

  /** The example of the S3 API Reference, with its signatures. */
  const example = (trailer: boolean, body: string) =>
    wireRequest(
      {
        method: 'PUT',
        path: '/examplebucket/chunkObject.txt',
        headers: {
          host: 's3.amazonaws.com',
          'x-amz-date': '20130524T000000Z',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
          'x-amz-content-sha256': `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`,
          'content-encoding': 'aws-chunked',
          'x-amz-decoded-content-length': '66560',
          ...(trailer ? { 'x-amz-trailer': 'x-amz-checksum-crc32c' } : { 'content-length': '66824' }),
          authorization: authorization(
            '20130524/us-east-1/s3',
            'AKIAIOSFODNN7EXAMPLE',
            trailer
              ? 'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer'
              : 'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
            trailer
              ? '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e'
              : '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
          ),
        },
        body,
      },
      s3Time,
    )
  /** Reads a body that comes in pieces whose ends are nobody's frames. */
  const readAs = async (request: WireRequest, claim: SignatureClaim) => {
    async function* pieces() {
      for (let at = 0; at < request.body.length; at += 1_000) yield request.body.subarray(at, at + 1_000)
    }
    const stream = { length: request.body.length, trailers: new Map<string, string>(), [Symbol.asyncIterator]: pieces }
    const body = bodyStreamOf({ ...request, stream }, { claim, secretAccessKey: s3Secret })
    const parts: Uint8Array[] = []
    for await (const part of body ?? []) parts.push(part)
    return { data: Buffer.concat(parts), trailers: body?.trailers ?? new Map<string, string>() }
  }
  const read = (request: WireRequest) => readAs(request, verify(request, s3Secret, s3Time))

  const signedBody =
    frame(first, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
    frame(second, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
    frame('', 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9')
  const trailerBody =
    frame(first, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2') +
    frame(second, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7') +
    `0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n` +
    'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n'

  test('the published example', async () => {
    expect((await read(example(false, signedBody))).data.toString()).toBe(first + second)
  })

  test('the published example with a trailer', async () => {
    const { data, trailers } = await read(example(true, trailerBody))
    expect([data.length, [...trailers]]).toEqual([66_560, [['x-amz-checksum-crc32c', 'sOO8/Q==']]])
  })

  test.each([
    { what: 'a changed byte', body: signedBody.replace('\r\na', '\r\nb'), message: /^The request signature we calculated/ },
    {
      what: 'chunks in another order',
      body: signedBody.slice(signedBody.indexOf('400;')),
      message: /^The request signature we calculated/,
    },
    { what: 'no last chunk', body: signedBody.slice(0, signedBody.lastIndexOf('0;')), message: /header is malformed/ },
    { what: 'a chunk that is cut', body: signedBody.slice(0, 60_000), message: /ends before its size/ },
    { what: 'a chunk without signature', body: frame(first) + frame(''), message: /header is malformed/ },
    { what: 'bytes after the end', body: `${signedBody}x`, message: /follow the last chunk/ },
  ])('refuse $what', async ({ body, message }) => {
    await expect(read(example(false, body))).rejects.toThrow(message)
  })

  test.each([
    { what: 'another value', body: trailerBody.replace('sOO8', 'sOO9'), message: /^The request signature we calculated/ },
    { what: 'one that was not announced', body: trailerBody.replace('crc32c:', 'crc32:'), message: /was not announced/ },
    { what: 'none', body: trailerBody.slice(0, trailerBody.indexOf('x-amz-checksum')), message: /^The request signature we calculated/ },
  ])('refuse of trailers $what', async ({ body, message }) => {
    await expect(read(example(true, body))).rejects.toThrow(message)
  })

  const unsigned = (body: string, kind = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') => {
    const draft = {
      method: 'PUT',
      path: '/b/k',
      body: '',
      headers: {
        host: 'localhost',
        'x-amz-content-sha256': kind,
        'x-amz-decoded-content-length': '5',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    }
    const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: s3Secret }
    const canonical = signHeaders(wireRequest(draft, s3Time), key, { region: 'us-east-1', service: 's3' }, s3Time)
    return wireRequest({ ...draft, headers: canonical, body }, s3Time)
  }
  test('unsigned, with a trailer', async () => {
    const request = unsigned('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n')
    const { data, trailers } = await readAs(request, readSignature(request) as SignatureClaim)
    expect([data.toString(), trailers.get('x-amz-checksum-crc32')]).toEqual(['hello', 'NhCmhg=='])
  })
  test.each(['4\r\nhell\r\n0\r\n\r\n', '6\r\nhello!\r\n0\r\n\r\n'])('a decoded length that is another: %j', async body => {
    const request = unsigned(body)
    await expect(readAs(request, readSignature(request) as SignatureClaim)).rejects.toThrow(/decoded length/)
  })
  test('a whole payload is as it comes', async () => {
    const request = unsigned('hello', 'UNSIGNED-PAYLOAD')
    expect((await readAs(request, readSignature(request) as SignatureClaim)).data.toString()).toBe('hello')
  })
  test.each([
    { declared: sha256Hex('hello'), refused: false },
    { declared: sha256Hex('other'), refused: true },
  ])('a hash of the whole payload, refused: $refused', async ({ declared, refused }) => {
    const request = unsigned('hello', declared)
    const reading = readAs(request, readSignature(request) as SignatureClaim)
    await (refused ? expect(reading).rejects.toThrow(/does not match what was computed/) : expect(reading).resolves.toBeDefined())
  })
})
