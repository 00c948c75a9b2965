import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acknowledged, body, group, openStackHouse, role, type StackHouse } from './stack-house.ts'

let stack: StackHouse
beforeAll(async () => {
  stack = await openStackHouse()
})
afterAll(() => stack.close())

const propose = (StackName: string, ChangeSetName: string, resources: object, more: object = {}) =>
  stack.stacks('CreateChangeSet', { StackName, ChangeSetName, TemplateBody: body(resources), ...acknowledged, ...more })
const describeSet = (StackName: string, ChangeSetName: string) => stack.begin('DescribeChangeSet', { StackName, ChangeSetName })

describe('a change set', () => {
  test('creates a stack, when it is executed and not before', async () => {
    const { Id, StackId } = await propose('fresh', 'first', { A: group() }, { ChangeSetType: 'CREATE' })
    expect(await stack.statusOf('fresh')).toBe('REVIEW_IN_PROGRESS')
    expect((await stack.call('iam', 'ListGroups', {})).Groups).toEqual([])
    expect(await stack.begin('DescribeChangeSet', { ChangeSetName: Id })).toMatchObject({
      StackId,
      Status: 'CREATE_COMPLETE',
      ExecutionStatus: 'AVAILABLE',
      Changes: [{ Type: 'Resource', ResourceChange: { Action: 'Add', LogicalResourceId: 'A', ResourceType: 'AWS::IAM::Group' } }],
    })
    await stack.stacks('ExecuteChangeSet', { ChangeSetName: Id })
    expect(await stack.statusOf('fresh')).toBe('CREATE_COMPLETE')
    expect((await stack.begin('DescribeStacks', { StackName: 'fresh' })).Stacks[0].ChangeSetId).toBe(Id)
    expect(await stack.refusal(stack.begin('ExecuteChangeSet', { ChangeSetName: Id }))).toBe(
      `InvalidChangeSetStatus: ChangeSet [${Id}] cannot be executed in its current status of [EXECUTE_COMPLETE]`,
    )
  })

  test('says of each resource what would become of it, and of what depends on it', async () => {
    const profile = { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Moved' }] } }
    await stack.stacks('CreateStack', {
      StackName: 'planned',
      TemplateBody: body({
        Moved: role({ Path: '/a/' }),
        Changed: role({ Description: 'a' }),
        Gone: group(),
        Profile: profile,
        Same: group(),
      }),
      ...acknowledged,
    })
    await propose('planned', 'next', {
      Moved: role({ Path: '/b/' }),
      Changed: role({ Description: 'b' }),
      Profile: profile,
      Same: group(),
      New: group(),
    })
    const { Changes } = await describeSet('planned', 'next')
    const changes = Changes.map(
      ({
        ResourceChange: { Action, LogicalResourceId, Replacement, Details },
      }: {
        ResourceChange: {
          Action: string
          LogicalResourceId: string
          Replacement?: string
          Details: { Target: { Name: string }; Evaluation: string }[]
        }
      }) => [Action, LogicalResourceId, Replacement, ...Details.map(({ Target, Evaluation }) => `${Target.Name} ${Evaluation}`)],
    )
    expect(changes).toEqual([
      ['Modify', 'Moved', 'True', 'Path Static'],
      ['Modify', 'Changed', 'False', 'Description Static'],
      ['Add', 'New', undefined],
      ['Modify', 'Profile', 'False', 'Roles Dynamic'],
      ['Remove', 'Gone', undefined],
    ])
    await propose('planned', 'other', { Same: group() })
    expect((await stack.begin('ListChangeSets', { StackName: 'planned' })).Summaries).toHaveLength(2)
    await stack.stacks('ExecuteChangeSet', { StackName: 'planned', ChangeSetName: 'next' })
    expect(await stack.statusOf('planned')).toBe('UPDATE_COMPLETE')
    expect(await stack.refusal(describeSet('planned', 'other'))).toBe('ChangeSetNotFound: ChangeSet [other] does not exist')
  })

  test('without changes fails, as the CLI expects it', async () => {
    await stack.stacks('CreateStack', { StackName: 'still', TemplateBody: body({ A: group() }), ...acknowledged })
    await propose('still', 'nothing', { A: group() })
    expect(await describeSet('still', 'nothing')).toMatchObject({
      Status: 'FAILED',
      StatusReason: "The submitted information didn't contain changes. Submit different information to create a change set.",
      ExecutionStatus: 'UNAVAILABLE',
    })
    await stack.begin('DeleteChangeSet', { StackName: 'still', ChangeSetName: 'nothing' })
    expect((await stack.begin('ListChangeSets', { StackName: 'still' })).Summaries).toEqual([])
  })

  test.each([
    { type: 'UPDATE', name: 'nowhere', refusal: 'ValidationError: Stack [nowhere] does not exist' },
    {
      type: 'CREATE',
      name: 'there',
      refusal: 'ValidationError: Stack [there] already exists and cannot be created again with the changeSet [CREATE].',
    },
    { type: 'IMPORT', name: 'there', refusal: 'ValidationError: Gatehouse does not import resources into stacks' },
  ])('of type $type for $name: $refusal', async ({ type, name, refusal }) => {
    await stack.stacks('CreateStack', {
      StackName: 'there',
      TemplateBody: body({ A: group() }),
      ...acknowledged,
      ClientRequestToken: 'once',
    })
    expect(await stack.refusal(propose(name, 'set', { A: group() }, { ChangeSetType: type }))).toBe(refusal)
  })
})
