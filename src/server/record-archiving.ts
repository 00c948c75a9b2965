import { setTimeout as wait } from 'node:timers/promises'
import { archiveRecords } from '../audit/archiving.ts'
import type { Store } from '../store/index.ts'
import type { Configuration } from './configuration.ts'
import type { Log } from './log.ts'

/** Brings records to the archive, over and over. */
export interface RecordArchiving {
  /** Resolves when the batch that goes on is done. */
  stop(): Promise<void>
}

const everyMilliseconds = 1_000
/** While the archive does not answer. */
const againMilliseconds = 5_000

/** Starts to bring records to the store's archive; does nothing where there is none. One node at a time does it. */
export function startRecordArchiving(
  store: Store,
  { historyDays, recordsHoldSeconds }: Pick<Configuration, 'historyDays' | 'recordsHoldSeconds'>,
  now: () => number,
  log: Log,
): RecordArchiving {
  const { archive } = store
  if (!archive) return { stop: async () => {} }
  const ending = new AbortController()
  const pause = async () => ending.signal.throwIfAborted()
  const question = { historyDays, holdMilliseconds: recordsHoldSeconds * 1000, now, pause }
  const run = async (): Promise<number> => {
    try {
      if (await store.leads()) await archiveRecords(store, archive, question)
      return everyMilliseconds
    } catch (problem) {
      if (!ending.signal.aborted)
        log.warn({ problem }, 'records could not be brought to the archive; they stay in the store until they can')
      return againMilliseconds
    }
  }
  const running = (async () => {
    while (!ending.signal.aborted) {
      const milliseconds = await run()
      await wait(milliseconds, undefined, { signal: ending.signal, ref: false }).catch(() => {})
    }
  })()
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}
