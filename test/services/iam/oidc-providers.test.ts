import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type House, startOfTime } from '../call.ts'
import { arnOf, iamHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
})
afterEach(() => house.close())

const Url = 'https://oidc.example.com/id/ABC'
const thumbprint = 'A9D53002E97E00E043244F3D170D6F4C414104FD'

test('a provider’s life', async () => {
  const { OpenIDConnectProviderArn } = await house.call('CreateOpenIDConnectProvider', {
    Url,
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [thumbprint],
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  expect(OpenIDConnectProviderArn).toBe(arnOf('oidc-provider/oidc.example.com/id/ABC'))
  const of = { OpenIDConnectProviderArn }
  expect(await house.call('GetOpenIDConnectProvider', of)).toEqual({
    Url: 'oidc.example.com/id/ABC',
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [thumbprint.toLowerCase()],
    CreateDate: new Date(startOfTime),
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  expect(await house.refusal('CreateOpenIDConnectProvider', { Url, ThumbprintList: [thumbprint] })).toEqual({
    code: 'EntityAlreadyExists',
    message: `Provider with url ${Url} already exists.`,
  })
  await house.call('AddClientIDToOpenIDConnectProvider', { ...of, ClientID: 'two' })
  await house.call('AddClientIDToOpenIDConnectProvider', { ...of, ClientID: 'two' })
  await house.call('RemoveClientIDFromOpenIDConnectProvider', { ...of, ClientID: 'sts.amazonaws.com' })
  await house.call('RemoveClientIDFromOpenIDConnectProvider', { ...of, ClientID: 'absent' })
  await house.call('UpdateOpenIDConnectProviderThumbprint', { ...of, ThumbprintList: ['0'.repeat(40)] })
  expect(await house.call('GetOpenIDConnectProvider', of)).toMatchObject({ ClientIDList: ['two'], ThumbprintList: ['0'.repeat(40)] })
  expect((await house.call('ListOpenIDConnectProviders')).OpenIDConnectProviderList).toEqual([{ Arn: OpenIDConnectProviderArn }])
  await house.call('DeleteOpenIDConnectProvider', of)
  expect((await house.refusal('GetOpenIDConnectProvider', of)).code).toBe('NoSuchEntity')
})

test('without thumbprints the issuer is asked', async () => {
  const of = await house.call('CreateOpenIDConnectProvider', { Url: 'https://localhost:4443/id/0123456789ABCDEF' })
  expect((await house.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: of.OpenIDConnectProviderArn })).ThumbprintList).toEqual([
    '9e99a48a9960b14926bb7f3b02e22da2b0ab7280',
  ])
})

describe('refused', () => {
  test.each([
    [{ Url: 'http://oidc.example.com' }, 'ValidationError'],
    [{ Url: 'https://oidc.example.com?x=y' }, 'ValidationError'],
    [{ Url, ThumbprintList: ['z'.repeat(40)] }, 'InvalidInput'],
    [{ Url, ThumbprintList: Array.from({ length: 6 }, () => thumbprint) }, 'InvalidInput'],
  ])('%j', async (input, code) => {
    expect((await house.refusal('CreateOpenIDConnectProvider', input)).code).toBe(code)
  })
})
