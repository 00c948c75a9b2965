import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
let gatehouse: TestGatehouse
beforeAll(async () => {
  // What IAM does is on record in us-east-1, what EKS does in the region.
  gatehouse = await startGatehouse({ flags: ['--region', 'eu-central-1'] })
})
afterAll(() => discard(gatehouse))

const aws = (words: string) =>
  execute(join(clients as string, 'aws'), words.split(' '), { env: { ...withoutAws(process.env), ...gatehouse.environment } })

test.each([
  { words: ['--json'], nameOf: (line: string) => JSON.parse(line).eventName },
  { words: ['--ocsf'], nameOf: (line: string) => JSON.parse(line).api.operation },
])('gatehouse trail --follow $words tells records as they come, each once, and none of its own', async ({ words, nameOf }) => {
  const follower = spawn(process.execPath, [command, 'trail', '--follow', ...words, '--data', gatehouse.data], {
    env: withoutAws(process.env),
  })
  const names: string[] = []
  createInterface(follower.stdout).on('line', line => names.push(nameOf(line)))
  const told = async (name: string) => {
    for (let turn = 0; !names.includes(name) && turn < 100; turn++) await wait(100)
    return names.includes(name)
  }
  try {
    // What comes before its first look is not told: the first call is made until it is.
    for (let call = 0; !names.includes('ListGroups') && call < 20; call++) await aws('iam list-groups')
    await aws('iam list-roles')
    expect(await told('ListRoles')).toBe(true)
    await aws('iam list-users')
    expect(await told('ListUsers')).toBe(true)
    await aws('eks list-clusters')
    expect(await told('ListClusters')).toBe(true)
    expect(names.filter(name => name === 'ListRoles')).toHaveLength(1)
    expect(names).not.toContain('GetEventHistory')
  } finally {
    follower.kill('SIGTERM')
    await once(follower, 'exit')
  }
})
