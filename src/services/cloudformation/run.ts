import type { Principal } from '../../identity/principal.ts'
import type { Transaction } from '../../store/index.ts'
import type { World } from '../world.ts'
import { Overtaken } from './failures.ts'
import { stackCaller, type StackCaller } from './service-access.ts'
import {
  enterStatus,
  resourcesOfStack,
  type Stack,
  stackById,
  type StackContent,
  type StackEvent,
  type StackResource,
  writeEvent,
  writeResource,
} from './stack-store.ts'
import { scopeOf } from './plan.ts'
import { parseTemplate, type Template } from './template/template.ts'
import { resourceTypes } from './types/index.ts'
import type { Tag } from './types/properties.ts'
import type { ResourceContext } from './types/resource-type.ts'

/** One operation on a stack as it goes on, after the call that began it. */
export interface Run {
  readonly world: World
  readonly caller: StackCaller
  /** The exports of the stack's place when the run began. */
  readonly exports: ReadonlyMap<string, string>
  /** What the stack is to be like, and what it was like. */
  readonly content: StackContent
  readonly before: StackContent
  readonly template: Template
  stack: Stack
  /** The stack's resources by logical id, as they are. */
  readonly resources: Map<string, StackResource>
  /** The names of what was imported from other stacks. */
  readonly imported: Set<string>
  /** The service that was called last, for what its errors say. */
  calledLast: string | undefined
}

/**
 * Takes a stack up.
 * @param caller  whose rights the stack's calls have, unless it has a role
 */
export async function openRun(world: World, stackId: string, caller: Principal): Promise<Run> {
  const { secrets } = world
  return world.store.read(async tx => {
    const stack = await stackById(tx, stackId, secrets)
    const made = await resourcesOfStack(tx, stackId, secrets)
    return {
      world,
      stack,
      caller: stackCaller(world, stackId, stack.account, caller, stack.content.roleArn),
      exports: await exportsOf(tx, stack),
      content: stack.content,
      before: stack.previous ?? stack.content,
      template: parseTemplate(stack.content.template),
      resources: new Map(made.filter(isThere).map(resource => [resource.logicalId, resource])),
      imported: new Set<string>(),
      calledLast: undefined,
    }
  })
}

/** Resources that were deleted stay on the list of their stack. */
export const isThere = ({ status }: Pick<StackResource, 'status'>): boolean => status !== 'DELETE_COMPLETE' && status !== 'DELETE_SKIPPED'

export async function exportsOf(tx: Transaction, { account, region }: Pick<Stack, 'account' | 'region'>): Promise<Map<string, string>> {
  const rows = await tx.selectFrom('stackExports').selectAll().where('account', '=', account).where('region', '=', region).execute()
  return new Map(rows.map(({ name, value }) => [name, value]))
}

/** What the template's functions are answered from at this moment. */
export const scopeOfRun = (run: Run) => ({
  ...scopeOf(run.stack, run.template, run.content, [...run.resources.values()], run.exports),
  imported: run.imported,
})

/** Goes on only while the stack is in the state that this run brought it to. @throws Overtaken */
export async function requireStatus({ world, stack }: Run): Promise<void> {
  const { status } = await world.store.read(tx =>
    tx.selectFrom('stacks').select('status').where('id', '=', stack.id).executeTakeFirstOrThrow(),
  )
  if (world.stackRuns.stopping || status !== stack.status) throw new Overtaken('the stack is not for this run any more')
}

/** Brings the stack to a state. */
export async function enter(run: Run, status: string, reason?: string, change: Partial<Stack> = {}): Promise<void> {
  const { secrets, random, store } = run.world
  const at = run.world.now()
  run.stack = await store.write(tx => enterStatus(tx, { ...run.stack, ...change }, status, reason, { secrets, random, at }))
}

/** Notes how a resource is, with the events that tell of it; events without a status have the resource's. */
export async function note(run: Run, resource: StackResource, events: readonly Partial<StackEvent>[]): Promise<void> {
  const { store, secrets, random } = run.world
  const at = run.world.now()
  const next = { ...resource, updatedAt: at }
  await store.write(async tx => {
    await writeResource(tx, next, secrets)
    for (const event of events) await writeEvent(tx, run.stack, { ...eventOf(next), ...event }, random, at)
  })
  run.resources.set(resource.logicalId, next)
}

const eventOf = ({ logicalId, physicalId, type, status, statusReason }: StackResource): StackEvent => ({
  logicalId,
  physicalId: physicalId ?? '',
  type,
  status,
  reason: statusReason ?? undefined,
})

/** Takes a resource off the list. */
export async function forget(run: Run, { logicalId, stackId }: StackResource): Promise<void> {
  await run.world.store.write(tx =>
    tx.deleteFrom('stackResources').where('stackId', '=', stackId).where('logicalId', '=', logicalId).execute(),
  )
  run.resources.delete(logicalId)
}

const nameAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const randomLetters = 12

/** What a resource's type may use. */
export function resourceContext(
  run: Run,
  { logicalId, type }: Pick<StackResource, 'logicalId' | 'type'>,
  content: StackContent,
  previous: StackContent,
): ResourceContext {
  const { world, stack } = run
  const system = resourceTypes.get(type)?.systemTags ? systemTags(stack, logicalId) : []
  const suffix = [...world.random.bytes(randomLetters)].map(byte => nameAlphabet[byte % nameAlphabet.length]).join('')
  return {
    account: stack.account,
    region: stack.region,
    tags: [...content.tags, ...system],
    previousTags: [...previous.tags, ...system],
    capabilities: content.capabilities,
    name: most => `${`${stack.name}-${logicalId}`.slice(0, most - randomLetters - 1)}-${suffix}`,
    call: async (service, operation, input) => {
      run.calledLast = service
      return (await run.caller({ service, operation, input: input as { readonly [member: string]: unknown } })) as never
    },
    until: ready => waitUntil(run, ready),
  }
}

/** What CloudFormation itself tags a stack's resources with. CloudFormation Template Reference, "CloudFormation resource tagging". */
const systemTags = ({ id, name }: Stack, logicalId: string): readonly Tag[] => [
  { Key: 'aws:cloudformation:stack-name', Value: name },
  { Key: 'aws:cloudformation:stack-id', Value: id },
  { Key: 'aws:cloudformation:logical-id', Value: logicalId },
]

const pollMilliseconds = 200
const mostPolls = 9_000

async function waitUntil(run: Run, ready: () => Promise<boolean>): Promise<void> {
  for (let poll = 0; poll < mostPolls; poll++) {
    if (await ready()) return
    if (run.world.stackRuns.stopping) throw new Overtaken('Gatehouse stops')
    await new Promise(resolve => setTimeout(resolve, pollMilliseconds))
  }
  throw new Error('Exceeded attempts to wait')
}
