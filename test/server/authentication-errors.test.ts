import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Draft, openPipelineHouse, type PipelineHouse, signedRequest, wireRequest } from './house.ts'

/**
 * What each service answers whose caller cannot be told, in its own form.
 * IAM, EKS and CloudTrail API Reference, "Common Errors"; Amazon S3 API Reference, "Error responses"; EC2 API Reference, "Error codes".
 */
const hour = 3_600_000
let house: PipelineHouse
let clock = Date.UTC(2026, 0, 15, 12)
let session: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string }

const form = (action: string, version: string): Draft => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ Action: action, Version: version }).toString(),
})
const json = (target: string): Draft => ({ headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }, body: '{}' })
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const drafts: { readonly [service: string]: Draft } = {
  iam: form('ListUsers', '2010-05-08'),
  sts: form('GetCallerIdentity', '2011-06-15'),
  ec2: form('DescribeInstances', '2016-11-15'),
  eks: { method: 'GET', path: '/clusters' },
  'eks-auth': {
    path: '/clusters/demo/assume-role-for-pod-identity',
    headers: { 'content-type': 'application/json' },
    body: '{"token":"x.y.z"}',
  },
  'access-analyzer': { method: 'GET', path: '/analyzer' },
  cloudtrail: json('com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents'),
  s3: { method: 'GET', path: '/bucket', headers: { 'x-amz-content-sha256': emptyHash } },
}

beforeAll(async () => {
  house = await openPipelineHouse(() => clock)
  const { body } = await house.send(signedRequest(form('GetSessionToken', '2011-06-15'), house, scopeOf('sts')))
  const [, accessKeyId = ''] = /<AccessKeyId>(.*)<\/AccessKeyId>/.exec(String(body)) ?? []
  const [, secretAccessKey = ''] = /<SecretAccessKey>(.*)<\/SecretAccessKey>/.exec(String(body)) ?? []
  const [, sessionToken = ''] = /<SessionToken>(.*)<\/SessionToken>/.exec(String(body)) ?? []
  session = { accessKeyId, secretAccessKey, sessionToken }
})
afterAll(() => house.close())

const scopeOf = (service: string) => ({ region: 'us-east-1', service })

/** Code, status and text of an answer, whatever its form. */
async function answerTo(request: ReturnType<typeof wireRequest>): Promise<readonly [string | undefined, number, string | undefined]> {
  const { status, headers, body } = await house.send(request)
  const text = String(body)
  if (text.startsWith('{')) {
    const { __type: type, message } = JSON.parse(text) as { readonly __type?: string; readonly message?: string }
    return [type ?? headers['x-amzn-errortype'], status, message]
  }
  return [/<Code>(.*)<\/Code>/.exec(text)?.[1], status, /<Message>(.*)<\/Message>/.exec(text)?.[1]]
}

type Expected = readonly [code: string, status: number, message: RegExp]
interface Row {
  readonly what: string
  /** Made when it is sent: what a caller has is known then. */
  readonly request: (service: string) => ReturnType<typeof wireRequest>
  readonly query: Expected
  readonly json: Expected
  readonly ec2?: Expected
  readonly s3: Expected
}

const signed = (service: string, more: Partial<typeof session> = {}, now = clock) =>
  signedRequest(drafts[service] ?? {}, { credentials: { ...house.credentials, ...more }, now }, scopeOf(service))

const invalid = /^The security token included in the request is invalid\.$/
const noMatch = /^The request signature we calculated does not match the signature you provided\./
const notValidated = ['AuthFailure', 401, /^AWS was not able to validate the provided access credentials$/] as const
const expired = ['RequestExpired', 400, /^Request has expired\.$/] as const
const noSuchKey = ['InvalidAccessKeyId', 403, /^The AWS Access Key Id you provided does not exist in our records\.$/] as const
const badToken = ['InvalidToken', 400, /^The provided token is malformed or otherwise invalid\.$/] as const

const rows: readonly Row[] = [
  {
    what: 'nothing',
    request: service => wireRequest(drafts[service] ?? {}, clock),
    query: ['MissingAuthenticationToken', 403, /^Request is missing Authentication Token$/],
    json: ['MissingAuthenticationTokenException', 403, /^Request is missing Authentication Token$/],
    s3: ['NoSuchBucket', 404, /./],
  },
  {
    what: 'no signature',
    request: service => {
      const { headers, ...request } = signed(service)
      return { ...request, headers: { ...headers, authorization: headers['authorization']?.replace(/, ?Signature=.*/, '') ?? '' } }
    },
    query: ['IncompleteSignature', 400, /^Authorization header requires 'Signature' parameter\./],
    json: ['IncompleteSignatureException', 403, /^Authorization header requires 'Signature' parameter\./],
    s3: ['AuthorizationHeaderMalformed', 400, /Signature/],
  },
  {
    what: 'another secret',
    request: service => signed(service, { secretAccessKey: 'x'.repeat(40) }),
    query: ['SignatureDoesNotMatch', 403, noMatch],
    json: ['InvalidSignatureException', 403, noMatch],
    ec2: notValidated,
    s3: ['SignatureDoesNotMatch', 403, noMatch],
  },
  {
    what: 'an unknown key',
    request: service => signed(service, { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }),
    query: ['InvalidClientTokenId', 403, invalid],
    json: ['UnrecognizedClientException', 403, invalid],
    ec2: notValidated,
    s3: noSuchKey,
  },
  {
    what: 'a signature of twenty minutes ago',
    request: service => signed(service, {}, clock - hour / 3),
    query: ['SignatureDoesNotMatch', 403, /^Signature expired: 20260115T114000Z is now earlier than 20260115T115500Z \(.* - 5 min\.\)$/],
    json: ['InvalidSignatureException', 403, /^Signature expired: /],
    ec2: expired,
    s3: ['RequestTimeTooSkewed', 403, /^The difference between the request time and the current time is too large\.$/],
  },
  {
    what: 'a signature of twenty minutes from now',
    request: service => signed(service, {}, clock + hour / 3),
    query: ['SignatureDoesNotMatch', 403, /^Signature not yet current: /],
    json: ['InvalidSignatureException', 403, /^Signature not yet current: /],
    ec2: expired,
    s3: ['RequestTimeTooSkewed', 403, /./],
  },
  {
    what: 'a token that was altered',
    request: service => signed(service, { ...session, sessionToken: `${session.sessionToken.slice(0, -8)}AAAAAAAA` }),
    query: ['InvalidClientTokenId', 403, invalid],
    json: ['UnrecognizedClientException', 403, invalid],
    ec2: notValidated,
    s3: badToken,
  },
  {
    what: "a session's key without its token",
    request: service => signed(service, { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey }),
    query: ['InvalidClientTokenId', 403, invalid],
    json: ['UnrecognizedClientException', 403, invalid],
    ec2: notValidated,
    s3: noSuchKey,
  },
  {
    what: "a permanent key with a session's token",
    request: service => signed(service, { sessionToken: session.sessionToken }),
    query: ['InvalidClientTokenId', 403, invalid],
    json: ['UnrecognizedClientException', 403, invalid],
    ec2: notValidated,
    s3: badToken,
  },
]

const protocols: { readonly [service: string]: 'query' | 'ec2' | 's3' | 'json' } = { iam: 'query', sts: 'query', ec2: 'ec2', s3: 's3' }

describe.each(Object.keys(drafts))('%s', service => {
  test.each(rows)('$what', async ({ request, ...expected }) => {
    const protocol = protocols[service] ?? 'json'
    const [code, status, message] = (protocol === 'ec2' ? expected.ec2 : expected[protocol]) ?? expected.query
    expect(await answerTo(request(service))).toEqual([code, status, expect.stringMatching(message)])
  })

  test('a token whose time is over', async () => {
    clock += 13 * hour
    const over = 'The security token included in the request is expired'
    const answer = await answerTo(signed(service, session))
    clock -= 13 * hour
    expect(answer).toEqual(
      {
        query: ['ExpiredToken', 403, over],
        ec2: ['RequestExpired', 400, 'Request has expired.'],
        s3: ['ExpiredToken', 400, 'The provided token has expired.'],
        json: ['ExpiredTokenException', 403, over],
      }[protocols[service] ?? 'json'],
    )
  })
})

describe('in the form of the service that is meant, whoever calls', () => {
  test.each([
    ['iam', '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'],
    ['sts', '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'],
    ['ec2', '<Response><Errors>'],
    ['eks', '{"message":'],
    ['eks-auth', '{"message":'],
    ['access-analyzer', '{"message":'],
    ['cloudtrail', '{"__type":'],
  ])('%s', async (service, form) => {
    expect(String((await house.send(wireRequest(drafts[service] ?? {}, clock))).body)).toContain(form)
  })
})

describe('presigned for S3', () => {
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20260115/us-east-1/s3/aws4_request',
    'X-Amz-Date': '20260115T120000Z',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Expires': '60',
  }
  const presigned = (more: object) => {
    const query = new URLSearchParams({ ...parameters, ...more }).toString()
    return wireRequest({ method: 'GET', path: '/bucket/key', query }, clock)
  }
  test.each([
    [{}, /^Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, /],
    [{ 'X-Amz-Signature': 'x', 'X-Amz-Expires': '700000' }, /^X-Amz-Expires must be less than a week \(in seconds\)/],
  ])('with %o', async (more, message) => {
    expect(await answerTo(presigned(more))).toEqual(['AuthorizationQueryParametersError', 400, expect.stringMatching(message)])
  })
})
