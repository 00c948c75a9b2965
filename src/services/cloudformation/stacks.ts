import type { HandleContext } from '../operation.ts'
import { changeKeys, onStack, passRole, prepareStack, requireStack } from './access.ts'
import { createStack, deleteStack, updateStack } from './deployment.ts'
import { exportsOf, isThere } from './run.ts'
import { importersOf } from './export-rules.ts'
import { plannedChanges, same, scopeOf } from './plan.ts'
import { requested, type Requested } from './requested-content.ts'
import { cloudformation } from './service.ts'
import { enterStatus, newStackArn, type OnFailure, resourcesOfStack, type Stack, type StackContent, writeStack } from './stack-store.ts'
import { parseTemplate, type Template } from './template/template.ts'
import { stackTrail } from './trail.ts'

interface Prepared {
  readonly stack: Stack | undefined
  readonly id: string
  readonly requested?: Requested
}

/** CreateStack: answers at once; the stack is made afterwards. CloudFormation API Reference, "CreateStack". */
export const CreateStack = cloudformation.operation<'CreateStack', Prepared>('CreateStack', {
  async prepare(input, context) {
    const { account, region, world } = context
    return { stack: await prepareStack(input, context), id: newStackArn(region, account, input.StackName, world.random) }
  },

  access: (input, context) => [onStack(context, input.StackName, undefined, changeKeys(input)), ...passRole(input.RoleARN)],

  async reach(input, context, prepared) {
    const { StackName: name, ClientRequestToken: token } = input
    if (isRepeated(prepared.stack, token)) return prepared
    checkName(name)
    refuseTaken(prepared.stack)
    const rest = { onFailure: onFailureOf(input), timeoutMinutes: input.TimeoutInMinutes }
    return { ...prepared, requested: await requested(input, context, { id: prepared.id, name }, undefined, rest) }
  },

  async handle(input, context, { id, requested: wanted }) {
    const { tx, world, principal } = context
    const { StackName: name, ClientRequestToken: token } = input
    const stack = await prepareStack(input, context)
    if (stack && isRepeated(stack, token)) return { StackId: stack.id }
    refuseTaken(stack)
    await forgetReviewed(tx, stack)
    const fresh = newStack(context, { id: stack?.id ?? id, name, token, ...(wanted as Requested) })
    const made = { ...fresh, ...wanted?.policies, terminationProtection: input.EnableTerminationProtection ?? false }
    await begin(context, made, 'CREATE_IN_PROGRESS')
    context.afterCommit(() => createStack(world, made.id, principal))
    return { StackId: made.id }
  },

  trail: stackTrail('CreateStack'),
})

/** A call that is sent again, with the token of the first, is the first. CloudFormation API Reference, "CreateStack", ClientRequestToken. */
const isRepeated = (stack: Stack | undefined, token: string | undefined): boolean => token !== undefined && stack?.token === token

/** Names of stacks. CloudFormation API Reference, "CreateStack", StackName. */
export function checkName(name: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return
  throw new cloudformation.ValidationError(
    `1 validation error detected: Value '${name.slice(0, 200)}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  )
}

function refuseTaken(stack: Stack | undefined): void {
  if (stack && stack.status !== 'REVIEW_IN_PROGRESS')
    throw new cloudformation.AlreadyExistsException(`Stack [${stack.name}] already exists`)
}

/** A stack that only change sets know makes way for one that is created. */
async function forgetReviewed(tx: HandleContext['tx'], stack: Stack | undefined): Promise<void> {
  if (stack) await tx.deleteFrom('changeSets').where('stackId', '=', stack.id).execute()
}

/** What is to become of a failed creation. @throws ValidationError for two answers */
function onFailureOf({ OnFailure, DisableRollback }: { readonly OnFailure?: string; readonly DisableRollback?: boolean }): OnFailure {
  if (OnFailure !== undefined && DisableRollback !== undefined)
    throw new cloudformation.ValidationError('You can specify either DisableRollback or OnFailure, but not both.')
  return DisableRollback ? 'DO_NOTHING' : ((OnFailure as OnFailure | undefined) ?? 'ROLLBACK')
}

/** A stack that there was not before. */
export function newStack(
  { account, region, now }: Pick<HandleContext, 'account' | 'region' | 'now'>,
  {
    id,
    name,
    token,
    content,
    template,
  }: {
    readonly id: string
    readonly name: string
    readonly token?: string | undefined
    readonly content: StackContent
    readonly template: Template
  },
): Stack {
  return {
    id,
    account,
    region,
    name,
    description: template.description ?? null,
    status: 'REVIEW_IN_PROGRESS',
    statusReason: null,
    content,
    previous: undefined,
    outputs: [],
    terminationProtection: false,
    policy: null,
    updatePolicy: null,
    changeSetId: null,
    token: token ?? null,
    createdAt: now,
    updatedAt: null,
    deletedAt: null,
  }
}

/** An operation that its caller began. */
export const begin = ({ tx, world, now }: HandleContext, stack: Stack, status: string): Promise<Stack> =>
  enterStatus(tx, stack, status, 'User Initiated', { secrets: world.secrets, random: world.random, at: now })

/** UpdateStack: what changes is found out at once, and changed afterwards. CloudFormation API Reference, "UpdateStack". */
export const UpdateStack = cloudformation.operation<'UpdateStack', Prepared>('UpdateStack', {
  async prepare(input, context) {
    const stack = await prepareStack(input, context)
    return { stack, id: stack?.id ?? '' }
  },

  access: (input, context, { stack }) => [onStack(context, input.StackName, stack, changeKeys(input)), ...passRole(input.RoleARN)],

  async reach(input, context, prepared) {
    const stack = existing(prepared.stack, input.StackName)
    if (isRepeated(stack, input.ClientRequestToken)) return prepared
    requireUpdatable(stack)
    const onFailure = input.DisableRollback ? 'DO_NOTHING' : 'ROLLBACK'
    return { ...prepared, requested: await requested(input, context, stack, stack, { onFailure }) }
  },

  async handle(input, context, { requested: wanted }) {
    const { world, principal, now } = context
    const stack = existing(await prepareStack(input, context), input.StackName)
    if (isRepeated(stack, input.ClientRequestToken)) return { StackId: stack.id }
    requireUpdatable(stack)
    const { content, template, policies } = wanted as Requested
    await requireChanges(context, stack, content, template)
    const next = { ...updated(stack, content, template, now), ...policies }
    await begin(context, { ...next, token: input.ClientRequestToken ?? null }, 'UPDATE_IN_PROGRESS')
    context.afterCommit(() => updateStack(world, stack.id, principal))
    return { StackId: stack.id }
  },

  trail: stackTrail('UpdateStack'),
})

/** A stack as its update begins. What it goes back to is what it last was as a whole. */
export const updated = (stack: Stack, content: StackContent, template: Template, now: number): Stack => ({
  ...stack,
  content,
  description: template.description ?? null,
  previous: stack.previous ?? stack.content,
  updatePolicy: null,
  updatedAt: now,
})

function existing(stack: Stack | undefined, nameOrId: string): Stack {
  if (!stack || stack.status === 'REVIEW_IN_PROGRESS') throw new cloudformation.ValidationError(`Stack [${nameOrId}] does not exist`)
  return stack
}

const updatable = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'])

/** CloudFormation User Guide, "Update CloudFormation stacks": a failed operation whose resources were kept can be tried again. @throws ValidationError */
export function requireUpdatable({ id, status, content }: Stack): void {
  const kept = content.onFailure === 'DO_NOTHING' && (status === 'UPDATE_FAILED' || status === 'CREATE_FAILED')
  if (!updatable.has(status) && !kept) throw new cloudformation.ValidationError(`Stack:${id} is in ${status} state and can not be updated.`)
}

/** @throws ValidationError when the update would change nothing, or a resource's type */
async function requireChanges({ tx, world }: HandleContext, stack: Stack, content: StackContent, template: Template): Promise<void> {
  const made = (await resourcesOfStack(tx, stack.id, world.secrets)).filter(isThere)
  const scope = scopeOf(stack, template, content, made, await exportsOf(tx, stack))
  const other = made.filter(({ logicalId, type }) => (template.resources.get(logicalId)?.type ?? type) !== type)
  if (other.length > 0)
    throw new cloudformation.ValidationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${other.map(({ logicalId }) => logicalId).join(', ')}]`,
    )
  const before = parseTemplate(stack.content.template)
  const tagsChange = JSON.stringify(content.tags) !== JSON.stringify(stack.content.tags)
  const unfinished = made.some(({ status }) => status.endsWith('FAILED'))
  if (unfinished || tagsChange || !sameOutputs(before, template, stack.content, content)) return
  if (plannedChanges(scope, made, false).length === 0) throw new cloudformation.ValidationError('No updates are to be performed.')
}

/** Whether outputs, and what they are made of, are as they were. */
export const sameOutputs = (a: Template, b: Template, before: StackContent, after: StackContent): boolean => {
  const outputs = (template: Template) =>
    Object.fromEntries(
      [...template.outputs].map(([key, { value, exportName = null, condition = null, description = null }]) => [
        key,
        { value, exportName, condition, description },
      ]),
    )
  const uses = JSON.stringify(before.parameters) === JSON.stringify(after.parameters) || b.outputs.size === 0
  return same(outputs(a), outputs(b)) && uses
}

/** DeleteStack: fine when there is no such stack. CloudFormation API Reference, "DeleteStack". */
export const DeleteStack = cloudformation.operation('DeleteStack', {
  prepare: prepareStack,
  access: (input, context, stack) => [
    onStack(context, input.StackName, stack, { 'cloudformation:RoleArn': input.RoleARN }),
    ...passRole(input.RoleARN),
  ],

  async handle(input, context) {
    const { tx, world, principal, account, region } = context
    const stack = await prepareStack(input, context)
    if (!stack || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return {}
    if (stack.terminationProtection)
      throw new cloudformation.ValidationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`)
    const RetainResources = input.RetainResources ?? []
    if (RetainResources.length > 0 && stack.status !== 'DELETE_FAILED')
      throw new cloudformation.ValidationError(
        `Invalid operation on stack [${stack.id}]. Specify RetainResources only for a stack in DELETE_FAILED state.`,
      )
    const exported = await tx.selectFrom('stackExports').select('name').where('stackId', '=', stack.id).execute()
    for (const { name } of exported) {
      const importers = await importersOf(tx, { account, region }, name)
      if (importers.length > 0)
        throw new cloudformation.ValidationError(`Export ${name} cannot be deleted as it is in use by ${importers.join(' and ')}`)
    }
    const content = { ...stack.content, ...(input.RoleARN !== undefined && { roleArn: input.RoleARN }) }
    await begin(context, { ...stack, content, token: input.ClientRequestToken ?? null }, 'DELETE_IN_PROGRESS')
    context.afterCommit(() => deleteStack(world, stack.id, principal, RetainResources))
    return {}
  },
})

/** UpdateTerminationProtection. CloudFormation API Reference, "UpdateTerminationProtection". */
export const UpdateTerminationProtection = cloudformation.operation('UpdateTerminationProtection', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, EnableTerminationProtection }, context) {
    const stack = requireStack(await prepareStack({ StackName }, context), StackName)
    await writeStack(context.tx, { ...stack, terminationProtection: EnableTerminationProtection }, context.world.secrets)
    return { StackId: stack.id }
  },
})
