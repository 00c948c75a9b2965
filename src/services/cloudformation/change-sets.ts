import type { Change } from '../../wire/models/cloudformation.ts'
import type { AccessContext, HandleContext } from '../operation.ts'
import { changeKeys, onStack, passRole, prepareStack } from './access.ts'
import { type ChangeSetRow, changeSetArn, findChangeSet } from './change-set-store.ts'
import { createStack, updateStack } from './deployment.ts'
import { pageOf } from './paging.ts'
import { type PlannedChange, plannedChanges, scopeOf } from './plan.ts'
import { requested, type Requested } from './requested-content.ts'
import { exportsOf, isThere } from './run.ts'
import { cloudformation } from './service.ts'
import { begin, checkName, newStack, requireUpdatable, sameOutputs, updated } from './stacks.ts'
import {
  newStackArn,
  type OnFailure,
  openContent,
  resourcesOfStack,
  sealContent,
  type Stack,
  type StackContent,
  stackById,
} from './stack-store.ts'
import { parseTemplate, type Template } from './template/template.ts'
import { hidden } from './template/parameters.ts'
import { stackTrail } from './trail.ts'

interface Prepared {
  readonly stack: Stack | undefined
  readonly id: string
  readonly requested?: Requested
}

/** CreateChangeSet: what would change, worked out at once. CloudFormation API Reference, "CreateChangeSet". */
export const CreateChangeSet = cloudformation.operation<'CreateChangeSet', Prepared>('CreateChangeSet', {
  async prepare(input, context) {
    const { account, region, world } = context
    const stack = await prepareStack(input, context)
    return { stack, id: stack?.id ?? newStackArn(region, account, input.StackName, world.random) }
  },

  access: (input, context, { stack }) => [
    onStack(context, input.StackName, stack, { ...changeKeys(input), 'cloudformation:ChangeSetName': input.ChangeSetName }),
    ...passRole(input.RoleARN),
  ],

  async reach(input, context, prepared) {
    const { StackName: name, ChangeSetType = 'UPDATE', ChangeSetName, OnStackFailure = 'ROLLBACK' } = input
    checkChangeSetName(ChangeSetName)
    const stack = typedStack(prepared.stack, name, ChangeSetType)
    const place = { id: prepared.id, name: stack?.name ?? name }
    const reviewed = stack?.status === 'REVIEW_IN_PROGRESS' ? undefined : stack
    return { ...prepared, requested: await requested(input, context, place, reviewed, { onFailure: OnStackFailure as OnFailure }) }
  },

  async handle(input, context, { id, requested: wanted }) {
    const { tx, world, now, account, region } = context
    const { StackName, ChangeSetName: name, ChangeSetType = 'UPDATE' } = input
    const { content, template } = wanted as Requested
    const known = typedStack(await prepareStack({ StackName }, context), StackName, ChangeSetType)
    if (known && (await findChangeSet(tx, { account, region }, name, known)))
      throw new cloudformation.AlreadyExistsException(`ChangeSet ${name} cannot be created due to a mismatch with existing attribute`)
    const stack = known ?? (await begin(context, newStack(context, { id, name: StackName, content, template }), 'REVIEW_IN_PROGRESS'))
    const changes = await changesOf(context, stack, content, template)
    const status = changes === undefined ? noChanges : { status: 'CREATE_COMPLETE', statusReason: null, executionStatus: 'AVAILABLE' }
    const row = {
      id: changeSetArn({ account, region }, name, world.random.uuid()),
      stackId: stack.id,
      name,
      type: ChangeSetType as ChangeSetRow['type'],
      description: input.Description ?? null,
      ...status,
      changes: JSON.stringify(changes ?? []),
      token: input.ClientToken ?? null,
      createdAt: now,
    }
    await tx
      .insertInto('changeSets')
      .values({ ...row, content: sealContent(world.secrets, content, row.id) })
      .execute()
    return { Id: row.id, StackId: stack.id }
  },

  trail: stackTrail('CreateChangeSet'),
})

const noChanges = {
  status: 'FAILED',
  statusReason: "The submitted information didn't contain changes. Submit different information to create a change set.",
  executionStatus: 'UNAVAILABLE',
}

function checkChangeSetName(name: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return
  throw new cloudformation.ValidationError(
    `1 validation error detected: Value '${name.slice(0, 200)}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  )
}

/** The stack that a change set of a type is for. @throws ValidationError when there is one, or none, against the type */
function typedStack(stack: Stack | undefined, name: string, type: string): Stack | undefined {
  const reviewed = stack?.status === 'REVIEW_IN_PROGRESS'
  if (type === 'IMPORT') throw new cloudformation.ValidationError('Gatehouse does not import resources into stacks')
  if (type === 'CREATE') {
    checkName(stack?.name ?? name)
    if (stack && !reviewed)
      throw new cloudformation.ValidationError(`Stack [${name}] already exists and cannot be created again with the changeSet [CREATE].`)
    return stack
  }
  if (!stack || reviewed) throw new cloudformation.ValidationError(`Stack [${name}] does not exist`)
  requireUpdatable(stack)
  return stack
}

/** @returns undefined when nothing changes */
async function changesOf(
  { tx, world }: HandleContext,
  stack: Stack,
  content: StackContent,
  template: Template,
): Promise<readonly Change[] | undefined> {
  const made = (await resourcesOfStack(tx, stack.id, world.secrets)).filter(isThere)
  const scope = scopeOf(stack, template, content, made, await exportsOf(tx, stack))
  const fresh = stack.status === 'REVIEW_IN_PROGRESS'
  const tagsChange = !fresh && JSON.stringify(content.tags) !== JSON.stringify(stack.content.tags)
  const changes = plannedChanges(scope, made, tagsChange)
  const outputs = fresh || !sameOutputs(parseTemplate(stack.content.template), template, stack.content, content)
  return changes.length === 0 && !outputs && !tagsChange ? undefined : changes.map(changeShape)
}

/** CloudFormation API Reference, "ResourceChange". */
const changeShape = ({ logicalId, type, action, physicalId, replacement, details, scope }: PlannedChange): Change => ({
  Type: 'Resource',
  ResourceChange: {
    Action: action,
    LogicalResourceId: logicalId,
    ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
    ResourceType: type,
    ...(replacement !== undefined && { Replacement: replacement }),
    Scope: scope,
    Details: details.map(({ name, replaces, certain, cause }) => ({
      Target: { Attribute: 'Properties', Name: name, RequiresRecreation: replaces ? 'Always' : 'Never' },
      Evaluation: certain ? 'Static' : 'Dynamic',
      ChangeSource: cause === undefined ? 'DirectModification' : 'ResourceReference',
      ...(cause !== undefined && { CausingEntity: cause }),
    })),
  },
})

interface Found {
  readonly stack: Stack | undefined
  readonly set: ChangeSetRow | undefined
}

/** A change set and its stack, which an ARN names without more. */
async function prepareChangeSet(
  { ChangeSetName, StackName }: { readonly ChangeSetName: string; readonly StackName?: string },
  context: AccessContext,
): Promise<Found> {
  const named = await prepareStack(StackName === undefined ? {} : { StackName }, context)
  const set = await findChangeSet(context.tx, context, ChangeSetName, named)
  return { set, stack: set ? await stackById(context.tx, set.stackId, context.world.secrets) : named }
}

const accessChangeSet = (
  { ChangeSetName, StackName }: { readonly ChangeSetName: string; readonly StackName?: string },
  context: AccessContext,
  { stack, set }: Found,
) => onStack(context, StackName, stack, { 'cloudformation:ChangeSetName': set?.name ?? ChangeSetName })

function requireSet({ set, stack }: Found, name: string): { readonly set: ChangeSetRow; readonly stack: Stack } {
  if (!set || !stack) throw new cloudformation.ChangeSetNotFound(`ChangeSet [${name}] does not exist`)
  return { set, stack }
}

/** DescribeChangeSet. CloudFormation API Reference, "DescribeChangeSet". */
export const DescribeChangeSet = cloudformation.operation<'DescribeChangeSet', Found>('DescribeChangeSet', {
  prepare: prepareChangeSet,
  access: accessChangeSet,
  async handle({ ChangeSetName, NextToken }, { world }, found) {
    const { set, stack } = requireSet(found, ChangeSetName)
    const content = openContent(world.secrets, set.content, set.id)
    const { parameters } = parseTemplate(content.template)
    const { page, ...more } = pageOf(JSON.parse(set.changes) as readonly Change[], NextToken)
    return {
      ...summaryShape(set, stack),
      ChangeSetName: set.name,
      Parameters: Object.entries(content.parameters).map(([ParameterKey, value]) => ({
        ParameterKey,
        ParameterValue: parameters.get(ParameterKey)?.noEcho ? hidden : value,
      })),
      NotificationARNs: content.notificationArns,
      RollbackConfiguration: {},
      Capabilities: content.capabilities,
      Tags: content.tags,
      Changes: page,
      OnStackFailure: content.onFailure,
      ...more,
    }
  },
})

const summaryShape = (set: ChangeSetRow, stack: Stack) => ({
  ChangeSetId: set.id,
  ChangeSetName: set.name,
  StackId: stack.id,
  StackName: stack.name,
  ...(set.description !== null && { Description: set.description }),
  CreationTime: new Date(set.createdAt),
  Status: set.status,
  ...(set.statusReason !== null && { StatusReason: set.statusReason }),
  ExecutionStatus: set.executionStatus,
  IncludeNestedStacks: false,
})

/** ListChangeSets. CloudFormation API Reference, "ListChangeSets". */
export const ListChangeSets = cloudformation.operation('ListChangeSets', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, NextToken }, { tx }, stack) {
    if (!stack) throw new cloudformation.ValidationError(`Stack [${StackName}] does not exist`)
    const rows = await tx.selectFrom('changeSets').selectAll().where('stackId', '=', stack.id).orderBy('createdAt').orderBy('id').execute()
    const { page, ...more } = pageOf(rows, NextToken)
    return { Summaries: page.map(set => summaryShape(set, stack)), ...more }
  },
})

/** DeleteChangeSet: fine when it is gone. CloudFormation API Reference, "DeleteChangeSet". */
export const DeleteChangeSet = cloudformation.operation<'DeleteChangeSet', Found>('DeleteChangeSet', {
  prepare: prepareChangeSet,
  access: accessChangeSet,
  async handle(input, context) {
    const { set } = await prepareChangeSet(input, context)
    if (set) await context.tx.deleteFrom('changeSets').where('id', '=', set.id).execute()
    return {}
  },
})

/** ExecuteChangeSet: the stack becomes what the set says. CloudFormation API Reference, "ExecuteChangeSet". */
export const ExecuteChangeSet = cloudformation.operation<'ExecuteChangeSet', Found>('ExecuteChangeSet', {
  prepare: prepareChangeSet,
  access: accessChangeSet,
  async handle(input, context) {
    const { tx, world, principal, now } = context
    const { set, stack } = requireSet(await prepareChangeSet(input, context), input.ChangeSetName)
    if (set.executionStatus !== 'AVAILABLE')
      throw new cloudformation.InvalidChangeSetStatus(
        `ChangeSet [${set.id}] cannot be executed in its current status of [${set.status === 'FAILED' ? 'FAILED' : set.executionStatus}]`,
      )
    const creates = set.type === 'CREATE'
    if (!creates) requireUpdatable(stack)
    const asked = openContent(world.secrets, set.content, set.id)
    const content: StackContent = {
      ...asked,
      ...(input.DisableRollback && { onFailure: 'DO_NOTHING' }),
      ...(input.RetainExceptOnCreate !== undefined && { retainExceptOnCreate: input.RetainExceptOnCreate }),
    }
    const template = parseTemplate(content.template)
    const next = creates ? { ...stack, content, description: template.description ?? null } : updated(stack, content, template, now)
    const token = input.ClientRequestToken ?? null
    await begin(context, { ...next, changeSetId: set.id, token }, creates ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS')
    // The stack is another one now: what other sets say of it does not hold any more.
    await tx.deleteFrom('changeSets').where('stackId', '=', stack.id).where('id', '!=', set.id).execute()
    await tx.updateTable('changeSets').set({ executionStatus: 'EXECUTE_COMPLETE' }).where('id', '=', set.id).execute()
    context.afterCommit(() => (creates ? createStack : updateStack)(world, stack.id, principal))
    return {}
  },
})
