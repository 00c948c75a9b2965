export type TimestampFormat = 'iso8601' | 'iso8601Milliseconds' | 'rfc822' | 'unixTimestamp'

/** @returns undefined when the text is not a time in that format, or another that AWS's clients send */
export function parseTimestamp(text: string, format: TimestampFormat): Date | undefined {
  if (format === 'unixTimestamp' || /^-?\d+(\.\d+)?$/.test(text)) {
    const seconds = Number(text)
    return text.trim() === '' || !Number.isFinite(seconds) ? undefined : validDate(seconds * 1000)
  }
  return /^\d{4}-\d{2}-\d{2}|^[A-Z][a-z]{2}, /.test(text) ? validDate(Date.parse(text)) : undefined
}

const validDate = (at: number) => (Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at) : undefined)

/** The text, or for unixTimestamp the number, of a time. IAM and STS give whole seconds. */
export function formatTimestamp(date: Date, format: TimestampFormat): string | number {
  if (format === 'unixTimestamp') return date.getTime() / 1000
  if (format === 'iso8601Milliseconds') return date.toISOString()
  if (format === 'rfc822') return date.toUTCString()
  return `${date.toISOString().slice(0, 19)}Z`
}
