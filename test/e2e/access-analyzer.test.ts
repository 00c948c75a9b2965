import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
beforeAll(async () => {
  gatehouse = await startGatehouse()
})
afterAll(() => discard(gatehouse))

const run = async (program: string, ...parameters: string[]) => {
  const env = { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data, AWS_DEFAULT_OUTPUT: 'json' }
  const { stdout } = await promisify(execFile)(join(clients, program), parameters, { env, timeout: 60_000 })
  return stdout.trim() === '' ? {} : JSON.parse(stdout)
}
const analyzer = (operation: string, ...parameters: string[]) => run('aws', 'accessanalyzer', operation, ...parameters)

const outsider = '444455556666'
const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
const openTo = (Principal: object | string) => policy({ Principal, Action: 'sts:AssumeRole' })
const trust = (AWS: string) => openTo({ AWS })

test('a finding’s life, by the AWS CLI: the next answer after a change tells of it', async () => {
  const { arn } = await analyzer('create-analyzer', '--analyzer-name', 'watch', '--type', 'ACCOUNT')
  await run('aws', 'iam', 'create-role', '--role-name', 'partner', '--assume-role-policy-document', trust(outsider))
  await run('aws', 's3api', 'create-bucket', '--bucket', 'shelf-of-findings', '--object-ownership', 'BucketOwnerEnforced')
  await run('aws', 's3api', 'delete-public-access-block', '--bucket', 'shelf-of-findings')
  const open = policy({ Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shelf-of-findings/*' })
  await run('aws', 's3api', 'put-bucket-policy', '--bucket', 'shelf-of-findings', '--policy', open)

  const findings = async () => {
    const { findings: told } = await analyzer('list-findings-v2', '--analyzer-arn', arn)
    return Object.fromEntries(
      told.map(({ resource, status }: { resource: string; status: string }) => [resource.split(/[:/]/).at(-1), status]),
    )
  }
  expect(await findings()).toEqual({ partner: 'ACTIVE', 'shelf-of-findings': 'ACTIVE' })

  const filter = JSON.stringify({ 'principal.AWS': { eq: [outsider] } })
  await analyzer('create-archive-rule', '--analyzer-name', 'watch', '--rule-name', 'known', '--filter', filter)
  await analyzer('apply-archive-rule', '--analyzer-arn', arn, '--rule-name', 'known')
  expect(await findings()).toEqual({ partner: 'ARCHIVED', 'shelf-of-findings': 'ACTIVE' })

  await run('aws', 's3api', 'delete-bucket-policy', '--bucket', 'shelf-of-findings')
  await run('aws', 'iam', 'delete-role', '--role-name', 'partner')
  expect(await findings()).toEqual({ partner: 'RESOLVED', 'shelf-of-findings': 'RESOLVED' })

  await run('aws', 'iam', 'create-role', '--role-name', 'partner', '--assume-role-policy-document', trust(outsider))
  await run('aws', 's3api', 'put-bucket-policy', '--bucket', 'shelf-of-findings', '--policy', open)
  expect(await findings()).toEqual({ partner: 'ARCHIVED', 'shelf-of-findings': 'ACTIVE' })

  await run('aws', 'iam', 'create-role', '--role-name', 'third', '--assume-role-policy-document', trust('777788889999'))
  const { pages, resources } = await run('python', join(root, 'test/e2e/programs/findings.py'), arn)
  expect(pages).toEqual([2, 1])
  expect(new Set(resources).size).toBe(3)
}, 120_000)

test('policies are validated and checked by the AWS CLI', async () => {
  const open = policy({ Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shelf/*' })
  const closed = policy({ Principal: { AWS: outsider }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::shelf/*' })
  const isPublic = (document: string) =>
    analyzer('check-no-public-access', '--policy-document', document, '--resource-type', 'AWS::S3::Bucket')
  expect(await isPublic(open)).toMatchObject({ result: 'FAIL', reasons: [{ statementIndex: 0 }] })
  expect(await isPublic(closed)).toMatchObject({ result: 'PASS' })
  const wrong = policy({ Action: 's3:GetObjekt', Resource: '*' })
  const { findings } = await analyzer('validate-policy', '--policy-type', 'IDENTITY_POLICY', '--policy-document', wrong)
  expect(findings).toMatchObject([{ findingType: 'ERROR', issueCode: 'INVALID_ACTION' }])
}, 60_000)

test('filters choose by the keys of their reference, and refuse others', async () => {
  await analyzer('delete-analyzer', '--analyzer-name', 'watch')
  const { arn } = await analyzer('create-analyzer', '--analyzer-name', 'filters', '--type', 'ACCOUNT')
  for (const [name, principal] of [['close', { AWS: outsider }] as const, ['open', { AWS: '*' }] as const])
    await run('aws', 'iam', 'create-role', '--role-name', `filtered-${name}`, '--assume-role-policy-document', openTo(principal))
  const chosen = async (filter: object) => {
    const { findings } = await analyzer('list-findings-v2', '--analyzer-arn', arn, '--filter', JSON.stringify(filter))
    const names: string[] = findings.map(({ resource }: { resource: string }) => resource.split(/[:/]/).at(-1))
    return names.filter(name => name.startsWith('filtered-')).sort()
  }
  expect(await chosen({ isPublic: { eq: ['true'] } })).toEqual(['filtered-open'])
  expect(await chosen({ 'principal.AWS': { eq: [outsider] } })).toEqual(['filtered-close'])
  expect(await chosen({ resourceType: { eq: ['AWS::IAM::Role'] }, resource: { contains: ['close'] } })).toEqual(['filtered-close'])
  expect(await chosen({ resourceControlPolicyRestriction: { eq: ['NOT_APPLICABLE'] } })).toEqual(['filtered-close', 'filtered-open'])
  expect(await chosen({ error: { exists: true } })).toEqual([])

  const refusal = (...words: string[]) =>
    analyzer(...(words as [string, ...string[]])).then(
      () => '',
      (problem: { stderr?: string }) => problem.stderr ?? '',
    )
  const listing = (filter: object) => refusal('list-findings-v2', '--analyzer-arn', arn, '--filter', JSON.stringify(filter))
  expect(await listing({ resourcetype: { eq: ['x'] } })).toContain('(ValidationException)')
  expect(await listing({ changeType: { eq: ['NEW'] } })).toContain('changeType is not a filter key of findings.')
  expect(await listing({ resource: {} })).toContain('The criterion of resource is empty.')
  const rule = ['--analyzer-name', 'filters', '--rule-name', 'r', '--filter', JSON.stringify({ status: { eq: ['ACTIVE'] } })]
  expect(await refusal('create-archive-rule', ...rule)).toContain('status is not a filter key of archive rules.')
  const all = ['--analyzer-name', 'filters', '--rule-name', 'all', '--filter', '{}']
  expect(await refusal('create-archive-rule', ...all)).toContain('must have a criterion')

  const role = (statement: object | string) => ({ iamRole: { trustPolicy: openTo(statement) } })
  const configurations = JSON.stringify({ 'arn:aws:iam::111122223333:role/filtered-close': role({ AWS: '*' }) })
  const { id } = await analyzer('create-access-preview', '--analyzer-arn', arn, '--configurations', configurations)
  const preview = async (filter: object) => {
    const words = ['--analyzer-arn', arn, '--access-preview-id', id, '--filter', JSON.stringify(filter)]
    return (await analyzer('list-access-preview-findings', ...words)).findings.map(({ changeType }: { changeType: string }) => changeType)
  }
  expect(await preview({ isPublic: { eq: ['true'] } })).toEqual(['NEW'])
  expect(await preview({ existingFindingStatus: { eq: ['ACTIVE'] } })).toEqual(['CHANGED'])
  expect(await preview({ changeType: { neq: ['NEW'] } })).toEqual(['CHANGED'])
}, 120_000)
