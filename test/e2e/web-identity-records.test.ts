import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startIssuer, type TestIssuer } from '../services/sts/issuer.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const account = '111122223333'
const roleArn = `arn:aws:iam::${account}:role/pod`
const discovery = '/.well-known/openid-configuration'
/** An address that no configuration here lets Gatehouse connect to. */
const privateIssuer = 'https://10.255.255.1'
const subject = 'system:serviceaccount:shop:checkout'
const claims = { aud: 'sts.amazonaws.com', sub: subject }

let gatehouse: TestGatehouse
let sts: STSClient
let good: TestIssuer
let stranger: TestIssuer
let spoiled: { readonly [how in 'redirecting' | 'slow' | 'huge']: TestIssuer }

const withoutScheme = (url: string) => url.replace('https://', '')
const providerArn = (url: string) => `arn:aws:iam::${account}:oidc-provider/${withoutScheme(url)}`
const newIssuer = () => startIssuer(Date.now)

beforeAll(async () => {
  gatehouse = await startGatehouse({ flags: ['--issuer-networks', '127.0.0.0/8,::1/128'] })
  good = await newIssuer()
  stranger = await newIssuer()
  spoiled = { redirecting: await newIssuer(), slow: await newIssuer(), huge: await newIssuer() }
  spoiled.redirecting.documents[discovery] = { status: 302, headers: { location: `${good.url}${discovery}` }, body: '' }
  spoiled.slow.documents[discovery] = { delay: 8_000, body: '{}' }
  spoiled.huge.documents['/keys'] = { body: JSON.stringify({ keys: [], filler: 'x'.repeat(300_000) }) }
  const iam = new IAMClient(settings())
  const issuers = [good, ...Object.values(spoiled)]
  for (const { url, thumbprint } of [...issuers, { url: privateIssuer, thumbprint: '0'.repeat(40) }])
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: ['sts.amazonaws.com'], ThumbprintList: [thumbprint] }))
  const statement = (url: string) => ({
    Effect: 'Allow',
    Principal: { Federated: providerArn(url) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${withoutScheme(url)}:sub`]: subject, [`${withoutScheme(url)}:aud`]: 'sts.amazonaws.com' } },
  })
  const trust = { Version: '2012-10-17', Statement: [...issuers.map(({ url }) => url), privateIssuer].map(statement) }
  await iam.send(new CreateRoleCommand({ RoleName: 'pod', AssumeRolePolicyDocument: JSON.stringify(trust) }))
  // The exchange needs no credentials, as that of a pod.
  sts = new STSClient({ ...settings(), maxAttempts: 1 })
})
afterAll(async () => {
  await discard(gatehouse)
  await Promise.all([good, stranger, ...Object.values(spoiled ?? {})].map(issuer => issuer?.close()))
})

const settings = () => ({
  endpoint: gatehouse.httpEndpoint,
  region: 'us-east-1',
  credentials: {
    accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  },
})

/** A token that is not signed as tokens are. @param sign  of what comes before the signature */
function forged(alg: string, sign: (text: string) => string): string {
  const [{ kid }] = publishedKeys()
  const now = Math.floor(Date.now() / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg, kid, typ: 'JWT' })}.${part({ ...claims, iss: good.url, iat: now, exp: now + 600 })}`
  return `${text}.${sign(text)}`
}
const publishedKeys = () => JSON.parse(good.documents['/keys']?.body ?? '').keys as [JsonWebKey & { readonly kid: string }]
const publicPem = () => createPublicKey({ key: publishedKeys()[0], format: 'jwk' }).export({ format: 'pem', type: 'spki' })

const invalid = 'InvalidIdentityToken'
const unreachable =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
const notJwt = 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'
/** STS API Reference, "AssumeRoleWithWebIdentity", "Errors". Messages are those that callers of AWS have seen, or ours where none was. */
const cases: readonly {
  readonly why: string
  token(): Promise<string> | string
  readonly code: string
  readonly message: string | RegExp
  readonly issuer?: () => string
}[] = [
  { why: 'audience', token: () => good.token({ ...claims, aud: 'another' }), code: invalid, message: 'Incorrect token audience' },
  {
    why: 'subject',
    token: () => good.token({ ...claims, sub: 'system:serviceaccount:shop:other' }),
    code: 'AccessDenied',
    message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  },
  {
    why: 'issuer',
    token: () => stranger.token(claims),
    code: invalid,
    message: /^No OpenIDConnect provider found in your account for https:\/\/localhost:\d+$/,
    issuer: () => stranger.url,
  },
  {
    why: 'expired',
    token: () => good.token(claims, { expiresIn: -60 }),
    code: 'ExpiredTokenException',
    message: /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
  },
  {
    why: 'not-yet-valid',
    token: () => good.token({ ...claims, nbf: Math.floor(Date.now() / 1000) + 600 }),
    code: invalid,
    message: /^Token is not yet valid: current date\/time \d+ must be after the not before date\/time \d+$/,
  },
  { why: 'unknown-key', token: () => stranger.token({ ...claims, iss: good.url }), code: invalid, message: unreachable },
  { why: 'none', token: () => forged('none', () => ''), code: invalid, message: notJwt },
  {
    why: 'hmac',
    token: () => forged('HS256', text => createHmac('sha256', 'secret').update(text).digest('base64url')),
    code: invalid,
    message: notJwt,
  },
  {
    why: 'key-confusion',
    token: () => forged('HS256', text => createHmac('sha256', publicPem()).update(text).digest('base64url')),
    code: invalid,
    message: notJwt,
  },
  {
    why: 'algorithm-confusion',
    token: () => forged('ES256', () => Buffer.alloc(64, 1).toString('base64url')),
    code: invalid,
    message: unreachable,
  },
  {
    why: 'redirecting',
    token: () => spoiled.redirecting.token(claims),
    code: 'IDPCommunicationError',
    message: unreachable,
    issuer: () => spoiled.redirecting.url,
  },
  {
    why: 'slow',
    token: () => spoiled.slow.token(claims),
    code: 'IDPCommunicationError',
    message: unreachable,
    issuer: () => spoiled.slow.url,
  },
  {
    why: 'huge',
    token: () => spoiled.huge.token(claims),
    code: 'IDPCommunicationError',
    message: unreachable,
    issuer: () => spoiled.huge.url,
  },
  {
    why: 'private-address',
    token: () => good.token({ ...claims, iss: privateIssuer }),
    code: 'IDPCommunicationError',
    message: unreachable,
    issuer: () => privateIssuer,
  },
]

/** SDKs and CloudTrail go by the model's names of exceptions. */
const exceptionOf = (code: string) => (/Exception$|^AccessDenied$/.test(code) ? code : `${code}Exception`)

const assume = (name: string, token: string) =>
  sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: name, WebIdentityToken: token }))

describe('a refused exchange is told by its code, and on record with what the token says', () => {
  test('the token that all of them alter is good', async () => {
    expect((await assume('good', await good.token(claims))).SubjectFromWebIdentityToken).toBe(subject)
  })

  test('tags and source identity of a token are on record with its call', async () => {
    const tags = { principal_tags: { Project: ['Pegasus'] }, transitive_tag_keys: ['Project'] }
    const more = { 'https://aws.amazon.com/tags': tags, 'https://aws.amazon.com/source_identity': 'octocat' }
    // The trust policy allows neither: what was asked for is on record whatever the answer.
    await expect(assume('tagged', await good.token({ ...claims, ...more }))).rejects.toThrow('Not authorized')
    expect(await recordOf('tagged')).toMatchObject({
      requestParameters: {
        roleArn,
        roleSessionName: 'tagged',
        sourceIdentity: 'octocat',
        principalTags: { Project: 'Pegasus' },
        transitiveTagKeys: ['Project'],
      },
    })
  })

  test.each(cases)('$why', async ({ why, token: make, code, message, issuer = () => good.url }) => {
    const token = await make()
    const refusal = (await assume(why, token).then(
      () => undefined,
      (problem: unknown) => problem,
    )) as { name: string; message: string } | undefined
    expect(refusal).toMatchObject({
      name: exceptionOf(code),
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    const record = await recordOf(why)
    expect(record).toMatchObject({
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRoleWithWebIdentity',
      errorCode: exceptionOf(code),
      errorMessage: refusal?.message,
      userIdentity: { type: 'WebIdentityUser', identityProvider: providerArn(issuer()) },
      requestParameters: { roleArn, roleSessionName: why },
      responseElements: null,
      recipientAccountId: account,
    })
    expect(JSON.stringify(record)).not.toContain(token.split('.')[1])
  })
})

async function recordOf(session: string): Promise<object | undefined> {
  const attribute = { AttributeKey: 'EventName' as const, AttributeValue: 'AssumeRoleWithWebIdentity' }
  const { Events = [] } = await new CloudTrailClient(settings()).send(new LookupEventsCommand({ LookupAttributes: [attribute] }))
  const records = Events.map(
    ({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent) as { requestParameters: { roleSessionName: string } },
  )
  return records.find(({ requestParameters }) => requestParameters?.roleSessionName === session)
}
