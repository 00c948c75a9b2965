/** Functions of times, which are epoch milliseconds in UTC. Trino documentation, "Date and time functions and operators". */

const milliseconds: { readonly [unit: string]: number } = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}
const months: { readonly [unit: string]: number } = { month: 1, quarter: 3, year: 12 }

/** Mondays begin weeks; the epoch was a Thursday. */
const firstMonday = 4 * 86_400_000

export function dateTrunc(unit: string, at: number): number {
  const name = unit.toLowerCase()
  const size = milliseconds[name]
  if (name === 'week') return Math.floor((at - firstMonday) / milliseconds['week']!) * milliseconds['week']! + firstMonday
  if (size !== undefined) return Math.floor(at / size) * size
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), (Math.floor(date.getUTCMonth() / monthsOf(name)) * monthsOf(name)) % 12)
}

export function dateAdd(unit: string, count: number, at: number): number {
  const name = unit.toLowerCase()
  const size = milliseconds[name]
  if (size !== undefined) return at + count * size
  const date = new Date(at)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + count * monthsOf(name))
  // The day after the last of a shorter month is its last.
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return valid(date.getTime())
}

export function dateDiff(unit: string, from: number, to: number): number {
  const name = unit.toLowerCase()
  const size = milliseconds[name]
  if (size !== undefined) return Math.trunc((to - from) / size)
  const whole = (one: number, other: number) => {
    const [a, b] = [new Date(one), new Date(other)]
    const count = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
    return dateAdd('month', count, one) > other ? count - 1 : count
  }
  const count = from <= to ? whole(from, to) : -whole(to, from)
  return Math.trunc(count / monthsOf(name))
}

function monthsOf(unit: string): number {
  const count = months[unit]
  if (count === undefined) throw new Error(`'${unit.slice(0, 30)}' is not a valid unit of time`)
  return count
}

const parts: { readonly [part: string]: (date: Date) => number } = {
  year: date => date.getUTCFullYear(),
  quarter: date => Math.floor(date.getUTCMonth() / 3) + 1,
  month: date => date.getUTCMonth() + 1,
  week: isoWeek,
  day: date => date.getUTCDate(),
  day_of_week: date => date.getUTCDay() || 7,
  day_of_year: date => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / milliseconds['day']!) + 1,
  hour: date => date.getUTCHours(),
  minute: date => date.getUTCMinutes(),
  second: date => date.getUTCSeconds(),
  millisecond: date => date.getUTCMilliseconds(),
}

export const timePart = (part: string, at: number): number => (parts[part] as (date: Date) => number)(new Date(at))

/** ISO 8601: the week of a year's first Thursday is its first. */
function isoWeek(date: Date): number {
  const thursday = dateTrunc('week', date.getTime()) + 3 * milliseconds['day']!
  return Math.floor((thursday - Date.UTC(new Date(thursday).getUTCFullYear(), 0)) / milliseconds['week']!) + 1
}

/** A time of ISO 8601 with a zone; without one it is in UTC. @returns null when it is none */
export function isoTime(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return null
  const at = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`)
  return Number.isNaN(at) ? null : at
}

const two = (number: number) => String(number).padStart(2, '0')
const monthNames = 'January February March April May June July August September October November December'.split(' ')
const dayNames = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** Specifiers of MySQL's, as Trino has them. */
const specifiers: { readonly [letter: string]: (date: Date) => string } = {
  a: date => (dayNames[date.getUTCDay()] ?? '').slice(0, 3),
  b: date => (monthNames[date.getUTCMonth()] ?? '').slice(0, 3),
  c: date => String(date.getUTCMonth() + 1),
  d: date => two(date.getUTCDate()),
  e: date => String(date.getUTCDate()),
  f: date => `${String(date.getUTCMilliseconds()).padStart(3, '0')}000`,
  H: date => two(date.getUTCHours()),
  h: date => two(date.getUTCHours() % 12 || 12),
  I: date => two(date.getUTCHours() % 12 || 12),
  i: date => two(date.getUTCMinutes()),
  j: date => String(parts['day_of_year']!(date)).padStart(3, '0'),
  k: date => String(date.getUTCHours()),
  l: date => String(date.getUTCHours() % 12 || 12),
  M: date => monthNames[date.getUTCMonth()] ?? '',
  m: date => two(date.getUTCMonth() + 1),
  p: date => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  r: date => `${two(date.getUTCHours() % 12 || 12)}:${date.toISOString().slice(14, 19)} ${date.getUTCHours() < 12 ? 'AM' : 'PM'}`,
  S: date => two(date.getUTCSeconds()),
  s: date => two(date.getUTCSeconds()),
  T: date => date.toISOString().slice(11, 19),
  v: date => two(isoWeek(date)),
  W: date => dayNames[date.getUTCDay()] ?? '',
  Y: date => String(date.getUTCFullYear()).padStart(4, '0'),
  y: date => two(date.getUTCFullYear() % 100),
  '%': () => '%',
}

export function dateFormat(at: number, format: string): string {
  const date = new Date(valid(at))
  return format.replace(/%(.)/gs, (_whole, letter: string) => specifiers[letter]?.(date) ?? letter)
}

function valid(at: number): number {
  if (Number.isNaN(new Date(at).getTime())) throw new Error('the time is out of range')
  return at
}
