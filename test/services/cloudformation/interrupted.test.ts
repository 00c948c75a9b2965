import { expect, test } from 'vitest'
import { endInterruptedStacks } from '../../../src/services/cloudformation/interrupted.ts'
import { StackRuns } from '../../../src/services/cloudformation/stack-runs.ts'
import { acknowledged, body, group, openStackHouse, role } from './stack-house.ts'

/** What the next start finds of an operation that never ended: its stack and resources as they were in the midst of it. */
test.each([
  { status: 'CREATE_IN_PROGRESS', end: 'CREATE_FAILED' },
  { status: 'ROLLBACK_IN_PROGRESS', end: 'ROLLBACK_FAILED' },
  { status: 'DELETE_IN_PROGRESS', end: 'DELETE_FAILED' },
  { status: 'UPDATE_IN_PROGRESS', end: 'UPDATE_ROLLBACK_FAILED' },
  { status: 'UPDATE_ROLLBACK_IN_PROGRESS', end: 'UPDATE_ROLLBACK_FAILED' },
])('a stack in $status ends in $end, and can be deleted', async ({ status, end }) => {
  const stack = await openStackHouse()
  const { store, secrets, random } = stack.house.world
  const { StackId } = await stack.stacks('CreateStack', {
    StackName: 'cut',
    TemplateBody: body({ A: group(), B: group() }),
    ...acknowledged,
  })
  await store.write(async tx => {
    await tx.updateTable('stacks').set({ status }).execute()
    await tx.updateTable('stackResources').set({ status }).where('logicalId', '=', 'B').execute()
  })
  await endInterruptedStacks(store, secrets, random, stack.house.now)
  expect((await stack.begin('DescribeStacks', { StackName: 'cut' })).Stacks[0]).toMatchObject({
    StackStatus: end,
    StackStatusReason: 'Gatehouse was stopped during the operation.',
  })
  expect((await stack.events('cut')).slice(-2)).toEqual([
    `B ${status.replace('_IN_PROGRESS', '_FAILED')}: Gatehouse was stopped during the operation.`,
    `cut ${end}: Gatehouse was stopped during the operation.`,
  ])
  await stack.stacks('DeleteStack', { StackName: 'cut' })
  expect(await stack.statusOf(StackId)).toBe('DELETE_COMPLETE')
  expect((await stack.call('iam', 'ListGroups', {})).Groups).toEqual([])
  await stack.close()
})

test('an update that Gatehouse’s stop cut short is rolled back by whoever continues it', async () => {
  const stack = await openStackHouse()
  const { world } = stack.house
  await stack.stacks('CreateStack', {
    StackName: 'half',
    TemplateBody: body({ A: role({ Description: 'before' }), Z: group() }),
    ...acknowledged,
  })
  // A row of new ones, so that the stop comes before the last of them whatever the store takes to tell of the first.
  const row = Array.from({ length: 20 }, (_, index) => [`New${index}`, { ...group(), DependsOn: index === 0 ? 'A' : `New${index - 1}` }])
  const TemplateBody = body({ A: role({ Description: 'after' }), ...Object.fromEntries(row), Z: { ...group(), DependsOn: 'New19' } })
  await stack.begin('UpdateStack', { StackName: 'half', TemplateBody, ...acknowledged })
  // Stops once the first resource is changed.
  for (let look = 0; look < 500 && !(await stack.events('half')).includes('A UPDATE_COMPLETE'); look++)
    await new Promise(resolve => setImmediate(resolve))
  await world.stackRuns.stop()
  expect(await stack.statusOf('half')).toBe('UPDATE_IN_PROGRESS')
  await endInterruptedStacks(world.store, world.secrets, world.random, stack.house.now)
  expect(await stack.statusOf('half')).toBe('UPDATE_ROLLBACK_FAILED')
  // As the next start has it.
  Object.assign(world, { stackRuns: new StackRuns() })
  await stack.stacks('ContinueUpdateRollback', { StackName: 'half' })
  expect(await stack.statusOf('half')).toBe('UPDATE_ROLLBACK_COMPLETE')
  const { PhysicalResourceId: RoleName } = (await stack.begin('DescribeStackResource', { StackName: 'half', LogicalResourceId: 'A' }))
    .StackResourceDetail
  expect((await stack.call('iam', 'GetRole', { RoleName })).Role.Description).toBe('before')
  expect((await stack.call('iam', 'ListGroups', {})).Groups).toHaveLength(1)
  await stack.close()
})
