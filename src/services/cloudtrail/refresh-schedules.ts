import type { RefreshSchedule } from '../../wire/models/cloudtrail.ts'
import { cloudtrail } from './service.ts'

const minute = 60_000
const hour = 60 * minute
const hoursOf: { readonly [unit: string]: readonly number[] } = { HOURS: [1, 6, 12, 24], DAYS: [1] }

/** CloudTrail API Reference, "RefreshScheduleFrequency", "RefreshSchedule". @throws UnsupportedOperationException */
export function checkSchedule({ Frequency, Status, TimeOfDay }: RefreshSchedule): void {
  const { Unit, Value } = Frequency ?? {}
  if (Frequency && !(Unit !== undefined && Value !== undefined && hoursOf[Unit]?.includes(Value)))
    throw new cloudtrail.UnsupportedOperationException('A dashboard is refreshed every 1, 6, 12 or 24 HOURS, or every 1 DAYS.')
  if (TimeOfDay !== undefined && timeOf(TimeOfDay) === undefined)
    throw new cloudtrail.UnsupportedOperationException(`The TimeOfDay ${TimeOfDay.slice(0, 20)} is not valid: it is written as 00:00.`)
  if (Status === 'ENABLED' && !Frequency)
    throw new cloudtrail.UnsupportedOperationException('A refresh schedule that is enabled needs a Frequency.')
}

/** Milliseconds of a day. */
function timeOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  return hours === undefined ? undefined : Number(hours) * hour + Number(minutes) * minute
}

/**
 * When a schedule next comes round. TimeOfDay is "the time of day in UTC to run the schedule; for hourly only refer to minutes; default is 00:00".
 * @returns null when it is off
 */
export function nextRefreshAt({ Frequency, Status, TimeOfDay = '00:00' }: RefreshSchedule, now: number): number | null {
  if (Status !== 'ENABLED' || !Frequency) return null
  const period = (Frequency.Unit === 'DAYS' ? 24 : 1) * (Frequency.Value ?? 1) * hour
  const time = timeOf(TimeOfDay) ?? 0
  const begin = Frequency.Unit === 'DAYS' ? time : time % hour
  return begin + (Math.floor((now - begin) / period) + 1) * period
}
