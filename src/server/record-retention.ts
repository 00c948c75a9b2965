import { setTimeout as wait } from 'node:timers/promises'
import { lookAtClock } from '../audit/retention-clock.ts'
import { vacuumRecords } from '../audit/retention.ts'
import { failUnfinishedGenerations } from '../services/access-analyzer/policy-generations.ts'
import { failUnfinishedImports } from '../services/cloudtrail/import-runs.ts'
import { failUnfinishedQueries } from '../services/cloudtrail/query-runs.ts'
import { forgetOldLake } from '../services/cloudtrail/lake-retention.ts'
import { forgetChanges, forgetPast, type OpenedSecrets, type Store } from '../store/index.ts'
import { retireOldDataKeys } from './data-key-renewal.ts'
import type { Configuration } from './configuration.ts'
import type { Log } from './log.ts'
import { repeat, type RepeatedWork } from './repeated-work.ts'

const firstMilliseconds = 60_000
const everyMilliseconds = 3_600_000
/** Between two units: calls come first. */
const pauseMilliseconds = 20

/** What is kept for how long. */
type Retention = Pick<Configuration, 'historyDays' | 'pastDays'>

const day = 86_400_000

export interface RetentionParts {
  readonly store: Store
  readonly secrets: OpenedSecrets
  readonly now: () => number
  readonly log: Log
}

/** Starts to look every hour for records, queries, event data stores, former data keys and a past that are no longer retained. */
export function startRecordRetention({ store, secrets, now, log }: RetentionParts, { historyDays, pastDays }: Retention): RepeatedWork {
  let stopped = false
  const pause = async () => {
    await wait(pauseMilliseconds)
    if (stopped) throw new Stopped()
  }
  let lookedAt: number | undefined
  /** The time by which things are old: the clock's, while it is believed. */
  const believedNow = async () => {
    const moment = performance.now()
    const { believed, doubtedSince } = await lookAtClock(store, now(), lookedAt === undefined ? undefined : moment - lookedAt)
    lookedAt = moment
    if (doubtedSince !== undefined && believed > 0)
      log.warn(
        { clock: new Date(now()).toISOString(), believed: new Date(believed).toISOString() },
        'the clock jumped: nothing grows older than it was until the clock has gone on for a day; set it if it is wrong',
      )
    return believed
  }
  const run = async () => {
    try {
      if (!(await store.leads())) throw new Stopped()
      if (store.shared) await failUnfinished(store, now() - longestRunMilliseconds)
      const believed = await believedNow()
      await forgetChanges(store, believed, pause)
      await forgetOldLake(store, believed)
      await vacuumRecords(store, { historyDays, now: believed, pause })
      await retireOldDataKeys(secrets, believed)
      if (pastDays > 0) await forgetPast(store, believed - pastDays * day, pause)
    } catch (problem) {
      if (!(problem instanceof Stopped)) log.error({ problem }, 'old records could not be deleted')
    }
    return everyMilliseconds
  }
  const runs = repeat(run, firstMilliseconds)
  return {
    stop() {
      stopped = true
      return runs.stop()
    },
  }
}

/** Queries and jobs end by themselves within five minutes: those that have not were a node's that is gone. */
const longestRunMilliseconds = 600_000

/** Ends what was running when its node stopped. */
export async function failUnfinished(store: Store, before: number): Promise<void> {
  await failUnfinishedQueries(store, before)
  await failUnfinishedImports(store, before)
  await failUnfinishedGenerations(store, before)
}

/** Ends a run between two units, or before the first. */
class Stopped extends Error {}
