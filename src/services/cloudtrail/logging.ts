import { lastSeq, type Transaction } from '../../store/index.ts'
import type { GetTrailStatusResponse } from '../../wire/models/cloudtrail.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { recordSources, requireTrail, requireTrailAtHome, type TrailRow } from './trail-store.ts'
import { trailAccess } from './trails.ts'

/** StartLogging: from its own record on. CloudTrail API Reference, "StartLogging". */
export const StartLogging = cloudtrail.operation('StartLogging', {
  access: ({ Name }, context) => trailAccess(Name, context),

  async handle({ Name }, context) {
    const { tx, now } = context
    const trail = await requireTrailAtHome(tx, namedTrailArn(Name, context), context)
    if (trail.logging === 1) return {}
    // Times of logging are told apart by when they began.
    const startedAt = Math.max(now, (trail.startedAt ?? 0) + 1)
    for (const source of recordSources)
      await tx
        .insertInto('trailCursors')
        .values({ trailArn: trail.arn, startedAt, source, afterSeq: await lastSeq(tx, source), untilSeq: null })
        .execute()
    await tx.updateTable('trails').set({ logging: 1, startedAt }).where('arn', '=', trail.arn).execute()
    return {}
  },
})

/** StopLogging: its own record is the last that the trail takes. CloudTrail API Reference, "StopLogging". */
export const StopLogging = cloudtrail.operation('StopLogging', {
  access: ({ Name }, context) => trailAccess(Name, context),

  async handle({ Name }, context) {
    const { tx, now } = context
    const trail = await requireTrailAtHome(tx, namedTrailArn(Name, context), context)
    if (trail.logging === 0) return {}
    context.onRecord(seq => endLogging(tx, trail, seq))
    await tx.updateTable('trails').set({ logging: 0, stoppedAt: now }).where('arn', '=', trail.arn).execute()
    return {}
  },
})

/** @param ownSeq  of the record of StopLogging */
async function endLogging(tx: Transaction, { arn }: TrailRow, ownSeq: number): Promise<void> {
  for (const source of recordSources) {
    await tx
      .updateTable('trailCursors')
      .set({ untilSeq: source === 'records' ? ownSeq : await lastSeq(tx, source) })
      .where('trailArn', '=', arn)
      .where('source', '=', source)
      .where('untilSeq', 'is', null)
      .execute()
  }
}

/** GetTrailStatus: whether a trail logs, and how delivery goes. CloudTrail API Reference, "GetTrailStatus". */
export const GetTrailStatus = cloudtrail.operation('GetTrailStatus', {
  access: ({ Name }, context) => trailAccess(Name, context),
  handle: async ({ Name }, context) => statusShape(await requireTrail(context.tx, namedTrailArn(Name, context), context.account)),
})

const text = (at: number | null) => (at === null ? '' : `${new Date(at).toISOString().slice(0, 19)}Z`)
const time = <Member extends string>(member: Member, at: number | null) =>
  (at === null ? {} : { [member]: new Date(at) }) as { readonly [Name in Member]?: Date }

const statusShape = (trail: TrailRow): GetTrailStatusResponse => ({
  IsLogging: trail.logging === 1,
  ...(trail.deliveryError !== null && { LatestDeliveryError: trail.deliveryError }),
  ...time('LatestDeliveryTime', trail.deliveredAt),
  ...time('StartLoggingTime', trail.startedAt),
  ...time('StopLoggingTime', trail.stoppedAt),
  ...time('LatestDigestDeliveryTime', trail.digestedAt),
  ...(trail.digestError !== null && { LatestDigestDeliveryError: trail.digestError }),
  LatestDeliveryAttemptTime: text(trail.attemptedAt),
  LatestDeliveryAttemptSucceeded: text(trail.deliveredAt),
  LatestNotificationAttemptTime: '',
  LatestNotificationAttemptSucceeded: '',
  TimeLoggingStarted: text(trail.startedAt),
  TimeLoggingStopped: text(trail.stoppedAt),
})
