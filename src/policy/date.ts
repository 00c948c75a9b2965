const isoForm = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d))?)?)?$/

/**
 * A point in time as policies write it: one of the W3C forms of ISO 8601, or seconds since 1970.
 * @returns epoch milliseconds; NaN when the text is neither
 * @see     IAM User Guide, "Date condition operators"; W3C NOTE-datetime
 */
export function parseDate(text: string): number {
  const parts = isoForm.exec(text)
  if (!parts) return /^-?\d{5,}(\.\d+)?$/.test(text) ? Number(text) * 1000 : Number.NaN
  const [, year = '', month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = parts
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`)
  // Date.parse takes 31 February for 3 March; policies that say so mean no day at all.
  if (!Number.isNaN(time) && Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return Number.NaN
  return time
}
