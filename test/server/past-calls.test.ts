import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WireResponse } from '../../src/wire/message.ts'
import { openPipelineHouse, type PipelineHouse, signedRequest, wireRequest } from './house.ts'

let house: PipelineHouse
let before: string

beforeAll(async () => {
  house = await openPipelineHouse()
  await wait(3)
  before = new Date().toISOString()
  await wait(3)
  await iam('Action=CreateUser&UserName=alice')
})
afterAll(() => house.close())

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const asking = (body: string, at?: string) => ({
  headers: { ...form, ...(at !== undefined && { 'x-gatehouse-at': at }) },
  body: `${body}&Version=2010-05-08`,
})
const iam = (body: string, at?: string): Promise<WireResponse> =>
  house.send(signedRequest(asking(body, at), house, { region: 'us-east-1', service: 'iam' }))
const users = ({ body }: WireResponse) => [...String(body).matchAll(/<UserName>([^<]+)</g)].map(([, name]) => name)

describe('a call with the header x-gatehouse-at', () => {
  test('is answered as it was then, says so, and is on record with the moment', async () => {
    const now = await iam('Action=GetAccountAuthorizationDetails')
    const then = await iam('Action=GetAccountAuthorizationDetails', before)
    expect([users(now), users(then)]).toEqual([['administrator', 'alice'], ['administrator']])
    expect(now.headers).not.toHaveProperty('x-gatehouse-at')
    expect(then.headers).toHaveProperty('x-gatehouse-at', before)
    const records = await house.world.store.read(tx => tx.selectFrom('records').select('json').orderBy('seq').execute())
    expect(JSON.parse(String(records.at(-1)?.json)).additionalEventData).toEqual({ at: before })
  })

  test('is decided by the rights of now: who has none learns nothing of then', async () => {
    const answer = await iam('Action=CreateAccessKey&UserName=alice')
    const [accessKeyId, secretAccessKey] = ['AccessKeyId', 'SecretAccessKey'].map(
      name => new RegExp(`<${name}>([^<]+)<`).exec(String(answer.body))?.[1] as string,
    )
    const credentials = { accessKeyId: accessKeyId as string, secretAccessKey: secretAccessKey as string }
    const request = signedRequest(
      asking('Action=GetAccountAuthorizationDetails', before),
      { credentials, now: house.now },
      { region: 'us-east-1', service: 'iam' },
    )
    expect(await house.send(request)).toMatchObject({ status: 403 })
  })

  test.each([
    ['an operation that tells of the present alone', 'Action=ListUsers', () => before, 'iam:ListUsers tells of the present alone.'],
    ['a change', 'Action=CreateUser&UserName=bob', () => before, 'iam:CreateUser tells of the present alone.'],
    ['no moment', 'Action=GetAccountAuthorizationDetails', () => 'yesterday', 'must be a point in time in ISO 8601, and be signed.'],
    ['a moment before the beginning', 'Action=GetAccountAuthorizationDetails', () => '2020-01-01T00:00:00Z', 'what is kept begins at'],
    ['a moment to come', 'Action=GetAccountAuthorizationDetails', () => '2999-01-01T00:00:00Z', 'is in the future'],
  ])('is refused for %s', async (_, body, at, message) => {
    const { status, body: answer } = await iam(body, at())
    expect([status, String(answer)]).toEqual([400, expect.stringContaining(message)])
  })

  test('is refused when the header was not signed', async () => {
    const signed = signedRequest(asking('Action=GetAccountAuthorizationDetails'), house, { region: 'us-east-1', service: 'iam' })
    const { headers } = signed
    const tampered = wireRequest({ headers: { ...headers, 'x-gatehouse-at': before }, body: signed.body }, house.now)
    const { status, body } = await house.send(tampered)
    expect([status, String(body)]).toEqual([400, expect.stringContaining('and be signed')])
  })
})
