import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

// IAM User Guide, "Changes that I make are not always immediately visible": what is told is up to date, what decides is late.

const data = mkdtempSync(join(tmpdir(), 'gatehouse-propagation-'))
let gatehouse: TestGatehouse

async function restart(...flags: string[]): Promise<void> {
  await gatehouse?.stop()
  gatehouse = await startGatehouse({ data, flags })
}

const environment = () => ({ ...withoutAws(process.env), ...gatehouse.environment, HOME: data, AWS_PAGER: '' })

async function boto3(stage: string): Promise<{ readonly [what: string]: unknown }> {
  const program = [join(root, 'test/e2e/programs/propagation.py'), stage]
  const { stdout } = await promisify(execFile)(join(clients ?? '', 'python'), program, { env: environment(), timeout: 120_000 })
  return JSON.parse(stdout) as { readonly [what: string]: unknown }
}

const waiters = ['user_exists', 'role_exists', 'policy_exists', 'instance_profile_exists']
const done = { key: 'done', role: 'done' }
const gone = { key: 'InvalidClientTokenId', role: 'AccessDenied' }

beforeAll(() => restart())
afterAll(async () => {
  await gatehouse?.stop()
  rmSync(data, { recursive: true, force: true })
})

test('without a delay changes count at once', async () => {
  expect(await boto3('before')).toEqual({ decided: { old: done } })
})

test('with one, waiters and lists are told at once, and calls are decided as before', async () => {
  // Longer than the test.
  await restart('--propagation-delay', '300')
  const vain = waiters.map(() => expect.stringMatching(/^Waiter \w+ failed: Max attempts exceeded/))
  expect(await boto3('meanwhile')).toEqual({
    nobody: vain,
    told: { new: waiters, old: ['user_exists', vain[0], 'policy_exists', 'instance_profile_exists'], key: 'Inactive' },
    decided: { old: done, new: gone },
  })
  const wait = ['iam', 'wait', 'role-exists', '--role-name', 'new']
  expect((await promisify(execFile)(join(clients, 'aws'), wait, { env: environment(), timeout: 60_000 })).stdout).toBe('')
})

test('a change that had not propagated when Gatehouse was stopped has when it is started', async () => {
  await restart()
  expect(await boto3('after')).toEqual({ decided: { old: gone, new: done } })
})

test('a program that tries again is answered when the change has propagated', async () => {
  await gatehouse.stop()
  rmSync(data, { recursive: true, force: true })
  await restart('--propagation-delay', '3')
  expect(await boto3('soon')).toEqual({ decided: { new: done } })
})
