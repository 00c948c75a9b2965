import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPipelineHouse, type PipelineHouse, signedRequest } from './house.ts'

/** CloudTrail User Guide, "Global service events": IAM's events are recorded in US East (N. Virginia), whatever region one works in. */
let house: PipelineHouse

beforeAll(async () => {
  house = await openPipelineHouse(undefined, undefined, 'eu-central-1')
})
afterAll(() => house.close())

async function iam(action: string, region = 'us-east-1') {
  const draft = {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Action: action, Version: '2010-05-08' }).toString(),
  }
  return house.send(signedRequest(draft, house, { region, service: 'iam' }))
}

async function cloudtrail(operation: string, region: string, input: object = {}) {
  const draft = {
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}`,
    },
    body: JSON.stringify(input),
  }
  const { status, body } = await house.send(signedRequest(draft, house, { region, service: 'cloudtrail' }))
  return { status, body: JSON.parse(Buffer.from(body as Uint8Array).toString()) as { readonly [name: string]: unknown } }
}

const eventsIn = async (region: string, eventName: string) => {
  const { body } = await cloudtrail('LookupEvents', region, {
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: eventName }],
  })
  return (body['Events'] as { CloudTrailEvent: string }[]).map(
    ({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent) as { awsRegion: string },
  )
}

test.each(['us-east-1', 'eu-central-1'])('a call of IAM signed for %s is found in us-east-1, and nowhere else', async region => {
  const action = region === 'us-east-1' ? 'ListUsers' : 'ListRoles'
  expect((await iam(action, region)).status).toBe(200)
  expect(await eventsIn('us-east-1', action)).toMatchObject([{ awsRegion: 'us-east-1' }])
  expect(await eventsIn('eu-central-1', action)).toEqual([])
})

test('a look-up is an event of the region that it is asked in', async () => {
  await cloudtrail('LookupEvents', 'us-east-1')
  await cloudtrail('ListTrails', 'eu-central-1')
  expect((await eventsIn('us-east-1', 'LookupEvents')).every(({ awsRegion }) => awsRegion === 'us-east-1')).toBe(true)
  expect(await eventsIn('us-east-1', 'ListTrails')).toEqual([])
  expect(await eventsIn('eu-central-1', 'ListTrails')).toMatchObject([{ awsRegion: 'eu-central-1' }])
})

test('resources of CloudTrail are of the region that they were made in', async () => {
  const { body } = await cloudtrail('CreateEventDataStore', 'us-east-1', { Name: 'everything', TerminationProtectionEnabled: false })
  expect(body['EventDataStoreArn']).toMatch(/^arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore\//)
  expect((await cloudtrail('ListEventDataStores', 'us-east-1')).body['EventDataStores']).toHaveLength(1)
  expect((await cloudtrail('ListEventDataStores', 'eu-central-1')).body['EventDataStores']).toHaveLength(0)
})

test('services that are of one region only do not answer in us-east-1', async () => {
  const draft = { method: 'GET', path: '/clusters' }
  const { status, body } = await house.send(signedRequest(draft, house, { region: 'us-east-1', service: 'eks' }))
  expect(status).toBe(403)
  expect(Buffer.from(body as Uint8Array).toString()).toContain('Credential should be scoped to a valid region.')
})

test('no other region is served', async () => {
  expect((await cloudtrail('LookupEvents', 'us-west-2')).body['__type']).toBe('InvalidSignatureException')
})
