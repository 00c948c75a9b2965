import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WebIdentityKeys } from '../../../src/identity/web-identity.ts'
import { account, type House } from '../call.ts'
import { makeRole, policy, roleArn, stsHouse } from './house.ts'

const assuming = (token: string) => ({ RoleArn: roleArn('Deploy'), RoleSessionName: 'ci', WebIdentityToken: token })
const anonymous = { as: { type: 'anonymous' } } as const

describe('providers that AWS knows', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const asked: string[] = []
  const keysOfAll: WebIdentityKeys = {
    async keysFor(url) {
      asked.push(url)
      return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'g' }] }
    },
  }
  let own: House
  beforeEach(async () => {
    asked.length = 0
    own = await stsHouse({ webIdentityKeys: keysOfAll })
  })
  afterEach(() => own.close())
  const signed = (claims: object) => {
    const at = Math.floor(own.now / 1000)
    return new SignJWT({ iat: at, exp: at + 60, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'g' }).sign(privateKey)
  }
  const trusts = (Federated: string, Condition: object) =>
    policy({ Effect: 'Allow', Principal: { Federated }, Action: 'sts:AssumeRoleWithWebIdentity', Condition })

  test('Google needs no registration: trust policies name it, and test who may', async () => {
    const who = { 'accounts.google.com:aud': 'app.apps.googleusercontent.com', 'accounts.google.com:sub': '110169484474386276334' }
    await makeRole(own, 'Deploy', trusts('accounts.google.com', { StringEquals: who }))
    const claims = { iss: 'https://accounts.google.com', aud: 'app.apps.googleusercontent.com', azp: 'app.apps.googleusercontent.com' }
    const good = assuming(await signed({ ...claims, sub: '110169484474386276334' }))
    expect(await own.call('AssumeRoleWithWebIdentity', good, anonymous)).toMatchObject({ Provider: 'accounts.google.com' })
    const bad = assuming(await signed({ ...claims, sub: '999999999999999999999' }))
    expect(await own.refusal('AssumeRoleWithWebIdentity', bad, anonymous)).toMatchObject({ code: 'AccessDenied' })
    expect(asked).toEqual(['https://accounts.google.com', 'https://accounts.google.com'])
  })

  test("GitHub's own claims are condition keys, and no others", async () => {
    const url = 'token.actions.githubusercontent.com'
    await own.call('CreateOpenIDConnectProvider', {
      Url: `https://${url}`,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['0'.repeat(40)],
    })
    const where = { [`${url}:repository_id`]: '1296269', [`${url}:environment`]: 'production', [`${url}:ref`]: 'refs/heads/main' }
    await makeRole(own, 'Deploy', trusts(`arn:aws:iam::${account}:oidc-provider/${url}`, { StringEquals: where }))
    const claims = {
      iss: `https://${url}`,
      aud: 'sts.amazonaws.com',
      sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
      repository_id: '1296269',
      environment: 'production',
      ref: 'refs/heads/main',
    }
    expect(await own.call('AssumeRoleWithWebIdentity', assuming(await signed(claims)), anonymous)).toHaveProperty('Credentials')
    const elsewhere = assuming(await signed({ ...claims, environment: 'staging' }))
    expect(await own.refusal('AssumeRoleWithWebIdentity', elsewhere, anonymous)).toMatchObject({ code: 'AccessDenied' })
    const document = trusts(`arn:aws:iam::${account}:oidc-provider/${url}`, { StringEquals: { [`${url}:run_id`]: '1' } })
    await own.call('UpdateAssumeRolePolicy', { RoleName: 'Deploy', PolicyDocument: document })
    const unknown = assuming(await signed({ ...claims, run_id: '1' }))
    expect(await own.refusal('AssumeRoleWithWebIdentity', unknown, anonymous)).toMatchObject({ code: 'AccessDenied' })
  })

  /** Service Authorization Reference, "Condition keys for AWS Security Token Service". */
  test.each([
    ['token.actions.githubusercontent.com/octo-org', 'repository_owner_id', { repository_owner_id: '1' }],
    ['token.actions.octo.ghe.com', 'repository', { repository: '1' }],
    ['github.com/enterprises/octo', 'enterprise_id', { enterprise_id: 1 }],
    ['oidc.circleci.com/org/5e9f', 'oidc.circleci.com/project-id', { 'oidc.circleci.com/project-id': '1' }],
    ['idcs-abc123.identity.oraclecloud.com', 'rpst_id', { rpst_id: '1' }],
    ['gitlab.com', 'project_id', { project_id: '1' }],
    ['agent.buildkite.com', 'pipeline_id', { pipeline_id: '1' }],
  ])('%s: %s', async (url, name, claim) => {
    await own.call('CreateOpenIDConnectProvider', {
      Url: `https://${url}`,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['0'.repeat(40)],
    })
    await makeRole(own, 'Deploy', trusts(`arn:aws:iam::${account}:oidc-provider/${url}`, { StringEquals: { [`${url}:${name}`]: '1' } }))
    const claims = { iss: `https://${url}`, aud: 'sts.amazonaws.com', sub: 'job' }
    const good = assuming(await signed({ ...claims, ...claim }))
    expect(await own.call('AssumeRoleWithWebIdentity', good, anonymous)).toHaveProperty('Credentials')
    const bad = assuming(await signed({ ...claims, [name]: '2' }))
    expect(await own.refusal('AssumeRoleWithWebIdentity', bad, anonymous)).toMatchObject({ code: 'AccessDenied' })
  })

  test("Google's organization number is a number, within the claim google", async () => {
    const condition = { NumericEquals: { 'accounts.google.com:google/organization_number': '4210' } }
    await makeRole(own, 'Deploy', trusts('accounts.google.com', condition))
    const claims = { iss: 'https://accounts.google.com', aud: 'app', sub: '110169484474386276334' }
    const good = assuming(await signed({ ...claims, google: { organization_number: 4210 } }))
    expect(await own.call('AssumeRoleWithWebIdentity', good, anonymous)).toHaveProperty('Credentials')
    const bad = assuming(await signed({ ...claims, google: { organization_number: 4211 } }))
    expect(await own.refusal('AssumeRoleWithWebIdentity', bad, anonymous)).toMatchObject({ code: 'AccessDenied' })
  })
})
