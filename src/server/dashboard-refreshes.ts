import { refreshDashboards } from '../services/cloudtrail/dashboard-refreshes.ts'
import type { World } from '../services/world.ts'
import type { Log } from './log.ts'

const everyMilliseconds = 30_000

/**
 * Starts to look for dashboards whose refresh is due, over and over; of nodes that share a store in one at a time.
 * @returns what ends it, when the look that goes on is done
 */
export function startDashboardRefreshes(world: World, now: () => number, log: Log): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const look = async () => {
    try {
      if (await world.store.leads()) await refreshDashboards(world, now())
    } catch (problem) {
      log.error({ problem }, 'dashboards could not be refreshed')
    }
    rest()
  }
  const rest = () => {
    if (!stopped) timer = setTimeout(() => void (running = look()), everyMilliseconds).unref()
  }
  let running = Promise.resolve()
  rest()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
