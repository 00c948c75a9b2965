import { createHmac, timingSafeEqual } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Principal, RoleSessionPrincipal, UserPrincipal } from '../../src/identity/principal.ts'
import type { PresignedVerifier, TokenAuthentication } from '../../src/kubernetes/token-review/authenticate-token.ts'
import { type AwsAuthData, parseAwsAuth } from '../../src/cluster-access/aws-auth.ts'
import { createMappingDirectory } from '../../src/kubernetes/token-review/cluster-mappings.ts'
import type { AccessEntryMapping, ClusterAccessMode } from '../../src/kubernetes/token-review/mapping.ts'
import { longestToken } from '../../src/kubernetes/token-review/presigned-token.ts'
import { reviewToken } from '../../src/kubernetes/token-review/token-review.ts'
import { readSignature } from '../../src/wire/sigv4/claim.ts'
import { presignQuery } from '../../src/wire/sigv4/sign.ts'
import { verifySignature } from '../../src/wire/sigv4/verify.ts'
import { recordChange } from '../../src/store/index.ts'
import { openTestStore } from '../store/test-store.ts'
import { account, insertCluster, testLog } from './support/cluster.ts'

const now = Date.UTC(2026, 0, 15, 12)
const minute = 60_000
const accessKeyId = 'ASIAIOSFODNN7EXAMPLE'
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

const session = { issuedAt: now, expiresAt: now + 3_600_000 }
const developer: RoleSessionPrincipal = {
  type: 'roleSession',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/Developer/alice@example.com`,
  principalId: 'AROADEVELOPEREXAMPLE1:alice@example.com',
  accessKeyId,
  roleArn: `arn:aws:iam::${account}:role/team/apps/Developer`,
  roleId: 'AROADEVELOPEREXAMPLE1',
  roleName: 'Developer',
  sessionName: 'alice@example.com',
  session,
}
const node: RoleSessionPrincipal = {
  ...developer,
  arn: `arn:aws:sts::${account}:assumed-role/Node/i-0123456789abcdef0`,
  roleArn: `arn:aws:iam::${account}:role/Node`,
  roleId: 'AROANODEEXAMPLE123456',
  roleName: 'Node',
  sessionName: 'i-0123456789abcdef0',
}
const bob: UserPrincipal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/staff/bob`,
  principalId: 'AIDABOBEXAMPLE1234567',
  accessKeyId,
  userId: 'AIDABOBEXAMPLE1234567',
  userName: 'bob',
}

const sameText = (a: string, b: string) =>
  timingSafeEqual(createHmac('sha256', 'k').update(a).digest(), createHmac('sha256', 'k').update(b).digest())

/** As the server composes it of signature verification and credentials. */
const verifierFor =
  (principal: Principal): PresignedVerifier =>
  async (call, at) => {
    const { pathname, search } = new URL(call.url)
    const request = {
      method: call.method,
      path: pathname,
      query: search.slice(1),
      headers: call.headers,
      rawHeaders: [],
      body: new Uint8Array(),
      secure: true,
      remoteAddress: '',
      receivedAt: at,
    }
    try {
      const claim = readSignature(request)
      if (!claim || !sameText(claim.accessKeyId, accessKeyId)) return { refused: 'unknown access key' }
      verifySignature(request, { ...claim, expiresSeconds: call.lifetimeSeconds }, secretAccessKey, at)
      return { principal }
    } catch (problem) {
      return { refused: (problem as Error).message }
    }
  }

interface TokenParts {
  readonly origin?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: { readonly [name: string]: string }
  readonly expires?: number
  readonly at?: number
  readonly service?: string
  /** Changes the URL after signing. */
  readonly change?: (url: string) => string
}

/** A token as `aws eks get-token` makes it. */
function tokenOf(parts: TokenParts = {}): string {
  const {
    origin = 'https://sts.us-west-2.amazonaws.com',
    path = '/',
    query = 'Action=GetCallerIdentity&Version=2011-06-15',
    expires = 60,
  } = parts
  const { headers = { 'x-k8s-aws-id': 'demo' }, at = now, service = 'sts', change = url => url } = parts
  const host = origin.slice(origin.indexOf('//') + 2)
  const credentials = { accessKeyId, secretAccessKey, sessionToken: 'FwoGZXIvYXdzEXAMPLE//token==' }
  const signed = presignQuery(
    { method: 'GET', path: '/', query, headers: { host, ...headers } },
    credentials,
    { region: 'us-west-2', service },
    expires,
    at,
  )
  return encode(change(`${origin}${path}?${signed}`))
}
const encode = (url: string) => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`

interface Setting {
  readonly principal?: Principal
  readonly mode?: ClusterAccessMode['authenticationMode']
  readonly entries?: { readonly [arn: string]: AccessEntryMapping }
  readonly awsAuth?: AwsAuthData
  readonly creator?: { readonly arn: string; readonly id: string }
  readonly at?: number
}

const developerEntry: AccessEntryMapping = {
  type: 'STANDARD',
  principalId: developer.roleId,
  username: `arn:aws:sts::${account}:assumed-role/Developer/{{SessionName}}`,
  groups: ['viewers'],
}

function authentication({
  principal = developer,
  mode = 'API_AND_CONFIG_MAP',
  entries,
  awsAuth,
  creator,
  at = now,
}: Setting = {}): TokenAuthentication {
  const known = entries ?? { [developer.roleArn]: developerEntry }
  return {
    cluster: {
      id: 'D539D4633E53DE1B710A1B2C3D4E5F60',
      name: 'demo',
      mappings: {
        access: async () => ({ authenticationMode: mode, ...(creator && { creator }) }),
        accessEntry: async arn => known[arn],
        awsAuth: async () => awsAuth && parseAwsAuth(awsAuth),
      },
    },
    origins: ['https://localhost:8443', 'http://localhost:8080'],
    verifyPresigned: verifierFor(principal),
    privateDnsName: async id => (id === 'i-0123456789abcdef0' ? 'ip-10-0-1-2.us-west-2.compute.internal' : undefined),
    now: at,
  }
}

const body = (token: unknown, apiVersion = 'authentication.k8s.io/v1') =>
  JSON.stringify({ apiVersion, kind: 'TokenReview', spec: { token } })

async function review(token: string, setting: Setting = {}) {
  const log = testLog()
  const { status, body: answer } = await reviewToken(body(token), authentication(setting), log)
  expect(status).toBe(200)
  const { authenticated, user } = (answer as { status: { authenticated: boolean; user?: { username: string; groups: string[] } } }).status
  const facts: { reason?: string } | undefined = log.lines[0]?.facts
  return { authenticated, user, reason: facts?.reason, log }
}

describe('a token is a presigned GetCallerIdentity that names the cluster', () => {
  test.each(['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'])(
    'the user of %s is what kubectl auth whoami shows on EKS',
    async version => {
      const { body: answer } = await reviewToken(body(tokenOf(), version), authentication(), testLog())
      expect(answer).toEqual({
        apiVersion: version,
        kind: 'TokenReview',
        metadata: {},
        spec: {},
        status: {
          authenticated: true,
          user: {
            username: `arn:aws:sts::${account}:assumed-role/Developer/alice-example.com`,
            uid: `aws-iam-authenticator:${account}:AROADEVELOPEREXAMPLE1`,
            groups: ['viewers'],
            extra: {
              accessKeyId: [accessKeyId],
              arn: [developer.arn],
              canonicalArn: [`arn:aws:iam::${account}:role/Developer`],
              principalId: ['AROADEVELOPEREXAMPLE1'],
              sessionName: ['alice@example.com'],
              'sigs.k8s.io/aws-iam-authenticator/principalId': ['AROADEVELOPEREXAMPLE1'],
            },
          },
        },
      })
    },
  )

  test.each<{ name: string; token: TokenParts; at?: number }>([
    { name: 'the regional STS endpoint', token: {} },
    { name: 'the global STS endpoint', token: { origin: 'https://sts.amazonaws.com' } },
    { name: 'a FIPS endpoint', token: { origin: 'https://sts-fips.us-east-1.amazonaws.com' } },
    { name: 'an endpoint of both kinds of addresses', token: { origin: 'https://sts.us-east-1.api.aws' } },
    { name: 'an endpoint in China', token: { origin: 'https://sts.cn-north-1.amazonaws.com.cn' } },
    { name: 'one in the sovereign cloud of Europe', token: { origin: 'https://sts.eusc-de-east-1.amazonaws.eu' } },
    { name: 'one of an isolated partition', token: { origin: 'https://sts.us-isob-east-1.sc2s.sgov.gov' } },
    { name: 'our own endpoint', token: { origin: 'https://localhost:8443' } },
    { name: 'our own endpoint over HTTP', token: { origin: 'http://localhost:8080' } },
    { name: 'no path', token: { path: '' } },
    { name: "the cluster's id in place of its name", token: { headers: { 'x-k8s-aws-id': 'D539D4633E53DE1B710A1B2C3D4E5F60' } } },
    { name: 'X-Amz-Expires of 900', token: { expires: 900 } },
    { name: 'a signature of almost 15 minutes ago, whatever X-Amz-Expires says', token: {}, at: now + 15 * minute - 1 },
    { name: 'a clock that is five minutes ahead', token: { at: now + 5 * minute } },
  ])('accepted: $name', async ({ token, at }) => {
    expect(await review(tokenOf(token), { at })).toMatchObject({ authenticated: true })
  })

  const replaced = (from: string | RegExp, to: string) => (url: string) => {
    const changed = url.replace(from, to)
    expect(changed).not.toBe(url)
    return changed
  }

  test.each<{ name: string; token?: TokenParts; text?: string; at?: number; reason: string }>([
    {
      name: "another cluster's id",
      token: { headers: { 'x-k8s-aws-id': 'other' } },
      reason: 'the signature does not verify for this cluster: The request signature we calculated',
    },
    { name: 'expired', token: {}, at: now + 15 * minute, reason: 'the token has expired' },
    { name: 'from the future', token: { at: now + 5 * minute + 1000 }, reason: 'the token is not valid yet' },
    {
      name: 'a duplicate parameter',
      token: { change: url => `${url}&Action=GetCallerIdentity` },
      reason: 'the query parameter Action is given twice',
    },
    {
      name: 'a duplicate parameter, encoded',
      token: { change: url => `${url}&%41ction=AssumeRole` },
      reason: 'the query parameter Action is given twice',
    },
    {
      name: 'a parameter in another case',
      token: { change: url => `${url}&action=AssumeRole` },
      reason: 'the query parameter "action" is not allowed',
    },
    {
      name: 'an extra parameter',
      token: { query: 'Action=GetCallerIdentity&Version=2011-06-15&RoleArn=x' },
      reason: 'the query parameter "RoleArn" is not allowed',
    },
    { name: 'an empty parameter', token: { change: url => `${url}&` }, reason: 'the query parameter "" is not allowed' },
    { name: 'another host', token: { origin: 'https://sts.example.com' }, reason: 'the host sts.example.com is not an STS endpoint' },
    {
      name: 'a host that only begins like STS',
      token: { origin: 'https://sts.amazonaws.com.example.com' },
      reason: 'is not an STS endpoint',
    },
    { name: 'an STS host at another port', token: { origin: 'https://sts.amazonaws.com:8443' }, reason: 'is not an STS endpoint' },
    {
      name: 'a host before which credentials stand',
      token: { change: replaced('https://', 'https://localhost:8443@') },
      reason: 'the token is not the URL of a call',
    },
    { name: 'HTTP', token: { origin: 'http://sts.amazonaws.com' }, reason: 'the URL is not of scheme https' },
    { name: 'our HTTPS endpoint over HTTP', token: { origin: 'http://localhost:8443' }, reason: 'the URL is not of scheme https' },
    { name: 'a path', token: { path: '/admin' }, reason: 'the token is not the URL of a call' },
    { name: 'a fragment', token: { change: url => `${url}#x` }, reason: 'the token is not the URL of a call' },
    { name: 'no query', text: encode('https://sts.amazonaws.com/'), reason: 'the token is not the URL of a call' },
    { name: 'another action', token: { query: 'Action=AssumeRole&Version=2011-06-15' }, reason: 'the action is not GetCallerIdentity' },
    { name: 'no action', token: { query: 'Version=2011-06-15' }, reason: 'the action is not GetCallerIdentity' },
    { name: 'another version', token: { query: 'Action=GetCallerIdentity&Version=2010-05-08' }, reason: 'the version is not 2011-06-15' },
    { name: 'an unsigned cluster header', token: { headers: {} }, reason: 'the header x-k8s-aws-id is not signed' },
    { name: 'an unsigned host', token: { change: replaced('host%3B', '') }, reason: 'the header host is not signed' },
    {
      name: 'another signed header',
      token: { headers: { 'x-k8s-aws-id': 'demo', 'x-other': '1' } },
      reason: 'a header other than host and x-k8s-aws-id is signed',
    },
    { name: 'a longer expiry', token: { expires: 901 }, reason: 'X-Amz-Expires is not between 0 and 900' },
    {
      name: 'an expiry that is no number',
      token: { change: replaced('Expires=60', 'Expires=6e1') },
      reason: 'X-Amz-Expires is not between 0 and 900',
    },
    { name: 'no expiry', token: { change: replaced('&X-Amz-Expires=60', '') }, reason: 'X-Amz-Expires is not between 0 and 900' },
    {
      name: 'an altered signature',
      token: { change: url => url.slice(0, -1) + (url.endsWith('0') ? '1' : '0') },
      reason: 'the signature does not verify',
    },
    { name: 'a signature of another length', token: { change: url => url.slice(0, -1) }, reason: 'the signature is missing or malformed' },
    { name: 'an altered time', token: { change: replaced('T120000Z', 'T120001Z') }, reason: 'the signature does not verify' },
    {
      name: "a time of another day than the credential's",
      token: { change: replaced('Date=20260115', 'Date=20260114') },
      reason: "X-Amz-Date is missing or not of the credential's day",
    },
    { name: 'a time that is none', token: { change: replaced('T120000Z', 'T126000Z') }, reason: 'X-Amz-Date is no time that there is' },
    {
      name: 'another algorithm',
      token: { change: replaced('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256') },
      reason: 'the algorithm is not AWS4-HMAC-SHA256',
    },
    { name: 'a credential for another service', token: { service: 's3' }, reason: 'the credential is missing or not for STS' },
    { name: 'another access key', token: { change: replaced(accessKeyId, 'ASIAIOSFODNN7EXAMPLF') }, reason: 'unknown access key' },
    { name: 'broken percent-encoding', token: { change: replaced('%2F', '%zz') }, reason: 'the query is not percent-encoded' },
    { name: 'another prefix', text: tokenOf().replace('v1', 'v2'), reason: 'the token does not begin with k8s-aws-v1.' },
    { name: 'a token of a service account', text: 'eyJhbGciOiJSUzI1NiJ9.e30.AA', reason: 'the token does not begin with k8s-aws-v1.' },
    { name: 'padding', text: `${tokenOf()}==`, reason: 'the token is not base64url without padding' },
    {
      name: 'standard base64',
      text: encode('https://sts.amazonaws.com/?a=~~~?').replaceAll('_', '/'),
      reason: 'the token is not base64url without padding',
    },
    { name: 'white space', text: `${tokenOf()}\n`, reason: 'the token is not base64url without padding' },
    { name: 'oversized', text: `k8s-aws-v1.${'A'.repeat(longestToken)}`, reason: 'the token is too long' },
    { name: 'empty', text: '', reason: 'the token does not begin with k8s-aws-v1.' },
  ])('refused, with the reason logged: $name', async ({ token, text, at, reason }) => {
    const answer = await review(text ?? tokenOf(token), { at })
    expect(answer).toMatchObject({ authenticated: false, user: undefined })
    expect(answer.reason).toContain(reason)
  })

  test('a POST cannot be said: the call that is verified is a GET', async () => {
    const seen: string[] = []
    const how = authentication()
    await reviewToken(body(tokenOf()), { ...how, verifyPresigned: async call => (seen.push(call.method), { refused: 'no' }) }, testLog())
    expect(new Set(seen)).toEqual(new Set(['GET']))
  })

  test('the token is never logged', async () => {
    const token = tokenOf({ headers: { 'x-k8s-aws-id': 'other' } })
    const { log } = await review(token)
    expect(JSON.stringify(log.lines)).not.toContain(token.slice(20, 60))
  })
})

describe('who is mapped: access entries, then aws-auth, by authentication mode', () => {
  const viewers = { username: 'developers:{{SessionNameRaw}}', groups: ['from-aws-auth'] }
  const awsAuth = {
    mapRoles: `- rolearn: arn:aws:iam::${account}:role/Developer\n  username: ${viewers.username}\n  groups: [from-aws-auth]\n`,
  }
  const byEntry = { username: `arn:aws:sts::${account}:assumed-role/Developer/alice-example.com`, groups: ['viewers'] }
  const byConfigMap = { username: 'developers:alice@example.com', groups: ['from-aws-auth'] }
  const creator = { arn: developer.roleArn, id: developer.roleId }
  const byCreation = { username: 'kubernetes-admin', groups: ['system:masters'] }

  test.each<{ name: string; setting: Setting; user?: object; reason?: string }>([
    { name: 'API: the entry', setting: { mode: 'API', awsAuth }, user: byEntry },
    { name: 'API: aws-auth does not count', setting: { mode: 'API', awsAuth, entries: {} }, reason: 'nothing maps' },
    { name: 'API: nor does having created the cluster', setting: { mode: 'API', creator, entries: {} }, reason: 'nothing maps' },
    { name: 'API_AND_CONFIG_MAP: the entry goes before aws-auth', setting: { awsAuth }, user: byEntry },
    { name: 'API_AND_CONFIG_MAP: aws-auth without an entry', setting: { awsAuth, entries: {} }, user: byConfigMap },
    { name: 'CONFIG_MAP: entries do not count', setting: { mode: 'CONFIG_MAP' }, reason: 'nothing maps' },
    { name: 'CONFIG_MAP: aws-auth', setting: { mode: 'CONFIG_MAP', awsAuth }, user: byConfigMap },
    { name: 'API_AND_CONFIG_MAP: having created the cluster does not count', setting: { creator, entries: {} }, reason: 'nothing maps' },
    { name: 'CONFIG_MAP: the creator, whatever aws-auth says', setting: { mode: 'CONFIG_MAP', awsAuth, creator }, user: byCreation },
    {
      name: 'CONFIG_MAP: a creator that was deleted and made anew',
      setting: { mode: 'CONFIG_MAP', creator: { ...creator, id: 'AROAOLDEXAMPLE1234567' } },
      reason: 'nothing maps',
    },
    {
      name: 'an entry for a role that was deleted and made anew, though aws-auth maps its ARN',
      setting: { awsAuth, entries: { [developer.roleArn]: { ...developerEntry, principalId: 'AROAOLDEXAMPLE1234567' } } },
      reason: 'is for a principal that was deleted: make it anew',
    },
    {
      name: 'an entry for the role without its path',
      setting: { entries: { [`arn:aws:iam::${account}:role/Developer`]: developerEntry } },
      reason: 'nothing maps',
    },
    {
      name: 'root',
      setting: { principal: { type: 'root', account, arn: `arn:aws:iam::${account}:root`, principalId: account, accessKeyId } },
      reason: 'nothing maps',
    },
    {
      name: 'a service',
      setting: { principal: { type: 'service', service: 'eks.amazonaws.com' } },
      reason: 'a caller of type service is nobody',
    },
    { name: 'nobody', setting: { principal: { type: 'anonymous' } }, reason: 'a caller of type anonymous is nobody' },
  ])('$name', async ({ setting, user, reason }) => {
    const answer = await review(tokenOf(), setting)
    expect(answer.authenticated).toBe(user !== undefined)
    if (user) expect(answer.user).toMatchObject(user)
    else expect(answer.reason).toContain(reason)
  })

  test.each<{
    name: string
    principal?: Principal
    entry: Partial<AccessEntryMapping>
    username?: string
    groups?: string[]
    reason?: string
  }>([
    { name: 'a user by ARN', principal: bob, entry: { principalId: bob.userId, username: bob.arn }, username: bob.arn },
    { name: '{{SessionName}} has - for @', entry: { username: 'dev:{{SessionName}}' }, username: 'dev:alice-example.com' },
    { name: '{{SessionNameRaw}}', entry: { username: 'dev:{{SessionNameRaw}}' }, username: 'dev:alice@example.com' },
    {
      name: '{{AccountID}} and {{AccessKeyID}}',
      entry: { username: '{{AccountID}}:{{AccessKeyID}}' },
      username: `${account}:${accessKeyId}`,
    },
    {
      name: 'a node',
      principal: node,
      entry: { type: 'EC2_LINUX', principalId: node.roleId, username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] },
      username: 'system:node:ip-10-0-1-2.us-west-2.compute.internal',
      groups: ['system:nodes'],
    },
    {
      name: 'no instance behind {{EC2PrivateDNSName}}',
      entry: { type: 'EC2_LINUX', username: 'system:node:{{EC2PrivateDNSName}}' },
      reason: 'is no EC2 instance',
    },
    { name: 'an unknown placeholder', entry: { username: 'a:{{constructor}}' }, reason: 'the placeholder {{constructor}} is unknown' },
    ...['system:', 'eks:', 'aws:', 'amazon:', 'iam:'].map(prefix => ({
      name: `the prefix ${prefix}`,
      entry: { username: `${prefix}admin` },
      reason: `the user name begins with ${prefix}, which is reserved`,
    })),
  ])('access entries: $name', async ({ principal = developer, entry, username, groups, reason }) => {
    const arn = principal.type === 'roleSession' ? principal.roleArn : principal.type === 'user' ? principal.arn : ''
    const answer = await review(tokenOf(), { principal, entries: { [arn]: { ...developerEntry, ...entry } } })
    if (username === undefined) expect(answer).toMatchObject({ authenticated: false, reason: expect.stringContaining(reason as string) })
    else expect(answer.user).toMatchObject({ username, ...(groups && { groups }) })
  })
})

describe('the aws-auth ConfigMap', () => {
  const role = `arn:aws:iam::${account}:role/Developer`
  const mapped = async (principal: Principal, awsAuth: AwsAuthData) =>
    (await review(tokenOf(), { principal, awsAuth, mode: 'CONFIG_MAP' })).user

  test.each<{ name: string; principal?: Principal; data: AwsAuthData; username?: string; groups?: string[] }>([
    {
      name: 'a role without its path',
      data: { mapRoles: `- {rolearn: "${role}", username: dev, groups: [a, b]}` },
      username: 'dev',
      groups: ['a', 'b'],
    },
    { name: 'one group as text', data: { mapRoles: `- {rolearn: "${role}", username: dev, groups: a}` }, username: 'dev', groups: ['a'] },
    { name: 'no groups', data: { mapRoles: `- {rolearn: "${role}", username: dev}` }, username: 'dev', groups: [] },
    { name: 'keys in the case of the authenticator', data: { mapRoles: `- {roleARN: "${role}", username: dev}` }, username: 'dev' },
    { name: 'an ARN in another case', data: { mapRoles: `- {rolearn: "${role.toLowerCase()}", username: dev}` }, username: 'dev' },
    { name: 'a role with its path', data: { mapRoles: `- {rolearn: "${developer.roleArn}", username: dev}` } },
    {
      name: 'a user',
      principal: bob,
      data: { mapUsers: `- {userarn: "${bob.arn}", username: bob, groups: [system:masters]}` },
      username: 'bob',
      groups: ['system:masters'],
    },
    {
      name: 'a user without its path',
      principal: bob,
      data: { mapUsers: `- {userarn: "arn:aws:iam::${account}:user/bob", username: bob}` },
    },
    { name: 'an account', data: { mapAccounts: `- "${account}"` }, username: role, groups: [] },
    { name: 'an account as a number', data: { mapAccounts: `- ${account}` } },
    { name: 'another account', data: { mapAccounts: '- "444455556666"' } },
    {
      name: 'a node',
      principal: node,
      data: {
        mapRoles: `- {rolearn: "arn:aws:iam::${account}:role/Node", username: "system:node:{{EC2PrivateDNSName}}", groups: [system:bootstrappers, system:nodes]}`,
      },
      username: 'system:node:ip-10-0-1-2.us-west-2.compute.internal',
      groups: ['system:bootstrappers', 'system:nodes'],
    },
  ])('$name', async ({ principal = developer, data, username, groups }) => {
    const user = await mapped(principal, data)
    if (username === undefined) expect(user).toBeUndefined()
    else expect(user).toMatchObject({ username, ...(groups && { groups }) })
  })

  test('bad entries are left out, each with its reason; good ones beside them hold', () => {
    const parsed = parseAwsAuth({
      mapRoles: [
        '- just text',
        '- {username: dev}',
        `- {rolearn: "${developer.roleArn}", username: dev}`,
        `- {rolearn: "${role}"}`,
        `- {rolearn: "${role}", username: dev, groups: [1]}`,
        `- {rolearn: "${role}", username: dev, groups: [good]}`,
        `- {rolearn: "${role}", username: again}`,
      ].join('\n'),
      mapUsers: '- [',
      mapAccounts: '- 012345678901\n- "123"',
    })
    expect(parsed.roles).toEqual(new Map([[role.toLowerCase(), { username: 'dev', groups: ['good'] }]]))
    expect(parsed.problems).toEqual([
      'mapRoles[0] is not a mapping',
      'mapRoles[1] has no rolearn',
      `mapRoles[2]: "${developer.roleArn}" is not the ARN that rolearn takes: a role is named without its path`,
      'mapRoles[3] has no username',
      'mapRoles[4]: groups are not a list of names',
      `mapRoles[6] repeats ${role}`,
      'mapUsers is not a YAML list',
      'mapAccounts[0] is not an account id of 12 digits in quotation marks',
      'mapAccounts[1] is not an account id of 12 digits in quotation marks',
    ])
  })

  test.each([
    { name: 'keys given twice', text: `- {rolearn: "${role}", rolearn: "${role}", username: dev}` },
    { name: 'aliases', text: '- &a {rolearn: x}\n- *a' },
    { name: 'a mapping in place of the list', text: 'rolearn: x' },
  ])('$name make the section unreadable', ({ text }) => {
    expect(parseAwsAuth({ mapRoles: text })).toMatchObject({ roles: new Map(), problems: ['mapRoles is not a YAML list'] })
  })
})

describe('what is no TokenReview is answered with 400 and a reason; nothing fails open', () => {
  test.each([
    { name: 'not JSON', body: 'token', reason: 'the body is not JSON' },
    { name: 'not UTF-8', body: new Uint8Array([0xff]), reason: 'the body is not JSON' },
    { name: 'a list', body: '[]', reason: 'the body is not an object' },
    {
      name: 'another kind',
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
      reason: 'kind is not TokenReview',
    },
    { name: 'another version', body: body('x', 'authentication.k8s.io/v2'), reason: 'apiVersion is not one of' },
    { name: 'no spec', body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' }), reason: 'spec is missing' },
    { name: 'no token', body: body(undefined), reason: 'spec.token is missing' },
    { name: 'a token that is no text', body: body(1), reason: 'spec.token is missing' },
    { name: 'a huge body', body: body('x'.repeat(70_000)), reason: 'the body is longer than 65536 bytes' },
  ])('$name', async ({ body, reason }) => {
    const log = testLog()
    const answer = await reviewToken(body, authentication(), log)
    expect(answer).toMatchObject({ status: 400, body: { kind: 'Status', code: 400, message: expect.stringContaining(reason) } })
    expect(log.lines).toMatchObject([{ level: 'warn', facts: { reason: expect.stringContaining(reason) } }])
  })

  test.each([
    { name: 'the verifier', part: { verifyPresigned: () => Promise.reject(new Error('broken')) } },
    {
      name: 'the instance look-up',
      part: { privateDnsName: () => Promise.reject(new Error('broken')) },
      username: '{{EC2PrivateDNSName}}',
    },
  ])('a fault of $name refuses, and is logged as ours', async ({ part, username = 'x' }) => {
    const log = testLog()
    const how = { ...authentication({ entries: { [developer.roleArn]: { ...developerEntry, username } } }), ...part }
    expect(await reviewToken(body(tokenOf()), how, log)).toMatchObject({ status: 200, body: { status: { authenticated: false } } })
    expect(log.lines).toMatchObject([{ level: 'error' }])
  })

  test('any bytes get an answer, and never a user', async () => {
    const tokens = fc.oneof(fc.string(), fc.string().map(encode), fc.webUrl({ withQueryParameters: true }).map(encode))
    const bodies = fc.oneof(
      fc.uint8Array(),
      fc.json(),
      tokens.map(token => body(token)),
    )
    await fc.assert(
      fc.asyncProperty(bodies, async bytes => {
        const { status, body: answer } = await reviewToken(bytes, authentication(), testLog())
        if (status !== 400) expect(answer).toMatchObject({ status: { authenticated: false } })
      }),
      { numRuns: 300 },
    )
  })

  test('a token with one character changed is refused', async () => {
    const token = tokenOf()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: token.length - 1 }), fc.constantFrom('A', 'z', '0', '-', '_', '.'), async (at, letter) => {
        fc.pre(token[at] !== letter)
        const { authenticated } = await review(token.slice(0, at) + letter + token.slice(at + 1))
        expect(authenticated).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe("a cluster's mappings are read as they stand", () => {
  test('mode, creator and entries from the store; aws-auth parsed once for each text', async () => {
    const { store, end } = await openTestStore()
    const id = 'D539D4633E53DE1B710A1B2C3D4E5F60'
    await insertCluster(store, { id, authenticationMode: 'CONFIG_MAP', creatorArn: bob.arn, creatorId: bob.userId })
    const entry = { principalId: developer.roleId, type: 'STANDARD', username: 'dev', createdAt: 0, modifiedAt: 0 }
    await store.write(tx =>
      tx
        .insertInto('accessEntries')
        .values({ ...entry, clusterId: id, principalArn: developer.roleArn, entryId: 'e', groups: '["viewers"]' })
        .execute(),
    )
    let data: AwsAuthData | undefined
    const told: (readonly string[])[] = []
    const find = createMappingDirectory(store)
    const mappings = find({ id, awsAuthData: async () => data, onProblems: problems => told.push(problems) })
    expect(await mappings.access()).toEqual({ authenticationMode: 'CONFIG_MAP', creator: { arn: bob.arn, id: bob.userId } })
    await store.write(async tx => {
      await tx.updateTable('clusters').set({ authenticationMode: 'API', creatorArn: null }).execute()
      await recordChange(tx, { account, kind: 'cluster', id, at: 0 })
    })
    expect(await mappings.access()).toEqual({ authenticationMode: 'API' })
    expect(await find({ id: 'none', awsAuthData: async () => data, onProblems: () => {} }).access()).toBeUndefined()
    expect(await mappings.accessEntry(developer.roleArn)).toMatchObject({
      principalId: developer.roleId,
      username: 'dev',
      groups: ['viewers'],
    })
    expect(await mappings.accessEntry(bob.arn)).toBeUndefined()
    expect(await mappings.awsAuth()).toBeUndefined()
    data = { mapAccounts: '- 1' }
    await mappings.awsAuth()
    const parsed = await mappings.awsAuth()
    expect(told).toHaveLength(1)
    data = { mapAccounts: `- "${account}"` }
    expect(await mappings.awsAuth()).not.toBe(parsed)
    await end()
  })
})
