import { setTimeout as wait } from 'node:timers/promises'
import { longestSessionMilliseconds } from '../identity/sessions.ts'
import { MasterKeyError, type OpenedSecrets, resealStore, type Store } from '../store/index.ts'
import type { Configuration } from './configuration.ts'
import type { Log } from './log.ts'

/** Brings a new data key in, step by step, whenever there is one. */
export interface DataKeyRenewal {
  /** Resolves when the unit that goes on is done. */
  stop(): Promise<void>
}

export interface RenewalParts {
  readonly store: Store
  readonly secrets: OpenedSecrets
  /** How long every process takes at most to hear of a change, and a unit that began before to end. */
  readonly settleMilliseconds: number
  readonly now: () => number
  readonly log: Log
}

const everyMilliseconds = 1_000
/** Between two units: calls come first. */
const pauseMilliseconds = 20
/** A node that has not heard of a change for this many bounds has refused calls for one of them. */
const bounds = 2
/** PostgreSQL ends what takes longer. */
const longestUnitMilliseconds = 15_000
const localSettleMilliseconds = 2_000

/** How long to wait between two steps: nodes that share a store hear by the feed, workers before a change is answered. */
export const settleMillisecondsOf = (
  { shared }: Pick<Store, 'shared'>,
  { feedBoundSeconds }: Pick<Configuration, 'feedBoundSeconds'>,
): number => (shared ? feedBoundSeconds * 1000 * bounds + longestUnitMilliseconds : localSettleMilliseconds)

/**
 * Watches for a data key that was made, and brings it in: it seals once every process can open what it seals, and once none seals by the former key any more, all that is stored is sealed
 * anew. One node at a time does it; where it ends, another goes on. docs/keys.md, "Another data key".
 */
export function startDataKeyRenewal({ store, secrets, settleMilliseconds, now, log }: RenewalParts): DataKeyRenewal {
  const ending = new AbortController()
  const pause = () => wait(pauseMilliseconds, undefined, { signal: ending.signal })
  const settled = settling(settleMilliseconds)
  const step = async () => {
    const keys = secrets.dataKeys()
    const next = keys.find(({ stage }) => stage === 'next')
    const former = keys.find(({ stage, resealed }) => stage === 'former' && !resealed)
    const waiting = next ?? former
    if (!waiting || !settled(`${waiting.id} ${waiting.stage}`) || !(await store.leads())) return
    if (next) {
      await secrets.sealWithNext(now())
      return
    }
    const { values, unreadable } = await resealStore(store, secrets, pause)
    // Until a pass finds nothing: what came in during one is found by the next.
    if (values > 0) return
    if (unreadable > 0) log.error({ unreadable }, 'some secrets in the store cannot be opened: they were altered, and stay as they are')
    await secrets.noteResealed(waiting.id, now())
    log.info({ dataKey: waiting.id }, 'nothing is sealed under the former data key any more')
  }
  const running = (async () => {
    while (!ending.signal.aborted) {
      await step().catch((problem: unknown) => {
        if (!ending.signal.aborted) log.warn({ problem }, 'the new data key could not be brought in yet')
      })
      await wait(everyMilliseconds, undefined, { signal: ending.signal, ref: false }).catch(() => {})
    }
  })()
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}

/** Whether a step has been known here for so long, by a clock that only goes forward. */
function settling(milliseconds: number): (step: string) => boolean {
  const since = new Map<string, number>()
  return step => {
    const moment = performance.now()
    if (!since.has(step)) since.set(step, moment)
    return moment - (since.get(step) as number) >= milliseconds
  }
}

/** @throws MasterKeyError when a node runs that could not read what a new data key seals */
export async function refuseOlderNodes(store: Store): Promise<void> {
  if ((await store.olderConnections()) > 0)
    throw new MasterKeyError(
      'a node of an earlier version is connected to the database, which knows one data key alone: bring every node to this version first',
    )
}

/** Lets former data keys open nothing any more once every session that they signed is over. @param believed  the time, by a clock that does not jump */
export async function retireOldDataKeys(secrets: OpenedSecrets, believed: number): Promise<void> {
  const over = secrets
    .dataKeys()
    .filter(({ stage, resealed, since }) => stage === 'former' && resealed && since + longestSessionMilliseconds < believed)
  for (const { id } of over) await secrets.retireDataKey(id, believed)
}
