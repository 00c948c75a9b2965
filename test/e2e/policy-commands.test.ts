import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-policies-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command in the folder of the policies; gives what it printed, and its exit code. */
async function run(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const options = { cwd: folder, env: { ...withoutAws(process.env), ...environment } }
  try {
    const { stdout } = await execute(process.execPath, [command, ...words], options)
    return { code: 0, stdout, stderr: '' }
  } catch (problem) {
    return problem as { code: number; stdout: string; stderr: string }
  }
}

const shop = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::shop/*",
      "Condition": { "StringEquals": { "aws:PrincipalTag/team": "shop" } } },
    { "Sid": "NoSecrets", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::shop/secret/*" }
  ]
}
`
const allow = (action: string) => JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } })
const tag = ['--context', 'aws:PrincipalTag/team=shop']

beforeAll(() => {
  writeFileSync(join(folder, 'shop.json'), shop)
  writeFileSync(join(folder, 'iam.json'), allow('iam:*'))
  writeFileSync(join(folder, 's3.json'), allow('s3:*'))
  writeFileSync(join(folder, 'bad.json'), '{\n  "Version": "2012-10-17",\n  "Statement": [{ "Effect": "Allow", "Action": "s3:*" }]\n}')
  const principal = { Service: 'pods.eks.amazonaws.com' }
  const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' } }
  writeFileSync(join(folder, 'trust.json'), JSON.stringify(trust))
})

describe('gatehouse simulate, of policies in files', () => {
  test.each([
    { what: 'allowed', words: ['--policy', 'shop.json', ...tag, 's3:GetObject'], code: 0, decisions: ['allowed'] },
    { what: 'a key that is missing', words: ['--policy', 'shop.json', 's3:GetObject'], code: 3, decisions: ['implicitDeny'] },
    {
      what: 'two actions',
      words: ['--policy', 'shop.json', ...tag, 's3:GetObject', 's3:PutObject'],
      code: 3,
      decisions: ['allowed', 'implicitDeny'],
    },
    { what: 'a boundary', words: ['--policy', 's3.json', '--boundary', 'iam.json', 's3:GetObject'], code: 3, decisions: ['implicitDeny'] },
    {
      what: 'a session policy',
      words: ['--policy', 's3.json', '--session-policy', 'iam.json', 's3:GetObject'],
      code: 3,
      decisions: ['implicitDeny'],
    },
    {
      what: 'levels of SCPs',
      words: ['--policy', 's3.json', '--scp', 's3.json', '--scp', 'iam.json', 's3:GetObject'],
      code: 3,
      decisions: ['implicitDeny'],
    },
    { what: 'one SCP that allows', words: ['--policy', 's3.json', '--scp', 's3.json', 's3:GetObject'], code: 0, decisions: ['allowed'] },
  ])('$what', async ({ words, code, decisions }) => {
    const result = await run(['simulate', '--json', '--resource', 'arn:aws:s3:::shop/a', ...words])
    expect(result.code).toBe(code)
    const { EvaluationResults } = JSON.parse(result.stdout) as { EvaluationResults: { EvalDecision: string }[] }
    expect(EvaluationResults.map(({ EvalDecision }) => EvalDecision)).toEqual(decisions)
  })

  test('for people: the decision, and the statement behind it', async () => {
    const resources = ['--resource', 'arn:aws:s3:::shop/a', '--resource', 'arn:aws:s3:::shop/secret/b']
    expect(await run(['simulate', '--policy', 'shop.json', ...resources, 's3:GetObject'])).toMatchObject({
      code: 3,
      stdout: `implicitDeny  s3:GetObject  arn:aws:s3:::shop/a
              asks for aws:PrincipalTag/team, which the request lacks
explicitDeny  s3:GetObject  arn:aws:s3:::shop/secret/b
              by shop.json, the statement that ends at line 6 column 105
              asks for aws:PrincipalTag/team, which the request lacks
`,
    })
  })

  test("a service may assume a role whose trust policy names it, and nobody else's", async () => {
    const words = ['simulate', '--trust-policy', 'trust.json', '--resource', 'arn:aws:iam::111122223333:role/pod', 'sts:AssumeRole']
    expect(await run([...words, '--caller', 'pods.eks.amazonaws.com'])).toMatchObject({ code: 0 })
    expect(await run([...words, '--caller', 'ec2.amazonaws.com'])).toMatchObject({ code: 3 })
  })
})

describe('what is wrong is told, with its place', () => {
  test.each([
    [['explain', '--policy', 'bad.json', 's3:GetObject'], 'bad.json:3:17: Policy statement must contain resources.'],
    [['explain', '--policy', 'none.json', 's3:GetObject'], 'none.json cannot be read: there is no such file'],
    [['simulate', '--policy', 's3.json', '--context', 'x', 's3:GetObject'], '--context x: give key=value'],
    [['simulate', '--caller', 'me', 's3:GetObject'], '--caller me: give the ARN of'],
    [
      ['explain', '--data', join(folder, 'nothing'), '--principal', 'arn:aws:iam::111122223333:user/x', 's3:GetObject'],
      'run "gatehouse start" first',
    ],
  ])('%j', async (words, message) => {
    const { code, stderr } = await run(words)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) })
  })
})

describe('gatehouse explain, of a principal of a running Gatehouse', () => {
  let gatehouse: TestGatehouse
  const aws = (...words: string[]) =>
    execute(join(clients, 'aws'), words, { env: { ...withoutAws(process.env), ...gatehouse.environment } })
  const account = '111122223333'

  beforeAll(async () => {
    gatehouse = await startGatehouse()
    await aws('iam', 'create-user', '--user-name', 'ann', '--tags', 'Key=team,Value=shop')
    await aws('iam', 'create-group', '--group-name', 'readers')
    await aws('iam', 'add-user-to-group', '--group-name', 'readers', '--user-name', 'ann')
    await aws('iam', 'put-group-policy', '--group-name', 'readers', '--policy-name', 'shop', '--policy-document', shop)
    await aws('iam', 'attach-user-policy', '--user-name', 'ann', '--policy-arn', 'arn:aws:iam::aws:policy/IAMReadOnlyAccess')
    await aws(
      'iam',
      'put-user-permissions-boundary',
      '--user-name',
      'ann',
      '--permissions-boundary',
      'arn:aws:iam::aws:policy/ReadOnlyAccess',
    )
    const trust = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:user/ann` }, Action: 'sts:AssumeRole' },
    }
    await aws('iam', 'create-role', '--role-name', 'visitor', '--assume-role-policy-document', JSON.stringify(trust))
  })
  afterAll(() => discard(gatehouse))

  const explained = async (...words: string[]) => {
    const { stdout } = await run(['explain', '--json', '--principal', `arn:aws:iam::${account}:user/ann`, ...words], gatehouse.environment)
    return JSON.parse(stdout) as {
      effect: string
      decidedBy: string
      policyTypes: { type: string; statements: { policy: string; applies: boolean }[] }[]
    }
  }

  test("its groups' policies, its tags and its boundary count", async () => {
    const { effect, policyTypes } = await explained('s3:GetObject', 'arn:aws:s3:::shop/a')
    expect(effect).toBe('allowed')
    expect(
      policyTypes.map(({ type, statements }) => [type, statements.filter(({ applies }) => applies).map(({ policy }) => policy)]),
    ).toEqual([
      ['identity', ['inline policy shop of group readers']],
      ['boundary', ['arn:aws:iam::aws:policy/ReadOnlyAccess']],
    ])
  })

  test('what its policies deny is denied, and the statement is named', async () => {
    expect(await explained('s3:GetObject', 'arn:aws:s3:::shop/secret/a')).toMatchObject({ effect: 'explicitDeny', decidedBy: 'identity' })
    const { stdout } = await run([
      'explain',
      '--data',
      gatehouse.data,
      '--principal',
      `arn:aws:iam::${account}:user/ann`,
      's3:GetObject',
      'arn:aws:s3:::shop/secret/a',
    ])
    expect(stdout).toContain('  + Deny "NoSecrets" in inline policy shop of group readers, line 6 column 5\n')
  })

  test("a role's trust policy is read and decides who may assume it", async () => {
    const role = `arn:aws:iam::${account}:role/visitor`
    // It names the user, whose boundary then does not limit. IAM User Guide, "Permissions boundaries for IAM entities".
    expect(await explained('sts:AssumeRole', role)).toMatchObject({ effect: 'allowed', decidedBy: 'resource' })
    expect(await explained('sts:AssumeRole', `${role}s`)).toMatchObject({ effect: 'implicitDeny', decidedBy: 'identity' })
  })

  test('it says the same as the call itself', async () => {
    const words = ['simulate', '--principal', `arn:aws:iam::${account}:role/visitor`, '--resource', '*', 'iam:ListUsers']
    expect(await run(words, gatehouse.environment)).toMatchObject({ code: 3, stdout: 'implicitDeny  iam:ListUsers  *\n' })
    await aws('iam', 'attach-role-policy', '--role-name', 'visitor', '--policy-arn', 'arn:aws:iam::aws:policy/IAMReadOnlyAccess')
    expect(await run(words, gatehouse.environment)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('by arn:aws:iam::aws:policy/IAMReadOnlyAccess'),
    })
  })

  test('a principal that is not there is an error', async () => {
    const result = await run(['explain', '--principal', `arn:aws:iam::${account}:user/nobody`, 'iam:GetUser'], gatehouse.environment)
    expect(result).toMatchObject({ code: 1, stderr: `gatehouse: the account has no user arn:aws:iam::${account}:user/nobody\n` })
  })
})
