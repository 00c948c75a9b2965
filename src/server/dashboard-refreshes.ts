import { refreshDashboards } from '../services/cloudtrail/dashboard-refreshes.ts'
import type { World } from '../services/world.ts'
import type { Log } from './log.ts'
import { repeat, type RepeatedWork } from './repeated-work.ts'

const everyMilliseconds = 30_000

/** Starts to look for dashboards whose refresh is due; of nodes that share a store in one at a time. */
export function startDashboardRefreshes(world: World, now: () => number, log: Log): RepeatedWork {
  const look = async () => {
    try {
      if (await world.store.leads()) await refreshDashboards(world, now())
    } catch (problem) {
      log.error({ problem }, 'dashboards could not be refreshed')
    }
    return everyMilliseconds
  }
  return repeat(look, everyMilliseconds)
}
