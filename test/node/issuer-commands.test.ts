import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds, startWorkload, type Workload } from './workload.ts'

const origin = 'https://issuers.example.com/clusters'
let workload: Workload
let folder: string
const target = ['--cluster', 'demo', '--namespace', 'shop', '--service-account', 'checkout']

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-issuer-'))
  workload = await startWorkload(['--issuer-origin', origin, '--strict-tokens', 'true'])
})
afterAll(async () => {
  await workload?.close()
  rmSync(folder, { recursive: true, force: true })
})

const issuer = () =>
  workload.aws('eks', 'describe-cluster', '--name', 'demo', '--query', 'cluster.identity.oidc.issuer', '--output', 'text')
const exported = async () => {
  await workload.gatehouseCommand('issuer', 'export', '--cluster', 'demo', '--out', folder)
  const read = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'))
  return { discovery: read('.well-known/openid-configuration'), keyIds: read('keys').keys.map(({ kid }: { kid: string }) => kid) }
}
const token = (...more: string[]) => tokenOf(workload, ...more)
const tokenOf = (at: Workload, ...more: string[]) =>
  at.kubectl('create', 'token', 'checkout', '-n', 'shop', '--audience', 'sts.amazonaws.com', ...more)
const exchange = (webIdentityToken: string) => exchangeAt(workload, webIdentityToken)
const exchangeAt = async (at: Workload, webIdentityToken: string) => {
  try {
    return await at.aws(
      'sts',
      'assume-role-with-web-identity',
      '--role-arn',
      'arn:aws:iam::111122223333:role/checkout',
      '--role-session-name',
      'test',
      '--web-identity-token',
      webIdentityToken,
      '--query',
      'SubjectFromWebIdentityToken',
      '--output',
      'text',
    )
  } catch (problem) {
    return (problem as { stderr: string }).stderr
  }
}

/** The role checkout, which trusts all of the cluster, and a pod of the service account checkout. */
async function prepareRole(at: Workload): Promise<void> {
  const command = ['eks', 'describe-cluster', '--name', 'demo', '--query', 'cluster.identity.oidc.issuer', '--output', 'text']
  const create = ['iam', 'create-open-id-connect-provider', '--url', await at.aws(...command), '--client-id-list', 'sts.amazonaws.com']
  const provider = await at.aws(...create, '--thumbprint-list', '0'.repeat(40), '--query', 'OpenIDConnectProviderArn', '--output', 'text')
  const statement = { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity' }
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await at.aws('iam', 'create-role', '--role-name', 'checkout', '--assume-role-policy-document', trust)
  const overrides = '{"spec":{"serviceAccountName":"checkout"}}'
  await at.kubectl('run', 'web', '-n', 'shop', '--image', 'gatehouse.invalid/web', '--overrides', overrides)
}

test('an issuer hosted elsewhere: its documents are exported for there', async () => {
  expect(await issuer()).toMatch(new RegExp(`^${origin}/id/[0-9A-F]{32}$`))
  const { discovery, keyIds } = await exported()
  expect(discovery).toMatchObject({ issuer: await issuer(), jwks_uri: `${await issuer()}/keys` })
  expect(keyIds).toEqual([decodeProtectedHeader(await token()).kid])
})

describe('keys', () => {
  test('rotate with overlap: the new one is published, the old one signs on', async () => {
    const [old] = (await exported()).keyIds
    const said = await workload.gatehouseCommand('issuer', 'rotate', '--cluster', 'demo')
    const { keyIds } = await exported()
    expect(keyIds).toHaveLength(2)
    expect(said).toBe(`${keyIds.find((id: string) => id !== old)} is published, and signs in an hour`)
    expect(decodeProtectedHeader(await token()).kid).toBe(old)
  })

  test('rotate at once when one leaked', async () => {
    const before = (await exported()).keyIds
    await workload.gatehouseCommand('issuer', 'rotate', '--cluster', 'demo', '--immediately')
    const { keyIds } = await exported()
    expect(keyIds).toHaveLength(1)
    expect(before).not.toContain(keyIds[0])
    expect(decodeProtectedHeader(await token()).kid).toBe(keyIds[0])
  })

  test('of a cluster that is not there cannot be rotated', async () => {
    expect((await workload.failure('issuer', 'rotate', '--cluster', 'none')).stderr).toContain('No cluster found for name: none.')
  })
})

describe('in strict mode', () => {
  const gone = 'InvalidIdentityToken'

  test('a token is good while its pod and service account are there', async () => {
    await prepareRole(workload)
    const ofPod = await token('--bound-object-kind', 'Pod', '--bound-object-name', 'web')
    const ofAccount = await token()
    for (const each of [ofPod, ofAccount]) expect(await exchange(each)).toBe('system:serviceaccount:shop:checkout')

    await workload.kubectl('delete', 'pod', 'web', '-n', 'shop', '--grace-period', '0', '--force')
    expect(await exchange(ofPod)).toContain(gone)
    expect(await exchange(ofAccount)).toBe('system:serviceaccount:shop:checkout')

    // One of the same name is another.
    await workload.kubectl('delete', 'serviceaccount', 'checkout', '-n', 'shop')
    await workload.kubectl('create', 'serviceaccount', 'checkout', '-n', 'shop')
    expect(await exchange(ofAccount)).toContain(gone)
    expect(await exchange(await token())).toBe('system:serviceaccount:shop:checkout')
  })

  test('irsa check names an issuer that cannot be reached', async () => {
    const { stdout } = await workload.failure('irsa', 'check', ...target)
    expect(stdout).toContain(`broken  issuer: ${await issuer()}/.well-known/openid-configuration cannot be read`)
  })
})

describe.each(kinds)('on a cluster of the $kind kind', ({ kind, assets }) => {
  const strict = kind === 'control plane'
  let other: Workload
  beforeAll(async () => {
    other = await startWorkload(['--strict-tokens', String(strict)], assets)
  })
  afterAll(() => other?.close())

  test(`tokens of a pod and a service account that are gone are ${strict ? 'refused in strict mode' : 'good until they end, as on AWS'}`, async () => {
    await prepareRole(other)
    const tokens = [await tokenOf(other, '--bound-object-kind', 'Pod', '--bound-object-name', 'web'), await tokenOf(other)]
    for (const each of tokens) expect(await exchangeAt(other, each)).toBe('system:serviceaccount:shop:checkout')
    await other.kubectl('delete', 'pod', 'web', '-n', 'shop', '--grace-period', '0', '--force')
    await other.kubectl('delete', 'serviceaccount', 'checkout', '-n', 'shop')
    for (const each of tokens)
      expect(await exchangeAt(other, each)).toContain(strict ? 'InvalidIdentityToken' : 'system:serviceaccount:shop:checkout')
    await other.kubectl('create', 'serviceaccount', 'checkout', '-n', 'shop')
  })

  test('a rotation reaches who signs: tokens are of the new key, and the issuer publishes it', async () => {
    const keyOf = async () => decodeProtectedHeader(await other.kubectl('create', 'token', 'checkout', '-n', 'shop')).kid
    const before = await keyOf()
    const said = await other.gatehouseCommand('issuer', 'rotate', '--cluster', 'demo', '--immediately')
    const after = await keyOf()
    expect(after).not.toBe(before)
    expect(said).toBe(`${after} is published and signs`)
    await other.gatehouseCommand('issuer', 'export', '--cluster', 'demo', '--out', folder)
    expect(JSON.parse(readFileSync(join(folder, 'keys'), 'utf8')).keys).toMatchObject([{ kid: after }])
  })
})
