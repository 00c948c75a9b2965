import type { Selectable } from 'kysely'
import type { StackEventsTable } from '../../store/tables/cloudformation.ts'
import type { Stack as StackShape, StackEvent, StackResourceDetail, StackSummary } from '../../wire/models/cloudformation.ts'
import type { HandleContext } from '../operation.ts'
import { onStack, prepareStack, requireStack } from './access.ts'
import { pageOf } from './paging.ts'
import { cloudformation } from './service.ts'
import { resourcesOfStack, type Stack, type StackResource, stackOf } from './stack-store.ts'
import { hidden } from './template/parameters.ts'
import { parseTemplate } from './template/template.ts'

/** DescribeStacks: one by name or ARN, or all that are there. CloudFormation API Reference, "DescribeStacks". */
export const DescribeStacks = cloudformation.operation('DescribeStacks', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, NextToken }, context, found) {
    if (StackName !== undefined) return { Stacks: [await stackShape(context, requireStack(found, StackName))] }
    const rows = await stackRows(context).where('deletedAt', 'is', null).execute()
    const { page, ...more } = pageOf(rows, NextToken)
    const Stacks: StackShape[] = []
    for (const row of page) Stacks.push(await stackShape(context, stackOf(row, context.world.secrets)))
    return { Stacks, ...more }
  },
})

const stackRows = ({ tx, account, region }: HandleContext) =>
  tx.selectFrom('stacks').selectAll().where('account', '=', account).where('region', '=', region).orderBy('createdAt', 'desc').orderBy('id')

/** The stack that a nested one is part of, and the outermost. */
async function parents({ tx }: HandleContext, id: string): Promise<{ ParentId?: string; RootId?: string }> {
  const parentOf = async (child: string) =>
    (
      await tx
        .selectFrom('stackResources')
        .select('stackId')
        .where('physicalId', '=', child)
        .where('type', '=', 'AWS::CloudFormation::Stack')
        .executeTakeFirst()
    )?.stackId
  const ParentId = await parentOf(id)
  if (ParentId === undefined) return {}
  let RootId = ParentId
  for (let above: string | undefined = ParentId; above !== undefined; above = await parentOf(above)) RootId = above
  return { ParentId, RootId }
}

const date = (at: number | null): Date | undefined => (at === null ? undefined : new Date(at))

/** A stack as DescribeStacks shows it. */
async function stackShape(context: HandleContext, stack: Stack): Promise<StackShape> {
  const { content } = stack
  const { parameters } = parseTemplate(content.template)
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId !== null && { ChangeSetId: stack.changeSetId }),
    ...(stack.description !== null && { Description: stack.description }),
    Parameters: Object.entries(content.parameters).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: parameters.get(ParameterKey)?.noEcho ? hidden : value,
    })),
    CreationTime: new Date(stack.createdAt),
    ...(stack.updatedAt !== null && { LastUpdatedTime: new Date(stack.updatedAt) }),
    ...(stack.deletedAt !== null && { DeletionTime: new Date(stack.deletedAt) }),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    ...(stack.statusReason !== null && { StackStatusReason: stack.statusReason }),
    DisableRollback: content.onFailure === 'DO_NOTHING',
    NotificationARNs: content.notificationArns,
    ...(content.timeoutMinutes !== undefined && { TimeoutInMinutes: content.timeoutMinutes }),
    Capabilities: content.capabilities,
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      ...(description !== undefined && { Description: description }),
      ...(exportName !== undefined && { ExportName: exportName }),
    })),
    ...(content.roleArn !== undefined && { RoleARN: content.roleArn }),
    Tags: content.tags,
    EnableTerminationProtection: stack.terminationProtection,
    ...(await parents(context, stack.id)),
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  }
}

/** ListStacks: deleted ones too. CloudFormation API Reference, "ListStacks". */
export const ListStacks = cloudformation.operation('ListStacks', {
  access: () => ({ resource: '*' }),
  async handle({ NextToken, StackStatusFilter = [] }, context) {
    const rows = await stackRows(context).execute()
    const wanted = rows.filter(({ status }) => StackStatusFilter.length === 0 || StackStatusFilter.includes(status))
    const { page, ...more } = pageOf(wanted, NextToken)
    const StackSummaries: StackSummary[] = []
    for (const { id, name, description, createdAt, updatedAt, deletedAt, status, statusReason } of page)
      StackSummaries.push({
        StackId: id,
        StackName: name,
        ...(description !== null && { TemplateDescription: description }),
        CreationTime: new Date(createdAt),
        ...(date(updatedAt) && { LastUpdatedTime: new Date(updatedAt as number) }),
        ...(date(deletedAt) && { DeletionTime: new Date(deletedAt as number) }),
        StackStatus: status,
        ...(statusReason !== null && { StackStatusReason: statusReason }),
        ...(await parents(context, id)),
        DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
      })
    return { StackSummaries, ...more }
  },
})

/** DescribeStackEvents: newest first. CloudFormation API Reference, "DescribeStackEvents". */
export const DescribeStackEvents = cloudformation.operation('DescribeStackEvents', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, NextToken }, { tx }, found) {
    const stack = requireStack(found, StackName)
    const rows = await tx.selectFrom('stackEvents').selectAll().where('stackId', '=', stack.id).orderBy('seq', 'desc').execute()
    const { page, ...more } = pageOf(rows, NextToken)
    return { StackEvents: page.map(row => eventShape(stack, row)), ...more }
  },
})

const eventShape = (stack: Stack, row: Selectable<StackEventsTable>): StackEvent => ({
  StackId: stack.id,
  EventId: row.id,
  StackName: stack.name,
  LogicalResourceId: row.logicalId,
  PhysicalResourceId: row.physicalId,
  ResourceType: row.type,
  Timestamp: new Date(row.at),
  ResourceStatus: row.status,
  ...(row.statusReason !== null && { ResourceStatusReason: row.statusReason }),
  ...(row.properties !== null && { ResourceProperties: row.properties }),
  ...(row.token !== null && { ClientRequestToken: row.token }),
})

/** What of a resource every operation that tells of it has. */
const resourceShape = ({ logicalId, physicalId, type, status, statusReason }: StackResource) => ({
  LogicalResourceId: logicalId,
  ...(physicalId !== null && { PhysicalResourceId: physicalId }),
  ResourceType: type,
  ResourceStatus: status,
  ...(statusReason !== null && { ResourceStatusReason: statusReason }),
  DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
})

/** DescribeStackResource. CloudFormation API Reference, "DescribeStackResource". */
export const DescribeStackResource = cloudformation.operation('DescribeStackResource', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, LogicalResourceId }, { tx, world }, found) {
    const stack = foundForResources(found, StackName)
    const resource = (await resourcesOfStack(tx, stack.id, world.secrets)).find(({ logicalId }) => logicalId === LogicalResourceId)
    if (!resource) throw new cloudformation.ValidationError(`Resource ${LogicalResourceId} does not exist for stack ${stack.name}`)
    const { metadata } = resource.state
    const StackResourceDetail: StackResourceDetail = {
      StackName: stack.name,
      StackId: stack.id,
      ...resourceShape(resource),
      LastUpdatedTimestamp: new Date(resource.updatedAt),
      ...(metadata !== undefined && { Metadata: JSON.stringify(metadata) }),
    }
    return { StackResourceDetail }
  },
})

/** DescribeStackResources: of a stack, or of the stack that a physical resource is part of. CloudFormation API Reference, "DescribeStackResources". */
export const DescribeStackResources = cloudformation.operation('DescribeStackResources', {
  async prepare({ StackName, PhysicalResourceId }, context) {
    if (StackName !== undefined || PhysicalResourceId === undefined) return prepareStack({ StackName: StackName ?? '' }, context)
    const { tx, account, region } = context
    const row = await tx
      .selectFrom('stackResources')
      .innerJoin('stacks', 'stacks.id', 'stackResources.stackId')
      .select('stacks.id')
      .where('stackResources.physicalId', '=', PhysicalResourceId)
      .where('stacks.account', '=', account)
      .where('stacks.region', '=', region)
      .where('stacks.deletedAt', 'is', null)
      .executeTakeFirst()
    return row && prepareStack({ StackName: row.id }, context)
  },
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, PhysicalResourceId, LogicalResourceId }, { tx, world }, found) {
    if (StackName === undefined && !found)
      throw new cloudformation.ValidationError(
        PhysicalResourceId === undefined
          ? 'You must specify either StackName or PhysicalResourceId, but not both.'
          : `Stack for ${PhysicalResourceId} does not exist`,
      )
    const stack = foundForResources(found, StackName)
    const resources = (await resourcesOfStack(tx, stack.id, world.secrets)).filter(
      ({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId,
    )
    return {
      StackResources: resources.map(resource => ({
        StackName: stack.name,
        StackId: stack.id,
        ...resourceShape(resource),
        Timestamp: new Date(resource.updatedAt),
      })),
    }
  },
})

/** ListStackResources. CloudFormation API Reference, "ListStackResources". */
export const ListStackResources = cloudformation.operation('ListStackResources', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, NextToken }, { tx, world }, found) {
    const stack = requireStack(found, StackName)
    const { page, ...more } = pageOf(await resourcesOfStack(tx, stack.id, world.secrets), NextToken)
    return {
      StackResourceSummaries: page.map(resource => ({ ...resourceShape(resource), LastUpdatedTimestamp: new Date(resource.updatedAt) })),
      ...more,
    }
  },
})

function foundForResources(stack: Stack | undefined, nameOrId: string | undefined): Stack {
  if (!stack) throw new cloudformation.ValidationError(`Stack '${nameOrId ?? ''}' does not exist`)
  return stack
}
