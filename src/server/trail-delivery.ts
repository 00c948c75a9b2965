import { deliverTrails } from '../services/cloudtrail/delivery.ts'
import { findInsights } from '../services/cloudtrail/insights.ts'
import type { World } from '../services/world.ts'
import type { Configuration } from './configuration.ts'
import type { Log } from './log.ts'
import { repeat, type RepeatedWork } from './repeated-work.ts'

/** How soon a node looks again whether it leads. */
const takeOverSeconds = 5

/** Starts the deliveries of all trails, after a look for insights: the first at once, for what an earlier run left. */
export function startTrailDelivery(
  world: World,
  { trailDeliverySeconds, trailDigestSeconds }: Pick<Configuration, 'trailDeliverySeconds' | 'trailDigestSeconds'>,
  now: () => number,
  log: Log,
): RepeatedWork {
  const attempt = (work: Promise<void>, fault: string) => work.catch((problem: unknown) => log.error({ problem }, fault))
  const deliver = async () => {
    // Deliveries are one node's at a time: a file, and a digest's chain, would be made twice.
    const leads = await world.store.leads().catch(() => false)
    if (leads) await deliverOnce()
    return 1000 * (leads ? trailDeliverySeconds : Math.min(trailDeliverySeconds, takeOverSeconds))
  }
  const deliverOnce = async () => {
    // One does not depend on the other: what is to be delivered must be, also when nothing unusual can be found.
    await attempt(findInsights(world, now()), 'insights could not be computed')
    const onFault = (facts: object, message: string) => log.error(facts, message)
    const delivery = deliverTrails(world, { digestMilliseconds: trailDigestSeconds * 1000, now: now(), onFault })
    await attempt(delivery, 'trails could not be delivered')
  }
  return repeat(deliver, 0)
}
