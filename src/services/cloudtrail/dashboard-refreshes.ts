import type { RefreshSchedule } from '../../wire/models/cloudtrail.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { World } from '../world.ts'
import { servicePrincipal } from './organization.ts'
import { nextRefreshAt } from './refresh-schedules.ts'

/**
 * Refreshes the dashboards whose schedule has come round: CloudTrail calls StartDashboardRefresh in its own name, which the dashboard's resource policy has to allow, and those of
 * its event data stores the queries. A refusal is on record, and the next one is tried when it is due; of refreshes that were missed one is made.
 * CloudTrail User Guide, "Resource-based policies for dashboards and event data stores".
 */
export async function refreshDashboards(world: World, now: number): Promise<void> {
  const due = await world.store.read(tx =>
    tx.selectFrom('dashboards').select(['arn', 'account', 'refreshSchedule']).where('nextRefreshAt', '<=', now).orderBy('arn').execute(),
  )
  for (const { arn, account, refreshSchedule } of due) {
    const next = refreshSchedule === null ? null : nextRefreshAt(JSON.parse(refreshSchedule) as RefreshSchedule, now)
    await world.store.write(tx => tx.updateTable('dashboards').set({ nextRefreshAt: next }).where('arn', '=', arn).execute())
    try {
      await world.calls.asService(
        servicePrincipal,
        { arn, account },
        { service: 'cloudtrail', operation: 'StartDashboardRefresh', input: { DashboardId: arn } },
      )
    } catch (problem) {
      if (!(problem instanceof ServiceError)) throw problem
    }
  }
}
