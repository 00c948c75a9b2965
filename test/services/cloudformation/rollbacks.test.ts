import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acknowledged, body, openStackHouse, type StackHouse } from './stack-house.ts'

let stack: StackHouse
beforeAll(async () => {
  stack = await openStackHouse()
})
afterAll(() => stack.close())

describe('RollbackStack undoes what failed and was left as it was', () => {
  const impossible = { Type: 'AWS::IAM::Group', Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/Nothing'] }, DependsOn: 'A' }
  const plain = { Type: 'AWS::IAM::Group' }
  const groupsOf = async (name: string) =>
    (await stack.call('iam', 'ListGroups', {})).Groups.filter((each: { GroupName: string }) => each.GroupName.startsWith(`${name}-`)).length

  test('a creation', async () => {
    const TemplateBody = body({ A: plain, B: impossible })
    await stack.stacks('CreateStack', { StackName: 'half-made', TemplateBody, DisableRollback: true, ...acknowledged })
    expect([await stack.statusOf('half-made'), await groupsOf('half-made')]).toEqual(['CREATE_FAILED', 2])
    await stack.stacks('RollbackStack', { StackName: 'half-made' })
    expect([await stack.statusOf('half-made'), await groupsOf('half-made')]).toEqual(['ROLLBACK_COMPLETE', 0])
    expect(await stack.refusal(stack.begin('RollbackStack', { StackName: 'half-made' }))).toMatch(
      /^ValidationError: .* can not be rolled back\.$/,
    )
  })

  test('an update', async () => {
    await stack.stacks('CreateStack', { StackName: 'half-changed', TemplateBody: body({ A: plain }), ...acknowledged })
    const TemplateBody = body({ A: plain, B: impossible, C: plain })
    await stack.stacks('UpdateStack', { StackName: 'half-changed', TemplateBody, DisableRollback: true, ...acknowledged })
    expect(await stack.statusOf('half-changed')).toBe('UPDATE_FAILED')
    await stack.stacks('RollbackStack', { StackName: 'half-changed' })
    expect([await stack.statusOf('half-changed'), await groupsOf('half-changed')]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 1])
  })
})
