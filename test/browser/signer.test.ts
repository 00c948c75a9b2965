import { describe, expect, test } from 'vitest'
import { presignQuery, signHeaders } from '../../console/api/signer.ts'
import { presignQuery as presignQueryOfServer, signHeaders as signHeadersOfServer } from '../../src/wire/sigv4/sign.ts'

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const now = Date.UTC(2015, 7, 30, 12, 36, 0)
const scope = { region: 'us-east-1', service: 'service' }
const draft = { method: 'GET', path: '/', query: '', headers: { host: 'example.amazonaws.com' }, body: '' }

describe("the browser's signer", () => {
  // AWS's Signature Version 4 test suite; the same vectors as in test/wire/sigv4.test.ts.
  test.each([
    ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      { query: 'Param2=value2&Param1=value1' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('signs %s as AWS published it', async (_name, change, signature) => {
    const { authorization } = await signHeaders({ ...draft, ...change }, keys, scope, now)
    expect(authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    )
  })

  test.each([
    ['a form with text of all kinds', { method: 'POST', body: 'Name=%C3%A9+%2B&x=y' }],
    ['a path with an ARN in it', { path: '/clusters/a/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fx' }],
    ['a query', { query: 'maxResults=10&nextToken=a%2Bb%3D%3D' }],
  ])('signs %s as the server does', async (_name, change) => {
    const request = { ...draft, ...change }
    const session = { ...keys, sessionToken: 'token/with+signs==' }
    expect(await signHeaders(request, session, scope, now)).toEqual(signHeadersOfServer(request, session, scope, now))
  })

  test('presigns as the server does', async () => {
    const request = {
      ...draft,
      query: 'Action=GetCallerIdentity&Version=2011-06-15',
      headers: { host: 'localhost', 'x-k8s-aws-id': 'shop' },
    }
    const session = { ...keys, sessionToken: 'token/with+signs==' }
    const sts = { region: 'eu-central-1', service: 'sts' }
    expect(await presignQuery(request, session, sts, { expiresSeconds: 60, now })).toBe(
      presignQueryOfServer(request, session, sts, 60, now),
    )
  })
})
