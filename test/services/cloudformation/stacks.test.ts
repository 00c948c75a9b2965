import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, acknowledged, body, cloudformation, group, openStackHouse, role, type StackHouse } from './stack-house.ts'

let stack: StackHouse
beforeAll(async () => {
  stack = await openStackHouse()
})
afterAll(() => stack.close())

/** Creates, and waits for the end. */
const create = (StackName: string, resources: object, more: object = {}, rest: object = {}) =>
  stack.stacks('CreateStack', { StackName, TemplateBody: body(resources, more), ...acknowledged, ...rest })
const update = (StackName: string, resources: object, more: object = {}, rest: object = {}) =>
  stack.stacks('UpdateStack', { StackName, TemplateBody: body(resources, more), ...acknowledged, ...rest })
const resource = async (StackName: string, LogicalResourceId: string) =>
  (await stack.begin('DescribeStackResource', { StackName, LogicalResourceId })).StackResourceDetail
const groups = async () => (await stack.call('iam', 'ListGroups', {})).Groups.map(({ GroupName }: { GroupName: string }) => GroupName)

/** A role that cannot be: its policy is no policy of AWS's. */
const impossible = role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/NoSuchPolicy'] })

describe('creation', () => {
  test('makes what is needed first, names it after stack and resource, and tells it in order', async () => {
    await create('one', {
      Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Role' }] } },
      Role: role(),
    })
    expect(await stack.events('one')).toEqual([
      'one CREATE_IN_PROGRESS: User Initiated',
      'Role CREATE_IN_PROGRESS',
      'Role CREATE_IN_PROGRESS: Resource creation Initiated',
      'Role CREATE_COMPLETE',
      'Profile CREATE_IN_PROGRESS',
      'Profile CREATE_IN_PROGRESS: Resource creation Initiated',
      'Profile CREATE_COMPLETE',
      'one CREATE_COMPLETE',
    ])
    const { PhysicalResourceId } = await resource('one', 'Role')
    expect(PhysicalResourceId).toMatch(/^one-Role-[A-Z0-9]{12}$/)
    const { InstanceProfile } = await stack.call('iam', 'GetInstanceProfile', {
      InstanceProfileName: (await resource('one', 'Profile')).PhysicalResourceId,
    })
    expect(InstanceProfile.Roles[0].RoleName).toBe(PhysicalResourceId)
  })

  test('gives stack tags to what takes tags, under the resource’s own', async () => {
    await create(
      'tagged',
      { Role: role({ Tags: [{ Key: 'team', Value: 'own' }] }) },
      {},
      {
        Tags: [
          { Key: 'team', Value: 'stack' },
          { Key: 'cost', Value: '1' },
        ],
      },
    )
    const { PhysicalResourceId: RoleName } = await resource('tagged', 'Role')
    const { Tags } = await stack.call('iam', 'ListRoleTags', { RoleName })
    expect(Tags).toEqual(
      expect.arrayContaining([
        { Key: 'team', Value: 'own' },
        { Key: 'cost', Value: '1' },
      ]),
    )
    expect(Tags).toHaveLength(2)
  })

  test('a failure removes all that was made', async () => {
    await create('failing', { First: group(), Second: { ...impossible, DependsOn: 'First' } })
    const events = await stack.events('failing')
    expect(events[5]).toMatch(
      /^Second CREATE_FAILED: Resource handler returned message: ".*NoSuchPolicy.*\(Service: Iam, Status Code: 404, Request ID: [0-9a-f-]{36}\)" \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: NotFound\)$/,
    )
    expect(events.slice(6)).toEqual([
      'failing ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Second]. Rollback requested by user.',
      'Second DELETE_IN_PROGRESS',
      'Second DELETE_COMPLETE',
      'First DELETE_IN_PROGRESS',
      'First DELETE_COMPLETE',
      'failing ROLLBACK_COMPLETE',
    ])
    expect((await groups()).filter((name: string) => name.startsWith('failing-'))).toEqual([])
    const { Roles } = await stack.call('iam', 'ListRoles', {})
    expect(Roles.filter(({ RoleName }: { RoleName: string }) => RoleName.startsWith('failing-'))).toEqual([])
    expect(await stack.refusal(update('failing', { First: group() }))).toMatch(/is in ROLLBACK_COMPLETE state and can not be updated/)
  })

  test.each([
    { rest: { OnFailure: 'DO_NOTHING' }, status: 'CREATE_FAILED', left: 1 },
    { rest: { DisableRollback: true }, status: 'CREATE_FAILED', left: 1 },
    { rest: { OnFailure: 'DELETE' }, status: 'DELETE_COMPLETE', left: 0 },
    { rest: { OnFailure: 'ROLLBACK' }, status: 'ROLLBACK_COMPLETE', left: 0 },
  ])('with $rest it ends in $status', async ({ rest, status, left }) => {
    const name = `end${JSON.stringify(rest).replaceAll(/[^a-zA-Z]/g, '')}`
    const { StackId } = await create(name, { First: group(), Second: { ...impossible, DependsOn: 'First' } }, {}, rest)
    expect(await stack.statusOf(StackId)).toBe(status)
    expect((await groups()).filter((each: string) => each.startsWith(name))).toHaveLength(left)
  })

  test('a token makes a second call the first', async () => {
    const first = await create('token', { A: group() }, {}, { ClientRequestToken: 'once' })
    expect(await create('token', { A: group() }, {}, { ClientRequestToken: 'once' })).toEqual(first)
    expect(await stack.refusal(create('token', { A: group() }))).toBe('AlreadyExistsException: Stack [token] already exists')
  })

  test.each([
    { capabilities: [], resources: { R: role() }, refusal: 'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]' },
    {
      capabilities: ['CAPABILITY_IAM'],
      resources: { R: role({ RoleName: 'mine' }) },
      refusal: 'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]',
    },
    { capabilities: ['CAPABILITY_IAM'], resources: { R: group() }, refusal: 'not refused' },
    { capabilities: ['CAPABILITY_NAMED_IAM'], resources: { G: group() }, refusal: 'not refused' },
    { capabilities: [], resources: { H: { Type: 'AWS::CloudFormation::WaitConditionHandle' } }, refusal: 'not refused' },
  ])('$capabilities for $resources: $refusal', async ({ capabilities, resources, refusal }) => {
    const StackName = `capable${capabilities.join('').replaceAll('_', '')}${Object.keys(resources).join('')}`
    const call = stack.stacks('CreateStack', { StackName, TemplateBody: body(resources), Capabilities: capabilities })
    expect(await stack.refusal(call)).toBe(refusal)
  })
})

describe('update', () => {
  test('changes in place what can be, makes anew what cannot, and removes what is gone', async () => {
    await create('changing', { Gone: group(), Path: role({ Path: '/a/' }), Role: role({ Description: 'before' }) })
    const before = {
      path: (await resource('changing', 'Path')).PhysicalResourceId,
      role: (await resource('changing', 'Role')).PhysicalResourceId,
    }
    await update('changing', { Path: role({ Path: '/b/' }), Role: role({ Description: 'after' }), New: group() })
    const events = (await stack.events('changing')).slice(11)
    expect(events).toEqual([
      'changing UPDATE_IN_PROGRESS: User Initiated',
      'Path UPDATE_IN_PROGRESS: Requested update requires the creation of a new physical resource; hence creating one.',
      'Path UPDATE_IN_PROGRESS: Resource creation Initiated',
      'Path UPDATE_COMPLETE',
      'Role UPDATE_IN_PROGRESS',
      'Role UPDATE_COMPLETE',
      'New CREATE_IN_PROGRESS',
      'New CREATE_IN_PROGRESS: Resource creation Initiated',
      'New CREATE_COMPLETE',
      'changing UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'Path DELETE_IN_PROGRESS',
      'Path DELETE_COMPLETE',
      'Gone DELETE_IN_PROGRESS',
      'Gone DELETE_COMPLETE',
      'changing UPDATE_COMPLETE',
    ])
    const path = (await resource('changing', 'Path')).PhysicalResourceId
    expect(path).not.toBe(before.path)
    expect(await stack.refusal(stack.call('iam', 'GetRole', { RoleName: before.path }))).toMatch(/^NoSuchEntity/)
    expect((await stack.call('iam', 'GetRole', { RoleName: path })).Role.Path).toBe('/b/')
    expect((await stack.call('iam', 'GetRole', { RoleName: before.role })).Role.Description).toBe('after')
  })

  test('without changes is refused', async () => {
    await create('same', { A: group() }, { Outputs: { A: { Value: { Ref: 'A' } } } })
    expect(await stack.refusal(update('same', { A: group() }, { Outputs: { A: { Value: { Ref: 'A' } } } }))).toBe(
      'ValidationError: No updates are to be performed.',
    )
    await update('same', { A: group() }, { Outputs: { B: { Value: { Ref: 'A' } } } })
    expect((await stack.begin('DescribeStacks', { StackName: 'same' })).Stacks[0].Outputs).toMatchObject([{ OutputKey: 'B' }])
  })

  test('that fails brings everything back', async () => {
    const before = { Kept: role({ Description: 'before' }), Moved: role({ Path: '/a/' }), Removed: group() }
    await create('back', before)
    const ids = async () =>
      (await stack.begin('ListStackResources', { StackName: 'back' })).StackResourceSummaries.map(
        (each: { PhysicalResourceId: string }) => each.PhysicalResourceId,
      )
    const made = await ids()
    await update('back', {
      Kept: role({ Description: 'after' }),
      Moved: role({ Path: '/moved/' }),
      New: group(),
      Failing: { ...impossible, DependsOn: ['New', 'Kept', 'Moved'] },
    })
    expect(await stack.statusOf('back')).toBe('UPDATE_ROLLBACK_COMPLETE')
    const events = await stack.events('back')
    const from = events.indexOf('back UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Failing].')
    expect(events.slice(from + 1)).toEqual([
      'Moved UPDATE_COMPLETE',
      'Kept UPDATE_IN_PROGRESS',
      'Kept UPDATE_COMPLETE',
      'back UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'Failing DELETE_IN_PROGRESS',
      'Failing DELETE_COMPLETE',
      'New DELETE_IN_PROGRESS',
      'New DELETE_COMPLETE',
      'Moved DELETE_IN_PROGRESS',
      'Moved DELETE_COMPLETE',
      'back UPDATE_ROLLBACK_COMPLETE',
    ])
    expect(await ids()).toEqual(made)
    const [kept, moved] = made
    expect((await stack.call('iam', 'GetRole', { RoleName: kept })).Role.Description).toBe('before')
    expect((await stack.call('iam', 'GetRole', { RoleName: moved })).Role.Path).toBe('/a/')
    expect((await stack.call('iam', 'ListRoles', { PathPrefix: '/moved/' })).Roles).toEqual([])
    expect((await groups()).filter((name: string) => name.startsWith('back-'))).toHaveLength(1)
    expect(JSON.parse((await stack.begin('GetTemplate', { StackName: 'back' })).TemplateBody).Resources).toEqual(before)
    expect(await stack.refusal(update('back', before))).toBe('ValidationError: No updates are to be performed.')
  })

  test('a resource with a name of its own cannot be replaced under the same name', async () => {
    await create('named', { R: role({ RoleName: 'its-own', Path: '/a/' }) })
    await update('named', { R: role({ RoleName: 'its-own', Path: '/b/' }) })
    expect(await stack.statusOf('named')).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect((await stack.events('named')).find(event => event.startsWith('R UPDATE_FAILED'))).toBe(
      'R UPDATE_FAILED: CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename its-own and update the stack again.',
    )
  })

  test('that is cancelled goes back, whatever was done by then', async () => {
    const before = { A: role({ Description: 'before' }) }
    await create('cancelled', before)
    const next = { A: role({ Description: 'after' }), B: { ...group(), DependsOn: 'A' }, C: { ...group(), DependsOn: 'B' } }
    await stack.begin('UpdateStack', { StackName: 'cancelled', TemplateBody: body(next), ...acknowledged })
    for (let look = 0; look < 500 && !(await stack.events('cancelled')).includes('A UPDATE_COMPLETE'); look++)
      await new Promise(resolve => setImmediate(resolve))
    await stack.stacks('CancelUpdateStack', { StackName: 'cancelled' })
    expect(await stack.statusOf('cancelled')).toBe('UPDATE_ROLLBACK_COMPLETE')
    const { PhysicalResourceId: RoleName } = await resource('cancelled', 'A')
    expect((await stack.call('iam', 'GetRole', { RoleName })).Role.Description).toBe('before')
    expect((await groups()).filter((name: string) => name.startsWith('cancelled-'))).toEqual([])
    expect(await stack.refusal(stack.begin('CancelUpdateStack', { StackName: 'cancelled' }))).toBe(
      'ValidationError: CancelUpdateStack cannot be called from current stack status',
    )
  })

  test('leaves behind what it replaces and is to be retained', async () => {
    const path = (Path: string) => ({ ...role({ Path }), UpdateReplacePolicy: 'Retain' })
    await create('replacing', { R: path('/a/') })
    const { PhysicalResourceId: old } = await resource('replacing', 'R')
    await update('replacing', { R: path('/b/') })
    expect(await stack.statusOf('replacing')).toBe('UPDATE_COMPLETE')
    const { PhysicalResourceId: now } = await resource('replacing', 'R')
    expect(now).not.toBe(old)
    expect((await stack.call('iam', 'GetRole', { RoleName: old })).Role.Path).toBe('/a/')
    await stack.stacks('DeleteStack', { StackName: 'replacing' })
    expect((await stack.call('iam', 'GetRole', { RoleName: old })).Role.Path).toBe('/a/')
    expect(await stack.refusal(stack.call('iam', 'GetRole', { RoleName: now }))).toMatch(/^NoSuchEntity/)
  })

  test('a type cannot change', async () => {
    await create('typed', { R: role() })
    expect(await stack.refusal(update('typed', { R: group() }))).toBe(
      'ValidationError: Update of resource type is not permitted. The new template modifies resource type of the following resources: [R]',
    )
  })

  test('without rollback stays where it failed, and can be tried again', async () => {
    await create('stay', { A: group() })
    await update('stay', { A: group(), B: group(), C: { ...impossible, DependsOn: 'B' } }, {}, { DisableRollback: true })
    expect(await stack.statusOf('stay')).toBe('UPDATE_FAILED')
    await update('stay', { A: group(), B: group() })
    expect(await stack.statusOf('stay')).toBe('UPDATE_COMPLETE')
    expect((await groups()).filter((name: string) => name.startsWith('stay-'))).toHaveLength(2)
  })
})

describe('deletion', () => {
  test('takes everything but what is to stay', async () => {
    const { StackId } = await create('gone', { Stays: { ...group(), DeletionPolicy: 'Retain' }, Goes: group() })
    await stack.stacks('DeleteStack', { StackName: 'gone' })
    expect(await stack.statusOf(StackId)).toBe('DELETE_COMPLETE')
    expect(await stack.refusal(stack.begin('DescribeStacks', { StackName: 'gone' }))).toBe(
      'ValidationError: Stack with id gone does not exist',
    )
    expect((await groups()).filter((name: string) => name.startsWith('gone-'))).toEqual([expect.stringMatching(/^gone-Stays-/)])
    expect((await stack.events(StackId)).slice(-5)).toEqual([
      'gone DELETE_IN_PROGRESS: User Initiated',
      'Goes DELETE_IN_PROGRESS',
      'Goes DELETE_COMPLETE',
      'Stays DELETE_SKIPPED',
      'gone DELETE_COMPLETE',
    ])
  })

  test('is refused under termination protection, and fine for what is not there', async () => {
    await create('protected', { A: group() }, {}, { EnableTerminationProtection: true })
    expect(await stack.refusal(stack.begin('DeleteStack', { StackName: 'protected' }))).toBe(
      'ValidationError: Stack [protected] cannot be deleted while TerminationProtection is enabled',
    )
    await stack.begin('UpdateTerminationProtection', { StackName: 'protected', EnableTerminationProtection: false })
    await stack.stacks('DeleteStack', { StackName: 'protected' })
    expect(await stack.refusal(stack.begin('DeleteStack', { StackName: 'protected' }))).toBe('not refused')
  })

  test('of what others hold fails, and goes on with what may stay', async () => {
    await create('held', { A: group(), B: group() })
    const GroupName = (await resource('held', 'A')).PhysicalResourceId
    await stack.call('iam', 'PutGroupPolicy', {
      GroupName,
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }),
    })
    await stack.stacks('DeleteStack', { StackName: 'held' })
    const { Stacks } = await stack.begin('DescribeStacks', { StackName: 'held' })
    expect(Stacks[0]).toMatchObject({
      StackStatus: 'DELETE_FAILED',
      StackStatusReason: 'The following resource(s) failed to delete: [A]. ',
    })
    await stack.stacks('DeleteStack', { StackName: 'held', RetainResources: ['A'] })
    expect(await groups()).toContain(GroupName)
    expect(await stack.refusal(stack.begin('DescribeStacks', { StackName: 'held' }))).toMatch(/does not exist/)
  })
})

describe('exports', () => {
  test('are imported by name, and stay while they are', async () => {
    const exporting = { Outputs: { Name: { Value: { Ref: 'A' }, Export: { Name: 'shared' } } } }
    const { StackId } = await create('exporter', { A: group() }, exporting)
    await create('importer', {
      P: {
        Type: 'AWS::IAM::GroupPolicy',
        Properties: {
          GroupName: { 'Fn::ImportValue': 'shared' },
          PolicyName: 'p',
          PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
        },
      },
    })
    expect(await stack.statusOf('importer')).toBe('CREATE_COMPLETE')
    expect((await stack.begin('ListExports', {})).Exports).toEqual([
      { ExportingStackId: StackId, Name: 'shared', Value: expect.stringMatching(/^exporter-A-/) },
    ])
    expect((await stack.begin('ListImports', { ExportName: 'shared' })).Imports).toEqual(['importer'])
    expect(await stack.refusal(stack.begin('DeleteStack', { StackName: 'exporter' }))).toBe(
      'ValidationError: Export shared cannot be deleted as it is in use by importer',
    )
    await update('exporter', { A: group(), B: group() })
    expect((await stack.events('exporter')).find(event => event.includes('ROLLBACK_IN_PROGRESS'))).toBe(
      'exporter UPDATE_ROLLBACK_IN_PROGRESS: Export shared cannot be deleted as it is in use by importer',
    )
    await create('twin', { A: group() }, exporting)
    expect((await stack.events('twin')).find(event => event.includes('ROLLBACK_IN_PROGRESS'))).toBe(
      'twin ROLLBACK_IN_PROGRESS: Export with name shared is already exported by stack exporter. Rollback requested by user.',
    )
    await stack.stacks('DeleteStack', { StackName: 'importer' })
    await stack.stacks('DeleteStack', { StackName: 'exporter' })
    expect((await stack.begin('ListExports', {})).Exports).toEqual([])
  })
})

describe('secrets', () => {
  test('that NoEcho hides are hidden, at rest too', async () => {
    const parameters = { Parameters: { Password: { Type: 'String', NoEcho: true } } }
    await create('secret', { U: { Type: 'AWS::IAM::User', Properties: { LoginProfile: { Password: { Ref: 'Password' } } } } }, parameters, {
      Parameters: [{ ParameterKey: 'Password', ParameterValue: 'Sup3r-secret-word' }],
    })
    expect(await stack.statusOf('secret')).toBe('CREATE_COMPLETE')
    const { Stacks } = await stack.begin('DescribeStacks', { StackName: 'secret' })
    expect(Stacks[0].Parameters).toEqual([{ ParameterKey: 'Password', ParameterValue: '****' }])
    const { StackEvents } = await stack.begin('DescribeStackEvents', { StackName: 'secret' })
    expect(JSON.stringify(StackEvents)).toContain('****')
    const kept = await stack.house.world.store.read(async tx => [
      await tx.selectFrom('stacks').selectAll().execute(),
      await tx.selectFrom('stackResources').selectAll().execute(),
      await tx.selectFrom('stackEvents').selectAll().execute(),
      await tx.selectFrom('records').selectAll().execute(),
    ])
    expect(JSON.stringify(kept).includes('Sup3r-secret-word')).toBe(false)
  })
})

describe('rights', () => {
  const through = {
    Effect: 'Allow',
    Action: ['iam:*Group*'],
    Resource: '*',
    Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': cloudformation } },
  }
  const stacksOnly = { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' }

  test('are the caller’s, with aws:CalledVia: through a stack what is refused directly', async () => {
    const alice = await stack.user('alice', [stacksOnly, through])
    expect(await stack.refusal(stack.call('iam', 'CreateGroup', { GroupName: 'direct' }, alice))).toMatch(
      /^AccessDenied: .* is not authorized to perform: iam:CreateGroup/,
    )
    await stack.stacks('CreateStack', { StackName: 'via', TemplateBody: body({ A: group() }), ...acknowledged }, alice)
    expect(await stack.statusOf('via')).toBe('CREATE_COMPLETE')
    const rows = await stack.house.world.store.read(tx =>
      tx.selectFrom('records').select('json').where('eventName', '=', 'CreateGroup').orderBy('seq', 'desc').limit(1).execute(),
    )
    expect(JSON.parse(rows[0]?.json ?? '{}')).toMatchObject({
      userIdentity: { type: 'IAMUser', userName: 'alice', invokedBy: cloudformation },
      sourceIPAddress: cloudformation,
      userAgent: cloudformation,
    })
  })

  test('must hold for each resource: what the caller may not make fails, in the words of the denial', async () => {
    const bob = await stack.user('bob', [stacksOnly])
    await stack.stacks('CreateStack', { StackName: 'denied', TemplateBody: body({ A: group() }), ...acknowledged }, bob)
    expect((await stack.events('denied')).find(event => event.startsWith('A CREATE_FAILED'))).toMatch(
      /message: "User: arn:aws:iam::123456789012:user\/bob is not authorized to perform: iam:CreateGroup on resource: .* because no identity-based policy allows the iam:CreateGroup action \(Service: Iam, Status Code: 403, .*HandlerErrorCode: AccessDenied\)$/,
    )
    expect(await stack.statusOf('denied')).toBe('ROLLBACK_COMPLETE')
  })

  test('end with the session that had them', async () => {
    const carol = await stack.user('carol', [{ Effect: 'Allow', Action: '*', Resource: '*' }])
    const session = { issuedAt: stack.house.now - 3_600_000, expiresAt: stack.house.now }
    await stack.stacks('CreateStack', { StackName: 'late', TemplateBody: body({ A: group() }), ...acknowledged }, { ...carol, session })
    expect((await stack.events('late')).find(event => event.startsWith('A CREATE_FAILED'))).toMatch(
      /The security token included in the request is expired/,
    )
  })

  test('of a service role, which the caller passes, without aws:CalledVia', async () => {
    const trust = (Service: string) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] })
    const { Role } = await stack.call('iam', 'CreateRole', { RoleName: 'deployer', AssumeRolePolicyDocument: trust(cloudformation) })
    const direct = {
      Effect: 'Allow',
      Action: 'iam:*Group*',
      Resource: '*',
      Condition: { Bool: { 'aws:ViaAWSService': 'false' }, Null: { 'aws:CalledVia': 'true' } },
    }
    await stack.call('iam', 'PutRolePolicy', {
      RoleName: 'deployer',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [direct] }),
    })
    const pass = {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: Role.Arn,
      Condition: { StringEquals: { 'iam:PassedToService': cloudformation } },
    }
    const dora = await stack.user('dora', [stacksOnly, pass])
    const asked = { TemplateBody: body({ A: group() }), ...acknowledged, RoleARN: Role.Arn }
    await stack.stacks('CreateStack', { StackName: 'byrole', ...asked }, dora)
    expect(await stack.statusOf('byrole')).toBe('CREATE_COMPLETE')
    const rows = await stack.house.world.store.read(tx =>
      tx.selectFrom('records').select('json').where('eventName', '=', 'CreateGroup').orderBy('seq', 'desc').limit(1).execute(),
    )
    expect(JSON.parse(rows[0]?.json ?? '{}')).toMatchObject({
      userIdentity: {
        type: 'AssumedRole',
        arn: `arn:aws:sts::${account}:assumed-role/deployer/AWSCloudFormation`,
        invokedBy: cloudformation,
      },
      sourceIPAddress: cloudformation,
    })
    const erin = await stack.user('erin', [stacksOnly])
    expect(await stack.refusal(stack.begin('CreateStack', { StackName: 'nopass', ...asked }, erin))).toMatch(
      /is not authorized to perform: iam:PassRole on resource/,
    )
    await stack.call('iam', 'UpdateAssumeRolePolicy', { RoleName: 'deployer', PolicyDocument: trust('ec2.amazonaws.com') })
    expect(await stack.refusal(stack.begin('CreateStack', { StackName: 'notrust', ...asked }))).toBe(
      `ValidationError: Role ${Role.Arn} is invalid or cannot be assumed`,
    )
  })

  test.each([
    { Condition: { StringEquals: { 'cloudformation:TemplateUrl': 'https://s3.amazonaws.com/b/t' } }, allowed: false },
    {
      Condition: {
        'ForAllValues:StringEquals': { 'cloudformation:ResourceTypes': ['AWS::IAM::Group'] },
        Null: { 'cloudformation:ResourceTypes': 'false' },
      },
      allowed: true,
    },
    { Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } }, allowed: true },
    { Condition: { StringEquals: { 'cloudformation:RoleArn': 'arn:aws:iam::123456789012:role/x' } }, allowed: false },
  ])('to create stacks may depend on $Condition', async ({ Condition, allowed }) => {
    const name = `user${Object.values(Condition)
      .map(keys => Object.keys(keys).join(''))
      .join('')
      .replaceAll(/[^a-zA-Z]/g, '')}`
    const user = await stack.user(name, [
      {
        Effect: 'Allow',
        Action: 'cloudformation:CreateStack',
        Resource: `arn:aws:cloudformation:us-east-1:${account}:stack/${name}/*`,
        Condition,
      },
    ])
    const asked = {
      StackName: name,
      TemplateBody: body({ A: group() }),
      ...acknowledged,
      ResourceTypes: ['AWS::IAM::Group'],
      Tags: [{ Key: 'team', Value: 'a' }],
    }
    expect(await stack.refusal(stack.stacks('CreateStack', asked, user))).toMatch(
      allowed ? /^not refused$/ : /^AccessDenied: .*cloudformation:CreateStack on resource: .*stack\/user\w+\/\*/,
    )
  })
})
