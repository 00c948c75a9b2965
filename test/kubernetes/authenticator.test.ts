import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readToken } from '../../src/kubernetes/token-review/presigned-token.ts'
import { presignQuery } from '../../src/wire/sigv4/sign.ts'

const goClients = process.env['GATEHOUSE_TEST_GO_KUBERNETES']
if (!goClients) throw new Error('GATEHOUSE_TEST_GO_KUBERNETES is not set: run the tests with npm test')

const now = Date.now()
const minute = 60_000
const host = 'sts.us-east-1.amazonaws.com'

interface Made {
  readonly signedAt?: number
  readonly action?: string
  readonly expires?: number
  readonly headers?: { readonly [name: string]: string }
  readonly more?: string
  readonly url?: (url: string) => string
}

function tokenOf({
  signedAt = now,
  action = 'GetCallerIdentity',
  expires = 60,
  headers = { host, 'x-k8s-aws-id': 'demo' },
  more = '',
  url = text => text,
}: Made) {
  const query = presignQuery(
    { method: 'GET', path: '/', query: `Action=${action}&Version=2011-06-15`, headers },
    { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
    { region: 'us-east-1', service: 'sts' },
    expires,
    signedAt,
  )
  return `k8s-aws-v1.${Buffer.from(url(`https://${host}/?${query}${more}`)).toString('base64url')}`
}

/** `form`: whether it is a token by its form; the signature is STS's to check. */
const tokens: readonly { readonly what: string; readonly token: string; readonly form: 'right' | 'wrong' }[] = [
  { what: 'as it should be', token: tokenOf({}), form: 'right' },
  { what: 'of 14 minutes ago', token: tokenOf({ signedAt: now - 14 * minute }), form: 'right' },
  { what: 'of the global endpoint', token: tokenOf({ url: url => url.replace(host, 'sts.amazonaws.com') }), form: 'right' },
  { what: 'of a FIPS endpoint', token: tokenOf({ url: url => url.replace(host, 'sts-fips.us-east-1.amazonaws.com') }), form: 'right' },
  { what: 'with a longer time to live', token: tokenOf({ expires: 900 }), form: 'right' },
  { what: 'empty', token: '', form: 'wrong' },
  { what: 'of another prefix', token: tokenOf({}).replace('k8s-aws-v1.', 'k8s-aws-v2.'), form: 'wrong' },
  { what: 'with padding', token: `${tokenOf({})}==`, form: 'wrong' },
  { what: 'of no base64', token: 'k8s-aws-v1.%%%', form: 'wrong' },
  { what: 'too long', token: tokenOf({ more: `&X-Amz-Security-Token=${'x'.repeat(9_000)}` }), form: 'wrong' },
  { what: 'of 16 minutes ago', token: tokenOf({ signedAt: now - 16 * minute }), form: 'wrong' },
  { what: 'that would last an hour', token: tokenOf({ expires: 3600 }), form: 'wrong' },
  { what: 'of another action', token: tokenOf({ action: 'GetSessionToken' }), form: 'wrong' },
  { what: 'without the cluster’s header signed', token: tokenOf({ headers: { host } }), form: 'wrong' },
  { what: 'with an action twice', token: tokenOf({ more: '&Action=GetCallerIdentity' }), form: 'wrong' },
  { what: 'with an action twice in other letters', token: tokenOf({ more: '&action=GetCallerIdentity' }), form: 'wrong' },
  { what: 'with another parameter', token: tokenOf({ more: '&RoleArn=x' }), form: 'wrong' },
  { what: 'of plain HTTP', token: tokenOf({ url: url => url.replace('https', 'http') }), form: 'wrong' },
  { what: 'of another path', token: tokenOf({ url: url => url.replace('/?', '/other?') }), form: 'wrong' },
  { what: 'of another host', token: tokenOf({ url: url => url.replace(host, 'sts.example.com') }), form: 'wrong' },
  {
    what: 'of a host that begins as STS does',
    token: tokenOf({ url: url => url.replace(host, 'sts.amazonaws.com.example.com') }),
    form: 'wrong',
  },
  { what: 'of a user at a host', token: tokenOf({ url: url => url.replace(host, `sts.amazonaws.com@example.com`) }), form: 'wrong' },
  { what: 'without a date', token: tokenOf({ url: url => url.replace(/&X-Amz-Date=[^&]+/, '') }), form: 'wrong' },
]

let verdicts: string[]
beforeAll(() => {
  // The verifier would ask STS next: through a proxy that nobody is.
  const { stdout, status } = spawnSync(join(goClients, 'authenticator'), ['verify', 'demo'], {
    input: `${tokens.map(({ token }) => token).join('\n')}\n`,
    env: { ...process.env, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' },
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (status !== 0) throw new Error('the verifier ended badly')
  verdicts = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as string)
})

/** EKS documents its authenticator as aws-iam-authenticator: what its verifier refuses by its form, ours does. */
describe('a token is taken or refused by its form as by the verifier of aws-iam-authenticator', () => {
  test.each(tokens.map((token, place) => ({ ...token, place })))('$what', ({ token, form, place }) => {
    expect(verdicts[place] === '' ? 'right' : 'wrong', `aws-iam-authenticator: ${verdicts[place]}`).toBe(form)
    const read = () => readToken(token, { clusterIds: ['demo'], origins: [], now })
    if (form === 'right') expect(read()).toHaveLength(1)
    else expect(read).toThrow()
  })
})
