import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refuseHost } from '../../src/server/call/refused-host.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'
import { openPipelineHouse, type PipelineHouse } from './house.ts'

describe('hosts of FIPS and dual-stack endpoints', () => {
  test.each([
    ['sts-fips.us-east-1.amazonaws.com', 'sts', 'FIPS'],
    ['iam-fips.amazonaws.com', 'iam', 'FIPS'],
    ['fips.eks.us-east-1.amazonaws.com:443', 'eks', 'FIPS'],
    ['bucket.s3-fips.us-east-1.amazonaws.com', 's3', 'FIPS'],
    ['bucket.s3-fips.dualstack.us-east-1.amazonaws.com', 's3', 'FIPS'],
    ['s3.dualstack.us-east-1.amazonaws.com', 's3', 'dual-stack'],
    ['bucket.s3.dualstack.eu-west-1.amazonaws.com', 's3', 'dual-stack'],
    ['eks.us-east-1.api.aws', 'eks', 'dual-stack'],
  ])('%s is refused', (host, service, kind) => {
    expect(() => refuseHost(host, service)).toThrow(`Gatehouse has no ${kind} endpoints, and is not ${host.replace(':443', '')}.`)
  })

  test.each([
    ['sts.us-east-1.amazonaws.com', 'sts'],
    ['localhost:4443', 'iam'],
    ['my-fips.s3.us-east-1.amazonaws.com', 's3'],
    ['my-fips.s3.amazonaws.com', 's3'],
    ['fips.s3.us-east-1.amazonaws.com', 's3'],
    ['dualstack.s3.amazonaws.com', 's3'],
    ['eks-auth.us-east-1.api.aws', 'eks-auth'],
    ['gatehouse-fips.example.com', 'sts'],
  ])('%s is not', (host, service) => {
    expect(() => refuseHost(host, service)).not.toThrow()
  })
})

describe('a call to one', () => {
  let house: PipelineHouse
  beforeAll(async () => {
    house = await openPipelineHouse()
  })
  afterAll(() => house.close())

  test('is told so in the form of its protocol', async () => {
    const body = 'Action=GetCallerIdentity&Version=2011-06-15'
    const unsigned = { host: 'sts-fips.us-east-1.amazonaws.com', 'content-type': 'application/x-www-form-urlencoded' }
    const request = { method: 'POST', path: '/', query: '', headers: unsigned, body: Buffer.from(body) }
    const headers = signHeaders(request, house.credentials, { region: 'us-east-1', service: 'sts' }, house.now)
    const answer = await house.send({
      ...request,
      headers,
      rawHeaders: [],
      secure: true,
      remoteAddress: '192.0.2.1',
      receivedAt: house.now,
    })
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.stringContaining('<Code>UnsupportedEndpoint</Code><Message>Gatehouse has no FIPS'),
    ])
  })
})
