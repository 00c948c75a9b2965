import type { Principal } from '../../identity/principal.ts'
import type { World } from '../world.ts'
import { checkExports, replaceExports } from './export-rules.ts'
import { Overtaken, StackFailure } from './failures.ts'
import { outputsOf, wantedInOrder } from './plan.ts'
import { bring, remove, removeAndForget, requirePolicy, ResourceFailure, restore } from './resource-steps.ts'
import { enter, forget, note, openRun, requireStatus, type Run, scopeOfRun } from './run.ts'
import { enterStatus, type StackResource } from './stack-store.ts'

/** Makes the resources of a stack that is CREATE_IN_PROGRESS; what fails is undone as its caller chose. */
export const createStack = (world: World, stackId: string, caller: Principal): Promise<void> =>
  work(world, stackId, caller, async run => {
    try {
      await bringAll(run, false)
      await finish(run, 'CREATE_COMPLETE')
    } catch (problem) {
      const reason = reasonOf(problem)
      const { onFailure } = run.content
      if (onFailure === 'DO_NOTHING') return enter(run, 'CREATE_FAILED', reason)
      if (onFailure === 'DELETE') {
        await enter(run, 'DELETE_IN_PROGRESS', `${reason} Delete requested by user.`)
        return deleteAll(run, { done: 'DELETE_COMPLETE', failed: 'DELETE_FAILED', keep: keepsOnCreate })
      }
      await enter(run, 'ROLLBACK_IN_PROGRESS', `${reason} Rollback requested by user.`)
      await deleteAll(run, { done: 'ROLLBACK_COMPLETE', failed: 'ROLLBACK_FAILED', keep: keepsOnCreate })
    }
  })

/** Changes the resources of a stack that is UPDATE_IN_PROGRESS; what fails is brought back. */
export const updateStack = (world: World, stackId: string, caller: Principal): Promise<void> =>
  work(world, stackId, caller, async run => {
    try {
      await refuseDeletions(run)
      await bringAll(run, true)
      await finish(run, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')
    } catch (problem) {
      const reason = reasonOf(problem, run)
      if (run.content.onFailure === 'DO_NOTHING') return enter(run, 'UPDATE_FAILED', reason)
      // A canceled update is in its rollback already.
      if (!(problem instanceof Overtaken)) await enter(run, 'UPDATE_ROLLBACK_IN_PROGRESS', reason)
      return rollBack(run, [])
    }
    await cleanUp(run, 'UPDATE_COMPLETE', 'Update successful. One or more resources could not be deleted.')
  })

/** Undoes a creation that failed and was left as it was. */
export const undoCreation = (world: World, stackId: string, caller: Principal): Promise<void> =>
  work(world, stackId, caller, run => deleteAll(run, { done: 'ROLLBACK_COMPLETE', failed: 'ROLLBACK_FAILED', keep: keepsOnCreate }))

/** Goes on with a rollback that failed, or was interrupted. */
export const continueRollback = (world: World, stackId: string, caller: Principal, skipped: readonly string[]): Promise<void> =>
  work(world, stackId, caller, run => rollBack(run, skipped))

/** Deletes the resources of a stack that is DELETE_IN_PROGRESS, and then the stack. */
export const deleteStack = (world: World, stackId: string, caller: Principal, retained: readonly string[]): Promise<void> =>
  work(world, stackId, caller, run =>
    deleteAll(run, {
      done: 'DELETE_COMPLETE',
      failed: 'DELETE_FAILED',
      keep: ({ logicalId, state }) => retained.includes(logicalId) || state.deletionPolicy.startsWith('Retain'),
    }),
  )

/** One work a stack at a time; what Gatehouse leaves unfinished when it stops, the next start ends. */
const work = (world: World, stackId: string, caller: Principal, steps: (run: Run) => Promise<void>): Promise<void> =>
  world.stackRuns.start(stackId, async () => {
    if (world.stackRuns.stopping) return
    try {
      await steps(await openRun(world, stackId, caller))
    } catch (problem) {
      if (!(problem instanceof Overtaken)) throw problem
    }
  })

async function bringAll(run: Run, updating: boolean): Promise<void> {
  for (const declaration of wantedInOrder(run.template, scopeOfRun(run))) {
    await requireStatus(run)
    requireTime(run)
    await bring(run, declaration, updating)
  }
  await requireStatus(run)
}

/** What an update would delete at its end is asked for at its beginning. @throws ResourceFailure */
async function refuseDeletions(run: Run): Promise<void> {
  const wanted = new Set(wantedInOrder(run.template, scopeOfRun(run)).map(({ logicalId }) => logicalId))
  for (const resource of run.resources.values()) if (!wanted.has(resource.logicalId)) await requirePolicy(run, resource, 'Update:Delete')
}

/** CloudFormation API Reference, "CreateStack", TimeoutInMinutes. */
function requireTime({ stack, content, world }: Run): void {
  if (stack.status !== 'CREATE_IN_PROGRESS' || content.timeoutMinutes === undefined) return
  if (world.now() > stack.createdAt + content.timeoutMinutes * 60_000)
    throw new StackFailure('Stack creation time exceeded the specified timeout.')
}

/** Why an operation failed. What is not a failure of the stack is passed on. */
function reasonOf(problem: unknown, run?: Run): string {
  if (problem instanceof Overtaken && run && !run.world.stackRuns.stopping) return ''
  if (problem instanceof StackFailure) return problem.message
  throw problem
}

/** Tells the outputs, exports among them. */
async function finish(run: Run, status: string): Promise<void> {
  const { store, secrets, random, now } = run.world
  const scope = scopeOfRun(run)
  const at = now()
  run.stack = await store.write(async tx => {
    const outputs = attemptOutputs(() => outputsOf(run.template, scope))
    await checkExports(tx, run.stack, outputs)
    await replaceExports(tx, run.stack, outputs, run.imported)
    return enterStatus(tx, { ...run.stack, outputs }, status, undefined, { secrets, random, at })
  })
}

function attemptOutputs<T>(work: () => T): T {
  try {
    return work()
  } catch (problem) {
    throw new StackFailure(problem instanceof Error ? problem.message : 'Internal Failure')
  }
}

const newestFirst = (run: Run): StackResource[] => [...run.resources.values()].toSorted((a, b) => b.place - a.place)

/** Undoes an update. */
async function rollBack(run: Run, skipped: readonly string[]): Promise<void> {
  run.stack = await run.world.store.read(async tx => ({
    ...run.stack,
    ...(await tx.selectFrom('stacks').select(['status', 'statusReason']).where('id', '=', run.stack.id).executeTakeFirstOrThrow()),
  }))
  const failed: string[] = []
  for (const resource of newestFirst(run)) {
    await requireStatus(run)
    if (skipped.includes(resource.logicalId)) await skip(run, resource)
    else await restore(run, resource).catch(collect(failed))
  }
  if (failed.length > 0) {
    await enter(run, 'UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${failed.join(', ')}].`)
    return
  }
  await enter(run, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', undefined, { content: run.before, previous: undefined })
  await cleanUp(run, 'UPDATE_ROLLBACK_COMPLETE', 'Update rollback completed. One or more resources could not be deleted.')
}

/** Takes a resource for restored, as whoever continues a rollback wants it. */
async function skip(run: Run, resource: StackResource): Promise<void> {
  const { change } = resource
  if (change?.kind !== 'updated' && change?.kind !== 'replaced') return
  await note(run, { ...resource, state: change.before, change: undefined, status: 'UPDATE_COMPLETE', statusReason: null }, [{}])
}

const collect = (failed: string[]) => (problem: unknown) => {
  if (!(problem instanceof ResourceFailure)) throw problem
  failed.push(problem.logicalId)
}

/** Deletes what an update, or its rollback, left over. What cannot be deleted is let go. */
async function cleanUp(run: Run, status: string, otherwise: string): Promise<void> {
  const rolledBack = status === 'UPDATE_ROLLBACK_COMPLETE'
  const wanted = new Set(rolledBack ? [] : wantedInOrder(run.template, scopeOfRun(run)).map(({ logicalId }) => logicalId))
  const failed: string[] = []
  for (const resource of newestFirst(run)) {
    await requireStatus(run)
    await tidy(run, resource, rolledBack, wanted).catch(collect(failed))
    const left = run.resources.get(resource.logicalId)
    const goes = rolledBack ? resource.change?.kind === 'created' : !wanted.has(resource.logicalId)
    if (left && goes) await forget(run, left)
    else if (left?.change) {
      const status = left.status.endsWith('FAILED') ? 'UPDATE_COMPLETE' : left.status
      await note(run, { ...left, status, statusReason: null, change: undefined }, [])
    }
  }
  await enter(run, status, failed.length > 0 ? otherwise : undefined, { previous: undefined })
}

async function tidy(run: Run, resource: StackResource, rolledBack: boolean, wanted: ReadonlySet<string>): Promise<void> {
  const { change, state } = resource
  if (rolledBack) {
    if (change?.kind === 'created') await removeAndForget(run, resource, keepsOnCreate(resource, run))
    if (change?.kind === 'restored')
      await remove(run, resource, { retain: false, which: { physicalId: change.physicalId, state: change.instead } })
    return
  }
  if (!wanted.has(resource.logicalId)) return removeAndForget(run, resource, state.deletionPolicy.startsWith('Retain'))
  if (change?.kind === 'replaced') {
    const retain = state.updateReplacePolicy.startsWith('Retain')
    await remove(run, resource, { retain, which: { physicalId: change.physicalId, state: change.before } })
  }
}

/** What is new goes with its operation unless its policy is to stay whatever happens. CloudFormation Template Reference, "DeletionPolicy attribute". */
const keepsOnCreate = ({ state }: StackResource, { content }: Run): boolean =>
  state.deletionPolicy === 'Retain' && content.retainExceptOnCreate !== true

interface Deletion {
  readonly done: string
  readonly failed: string
  keep(resource: StackResource, run: Run): boolean
}

async function deleteAll(run: Run, { done, failed: failure, keep }: Deletion): Promise<void> {
  const failed: string[] = []
  for (const resource of newestFirst(run)) {
    await requireStatus(run)
    await removeAll(run, resource, keep(resource, run)).catch(collect(failed))
  }
  if (failed.length > 0) return enter(run, failure, `The following resource(s) failed to delete: [${failed.join(', ')}]. `)
  const { world, stack } = run
  if (done !== 'DELETE_COMPLETE') return enter(run, done)
  await world.store.write(async tx => {
    for (const table of ['stackExports', 'stackImports', 'changeSets'] as const)
      await tx.deleteFrom(table).where('stackId', '=', stack.id).execute()
  })
  await enter(run, done, undefined, { deletedAt: world.now() })
}

/** A resource, and the one that an interrupted update left beside it. */
async function removeAll(run: Run, resource: StackResource, retain: boolean): Promise<void> {
  const { change } = resource
  if (change?.kind === 'replaced') await remove(run, resource, { retain, which: { physicalId: change.physicalId, state: change.before } })
  if (change?.kind === 'restored') await remove(run, resource, { retain, which: { physicalId: change.physicalId, state: change.instead } })
  await remove(run, { ...resource, change: undefined }, { retain })
}
