import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issuerProbe } from '../../../src/server/issuer-probe.ts'
import { networksOf } from '../../../src/server/public-address.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { operations } from '../../../src/services/issuers/index.ts'
import { type House, openHouse } from '../call.ts'
import { startIssuer, type TestIssuer } from '../sts/issuer.ts'

const own = { https: 'https://localhost:4443' }

let issuer: TestIssuer
let keyServer: TestIssuer
let house: House
let publicOnly: House
beforeAll(async () => {
  issuer = await startIssuer(Date.now)
  keyServer = await startIssuer(Date.now)
  const certificatePem = keyServer.certificateAuthorityPem
  const all = [...operations, ...iam]
  house = await openHouse(all, { issuerProbe: issuerProbe({ own, certificatePem, networks: networksOf('127.0.0.0/8,::1/128') }) })
  publicOnly = await openHouse(all, { issuerProbe: issuerProbe({ own, certificatePem, networks: [] }) })
})
afterAll(async () => {
  await Promise.all([house.close(), publicOnly.close()])
  await Promise.all([issuer.close(), keyServer.close()])
})

const discovery = (jwks_uri: string) => ({ body: JSON.stringify({ jwks_uri }) })
const unreachable = 'Please make sure the OpenID Connect Provider is reachable over HTTPS and its certificate chain can be retrieved'

describe('the thumbprint of an issuer', () => {
  test('is that of the last certificate which the server of its key set shows', async () => {
    issuer.documents['/.well-known/openid-configuration'] = discovery(`${issuer.url}/keys`)
    expect(await house.call('GetIssuerThumbprint', { url: issuer.url })).toEqual({ thumbprint: issuer.thumbprint })
    expect(await house.call('GetIssuerThumbprint', { url: `${issuer.url}/` })).toEqual({ thumbprint: issuer.thumbprint })
    issuer.documents['/.well-known/openid-configuration'] = discovery(`${keyServer.url}/keys`)
    expect(await house.call('GetIssuerThumbprint', { url: issuer.url })).toEqual({ thumbprint: keyServer.thumbprint })
    expect(keyServer.thumbprint).not.toBe(issuer.thumbprint)
  })

  test('is what CreateOpenIDConnectProvider records by itself', async () => {
    issuer.documents['/.well-known/openid-configuration'] = discovery(`${issuer.url}/keys`)
    const of = await house.call('CreateOpenIDConnectProvider', { Url: issuer.url, ClientIDList: ['shop'] })
    expect(await house.call('GetOpenIDConnectProvider', of)).toMatchObject({ ThumbprintList: [issuer.thumbprint] })
  })

  test("of the own clusters is known without asking, by the authority of Gatehouse's certificate", async () => {
    const { raw } = new X509Certificate(keyServer.certificateAuthorityPem)
    const thumbprint = createHash('sha1').update(raw).digest('hex')
    expect(await publicOnly.call('GetIssuerThumbprint', { url: `${own.https}/id/0123456789ABCDEF` })).toEqual({ thumbprint })
  })
})

describe('is not to be had', () => {
  test.each([
    ['in a network that is not public', () => issuer.url],
    ['at the metadata service', () => 'https://169.254.169.254/latest'],
    ['on the loopback interface by address', () => 'https://[::1]:443/'],
    ['of a host that is not there', () => 'https://nothing.invalid/'],
  ])('%s, and one text says so', async (_, url) => {
    const asked = issuer.asked.length
    expect(await publicOnly.refusal('GetIssuerThumbprint', { url: url() })).toEqual({
      code: 'InvalidRequestException',
      message: unreachable,
    })
    expect(await publicOnly.refusal('CreateOpenIDConnectProvider', { Url: url() })).toEqual({
      code: 'OpenIdIdpCommunicationError',
      message: unreachable,
    })
    expect(issuer.asked.length).toBe(asked)
  })

  test.each([
    ['without documents', undefined],
    ['with documents that are none', { body: '[' }],
    ['with a key set over plain HTTP', discovery('http://localhost/keys')],
    ['with a key set in another network', discovery('https://169.254.169.254/keys')],
  ])('of a server %s', async (_, document) => {
    if (document) issuer.documents['/.well-known/openid-configuration'] = document
    else delete issuer.documents['/.well-known/openid-configuration']
    expect(await house.refusal('GetIssuerThumbprint', { url: issuer.url })).toEqual({
      code: 'InvalidRequestException',
      message: unreachable,
    })
  })

  test('of what is no https URL', async () => {
    for (const url of ['http://issuer.example', 'https://', 'issuer'])
      expect((await house.refusal('GetIssuerThumbprint', { url })).code).toBe('InvalidRequestException')
  })

  test('by who may not add the provider, and nobody is asked', async () => {
    await house.call('CreateUser', { UserName: 'alice' })
    const asked = issuer.asked.length
    const { code } = await house.refusal('GetIssuerThumbprint', { url: issuer.url }, { as: await house.user('alice') })
    expect(code).toBe('AccessDeniedException')
    expect(issuer.asked.length).toBe(asked)
    const create = await house.refusal('CreateOpenIDConnectProvider', { Url: issuer.url }, { as: await house.user('alice') })
    expect(create.code).toBe('AccessDenied')
    expect(issuer.asked.length).toBe(asked)
  })
})
