import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import type { JsonObject } from '../../../src/types/json.ts'
import { openPipelineHouse, type PipelineHouse, signedRequest } from '../../server/house.ts'

const account = '123456789012'
const arn = (resource: string) => `arn:aws:iam::${account}:${resource}`
const allow = (Action: string | string[], Resource = '*', more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'Some', Effect: 'Allow', Action, Resource, ...more }] })
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
})

let house: PipelineHouse
beforeAll(async () => {
  house = await openPipelineHouse()
  for (const UserName of ['alice', 'bob', 'carol']) await call('iam', 'CreateUser', { UserName })
  await call('iam', 'CreateRole', { RoleName: 'deployer', AssumeRolePolicyDocument: trust })
  await call('iam', 'PutRolePolicy', { RoleName: 'deployer', PolicyName: 'all', PolicyDocument: allow('*') })
  await call('iam', 'PutUserPolicy', {
    UserName: 'alice',
    PolicyName: 'deploy',
    PolicyDocument: allow('sts:AssumeRole', arn('role/deployer')),
  })
  await call('iam', 'PutUserPolicy', { UserName: 'bob', PolicyName: 'ask', PolicyDocument: allow('gatehouse-analysis:*') })
  await call('iam', 'PutUserPolicy', {
    UserName: 'carol',
    PolicyName: 'ask',
    PolicyDocument: allow(['gatehouse-analysis:*', 'iam:Get*', 'iam:Generate*'], '*', {
      Condition: { StringEquals: { 'aws:CalledViaFirst': 'gatehouse-analysis.amazonaws.com' } },
    }).replace('"Statement":[', `"Statement":[{"Effect":"Allow","Action":"gatehouse-analysis:*","Resource":"*"},`),
  })
})
afterAll(() => house.close())

/** A call through the pipeline, by the administrator's key or a user. */
const call = async (service: string, operation: string, input: object, by?: string): Promise<JsonObject> =>
  (await house.world.calls.asCaller(await callerOf(by ?? 'administrator'), facts, {
    service,
    operation,
    input: input as JsonObject,
  })) as JsonObject
const ask = (operation: string, input: object, by?: string) => call('gatehouse-analysis', operation, input, by)
const facts = { sourceIp: '203.0.113.7', userAgent: 'console', secure: true, host: 'localhost' }

async function callerOf(name: string): Promise<Principal> {
  const row = await house.world.store.read(tx => tx.selectFrom('users').selectAll().where('nameKey', '=', name).executeTakeFirstOrThrow())
  const { accessKeyId } = house.credentials
  return {
    type: 'user',
    account,
    arn: arn(`user/${name}`),
    principalId: row.id,
    accessKeyId: name === 'administrator' ? accessKeyId : `AKIA${name}`,
    userId: row.id,
    userName: row.name,
  }
}

const lastEvent = async (eventName: string): Promise<string> => {
  const row = await house.world.store.read(tx =>
    tx.selectFrom('records').select('eventId').where('eventName', '=', eventName).orderBy('seq', 'desc').limit(1).executeTakeFirstOrThrow(),
  )
  return row.eventId
}

describe('why a call was decided as it was', () => {
  test('of a denied one, as it was then: what is missing, and where', async () => {
    await expect(call('iam', 'CreateUser', { UserName: 'dave' }, 'alice')).rejects.toMatchObject({ code: 'AccessDenied' })
    const eventId = await lastEvent('CreateUser')
    // What is allowed now does not change why it was denied then.
    await call('iam', 'PutUserPolicy', { UserName: 'alice', PolicyName: 'later', PolicyDocument: allow('iam:CreateUser') })
    const answer = await ask('ExplainEvent', { eventId })
    expect(answer).toMatchObject({
      eventId,
      eventName: 'CreateUser',
      basis: 'recorded',
      text: expect.stringContaining('no identity-based policy allows the iam:CreateUser action'),
      explanations: [
        {
          effect: 'implicitDeny',
          decidedBy: 'identity',
          action: 'iam:CreateUser',
          resource: arn('user/dave'),
          principal: { type: 'user', userName: 'alice' },
          policyTypes: expect.arrayContaining([expect.objectContaining({ type: 'identity', says: 'nothing', statements: [] })]),
        },
      ],
    })
    await call('iam', 'DeleteUserPolicy', { UserName: 'alice', PolicyName: 'later' })
  })

  test('of an explicit denial, the statement that denies', async () => {
    const deny = allow('iam:DeleteRole').replace('"Allow"', '"Deny"')
    await call('iam', 'PutUserPolicy', { UserName: 'alice', PolicyName: 'never', PolicyDocument: deny })
    await expect(call('iam', 'DeleteRole', { RoleName: 'deployer' }, 'alice')).rejects.toMatchObject({ code: 'AccessDenied' })
    const { explanations } = (await ask('ExplainEvent', { eventId: await lastEvent('DeleteRole') })) as { explanations: JsonObject[] }
    expect(explanations[0]).toMatchObject({ effect: 'explicitDeny', decidedBy: 'identity' })
    expect(JSON.stringify(explanations[0])).toContain('"sid":"Some"')
    await call('iam', 'DeleteUserPolicy', { UserName: 'alice', PolicyName: 'never' })
  })

  test('of one that was allowed, the statement that allows it now', async () => {
    await call('sts', 'AssumeRole', { RoleArn: arn('role/deployer'), RoleSessionName: 'alice' }, 'alice')
    expect(await ask('ExplainEvent', { eventId: await lastEvent('AssumeRole') })).toMatchObject({
      basis: 'replayed',
      explanations: [{ effect: 'allowed', action: 'sts:AssumeRole', resource: arn('role/deployer') }],
    })
  })

  test('there is none of another account’s event, of an id that is none, and of a caller who may not ask', async () => {
    const eventId = '00000000-0000-7000-8000-000000000000'
    await expect(ask('ExplainEvent', { eventId })).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    await expect(ask('ExplainEvent', { eventId: 'x' })).rejects.toMatchObject({ status: 400 })
    await expect(ask('ExplainEvent', { eventId }, 'alice')).rejects.toMatchObject({ code: 'AccessDeniedException' })
  })
})

describe('questions about the world that the caller may read', () => {
  test('who can', async () => {
    const { access } = (await ask('WhoCan', { action: 'sts:AssumeRole', resource: arn('role/deployer') })) as { access: JsonObject[] }
    expect(access.map(({ who }) => who)).toEqual(expect.arrayContaining([arn('user/alice'), arn('user/administrator')]))
    expect(access.map(({ who }) => who)).not.toContain(arn('user/bob'))
    expect(access.find(({ who }) => who === arn('user/alice'))).toMatchObject({
      because: { statements: [expect.stringContaining('deploy')] },
    })
  })

  test('the policy of a key, of which nobody here knows, is named as missing; that of a bucket is known', async () => {
    const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
    expect(await ask('WhoCan', { action: 'kms:Decrypt', resource: key })).toMatchObject({
      dependsOn: [`the policy of ${key}, if it has one (aws kms get-key-policy)`],
    })
    expect(await ask('WhoCan', { action: 's3:GetObject', resource: 'arn:aws:s3:::books/a' })).toMatchObject({ dependsOn: [] })
  })

  test('in pages', async () => {
    const all = (await ask('WhoCan', { action: 'sts:AssumeRole', resource: arn('role/deployer') })) as { access: JsonObject[] }
    const seen: unknown[] = []
    let nextToken: string | undefined
    do {
      const page = (await ask('WhoCan', {
        action: 'sts:AssumeRole',
        resource: arn('role/deployer'),
        maxResults: 1,
        ...(nextToken && { nextToken }),
      })) as {
        access: JsonObject[]
        nextToken?: string
      }
      expect(page.access.length).toBe(1)
      seen.push(page.access[0]?.['who'])
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    expect(seen).toEqual(all.access.map(({ who }) => who))
    await expect(ask('WhoCan', { action: 'sts:AssumeRole', nextToken: 'x' })).rejects.toMatchObject({ code: 'ValidationException' })
  })

  test('a path, with the reason of each step', async () => {
    expect(await ask('FindPaths', { from: 'alice', to: 'admin' })).toMatchObject({
      found: true,
      path: [{ from: arn('user/alice'), to: arn('role/deployer'), because: expect.any(Array) }, { from: arn('role/deployer') }],
    })
    expect(await ask('FindPaths', { from: 'bob', to: 'admin' })).toMatchObject({ found: false, path: [] })
    await expect(ask('FindPaths', { from: 'nobody', to: 'admin' })).rejects.toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining('there is no nobody'),
    })
  })

  test('the graph from a person on', async () => {
    const graph = (await ask('GetAccessGraph', { start: ['alice'] })) as { nodes: JsonObject[]; edges: JsonObject[] }
    expect(graph.nodes).toEqual(
      expect.arrayContaining([
        { id: arn('user/alice'), kind: 'user' },
        { id: arn('role/deployer'), kind: 'role' },
        { id: `administrator of account ${account}`, kind: 'administrator' },
      ]),
    )
    expect(graph.edges).toContainEqual(
      expect.objectContaining({ from: arn('user/alice'), to: arn('role/deployer'), because: expect.any(Array) }),
    )
  })

  test('the graph is as large as was asked for', async () => {
    const graph = (await ask('GetAccessGraph', { maxNodes: 2, depth: 1 })) as { nodes: JsonObject[]; truncated: boolean }
    expect(graph).toMatchObject({ truncated: true })
    expect(graph.nodes).toHaveLength(2)
  })

  test('the graph has who becomes somebody before those who become nobody', async () => {
    const lonely = Array.from({ length: 8 }, (_, index) => `aaa-${index}`)
    for (const UserName of lonely) await call('iam', 'CreateUser', { UserName })
    const { nodes, edges } = (await ask('GetAccessGraph', { maxNodes: 6 })) as { nodes: { id: string }[]; edges: JsonObject[] }
    const touched = new Set(edges.flatMap(({ from, to }) => [from, to]))
    expect(nodes).toHaveLength(6)
    expect(nodes.filter(({ id }) => !touched.has(id))).toEqual([])
    for (const UserName of lonely) await call('iam', 'DeleteUser', { UserName })
  })

  test('who can become an administrator, and who is one', async () => {
    const answer = (await ask('ListEscalations', {})) as { administrators: string[]; escalations: JsonObject[] }
    expect(answer.administrators).toContain(arn('user/administrator'))
    expect(answer.escalations).toContainEqual(expect.objectContaining({ from: arn('user/alice') }))
  })

  test('the audit', async () => {
    const { findings, passed } = (await ask('AuditAccount', {})) as { findings: JsonObject[]; passed: string[] }
    expect(findings.length + passed.length).toBeGreaterThan(5)
    expect(findings[0]).toMatchObject({ check: expect.any(String), mend: expect.any(String), evidence: expect.any(String) })
  })

  test('a change is seen at once', async () => {
    await call('iam', 'PutUserPolicy', { UserName: 'bob', PolicyName: 'more', PolicyDocument: allow('sts:AssumeRole') })
    expect(await ask('FindPaths', { from: 'bob', to: 'admin' })).toMatchObject({ found: true })
    await call('iam', 'DeleteUserPolicy', { UserName: 'bob', PolicyName: 'more' })
    expect(await ask('FindPaths', { from: 'bob', to: 'admin' })).toMatchObject({ found: false })
  })
})

describe('what the caller may not read', () => {
  test('is not in the answer, which says so', async () => {
    const answer = (await ask('WhoCan', { action: 'sts:AssumeRole', resource: arn('role/deployer') }, 'bob')) as {
      access: JsonObject[]
      dependsOn: string[]
    }
    expect(answer.access).toEqual([])
    expect(answer.dependsOn).toEqual(expect.arrayContaining([expect.stringContaining('GetAccountAuthorizationDetails')]))
  })

  test('is read with the caller’s rights, forwarded and on record', async () => {
    const { access } = (await ask('WhoCan', { action: 'sts:AssumeRole', resource: arn('role/deployer') }, 'carol')) as {
      access: JsonObject[]
    }
    expect(access.map(({ who }) => who)).toContain(arn('user/alice'))
    const record = await house.world.store.read(tx =>
      tx
        .selectFrom('records')
        .select('json')
        .where('eventName', '=', 'GetAccountAuthorizationDetails')
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow(),
    )
    expect(JSON.parse(record.json)).toMatchObject({ userIdentity: { userName: 'carol', invokedBy: 'gatehouse-analysis.amazonaws.com' } })
  })
})

describe('what a change would allow', () => {
  const current = allow('s3:GetObject', 'arn:aws:s3:::books/*')

  test('newly, by an example that the engine decided', async () => {
    const wider = allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::books/*')
    const answer = await ask('PreviewPolicyChange', { policyType: 'identity', currentPolicy: current, proposedPolicy: wider })
    expect(answer).toMatchObject({
      newlyAllowed: { outcome: 'found', witnesses: [{ statement: expect.any(Number), text: expect.stringContaining('s3:PutObject') }] },
      newlyDenied: { outcome: 'none' },
    })
    expect(await ask('PreviewPolicyChange', { policyType: 'identity', currentPolicy: wider, proposedPolicy: current })).toMatchObject({
      newlyAllowed: { outcome: 'none' },
      newlyDenied: { outcome: 'found' },
    })
  })

  test('where there was no policy before, everything that it allows', async () => {
    expect(await ask('PreviewPolicyChange', { policyType: 'trust', proposedPolicy: trust })).toMatchObject({
      newlyAllowed: { outcome: 'found' },
    })
  })

  test('whom it makes an administrator', async () => {
    const answer = await ask('PreviewPolicyChange', {
      policyType: 'identity',
      proposedPolicy: allow('iam:AttachUserPolicy'),
      subject: `${arn('user/bob')}#more`,
    })
    expect(answer).toMatchObject({ newEscalations: [{ from: arn('user/bob') }] })
  })

  test.each([
    { why: 'no policy', input: { proposedPolicy: '{' }, message: 'proposedPolicy, line 1' },
    { why: 'no such subject', input: { proposedPolicy: current, subject: arn('user/nobody#x') }, message: 'there is no' },
  ])('$why is refused', async ({ input, message }) => {
    await expect(ask('PreviewPolicyChange', { policyType: 'identity', ...input })).rejects.toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining(message),
    })
  })
})

test('the operations are reached over the wire, by whoever signs', async () => {
  const draft = { path: '/paths', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ from: 'alice', to: 'admin' }) }
  const { status, body } = await house.send(signedRequest(draft, house, { region: 'us-east-1', service: 'gatehouse-analysis' }))
  expect(status).toBe(200)
  expect(JSON.parse(String(body))).toMatchObject({ found: true, dependsOn: expect.any(Array) })
})

describe('the policy for what somebody did', () => {
  const policyOf = async (principalArn: string, by?: string) => {
    const answer = (await ask('GetLeastPrivilegePolicy', { principalArn }, by)) as { policy: string } & JsonObject
    return { ...answer, policy: JSON.parse(answer.policy) as { Statement: { Action: string[]; Resource: unknown }[] } }
  }

  test('covers every call that was allowed, replayed under it alone, and drops what was refused', async () => {
    await call('iam', 'CreateUser', { UserName: 'worker' })
    await call('iam', 'PutUserPolicy', { UserName: 'worker', PolicyName: 'all', PolicyDocument: allow(['iam:Get*', 'iam:List*']) })
    const worker = arn('user/worker')
    await call('iam', 'GetUser', { UserName: 'alice' }, 'worker')
    await call('iam', 'GetUser', { UserName: 'bob' }, 'worker')
    await call('iam', 'ListRoles', {}, 'worker')
    await expect(call('iam', 'CreateUser', { UserName: 'eve' }, 'worker')).rejects.toMatchObject({ code: 'AccessDenied' })
    const { policy, ...told } = await policyOf(worker)
    expect(policy.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['iam:GetUser'], [arn('user/alice'), arn('user/bob')]],
      [['iam:ListRoles'], '*'],
    ])
    expect(told).toMatchObject({
      principalArn: worker,
      calls: 3,
      replayed: 3,
      refused: [],
      uses: expect.arrayContaining([expect.objectContaining({ action: 'iam:ListRoles', resources: ['*'], everyResource: false })]),
      dropped: [{ eventSource: 'iam.amazonaws.com', eventName: 'CreateUser', reason: 'was refused: AccessDenied', calls: 1 }],
    })
  })

  test('is none for who did nothing', async () => {
    await call('iam', 'CreateUser', { UserName: 'idle' })
    const answer = await ask('GetLeastPrivilegePolicy', { principalArn: arn('user/idle') })
    expect(answer).toMatchObject({ calls: 0, replayed: 0, refused: [] })
    expect(answer).not.toHaveProperty('policy')
  })

  test('is not told of who is not there, nor to who may not look events up', async () => {
    await expect(policyOf(arn('user/nobody'))).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    await expect(policyOf(arn('user/ci/worker'))).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    await expect(policyOf(arn('user/worker'), 'bob')).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('cloudtrail:LookupEvents'),
    })
  })
})

describe('the event history', () => {
  interface HistoryAnswer {
    readonly events: readonly JsonObject[]
    readonly nextToken?: string
  }
  // Calls to IAM are on record in its own region.
  const history = async (input: object, by?: string) =>
    (await ask('GetEventHistory', { region: 'us-east-1', ...input }, by)) as unknown as HistoryAnswer

  test('tells events with what they are found by, in pages', async () => {
    for (const UserName of ['erin', 'frank']) await call('iam', 'CreateUser', { UserName, Path: '/history/' })
    const question = { attributeKey: 'EventName', attributeValue: 'CreateUser', maxResults: 1 }
    const first = await history(question)
    const second = await history({ ...question, nextToken: first.nextToken })
    expect([...first.events, ...second.events]).toMatchObject(
      ['frank', 'erin'].map(name => ({
        EventName: 'CreateUser',
        EventTime: expect.stringMatching(/^\d{4}-.*Z$/),
        Username: 'administrator',
        Resources: expect.arrayContaining([{ ResourceType: 'AWS::IAM::User', ResourceName: name }]),
        CloudTrailEvent: expect.stringContaining(`"userName":"${name}"`),
      })),
    )
  })

  test.each([
    [{ attributeKey: 'Colour', attributeValue: 'red' }, /^The attribute is one of EventId, /],
    [{ attributeKey: 'ReadOnly', attributeValue: 'no' }, /^The value of ReadOnly is true or false\.$/],
    [{ region: 'eu-north-9' }, /^There is no event history of eu-north-9 here\.$/],
    [{ nextToken: 'Zm9v' }, /^The nextToken is not valid\.$/],
  ])('%j is refused', async (input, message) => {
    await expect(history(input)).rejects.toMatchObject({ code: 'ValidationException', message: expect.stringMatching(message) })
  })

  test('is not told to who may not look events up', async () => {
    await expect(history({}, 'bob')).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('cloudtrail:LookupEvents'),
    })
  })
})
