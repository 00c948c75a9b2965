import type { Snapshot } from '../snapshot.ts'
import type { Effect, PlannedPlace } from './effects.ts'
import { NotKnown, type PlannedValues } from './planned-values.ts'
import { NotThere, PlannedWorld } from './planned-world.ts'

/** A resource of a plan or a template that decides. */
export interface PlannedResource {
  /** For people. */
  readonly address: string
  readonly effect: Effect
  readonly before?: PlannedValues | undefined
  readonly after?: PlannedValues | undefined
  /** Its name or place changes: what was goes first. */
  readonly isReplaced?: boolean
}

/** What decides too and is not followed, and whose answers differ with it. */
export interface Unfollowed {
  readonly what: string
  readonly about: readonly string[]
}

/**
 * A snapshot as a plan leaves it. What only the deployment will tell is a gap that names the resource: answers that depend on it say so.
 */
export function carriedOut(
  snapshot: Snapshot,
  resources: readonly PlannedResource[],
  {
    place,
    source,
    unfollowed = [],
  }: { readonly place: PlannedPlace; readonly source: string; readonly unfollowed?: readonly Unfollowed[] },
): Snapshot {
  const world = new PlannedWorld(snapshot, place.account)
  const goes = ({ before, after, isReplaced }: PlannedResource): boolean =>
    before !== undefined && (after === undefined || isReplaced === true)
  const steps = [
    ...of(resources, 'thing')
      .filter(goes)
      .map(each => ({ ...each, values: each.before, step: 'remove' as const })),
    ...of(resources, 'thing').map(each => ({ ...each, values: each.after, step: 'put' as const })),
    ...of(resources, 'link').map(each => ({ ...each, values: each.before, step: 'remove' as const })),
    ...of(resources, 'link').map(each => ({ ...each, values: each.after, step: 'put' as const })),
  ]
  for (const { address, effect, values, step } of steps) {
    if (!values) continue
    const missing = attempted(() => effect[step](values, world, place))
    // What goes with a link was there, or never was.
    if (missing === undefined || (step === 'remove' && missing instanceof NotThere)) continue
    const about = missing instanceof NotThere ? missing.about : aboutOf(effect, values, world, place)
    world.gap(`${address} of ${source}: ${missing.message}`, about)
  }
  for (const { what, about } of unfollowed) world.gap(`${what} of ${source}, which is not followed`, about)
  return world.result()
}

const of = (resources: readonly PlannedResource[], kind: Effect['kind']) => resources.filter(({ effect }) => effect.kind === kind)

function attempted(work: () => void): NotKnown | NotThere | undefined {
  try {
    work()
    return undefined
  } catch (problem) {
    if (problem instanceof NotKnown || problem instanceof NotThere) return problem
    throw problem
  }
}

function aboutOf(effect: Effect, values: PlannedValues, world: PlannedWorld, place: PlannedPlace): readonly string[] {
  let about: readonly string[] = ['*']
  attempted(() => {
    about = effect.about(values, world, place)
  })
  return about
}
