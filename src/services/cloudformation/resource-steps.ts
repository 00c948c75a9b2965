import { failureReason, Overtaken, StackFailure } from './failures.ts'
import { changedProperties, replaces, requireType, same, shownProperties, wantedState } from './plan.ts'
import { forget, note, resourceContext, type Run, scopeOfRun } from './run.ts'
import type { ResourceChange, ResourceState, StackContent, StackResource } from './stack-store.ts'
import type { ResourceDeclaration } from './template/template.ts'
import { requireAllowed, type UpdateAction } from './stack-policy.ts'
import { PartlyMade } from './types/resource-type.ts'

/** A resource could not be brought to where it should be. */
export class ResourceFailure extends StackFailure {
  readonly logicalId: string
  readonly verb: 'create' | 'update' | 'delete'
  constructor(logicalId: string, verb: ResourceFailure['verb'], cause: unknown) {
    super(`The following resource(s) failed to ${verb}: [${logicalId}].`, { cause })
    this.logicalId = logicalId
    this.verb = verb
  }
}

/** Makes, changes or replaces a resource until it is as the template wants it. @throws ResourceFailure */
export async function bring(run: Run, declaration: ResourceDeclaration, updating: boolean): Promise<void> {
  const known = run.resources.get(declaration.logicalId)
  if (!known || known.physicalId === null) return make(run, declaration, updating ? { kind: 'created' } : undefined)
  const state = await attempt(run, known, 'update', async () => wantedState(declaration, scopeOfRun(run)))
  const changed = changedProperties(known.state.properties, state.properties)
  const type = requireType(declaration)
  const before = known.state
  const replacing = changed.some(name => replaces(type.name, name, before, state))
  const tagsChange = Object.hasOwn(type.properties, 'Tags') && !sameTags(run.content, run.before)
  if (changed.length > 0 || tagsChange) await requirePolicy(run, known, replacing ? 'Update:Replace' : 'Update:Modify')
  if (replacing) return replace(run, declaration, known, state)
  if (changed.length > 0 || tagsChange) return change(run, declaration, known, state, before)
  if (!sameRest(before, state))
    await note(run, { ...known, state: { ...state, attributes: before.attributes }, change: { kind: 'updated', before } }, [])
}

/** What the stack's policy does not let an update do fails. @throws ResourceFailure */
export const requirePolicy = (run: Run, resource: StackResource, action: UpdateAction): Promise<void> =>
  attempt(run, resource, 'update', async () => requireAllowed(run.stack.updatePolicy ?? run.stack.policy, action, resource))

const sameTags = (a: StackContent, b: StackContent): boolean => JSON.stringify(a.tags) === JSON.stringify(b.tags)
const sameRest = (a: ResourceState, b: ResourceState): boolean =>
  a.deletionPolicy === b.deletionPolicy && a.updateReplacePolicy === b.updateReplacePolicy && same(a.metadata, b.metadata)

const nothingYet: ResourceState = { properties: {}, attributes: {}, deletionPolicy: 'Delete', updateReplacePolicy: 'Delete' }

async function make(run: Run, declaration: ResourceDeclaration, change: ResourceChange | undefined): Promise<void> {
  const { logicalId, type } = declaration
  const places = [...run.resources.values()].map(resource => resource.place)
  const place = run.resources.get(logicalId)?.place ?? Math.max(0, ...places) + 1
  const resource: StackResource = {
    stackId: run.stack.id,
    logicalId,
    place,
    physicalId: null,
    type,
    status: 'CREATE_IN_PROGRESS',
    statusReason: null,
    updatedAt: 0,
    state: { ...nothingYet, deletionPolicy: declaration.deletionPolicy },
    change,
  }
  await note(run, resource, [{}])
  const made = await attempt(run, resource, 'create', async () => {
    const state = wantedState(declaration, scopeOfRun(run))
    const provisioned = await requireType(declaration).create(state.properties, resourceContext(run, resource, run.content, run.before))
    return { ...resource, physicalId: provisioned.physicalId, state: { ...state, attributes: provisioned.attributes ?? {} } }
  })
  const properties = shownProperties(declaration, scopeOfRun(run))
  await note(run, { ...made, status: 'CREATE_COMPLETE' }, [
    { status: 'CREATE_IN_PROGRESS', reason: 'Resource creation Initiated', properties },
    { properties },
  ])
}

async function replace(run: Run, declaration: ResourceDeclaration, known: StackResource, state: ResourceState): Promise<void> {
  const type = requireType(declaration)
  const { namedBy } = type
  const before = known.state
  const given = namedBy === undefined ? undefined : state.properties[namedBy]
  const replacing: StackResource = {
    ...known,
    status: 'UPDATE_IN_PROGRESS',
    statusReason: 'Requested update requires the creation of a new physical resource; hence creating one.',
  }
  await note(run, replacing, [{}])
  const made = await attempt(run, replacing, 'update', async () => {
    if (given !== undefined && same(given, before.properties[namedBy ?? '']))
      throw new Error(
        `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${String(given)} and update the stack again.`,
      )
    const context = resourceContext(run, known, run.content, run.before)
    // What a replacement leaves half made is to go as its whole would.
    try {
      return await type.create(state.properties, context)
    } catch (problem) {
      if (problem instanceof PartlyMade)
        await note(run, { ...replacing, physicalId: problem.physicalId, state, change: replaced(known) }, [])
      throw problem
    }
  })
  const next = {
    ...replacing,
    physicalId: made.physicalId,
    state: { ...state, attributes: made.attributes ?? {} },
    change: replaced(known),
  }
  const properties = shownProperties(declaration, scopeOfRun(run))
  await note(run, { ...next, status: 'UPDATE_COMPLETE', statusReason: null }, [
    { status: 'UPDATE_IN_PROGRESS', reason: 'Resource creation Initiated', properties },
    { properties },
  ])
}

const replaced = ({ physicalId, state }: StackResource): ResourceChange => ({
  kind: 'replaced',
  before: state,
  physicalId: physicalId ?? '',
})

async function change(
  run: Run,
  declaration: ResourceDeclaration,
  known: StackResource,
  state: ResourceState,
  before: ResourceState,
): Promise<void> {
  const type = requireType(declaration)
  const changing: StackResource = { ...known, status: 'UPDATE_IN_PROGRESS', statusReason: null, change: { kind: 'updated', before }, state }
  await note(run, changing, [{}])
  const context = resourceContext(run, known, run.content, run.before)
  const made = await attempt(run, changing, 'update', async () =>
    type.update?.(known.physicalId ?? '', state.properties, before.properties, context),
  )
  const done = { ...changing, status: 'UPDATE_COMPLETE', state: { ...state, attributes: made?.attributes ?? before.attributes } }
  await note(run, done, [{ properties: shownProperties(declaration, scopeOfRun(run)) }])
}

/** Brings a resource back to what it was before the update: changed again in place, or the old one in the new one's stead. @throws ResourceFailure */
export async function restore(run: Run, resource: StackResource): Promise<void> {
  const { change: done } = resource
  if (done?.kind === 'replaced') {
    const { physicalId, state } = resource
    const leftover =
      physicalId === null || physicalId === done.physicalId ? undefined : ({ kind: 'restored', instead: state, physicalId } as const)
    const restored = {
      ...resource,
      physicalId: done.physicalId,
      state: done.before,
      change: leftover,
      status: 'UPDATE_COMPLETE',
      statusReason: null,
    }
    return note(run, restored, [{}])
  }
  if (done?.kind !== 'updated') return
  const changing = { ...resource, status: 'UPDATE_IN_PROGRESS', statusReason: null }
  await note(run, changing, [{}])
  const context = { ...resourceContext(run, resource, run.before, run.content), restoring: true } as const
  const made = await attempt(run, changing, 'update', async () =>
    requireType(resource).update?.(resource.physicalId ?? '', done.before.properties, resource.state.properties, context),
  )
  const state = { ...done.before, attributes: made?.attributes ?? done.before.attributes }
  await note(run, { ...changing, status: 'UPDATE_COMPLETE', state, change: undefined }, [{}])
}

/**
 * Deletes a resource, or lets go of it when its policy says so.
 * @param which  the physical resource, when not the one that the stack has now
 * @throws       ResourceFailure
 */
export async function remove(
  run: Run,
  resource: StackResource,
  { retain, which = resource }: { readonly retain: boolean; readonly which?: Pick<StackResource, 'physicalId' | 'state'> },
): Promise<void> {
  const current = which === resource
  const place = { physicalId: which.physicalId ?? '' }
  if (retain) {
    if (current) await note(run, { ...resource, status: 'DELETE_SKIPPED', statusReason: null }, [{}])
    else await note(run, resource, [{ ...place, status: 'DELETE_SKIPPED', reason: undefined }])
    return
  }
  const deleting = { ...resource, ...(current && { status: 'DELETE_IN_PROGRESS', statusReason: null }) }
  if (which.physicalId !== null) {
    await note(run, deleting, [{ ...place, status: 'DELETE_IN_PROGRESS', reason: undefined }])
    const context = resourceContext(run, resource, run.content, run.before)
    await attempt(run, deleting, 'delete', () => requireType(resource).delete(which.physicalId ?? '', which.state.properties, context))
  }
  const done = { ...deleting, ...(current && { status: 'DELETE_COMPLETE' }) }
  await note(run, done, [{ ...place, status: 'DELETE_COMPLETE', reason: undefined }])
}

/** Removes, and takes off the list. */
export async function removeAndForget(run: Run, resource: StackResource, retain: boolean): Promise<void> {
  await remove(run, resource, { retain })
  await forget(run, resource)
}

/** Does a step for a resource; when it fails, the resource's event says why. @throws ResourceFailure, Overtaken */
async function attempt<T>(run: Run, resource: StackResource, verb: ResourceFailure['verb'], step: () => Promise<T>): Promise<T> {
  run.calledLast = undefined
  try {
    return await step()
  } catch (problem) {
    if (problem instanceof Overtaken) throw problem
    const reason = failureReason(problem, run.calledLast, run.world.random)
    const latest = run.resources.get(resource.logicalId) ?? resource
    const physicalId = verb === 'create' && problem instanceof PartlyMade ? problem.physicalId : latest.physicalId
    await note(run, { ...latest, physicalId, status: `${verb.toUpperCase()}_FAILED`, statusReason: reason }, [{ reason }])
    throw new ResourceFailure(resource.logicalId, verb, problem)
  }
}
