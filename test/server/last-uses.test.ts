import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPipelineHouse, type PipelineHouse, signedRequest } from './house.ts'

/** IAM API Reference, "GetAccessKeyLastUsed" and "AccessKeyLastUsed": what a call has used is told to the next. */
let house: PipelineHouse

beforeAll(async () => {
  house = await openPipelineHouse()
})
afterAll(() => house.close())

async function iam(action: string, input: { readonly [name: string]: string } = {}): Promise<string> {
  const draft = {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Action: action, Version: '2010-05-08', ...input }).toString(),
  }
  const { status, body } = await house.send(signedRequest(draft, house, { region: 'us-east-1', service: 'iam' }))
  expect(status).toBe(200)
  return Buffer.from(body as Uint8Array).toString()
}

test('the last use of a key is told at once', async () => {
  const answer = await iam('GetAccessKeyLastUsed', { AccessKeyId: house.credentials.accessKeyId })
  expect(answer).toContain('<ServiceName>iam</ServiceName>')
  expect(answer).toContain('<Region>us-east-1</Region>')
  expect(answer).toContain(`<LastUsedDate>${new Date(house.now).toISOString().slice(0, 19)}Z</LastUsedDate>`)
})

test('the credential report has it', async () => {
  await iam('GenerateCredentialReport')
  const content = /<Content>(.*)<\/Content>/.exec(await iam('GetCredentialReport'))?.[1] ?? ''
  const used = new Date(house.now).toISOString().slice(0, 19)
  expect(Buffer.from(content, 'base64').toString()).toContain(`,${used}+00:00,us-east-1,iam`)
})
