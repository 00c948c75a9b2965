import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireAllowed, type UpdateAction } from '../../../src/services/cloudformation/stack-policy.ts'
import { acknowledged, body, openStackHouse, type StackHouse } from './stack-house.ts'

// CloudFormation User Guide, "Prevent updates to stack resources": its examples, and stacks under policies.

const statement = (Effect: string, Action: string | readonly string[], Resource: string, Condition?: object) => ({
  Effect,
  Action,
  Principal: '*',
  Resource,
  ...(Condition && { Condition }),
})
const policy = (...Statement: object[]) => JSON.stringify({ Statement })
const everything = statement('Allow', 'Update:*', '*')
const ofType = (operator: string, ...ResourceType: string[]) => ({ [operator]: { ResourceType } })

describe('a policy allows, denies, and protects what it does not speak of', () => {
  const database = { logicalId: 'ProductionDatabase', type: 'AWS::RDS::DBInstance' }
  const table = { logicalId: 'Table', type: 'AWS::DynamoDB::Table' }
  const denied = /^Action denied by stack policy: Statement \[#\d\] does not allow \[Update:\w+\] for resource \[LogicalResourceId\/\w+\];$/
  const unspoken = /^Action not allowed by stack policy/
  test.each([
    ['no policy', null, 'Update:Delete', database, undefined],
    [
      'all but one',
      policy(everything, statement('Deny', 'Update:*', 'LogicalResourceId/ProductionDatabase')),
      'Update:Modify',
      database,
      denied,
    ],
    [
      'all but one',
      policy(everything, statement('Deny', 'Update:*', 'LogicalResourceId/ProductionDatabase')),
      'Update:Modify',
      table,
      undefined,
    ],
    ['a deny wherever it stands', policy(statement('Deny', ['Update:Replace'], '*'), everything), 'Update:Replace', table, denied],
    ['a deny of another action', policy(statement('Deny', ['Update:Replace'], '*'), everything), 'Update:Modify', table, undefined],
    [
      'a deny by type',
      policy(everything, statement('Deny', 'Update:*', '*', ofType('StringEquals', 'AWS::RDS::DBInstance'))),
      'Update:Delete',
      database,
      denied,
    ],
    [
      'a deny by type',
      policy(everything, statement('Deny', 'Update:*', '*', ofType('StringEquals', 'AWS::RDS::DBInstance'))),
      'Update:Delete',
      table,
      undefined,
    ],
    [
      'a deny by types alike',
      policy(everything, statement('Deny', 'Update:*', '*', ofType('StringLike', 'AWS::RDS::*'))),
      'Update:Modify',
      database,
      denied,
    ],
    ['an allow of others', policy(statement('Allow', 'Update:*', 'LogicalResourceId/Ta*')), 'Update:Modify', database, unspoken],
    ['an allow of its like', policy(statement('Allow', 'Update:*', 'LogicalResourceId/Ta*')), 'Update:Modify', table, undefined],
    [
      'all but a resource',
      policy({ Effect: 'Allow', Action: 'Update:*', Principal: '*', NotResource: 'LogicalResourceId/ProductionDatabase' }),
      'Update:Modify',
      database,
      unspoken,
    ],
    [
      'all but an action',
      policy({ Effect: 'Allow', NotAction: 'Update:Delete', Principal: '*', Resource: '*' }),
      'Update:Delete',
      table,
      unspoken,
    ],
    [
      'all but an action',
      policy({ Effect: 'Allow', NotAction: 'Update:Delete', Principal: '*', Resource: '*' }),
      'Update:Replace',
      table,
      undefined,
    ],
  ] as [string, string | null, UpdateAction, typeof table, RegExp | undefined][])(
    '%s: %s, %s of %j',
    (_name, given, action, resource, reason) => {
      const decide = () => requireAllowed(given, action, resource)
      if (reason === undefined) expect(decide).not.toThrow()
      else expect(decide).toThrow(reason)
    },
  )
})

describe('a stack under a policy', () => {
  let stack: StackHouse
  beforeAll(async () => {
    stack = await openStackHouse()
  })
  afterAll(() => stack.close())

  const group = (Path?: string, GroupName?: string) => ({
    Type: 'AWS::IAM::Group',
    Properties: { ...(Path && { Path }), ...(GroupName && { GroupName }) },
  })
  const update = (StackName: string, resources: object, more: object = {}) =>
    stack.stacks('UpdateStack', { StackName, TemplateBody: body(resources), ...acknowledged, ...more })
  const guarded = policy(everything, statement('Deny', ['Update:Replace', 'Update:Delete'], 'LogicalResourceId/Kept'))
  const made = { Kept: group(undefined, 'kept'), Other: group() }

  test('keeps what the policy protects, and says why in the resource’s event', async () => {
    await stack.stacks('CreateStack', { StackName: 'guarded', TemplateBody: body(made), StackPolicyBody: guarded, ...acknowledged })
    expect(await stack.begin('GetStackPolicy', { StackName: 'guarded' })).toEqual({ StackPolicyBody: guarded })
    await update('guarded', { ...made, Kept: group(undefined, 'kept-otherwise') })
    expect(await stack.statusOf('guarded')).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await stack.events('guarded')).toEqual(
      expect.arrayContaining([
        'Kept UPDATE_FAILED: Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/Kept];',
        'guarded UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Kept].',
      ]),
    )
    await update('guarded', { Other: made.Other })
    expect((await stack.events('guarded')).filter(event => event.includes('[Update:Delete]'))).toHaveLength(1)
    expect(await stack.call('iam', 'GetGroup', { GroupName: 'kept' })).toMatchObject({ Group: { GroupName: 'kept' } })
  })

  test('lets be changed what it allows', async () => {
    await update('guarded', { ...made, Kept: group('/moved/', 'kept') })
    expect(await stack.statusOf('guarded'), (await stack.events('guarded')).join('\n')).toBe('UPDATE_COMPLETE')
  })

  test('a policy for the time of an update overrides it, once', async () => {
    await update('guarded', { Other: made.Other }, { StackPolicyDuringUpdateBody: policy(everything) })
    expect(await stack.statusOf('guarded')).toBe('UPDATE_COMPLETE')
    expect(await stack.refusal(stack.call('iam', 'GetGroup', { GroupName: 'kept' }))).toMatch(/^NoSuchEntity/)
    await stack.begin('SetStackPolicy', { StackName: 'guarded', StackPolicyBody: policy(statement('Deny', 'Update:*', '*')) })
    await update('guarded', { Other: group('/moved/') })
    expect(await stack.statusOf('guarded')).toBe('UPDATE_ROLLBACK_COMPLETE')
  })

  test('change sets are under it, too; deletion of the stack is not', async () => {
    const TemplateBody = body({ Other: group('/moved/') })
    await stack.stacks('CreateChangeSet', { StackName: 'guarded', ChangeSetName: 'move', TemplateBody, ...acknowledged })
    await stack.stacks('ExecuteChangeSet', { StackName: 'guarded', ChangeSetName: 'move' })
    expect(await stack.statusOf('guarded')).toBe('UPDATE_ROLLBACK_COMPLETE')
    await stack.stacks('DeleteStack', { StackName: 'guarded' })
    expect(await stack.refusal(stack.begin('GetStackPolicy', { StackName: 'guarded' }))).toMatch(
      /^ValidationError: Stack with id guarded does not exist/,
    )
  })

  test('a stack without a policy tells none, and may be changed', async () => {
    await stack.stacks('CreateStack', { StackName: 'free', TemplateBody: body({ Other: group() }), ...acknowledged })
    expect(await stack.begin('GetStackPolicy', { StackName: 'free' })).toEqual({})
  })

  test.each([
    ['not a policy', 'Error validating stack policy: Invalid stack policy'],
    ['{"Statement":[]}', 'Error validating stack policy: Invalid stack policy'],
    [policy(statement('Allow', 'iam:*', '*')), 'Error validating stack policy: Invalid statement {#1}'],
    [policy({ ...everything, Principal: 'me' }), 'Error validating stack policy: Invalid statement {#1}'],
    [policy(everything, { ...everything, Why: 'not' }), 'Error validating stack policy: Invalid statement {#2}: unknown element Why'],
    [policy(statement('Allow', 'Update:*', '*', { Bool: { ResourceType: 'a' } })), 'Error validating stack policy: Invalid statement {#1}'],
    [
      policy(statement('Deny', 'Update:*', 'LogicalResourceId/Gone')),
      "Error validating stack policy: Unknown logical id 'LogicalResourceId/Gone' in statement {#1} - stack policies can only be applied to logical ids referenced in the template",
    ],
  ])('%s is refused', async (StackPolicyBody, message) => {
    expect(await stack.refusal(stack.begin('SetStackPolicy', { StackName: 'free', StackPolicyBody }))).toBe(`ValidationError: ${message}`)
  })

  test('by URL it is an object of the caller’s own', async () => {
    await stack.call('s3', 'CreateBucket', { Bucket: 'stack-policies' })
    await stack.call('s3', 'PutObject', { Bucket: 'stack-policies', Key: 'all.json', Body: Buffer.from(policy(everything)) })
    const StackPolicyURL = 'https://stack-policies.s3.amazonaws.com/all.json'
    await stack.begin('SetStackPolicy', { StackName: 'free', StackPolicyURL })
    expect(await stack.begin('GetStackPolicy', { StackName: 'free' })).toEqual({ StackPolicyBody: policy(everything) })
    const both = stack.begin('SetStackPolicy', { StackName: 'free', StackPolicyURL, StackPolicyBody: policy(everything) })
    expect(await stack.refusal(both)).toBe('ValidationError: You cannot specify both StackPolicyBody and StackPolicyURL')
    const elsewhere = stack.begin('SetStackPolicy', { StackName: 'free', StackPolicyURL: 'https://example.com/all.json' })
    expect(await stack.refusal(elsewhere)).toBe('ValidationError: StackPolicyURL must be a supported URL.')
  })
})
