import { request } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type InstanceMetadata,
  type InstanceMetadataOptions,
  type InstanceState,
  startInstanceMetadata,
} from '../../src/node/instance-metadata.ts'
import { CredentialsRefused } from '../../src/node/refreshing-credentials.ts'
import { exampleInstance } from './example-instance.ts'

const startOfTime = Date.UTC(2026, 0, 15, 12)
const instance = { ...exampleInstance, launchedAt: startOfTime }
const profile = { arn: 'arn:aws:iam::111122223333:instance-profile/node', id: 'AIPAEXAMPLE', roleName: 'node' }

let metadata: InstanceMetadata | undefined
afterEach(() => metadata?.close())

async function start(given: Partial<InstanceMetadataOptions & InstanceState> = {}) {
  const { options = { httpTokens: 'required', hopLimit: 1 }, ...more } = given
  const ofInstance = { instance: given.instance ?? instance, options, profile: 'profile' in given ? given.profile : profile }
  const state = { now: startOfTime, delivered: [] as string[] }
  metadata = await startInstanceMetadata({
    host: '127.0.0.1',
    port: 0,
    state: () => ofInstance,
    now: () => state.now,
    deliver: async version => {
      state.delivered.push(version)
      const expiresAt = state.now + 21_600_000
      return { accessKeyId: `ASIA${state.delivered.length}`, secretAccessKey: 'secret', sessionToken: 'session', expiresAt }
    },
    ...more,
  })
  const { endpoint } = metadata
  const call = (path: string, headers: { [name: string]: string } = {}, method = 'GET') => send(`${endpoint}${path}`, method, headers)
  const token = async (ttl = '60') => (await call('latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': ttl }, 'PUT')).body
  const withToken = async (path: string) => call(path, { 'X-aws-ec2-metadata-token': await token() })
  return { state, call, token, withToken }
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: { readonly [name: string]: unknown }
}

function send(url: string, method: string, headers: { [name: string]: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a session token', () => {
  test('is given for a time, which the answer repeats, and good until its end', async () => {
    const { state, call } = await start()
    const { status, body, headers } = await call('latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': '60' }, 'PUT')
    expect({ status, ttl: headers['x-aws-ec2-metadata-token-ttl-seconds'] }).toEqual({ status: 200, ttl: '60' })
    const read = async () => (await call('latest/meta-data/instance-id', { 'X-aws-ec2-metadata-token': body })).status
    expect(await read()).toBe(200)
    state.now += 59_999
    expect(await read()).toBe(200)
    state.now += 1
    expect(await read()).toBe(401)
  })

  test.each(['', '0', '21601', '-1', 'x', '1e3'])('is not given for %j seconds', async ttl => {
    const { call } = await start()
    expect((await call('latest/api/token', ttl === '' ? {} : { 'X-aws-ec2-metadata-token-ttl-seconds': ttl }, 'PUT')).status).toBe(400)
  })

  test('is not given to who comes through a proxy, nor by another method', async () => {
    const { call } = await start()
    const ttl = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' }
    expect((await call('latest/api/token', { ...ttl, 'X-Forwarded-For': '198.51.100.1' }, 'PUT')).status).toBe(403)
    expect((await call('latest/api/token', ttl, 'POST')).status).toBe(405)
  })

  test('travels as many hops as it may: a container gets none with a limit of one', async () => {
    const container = { hopsTo: () => 2 }
    const near = await start({ ...container, options: { httpTokens: 'required', hopLimit: 1 } })
    await expect(near.token()).rejects.toThrow(/socket hang up|ECONNRESET/)
    await metadata?.close()
    const far = await start({ ...container, options: { httpTokens: 'required', hopLimit: 2 } })
    expect((await far.withToken('latest/meta-data/instance-id')).status).toBe(200)
  })

  test.each(['x', '..', 'a.zzzzzzzz.b', 'a'.repeat(300)])('that nobody gave is refused: %s', async token => {
    const { call } = await start({ options: { httpTokens: 'optional', hopLimit: 1 } })
    expect((await call('latest/meta-data/', { 'X-aws-ec2-metadata-token': token })).status).toBe(401)
  })
})

describe('role credentials', () => {
  const path = 'latest/meta-data/iam/security-credentials/'

  test('are where SDKs look for them', async () => {
    const { withToken } = await start()
    expect((await withToken(path)).body).toBe('node')
    expect(JSON.parse((await withToken(`${path}node`)).body)).toEqual({
      Code: 'Success',
      LastUpdated: '2026-01-15T12:00:00Z',
      Type: 'AWS-HMAC',
      AccessKeyId: 'ASIA1',
      SecretAccessKey: 'secret',
      Token: 'session',
      Expiration: '2026-01-15T18:00:00Z',
    })
    expect(JSON.parse((await withToken('latest/meta-data/iam/info')).body)).toMatchObject({
      Code: 'Success',
      InstanceProfileArn: profile.arn,
      InstanceProfileId: profile.id,
    })
  })

  test('are new long before the old ones end', async () => {
    const { state, withToken } = await start()
    const key = async () => (JSON.parse((await withToken(`${path}node`)).body) as { AccessKeyId: string }).AccessKeyId
    expect([await key(), await key()]).toEqual(['ASIA1', 'ASIA1'])
    state.now += 3 * 3_600_000
    expect(await key()).toBe('ASIA2')
  })

  test('of version 1 are for who may ask without a token, and say so', async () => {
    const { state, call, withToken } = await start({ options: { httpTokens: 'optional', hopLimit: 1 } })
    expect((await call(`${path}node`)).status).toBe(200)
    expect((await withToken(`${path}node`)).status).toBe(200)
    expect(state.delivered).toEqual(['1.0', '2.0'])
  })

  test('are not given without a token where one is required, nor where the endpoint is disabled', async () => {
    const { call } = await start()
    expect((await call(`${path}node`)).status).toBe(401)
    await metadata?.close()
    const { token } = await start({ options: { httpTokens: 'optional', hopLimit: 1, httpEndpoint: 'disabled' } })
    expect(await token()).toContain('403 - Forbidden')
  })

  test('that cannot be had are told inside the document', async () => {
    const { withToken } = await start({
      deliver: () => Promise.reject(new CredentialsRefused(403, 'AssumeRoleUnauthorizedAccess', 'EC2 cannot assume the role node.')),
    })
    expect(JSON.parse((await withToken(`${path}node`)).body)).toMatchObject({
      Code: 'AssumeRoleUnauthorizedAccess',
      Message: 'EC2 cannot assume the role node.',
    })
  })

  test('are not there without a profile', async () => {
    const { withToken } = await start({ profile: undefined })
    expect((await withToken(path)).status).toBe(404)
    expect((await withToken('latest/meta-data/iam/info')).status).toBe(404)
  })
})

describe('metadata', () => {
  test.each([
    ['', '1.0\n2021-07-15\nlatest'],
    ['latest', 'dynamic/\nmeta-data/'],
    ['latest/meta-data/iam/', 'info\nsecurity-credentials/'],
    ['latest/meta-data/placement', 'availability-zone\nregion'],
    // What termination handlers of nodes ask for.
    ['latest/meta-data/events/maintenance/scheduled', '[]'],
    ['latest/meta-data/placement/region', 'eu-central-1'],
    ['2021-07-15/meta-data/instance-id', instance.instanceId],
    ['latest/meta-data/mac', instance.macAddress],
  ])('%s', async (path, body) => {
    const { withToken } = await start()
    expect(await withToken(path)).toMatchObject({ status: 200, body })
  })

  test('what the network agents of nodes read of an interface', async () => {
    const network = {
      subnetId: 'subnet-1',
      zoneId: 'euc1-az1',
      vpcId: 'vpc-1',
      vpcCidr: '172.31.0.0/16',
      subnetCidr: '172.31.0.0/20',
      securityGroupId: 'sg-1',
    }
    const { withToken } = await start({ instance: { ...instance, ...network } } as object)
    const read = async (path: string) => (await withToken(`latest/meta-data/${path}`)).body
    const mac = (await read('network/interfaces/macs/')).replace(/\/$/, '')
    expect(mac).toBe(instance.macAddress)
    const names = [
      'device-number',
      'local-ipv4s',
      'security-group-ids',
      'subnet-id',
      'subnet-ipv4-cidr-block',
      'vpc-id',
      'vpc-ipv4-cidr-blocks',
    ]
    const values = await Promise.all(names.map(name => read(`network/interfaces/macs/${mac}/${name}`)))
    expect(values).toEqual(['0', instance.privateIp, 'sg-1', 'subnet-1', '172.31.0.0/20', 'vpc-1', '172.31.0.0/16'])
    expect(await read('placement/availability-zone-id')).toBe('euc1-az1')
  })

  // Nothing of these is there for an instance that nobody will stop, with no public address: agents take that from the 404.
  test.each([
    'spot/instance-action',
    'events/recommendations/rebalance',
    'public-ipv4',
    'outpost-arn',
    'iam/security-credentials-extended/',
  ])('%s is not there', async path => {
    const { withToken } = await start()
    expect((await withToken(`latest/meta-data/${path}`)).status).toBe(404)
  })

  test('the identity document', async () => {
    const { withToken } = await start()
    expect(JSON.parse((await withToken('latest/dynamic/instance-identity/document')).body)).toMatchObject({
      accountId: instance.accountId,
      instanceId: instance.instanceId,
      region: instance.region,
      pendingTime: '2026-01-15T12:00:00Z',
      version: '2017-09-30',
    })
  })

  test.each(['latest/meta-data/none', '1999-01-01/meta-data/', 'latest/meta-data/mac/', 'latest/user-data'])(
    '%s is not there',
    async path => {
      const { withToken } = await start()
      expect((await withToken(path)).status).toBe(404)
    },
  )

  test('is read, never written', async () => {
    const { call, token } = await start()
    expect((await call('latest/meta-data/', { 'X-aws-ec2-metadata-token': await token() }, 'DELETE')).status).toBe(405)
  })
})

describe('an instance that changes while its metadata is served', () => {
  test('has its new options and profile with the next request', async () => {
    let now: InstanceState | undefined = { instance, options: { httpTokens: 'optional', hopLimit: 1 }, profile }
    const { state, call, withToken } = await start({ state: () => now })
    expect((await call('latest/meta-data/instance-id')).status).toBe(200)
    now = { instance, options: { httpTokens: 'required', hopLimit: 1 }, profile: { ...profile, roleName: 'other' } }
    expect((await call('latest/meta-data/instance-id')).status).toBe(401)
    expect((await withToken('latest/meta-data/iam/security-credentials/')).body).toBe('other')
    expect((await withToken('latest/meta-data/iam/security-credentials/node')).status).toBe(404)
    await withToken('latest/meta-data/iam/security-credentials/other')
    expect(state.delivered).toEqual(['2.0'])
    now = { ...now, options: { httpTokens: 'required', hopLimit: 1, httpEndpoint: 'disabled' } }
    expect((await call('latest/meta-data/')).status).toBe(403)
  })

  test('answers nobody once it is terminated, and that it cannot be told while nobody knows', async () => {
    const { call } = await start({ state: () => undefined })
    await expect(call('latest/meta-data/')).rejects.toThrow('socket hang up')
    await metadata?.close()
    const unknown = await start({ state: () => Promise.reject(new Error('nobody there')) })
    expect((await unknown.call('latest/meta-data/')).status).toBe(503)
  })
})

test('user data, tags and the launch are told when the instance has them', async () => {
  const more = { userData: '#!/bin/sh', tags: { team: 'shop' }, reservationId: 'r-1', subnetId: 'subnet-1', launchIndex: 2 }
  const options = { httpTokens: 'optional', hopLimit: 1 } as const
  const { call } = await start({ state: () => ({ instance: { ...instance, ...more }, options, profile }) })
  const read = async (path: string) => (await call(`latest/${path}`)).body
  expect(await read('user-data')).toBe('#!/bin/sh')
  expect(await read('meta-data/tags/instance/team')).toBe('shop')
  expect(await read('meta-data/reservation-id')).toBe('r-1')
  expect(await read('meta-data/ami-launch-index')).toBe('2')
})
