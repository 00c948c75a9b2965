import type { Selectable } from 'kysely'
import { sealContexts, type Secrets, type Transaction } from '../../store/index.ts'
import type { StackResourcesTable, StacksTable } from '../../store/tables/cloudformation.ts'
import type { Json, JsonObject } from '../../types/json.ts'
import type { Random } from '../../types/random.ts'
import type { Retention } from './template/template.ts'
import type { Tag } from './types/properties.ts'

/** What becomes of a stack whose creation fails. CloudFormation API Reference, "CreateStack", OnFailure. */
export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'

/** All that a caller chooses of a stack; an update changes it, a rollback brings it back. */
export interface StackContent {
  readonly template: string
  readonly parameters: { readonly [name: string]: string }
  readonly tags: readonly Tag[]
  readonly capabilities: readonly string[]
  readonly notificationArns: readonly string[]
  readonly roleArn?: string | undefined
  readonly onFailure: OnFailure
  readonly timeoutMinutes?: number | undefined
  /** What is new must not stay when its operation is rolled back, whatever its deletion policy. */
  readonly retainExceptOnCreate?: boolean | undefined
}

export interface StackOutput {
  readonly key: string
  readonly value: string
  readonly description?: string | undefined
  readonly exportName?: string | undefined
}

export interface Stack extends Omit<Selectable<StacksTable>, 'content' | 'previous' | 'outputs' | 'terminationProtection'> {
  readonly content: StackContent
  /** What the stack goes back to when its update fails. */
  readonly previous: StackContent | undefined
  readonly outputs: readonly StackOutput[]
  readonly terminationProtection: boolean
}

/** A resource as it is made. */
export interface ResourceState {
  readonly properties: JsonObject
  readonly attributes: { readonly [name: string]: Json }
  readonly metadata?: Json | undefined
  readonly deletionPolicy: Retention
  readonly updateReplacePolicy: Retention
}

/** What the update that goes on did to a resource, and so what a rollback has to undo and an end has to clean up. */
export type ResourceChange =
  | { readonly kind: 'created' }
  | { readonly kind: 'updated'; readonly before: ResourceState }
  | { readonly kind: 'replaced'; readonly before: ResourceState; readonly physicalId: string }
  /** Rolled back to what it was; the one that took its place has to go. */
  | { readonly kind: 'restored'; readonly instead: ResourceState; readonly physicalId: string }

export interface StackResource extends Omit<Selectable<StackResourcesTable>, 'content'> {
  readonly state: ResourceState
  readonly change?: ResourceChange | undefined
}

/** Service Authorization Reference, "Resource types defined by AWS CloudFormation". */
export const stackArn = (region: string, account: string, name: string, id: string): string =>
  `arn:aws:cloudformation:${region}:${account}:stack/${name}/${id}`

export const newStackArn = (region: string, account: string, name: string, random: Random): string =>
  stackArn(region, account, name, random.uuid())

export interface Place {
  readonly account: string
  readonly region: string
}

const sealed = (secrets: Secrets, value: object, context: string): string => secrets.encrypt(JSON.stringify(value), context)
const opened = (secrets: Secrets, envelope: string, context: string): unknown =>
  JSON.parse(secrets.decrypt(envelope, context).toString('utf8'))

/** A stack as it is kept. */
export function stackRow({ content, previous, outputs, terminationProtection, ...rest }: Stack, secrets: Secrets): Selectable<StacksTable> {
  return {
    ...rest,
    content: sealed(secrets, content, rest.id),
    previous: previous === undefined ? null : sealed(secrets, previous, rest.id),
    outputs: sealed(secrets, outputs, rest.id),
    terminationProtection: terminationProtection ? 1 : 0,
  }
}

export function stackOf({ content, previous, outputs, terminationProtection, ...rest }: Selectable<StacksTable>, secrets: Secrets): Stack {
  return {
    ...rest,
    content: openContent(secrets, content, rest.id),
    previous: previous === null ? undefined : openContent(secrets, previous, rest.id),
    outputs: opened(secrets, outputs, rest.id) as readonly StackOutput[],
    terminationProtection: terminationProtection === 1,
  }
}

/** A content outside a stack's own row, such as a change set's. */
export const sealContent = (secrets: Secrets, content: StackContent, id: string): string => sealed(secrets, content, id)
export const openContent = (secrets: Secrets, envelope: string, id: string): StackContent => opened(secrets, envelope, id) as StackContent

/** The stack of a name or an ARN; deleted ones answer to their ARN only. */
export async function findStack(
  tx: Transaction,
  { account, region }: Place,
  nameOrId: string,
  secrets: Secrets,
): Promise<Stack | undefined> {
  const row = await tx
    .selectFrom('stacks')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where(eb => eb.or([eb('id', '=', nameOrId), eb.and([eb('name', '=', nameOrId), eb('deletedAt', 'is', null)])]))
    .executeTakeFirst()
  return row && stackOf(row, secrets)
}

export async function stackById(tx: Transaction, id: string, secrets: Secrets): Promise<Stack> {
  return stackOf(await tx.selectFrom('stacks').selectAll().where('id', '=', id).executeTakeFirstOrThrow(), secrets)
}

export const writeStack = async (tx: Transaction, stack: Stack, secrets: Secrets): Promise<void> => {
  const row = stackRow(stack, secrets)
  await tx
    .insertInto('stacks')
    .values(row)
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
}

/** A stack's resources in the order in which they were made. */
export async function resourcesOfStack(tx: Transaction, stackId: string, secrets: Secrets): Promise<StackResource[]> {
  const rows = await tx.selectFrom('stackResources').selectAll().where('stackId', '=', stackId).orderBy('place').execute()
  return rows.map(({ content, ...row }) => ({
    ...row,
    ...(opened(secrets, content, sealContexts.stackResource(stackId, row.logicalId)) as Pick<StackResource, 'state' | 'change'>),
  }))
}

export async function writeResource(tx: Transaction, { state, change, ...resource }: StackResource, secrets: Secrets): Promise<void> {
  const content = sealed(secrets, { state, change }, sealContexts.stackResource(resource.stackId, resource.logicalId))
  const row = { ...resource, content }
  await tx
    .insertInto('stackResources')
    .values(row)
    .onConflict(conflict => conflict.columns(['stackId', 'logicalId']).doUpdateSet(row))
    .execute()
}

/** Something that happened to a stack or one of its resources. CloudFormation API Reference, "StackEvent". */
export interface StackEvent {
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly status: string
  readonly reason?: string | undefined
  readonly properties?: JsonObject | undefined
}

/** What stacks are called among their own events. */
export const stackType = 'AWS::CloudFormation::Stack'

export async function writeEvent(
  tx: Transaction,
  stack: Pick<Stack, 'id' | 'token'>,
  { reason, properties, ...event }: StackEvent,
  random: Random,
  at: number,
): Promise<void> {
  const id =
    event.type === stackType && event.physicalId === stack.id
      ? random.uuid()
      : `${event.logicalId}-${event.status}-${at}-${random.uuid().slice(0, 8)}`
  await tx
    .insertInto('stackEvents')
    .values({
      ...event,
      id,
      stackId: stack.id,
      statusReason: reason ?? null,
      properties: properties === undefined ? null : JSON.stringify(properties),
      token: stack.token,
      at,
    })
    .execute()
}

/** Changes a stack's status, and tells it as an event. */
export async function enterStatus(
  tx: Transaction,
  stack: Stack,
  status: string,
  reason: string | undefined,
  { secrets, random, at }: { readonly secrets: Secrets; readonly random: Random; readonly at: number },
): Promise<Stack> {
  const next = { ...stack, status, statusReason: reason ?? null }
  await writeStack(tx, next, secrets)
  await writeEvent(tx, next, { logicalId: stack.name, physicalId: stack.id, type: stackType, status, reason }, random, at)
  return next
}
