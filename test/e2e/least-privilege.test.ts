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
  // Each has another id, and what the stack makes another name.
  'cloudformation create-stack --stack-name team --template-body file://stack.json --capabilities CAPABILITY_IAM',
  'cloudformation delete-stack --stack-name team',
  'ec2 run-instances --image-id ami-12345678 --tag-specifications ResourceType=instance,Tags=[{Key=team,Value=a}]',
]

async function doWork(keys: Keys): Promise<void> {
  for (const words of work) {
    await aws(words, keys)
    if (words.includes('-stack ')) await settled()
  }
}

/** As the administrator: whether a stack is ready is no part of the work. */
async function settled(): Promise<void> {
  for (let attempts = 0; attempts < 20; attempts++) {
    const { StackSummaries } = await aws('cloudformation list-stacks')
    if (!StackSummaries.some(({ StackStatus }: { StackStatus: string }) => StackStatus.endsWith('_IN_PROGRESS'))) return
  }
  throw new Error('the stack does not get ready')
}

test('a deployer goes on working under the policy that was written of what it did, and can do nothing else', async () => {
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }] }
  writeFileSync(join(folder, 'trust.json'), JSON.stringify(trust))
  writeFileSync(join(folder, 'stack.json'), JSON.stringify({ Resources: { Group: { Type: 'AWS::IAM::Group' } } }))
  writeFileSync(join(folder, 'admin.json'), JSON.stringify(allow('*')))
  await aws('iam create-role --role-name app --path /apps/ --assume-role-policy-document file://trust.json')
  await aws('iam create-user --user-name deployer --path /ci/')
  await aws('iam put-user-policy --user-name deployer --policy-name admin --policy-document file://admin.json')
  const { AccessKey } = await aws('iam create-access-key --user-name deployer')
  const keys = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
  await doWork(keys)

  const { stdout, stderr } = await least('--principal', 'deployer', '--since', '1h')
  expect(stderr).toMatch(/\d\d calls replayed under this policy alone, 0 refused/)
  expect(stderr).toContain('sts.amazonaws.com GetCallerIdentity, 1 call: needs no permission')
  const policy = JSON.parse(stdout)
  expect(JSON.stringify(policy)).toContain(':role/apps/app')
  expect(JSON.stringify(policy)).toContain(':user/eng/made')
  expect(policy.Statement).toContainEqual({
    Sid: expect.any(String),
    Effect: 'Allow',
    Action: ['iam:CreateGroup', 'iam:DeleteGroup'],
    Resource: 'arn:aws:iam::111122223333:group/team-Group-*',
    Condition: { StringEquals: { 'aws:CalledViaLast': 'cloudformation.amazonaws.com' } },
  })

  writeFileSync(join(folder, 'least.json'), stdout)
  await aws('iam put-user-policy --user-name deployer --policy-name admin --policy-document file://least.json')
  await doWork(keys)
  await expect(aws('iam create-user --user-name other', keys)).rejects.toThrow(/AccessDenied/)
  await expect(aws('iam create-group --group-name team-Group-1A2B3C4D5E6F', keys)).rejects.toThrow(/AccessDenied/)
  await expect(
    aws('iam attach-role-policy --role-name app --policy-arn arn:aws:iam::aws:policy/AdministratorAccess', keys),
  ).rejects.toThrow(/AccessDenied/)
}, 120_000)

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
