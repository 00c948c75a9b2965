import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterEnvironment, createCluster } from './cluster.ts'
import { discard, root, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
const goClients = process.env['GATEHOUSE_TEST_GO_KUBERNETES']
const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
if (!clients || !goClients || !assets) throw new Error('GATEHOUSE_TEST_… is not set: run the tests with npm test')
const run = promisify(execFile)

let gatehouse: TestGatehouse
let folder: string

const environment = (more: NodeJS.ProcessEnv = {}) => ({ ...clusterEnvironment(gatehouse, folder), ...more })
const program = (name: string) => join(root, 'test/e2e/programs', name)
const seenBy = async (command: string, ...words: string[]) =>
  JSON.parse((await run(command, words, { env: environment(), timeout: 90_000 })).stdout) as object
const whoami = async (context: string, token: string) => {
  const words = ['--context', context, '--token', token, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
  return (await run('kubectl', words, { env: environment(), timeout: 30_000 })).stdout
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-clients-'))
  gatehouse = await startGatehouse({ environment: { KUBEBUILDER_ASSETS: assets } })
  await createCluster(environment(), 'embedded', 'embedded')
  await createCluster(environment(), 'real', 'control-plane')
})
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

/** Each client lets `aws eks get-token` log it in, as `aws eks update-kubeconfig` wrote. */
describe.each(['embedded', 'real'])('client libraries, unmodified, on the cluster %s', context => {
  test('client-go: typed changes, server-side apply, pages and an informer', async () => {
    expect(await seenBy(join(goClients, 'objects'), context)).toEqual({
      created: { a: '2' },
      manager: 'gopher',
      again: true,
      updated: { a: '2' },
      stale: true,
      patched: { a: '4', b: '5' },
      applied: { a: '4', b: '5', c: '6' },
      contested: true,
      forced: { a: '4', b: '7' },
      extracted: { b: '7' },
      pages: [2, 2, 1],
      other: true,
      gone: true,
      events: ['added 1', 'updated 2', 'updated 4', 'updated 4', 'updated 4', 'updated 4', 'deleted 4'],
    })
  })

  test('@kubernetes/client-node: changes, patches of three kinds, server-side apply and an informer', async () => {
    expect(await seenBy(process.execPath, program('kubernetes-objects.mjs'), context)).toEqual({
      created: { a: '1' },
      again: 409,
      replaced: { a: '2' },
      stale: 409,
      jsonPatched: { a: '2', b: '4' },
      mergePatched: { a: '2', b: '4', c: '5' },
      applied: { a: '2', b: '4', c: '5', d: '6' },
      listed: ['settings'],
      events: [
        ['add', '1'],
        ['delete', '2'],
      ],
      gone: 404,
    })
  })

  test('the Python client: changes, a patch, server-side apply, a watch and an access review', async () => {
    expect(await seenBy(join(clients, 'python'), program('kubernetes_objects.py'), context)).toEqual({
      created: { a: '1' },
      again: 409,
      patched: { a: '1', b: '2' },
      stale: 409,
      applied: { a: '1', b: '2', c: '4' },
      listed: ['settings'],
      events: [
        ['MODIFIED', '5'],
        ['DELETED', '5'],
      ],
      gone: 404,
      allowed: true,
    })
  })
})

describe("tokens that aws-iam-authenticator's library makes", () => {
  const tokenFor = async (...words: string[]) =>
    (await run(join(goClients, 'authenticator'), ['token', ...words], { env: environment(), timeout: 30_000 })).stdout.trim()
  const aws = (...words: string[]) => run(join(clients, 'aws'), words, { env: environment(), timeout: 60_000 })

  test.each([
    { context: 'embedded', other: 'real' },
    { context: 'real', other: 'embedded' },
  ])('are of who made them on the cluster $context, and good for no other', async ({ context, other }) => {
    const token = await tokenFor(context)
    expect(await whoami(context, token)).toBe('arn:aws:iam::111122223333:user/administrator')
    // Tokens are bearer tokens: the same one counts again until it expires.
    expect(await whoami(context, token)).toBe('arn:aws:iam::111122223333:user/administrator')
    await expect(whoami(other, token)).rejects.toThrow(/Unauthorized|must be logged in/)
  })

  test('are of a role that it assumes', async () => {
    const account = '111122223333'
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
    }
    const role = `arn:aws:iam::${account}:role/viewer`
    await aws('iam', 'create-role', '--role-name', 'viewer', '--assume-role-policy-document', JSON.stringify(trust))
    await aws('eks', 'create-access-entry', '--cluster-name', 'embedded', '--principal-arn', role)
    expect(await whoami('embedded', await tokenFor('embedded', role))).toBe(`arn:aws:sts::${account}:assumed-role/viewer/gopher`)
  })
})
