import { parseDate } from '../policy/date.ts'

const units: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A moment as options take it: so long ago, as in 12h or 30d, or a date in ISO 8601.
 * @param option  whose value it is, such as `--since`
 * @returns       epoch milliseconds
 */
export function timeOf(option: string, text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const at = count === undefined ? parseDate(text) : now - Number(count) * (units[unit] ?? 0)
  if (Number.isNaN(at)) throw new Error(`${option} ${text}: give 12h, 30d, or a date such as 2026-01-15 or 2026-01-15T10:00Z`)
  return at
}
