import type { World } from '../services/world.ts'
import type { OpenedSecrets } from '../store/index.ts'
import type { Configuration } from './configuration.ts'
import { startDashboardRefreshes } from './dashboard-refreshes.ts'
import { settleMillisecondsOf, startDataKeyRenewal } from './data-key-renewal.ts'
import type { Log } from './log.ts'
import { startRecordArchiving } from './record-archiving.ts'
import { startRecordRetention } from './record-retention.ts'
import { startTrailDelivery } from './trail-delivery.ts'

export interface BackgroundParts {
  readonly world: World
  readonly secrets: OpenedSecrets
  readonly now: () => number
  readonly log: Log
}

/**
 * Starts what goes on beside calls, of nodes that share a store in one at a time: deletion of what is old, a new data key, records on their way to the archive and to trails, and once, files of uploads that failed.
 * @returns what ends it, when what it has begun is done
 */
export function startBackgroundWork(
  { world, secrets, now, log }: BackgroundParts,
  configuration: Configuration,
): { stop(): Promise<void> } {
  const { store, objectFiles } = world
  const jobs = [
    startTrailDelivery(world, configuration, now, log),
    startDashboardRefreshes(world, now, log),
    startDataKeyRenewal({ store, secrets, settleMilliseconds: settleMillisecondsOf(store, configuration), now, log }),
    startRecordRetention({ store, secrets, now, log }, configuration),
    startRecordArchiving(store, configuration, now, log),
  ]
  const sweeping = objectFiles
    .sweep(store)
    .catch((problem: unknown) => log.error({ problem }, 'files of failed uploads could not be removed'))
  return {
    async stop() {
      await sweeping
      for (const job of jobs) await job.stop()
    },
  }
}
