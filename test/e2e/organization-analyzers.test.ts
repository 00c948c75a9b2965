import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const service = 'access-analyzer.amazonaws.com'
const management = '111122223333'
const outsider = '444455556666'
const day = 86_400_000

let gatehouse: TestGatehouse
/** Accounts of the organization: one that runs the analyzers, one that is looked at. */
let security = ''
let workload = ''
const sessions = new Map<string, NodeJS.ProcessEnv>()

async function aws(environment: NodeJS.ProcessEnv, ...words: string[]) {
  const env = { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data, AWS_DEFAULT_OUTPUT: 'json', ...environment }
  const { stdout } = await promisify(execFile)(join(clients as string, 'aws'), words, { env, timeout: 60_000 })
  return stdout.trim() === '' ? {} : JSON.parse(stdout)
}
const refusal = (environment: NodeJS.ProcessEnv, ...words: string[]): Promise<string> =>
  aws(environment, ...words).then(
    () => '',
    (problem: { stderr?: string }) => problem.stderr ?? '',
  )

/** What the AWS CLI takes to act in an account. */
async function within(account: string): Promise<NodeJS.ProcessEnv> {
  const known = sessions.get(account)
  if (known) return known
  const role = `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`
  const { Credentials } = await aws({}, 'sts', 'assume-role', '--role-arn', role, '--role-session-name', 'walker')
  const session = {
    AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials.SessionToken,
  }
  sessions.set(account, session)
  return session
}

const analyzerIn = async (account: string, operation: string, ...words: string[]) =>
  aws(account === management ? {} : await within(account), 'accessanalyzer', operation, ...words)
const arnOf = (account: string, name: string) => `arn:aws:access-analyzer:us-east-1:${account}:analyzer/${name}`

/** Last parts of the names of what an analyzer's findings of a status are of. */
async function resources(account: string, name: string, status = 'ACTIVE'): Promise<string[]> {
  const filter = JSON.stringify({ status: { eq: [status] } })
  const { findings } = await analyzerIn(account, 'list-findings-v2', '--analyzer-arn', arnOf(account, name), '--filter', filter)
  return findings.map(({ resource }: { resource: string }) => resource.split(/[:/]/).at(-1)).sort()
}

const trust = (principal: object, condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...(condition && { Condition: condition }) }],
  })
const makeRole = async (name: string, document: string) =>
  aws(await within(workload), 'iam', 'create-role', '--role-name', name, '--assume-role-policy-document', document)

async function makeAccount(name: string): Promise<string> {
  const making = ['organizations', 'create-account', '--account-name', name, '--email', `${name}@example.com`]
  const { CreateAccountStatus } = await aws({}, ...making)
  const asking = ['organizations', 'describe-create-account-status', '--create-account-request-id', CreateAccountStatus.Id]
  return (await aws({}, ...asking)).CreateAccountStatus.AccountId
}

beforeAll(async () => {
  gatehouse = await startGatehouse()
  await aws({}, 'organizations', 'create-organization', '--feature-set', 'ALL')
  security = await makeAccount('security')
  workload = await makeAccount('workload')
})
afterAll(() => discard(gatehouse))

test('an analyzer of the organization takes a trusted service, and the management account or a delegated administrator', async () => {
  const creating = ['accessanalyzer', 'create-analyzer', '--analyzer-name', 'all', '--type', 'ORGANIZATION']
  expect(await refusal({}, ...creating)).toContain('(ValidationException)')
  await aws({}, 'organizations', 'enable-aws-service-access', '--service-principal', service)
  expect(await refusal(await within(security), ...creating)).toContain(`Account ${security} is not a delegated administrator`)
  const delegation = ['--account-id', security, '--service-principal', service]
  await aws({}, 'organizations', 'register-delegated-administrator', ...delegation)
  expect(await aws(await within(security), ...creating)).toEqual({ arn: arnOf(security, 'all') })
  for (const account of [security, workload]) {
    const { Role } = await aws(await within(account), 'iam', 'get-role', '--role-name', 'AWSServiceRoleForAccessAnalyzer')
    expect(Role.Arn).toBe(`arn:aws:iam::${account}:role/aws-service-role/${service}/AWSServiceRoleForAccessAnalyzer`)
  }
}, 120_000)

test('the zone of trust is the organization, or the account: who is in it is no outsider', async () => {
  const { Organization } = await aws({}, 'organizations', 'describe-organization')
  await makeRole('outward', trust({ AWS: `arn:aws:iam::${outsider}:root` }))
  await makeRole('inward', trust({ AWS: `arn:aws:iam::${security}:root` }))
  await makeRole('ours', trust({ AWS: '*' }, { StringEquals: { 'aws:PrincipalOrgID': Organization.Id } }))
  await makeRole('theirs', trust({ AWS: '*' }, { StringEquals: { 'aws:PrincipalOrgID': 'o-anotherorg1' } }))
  expect(await resources(security, 'all')).toEqual(['outward', 'theirs'])

  await analyzerIn(workload, 'create-analyzer', '--analyzer-name', 'own', '--type', 'ACCOUNT')
  expect(await resources(workload, 'own')).toEqual(['OrganizationAccountAccessRole', 'inward', 'ours', 'outward', 'theirs'])
  const { findings } = await analyzerIn(security, 'list-findings-v2', '--analyzer-arn', arnOf(security, 'all'))
  expect(new Set(findings.map(({ resourceOwnerAccount }: { resourceOwnerAccount: string }) => resourceOwnerAccount))).toEqual(
    new Set([workload]),
  )
  expect(await refusal(await within(workload), 'accessanalyzer', 'list-findings-v2', '--analyzer-arn', arnOf(security, 'all'))).toContain(
    '(AccessDeniedException)',
  )
}, 120_000)

test('an analyzer of internal access tells who of the organization reaches the buckets that its rule includes', async () => {
  const inWorkload = await within(workload)
  await aws(inWorkload, 's3api', 'create-bucket', '--bucket', 'vault-of-workload')
  await aws(inWorkload, 's3api', 'create-bucket', '--bucket', 'attic-of-workload')
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${security}:role/auditor` },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::vault-of-workload/*',
  }
  const rights = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] })
  const own = trust({ AWS: `arn:aws:iam::${security}:root` })
  await aws(await within(security), 'iam', 'create-role', '--role-name', 'auditor', '--assume-role-policy-document', own)
  const putting = ['--role-name', 'auditor', '--policy-name', 'read', '--policy-document', rights]
  await aws(await within(security), 'iam', 'put-role-policy', ...putting)
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await aws(inWorkload, 's3api', 'put-bucket-policy', '--bucket', 'vault-of-workload', '--policy', policy)

  const inclusions = [{ accountIds: [workload], resourceTypes: ['AWS::S3::Bucket'], resourceArns: ['arn:aws:s3:::vault-of-workload'] }]
  const configuration = JSON.stringify({ internalAccess: { analysisRule: { inclusions } } })
  const named = ['--analyzer-name', 'internal', '--type', 'ORGANIZATION_INTERNAL_ACCESS', '--configuration', configuration]
  await analyzerIn(security, 'create-analyzer', ...named)
  const { findings } = await analyzerIn(security, 'list-findings-v2', '--analyzer-arn', arnOf(security, 'internal'))
  const details = []
  for (const { id, resource } of findings) {
    expect(resource).toBe('arn:aws:s3:::vault-of-workload')
    const asking = ['--analyzer-arn', arnOf(security, 'internal'), '--id', id]
    const { findingDetails } = await analyzerIn(security, 'get-finding-v2', ...asking)
    details.push(findingDetails[0].internalAccessDetails)
  }
  expect(details).toContainEqual(
    expect.objectContaining({
      action: ['s3:GetObject'],
      principal: { AWS: `arn:aws:iam::${security}:role/auditor` },
      principalOwnerAccount: security,
      accessType: 'INTRA_ORG',
      principalType: 'IAM_ROLE',
    }),
  )
  expect(details.filter(({ principalOwnerAccount }) => principalOwnerAccount === outsider)).toEqual([])
}, 120_000)

/** Roles and keys become older than they are: the AWS CLI signs with the clock of now, so the server's cannot be another. */
async function age(milliseconds: number): Promise<void> {
  await gatehouse.stop()
  const database = new Database(join(gatehouse.data, 'gatehouse.db'))
  for (const table of ['roles', 'accessKeys']) database.prepare(`update ${table} set createdAt = createdAt - ?`).run(milliseconds)
  database.close()
  gatehouse = await startGatehouse({ data: gatehouse.data })
}

test('an analyzer of unused access tells what no account used for as long as it says, but of those that it leaves out', async () => {
  await aws(await within(workload), 'iam', 'create-user', '--user-name', 'leaver')
  await aws(await within(workload), 'iam', 'create-access-key', '--user-name', 'leaver')
  await age(40 * day)
  const unused = async (name: string, exclusions: object[]) => {
    const configuration = JSON.stringify({ unusedAccess: { unusedAccessAge: 30, analysisRule: { exclusions } } })
    const named = ['--analyzer-name', name, '--type', 'ORGANIZATION_UNUSED_ACCESS', '--configuration', configuration]
    await analyzerIn(security, 'create-analyzer', ...named)
    const { findings } = await analyzerIn(security, 'list-findings-v2', '--analyzer-arn', arnOf(security, name))
    return findings.map(
      ({ resource, findingType }: { resource: string; findingType: string }) => `${findingType} ${resource.split(/[:/]/).at(-1)}`,
    )
  }
  const found = await unused('unused', [])
  expect(found).toEqual(expect.arrayContaining(['UnusedIAMRole outward', 'UnusedIAMRole inward', 'UnusedIAMUserAccessKey leaver']))
  expect(found).not.toContain('UnusedIAMRole OrganizationAccountAccessRole')
  const asking = ['--analyzer-arn', arnOf(security, 'unused')]
  const permissions = JSON.stringify({ findingType: { eq: ['UnusedPermission'] }, resourceOwnerAccount: { eq: [workload] } })
  const { findings } = await analyzerIn(security, 'list-findings-v2', ...asking, '--filter', permissions)
  expect(findings.map(({ resource }: { resource: string }) => resource.split('/').at(-1))).toEqual(['OrganizationAccountAccessRole'])
  const one = [...asking, '--id', findings[0].id]
  await analyzerIn(security, 'generate-finding-recommendation', ...one)
  const recommendation = await analyzerIn(security, 'get-finding-recommendation', ...one)
  expect(recommendation).toMatchObject({
    status: 'SUCCEEDED',
    recommendationType: 'UnusedPermissionRecommendation',
    resourceArn: findings[0].resource,
  })
  const [step] = recommendation.recommendedSteps
  expect(step.unusedPermissionsRecommendedStep).toMatchObject({ recommendedAction: expect.stringMatching(/^(CREATE|DETACH)_POLICY$/) })

  expect(await unused('elsewhere', [{ accountIds: [workload] }])).not.toContain('UnusedIAMRole outward')

  const { findingsStatistics } = await analyzerIn(security, 'get-findings-statistics', '--analyzer-arn', arnOf(security, 'unused'))
  const { topAccounts, totalActiveFindings } = findingsStatistics[0].unusedAccessFindingsStatistics
  expect(totalActiveFindings).toBe(found.length)
  expect(topAccounts.map(({ account }: { account: string }) => account)).toContain(workload)
}, 180_000)

test('without its delegation an analyzer is disabled, and what it found stays as it was', async () => {
  await aws({}, 'organizations', 'deregister-delegated-administrator', '--account-id', security, '--service-principal', service)
  const { analyzer } = await analyzerIn(security, 'get-analyzer', '--analyzer-name', 'all')
  expect(analyzer).toMatchObject({ status: 'DISABLED', statusReason: { code: 'DELEGATED_ADMINISTRATOR_DEREGISTERED' } })
  await aws(await within(workload), 'iam', 'delete-role', '--role-name', 'outward')
  expect(await resources(security, 'all')).toEqual(['outward', 'theirs'])
  await aws({}, 'organizations', 'register-delegated-administrator', '--account-id', security, '--service-principal', service)
  expect(await resources(security, 'all')).toEqual(['theirs'])
  expect(await resources(security, 'all', 'RESOLVED')).toEqual(['outward'])
}, 120_000)

test('whoever leaves the organization is an outsider from then on', async () => {
  await analyzerIn(management, 'create-analyzer', '--analyzer-name', 'top', '--type', 'ORGANIZATION')
  expect(await resources(management, 'top')).toEqual(['theirs'])
  await aws({}, 'organizations', 'deregister-delegated-administrator', '--account-id', security, '--service-principal', service)
  await aws({}, 'organizations', 'remove-account-from-organization', '--account-id', security)
  expect(await resources(management, 'top')).toEqual(['inward', 'theirs', 'vault-of-workload'])
}, 120_000)
