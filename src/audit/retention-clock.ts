import { keepSystemSetting, type Store, systemSetting, type Transaction } from '../store/index.ts'

const hour = 3_600_000
const day = 24 * hour

/** The clock and the time that passed may part by so much between two looks: time servers mend seconds. */
const mayPart = hour
/** Gatehouse may have been away for so long between two looks, and its clock still be believed. */
const mayBeAway = 7 * day
/** For so long a clock that jumped must go on from where it jumped to before it is believed. */
const probation = day

/** The time by which records are deleted, and what is known of the clock that tells it. */
export interface RetentionClock {
  /** What the clock said when it was last looked at. Epoch milliseconds, as all here. */
  readonly seen: number
  /** The last time that is believed. */
  readonly believed: number
  /** Where the clock jumped to; absent while it is believed. */
  readonly doubtedSince?: number
}

/**
 * Looks at the clock again. What is deleted cannot be brought back, so a clock that jumped forward ages nothing until it has gone on from there for a day; one that is set back behind its jump was
 * mended. A clock that has never been seen is as good as one that jumped.
 * @param former   what was known at the last look
 * @param now      what the clock says
 * @param elapsed  milliseconds since that look by a clock that only goes forward; undefined when that was another process'
 */
export function nextRetentionClock(former: RetentionClock | undefined, now: number, elapsed: number | undefined): RetentionClock {
  if (!former) return { seen: now, believed: 0, doubtedSince: now }
  const { seen, believed, doubtedSince } = former
  const jumped = now - seen > (elapsed === undefined ? mayBeAway : elapsed + mayPart)
  // Another jump begins another probation; a clock that is set back while in doubt goes on where it was believed, or in doubt if it is still ahead of that by too much.
  const since = jumped || (doubtedSince !== undefined && now < doubtedSince && now - believed > mayBeAway) ? now : doubtedSince
  if (since !== undefined && now >= since && now - since < probation)
    return { seen: now, believed: Math.min(believed, now), doubtedSince: since }
  return { seen: now, believed: now }
}

const settingName = 'retentionClock'

/** Looks at the clock again, and keeps what it saw where the next start finds it. */
export const lookAtClock = (store: Store, now: number, elapsed: number | undefined): Promise<RetentionClock> =>
  store.write(async tx => {
    const clock = nextRetentionClock(await keptClock(tx), now, elapsed)
    await keepSystemSetting(tx, settingName, JSON.stringify(clock))
    return clock
  })

async function keptClock(tx: Transaction): Promise<RetentionClock | undefined> {
  const kept = await systemSetting(tx, settingName)
  return kept === undefined ? undefined : (JSON.parse(kept) as RetentionClock)
}
