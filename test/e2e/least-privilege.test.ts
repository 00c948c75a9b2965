import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-least-privilege-'))
let gatehouse: TestGatehouse
beforeAll(async () => {
  gatehouse = await startGatehouse()
})
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true })
})

type Keys = { readonly [name: string]: string }

/** Runs the AWS CLI, as the administrator or with other keys; what it prints, parsed. */
async function aws(words: string, keys: Keys = {}) {
  const { stdout } = await execute(join(clients as string, 'aws'), [...words.split(' '), '--output', 'json'], {
    cwd: folder,
    env: { ...withoutAws(process.env), ...gatehouse.environment, ...keys },
  })
  return stdout.trim() === '' ? {} : JSON.parse(stdout)
}

const least = (...words: readonly string[]) =>
  execute(process.execPath, [command, 'least-privilege', '--data', gatehouse.data, ...words], { env: withoutAws(process.env) })

const allow = (action: string) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] })

/** What the deployer does, time and again. */
const work = [
  'iam get-role --role-name app',
  'iam list-attached-role-policies --role-name app',
  'iam attach-role-policy --role-name app --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess',
  'iam detach-role-policy --role-name app --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess',
  'iam list-roles',
  'iam get-user',
  'iam create-user --user-name made --path /eng/',
  'iam delete-user --user-name made',
  'cloudtrail lookup-events --max-results 1',
  'sts get-caller-identity',
]

test('a deployer goes on working under the policy that was written of what it did, and can do nothing else', async () => {
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }] }
  writeFileSync(join(folder, 'trust.json'), JSON.stringify(trust))
  writeFileSync(join(folder, 'admin.json'), JSON.stringify(allow('*')))
  await aws('iam create-role --role-name app --path /apps/ --assume-role-policy-document file://trust.json')
  await aws('iam create-user --user-name deployer --path /ci/')
  await aws('iam put-user-policy --user-name deployer --policy-name admin --policy-document file://admin.json')
  const { AccessKey } = await aws('iam create-access-key --user-name deployer')
  const keys = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
  for (const words of work) await aws(words, keys)

  const { stdout, stderr } = await least('--principal', 'deployer', '--since', '1h')
  expect(stderr).toContain('9 calls replayed under this policy alone, 0 refused')
  expect(stderr).toContain('sts.amazonaws.com GetCallerIdentity, 1 call: needs no permission')
  const policy = JSON.parse(stdout)
  expect(JSON.stringify(policy)).toContain(':role/apps/app')
  expect(JSON.stringify(policy)).toContain(':user/eng/made')

  writeFileSync(join(folder, 'least.json'), stdout)
  await aws('iam put-user-policy --user-name deployer --policy-name admin --policy-document file://least.json')
  for (const words of work) await aws(words, keys)
  await expect(aws('iam create-user --user-name other', keys)).rejects.toThrow(/AccessDenied/)
  await expect(
    aws('iam attach-role-policy --role-name app --policy-arn arn:aws:iam::aws:policy/AdministratorAccess', keys),
  ).rejects.toThrow(/AccessDenied/)
})

test('a role has what its sessions did, from an event data store too', async () => {
  const { EventDataStoreArn } = await aws('cloudtrail create-event-data-store --name audit')
  await aws('iam put-role-policy --role-name app --policy-name admin --policy-document file://admin.json')
  const { Role } = await aws('iam get-role --role-name app')
  const { Credentials } = await aws(`sts assume-role --role-arn ${Role.Arn} --role-session-name test`)
  const keys = {
    AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials.SessionToken,
  }
  await aws('iam list-users', keys)
  await aws('iam get-user --user-name deployer', keys)
  const expected = [
    { Action: ['iam:GetUser'], Resource: expect.stringMatching(/:user\/ci\/deployer$/) },
    { Action: ['iam:ListUsers'], Resource: '*' },
  ]
  for (const from of [[], ['--event-data-store', EventDataStoreArn]]) {
    const { stdout } = await least('--principal', Role.Arn, '--json', ...from)
    expect(JSON.parse(stdout)).toMatchObject({ policy: { Statement: expected }, replayed: 2, refused: [], cut: false })
  }
})

test('whoever is not there is said so', async () => {
  await expect(least('--principal', 'nobody')).rejects.toThrow(/no user and no role nobody/)
  await expect(least('--principal', 'deployer', '--since', 'ever')).rejects.toThrow(/--since ever/)
})
