import { onStack, passRole, prepareStack, requireStack } from './access.ts'
import { continueRollback, undoCreation } from './deployment.ts'
import { cloudformation } from './service.ts'
import { begin } from './stacks.ts'

/** CancelUpdateStack: what goes on is rolled back. CloudFormation API Reference, "CancelUpdateStack". */
export const CancelUpdateStack = cloudformation.operation('CancelUpdateStack', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName }, context) {
    const stack = requireStack(await prepareStack({ StackName }, context), StackName)
    if (stack.status !== 'UPDATE_IN_PROGRESS')
      throw new cloudformation.ValidationError('CancelUpdateStack cannot be called from current stack status')
    await begin(context, stack, 'UPDATE_ROLLBACK_IN_PROGRESS')
    return {}
  },
})

/** ContinueUpdateRollback: with the caller's rights of now. CloudFormation API Reference, "ContinueUpdateRollback". */
export const ContinueUpdateRollback = cloudformation.operation('ContinueUpdateRollback', {
  prepare: prepareStack,
  access: ({ StackName, RoleARN }, context, stack) => [
    onStack(context, StackName, stack, { 'cloudformation:RoleArn': RoleARN }),
    ...passRole(RoleARN),
  ],
  async handle({ StackName, RoleARN, ResourcesToSkip = [] }, context) {
    const { world, principal } = context
    const stack = requireStack(await prepareStack({ StackName }, context), StackName)
    if (stack.status !== 'UPDATE_ROLLBACK_FAILED')
      throw new cloudformation.ValidationError(`Stack:${stack.id} is in ${stack.status} state and can not continue update rollback.`)
    const content = { ...stack.content, ...(RoleARN !== undefined && { roleArn: RoleARN }) }
    await begin(context, { ...stack, content }, 'UPDATE_ROLLBACK_IN_PROGRESS')
    context.afterCommit(() => continueRollback(world, stack.id, principal, ResourcesToSkip))
    return {}
  },
})

/** Operations that failed and were not to be rolled back, and what rolls them back. */
const undoable: { readonly [status: string]: { readonly status: string; readonly undo: typeof undoCreation } } = {
  CREATE_FAILED: { status: 'ROLLBACK_IN_PROGRESS', undo: undoCreation },
  UPDATE_FAILED: { status: 'UPDATE_ROLLBACK_IN_PROGRESS', undo: (world, id, caller) => continueRollback(world, id, caller, []) },
}

/** RollbackStack: of what failed with rollback disabled. CloudFormation API Reference, "RollbackStack". */
export const RollbackStack = cloudformation.operation('RollbackStack', {
  prepare: prepareStack,
  access: ({ StackName, RoleARN }, context, stack) => [
    onStack(context, StackName, stack, { 'cloudformation:RoleArn': RoleARN }),
    ...passRole(RoleARN),
  ],
  async handle({ StackName, RoleARN, RetainExceptOnCreate, ClientRequestToken: token = null }, context) {
    const { world, principal } = context
    const stack = requireStack(await prepareStack({ StackName }, context), StackName)
    const next = undoable[stack.status]
    if (!next) throw new cloudformation.ValidationError(`Stack:${stack.id} is in ${stack.status} state and can not be rolled back.`)
    const content = {
      ...stack.content,
      ...(RoleARN !== undefined && { roleArn: RoleARN }),
      ...(RetainExceptOnCreate !== undefined && { retainExceptOnCreate: RetainExceptOnCreate }),
    }
    await begin(context, { ...stack, content, token }, next.status)
    context.afterCommit(() => next.undo(world, stack.id, principal))
    return { StackId: stack.id }
  },
})
