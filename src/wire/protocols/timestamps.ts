export type TimestampFormat = 'iso8601' | 'iso8601Milliseconds' | 'rfc822' | 'unixTimestamp'

/** What a time looks like in text, by its format. Smithy, "Timestamp serialization and deserialization". */
const forms: { readonly [Format in TimestampFormat]: RegExp } = {
  iso8601: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
  iso8601Milliseconds: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
  rfc822: /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(\.\d{1,9})? GMT$/,
  unixTimestamp: /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/,
}

/** @returns undefined when the text is not a time in that format: one without a zone would be another on every machine */
export function parseTimestamp(text: string, format: TimestampFormat): Date | undefined {
  if (!forms[format].test(text)) return undefined
  return validDate(format === 'unixTimestamp' ? Number(text) * 1000 : Date.parse(text))
}

const validDate = (at: number) => (Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at) : undefined)

/** The text, or for unixTimestamp the number, of a time. IAM and STS give whole seconds. */
export function formatTimestamp(date: Date, format: TimestampFormat): string | number {
  if (format === 'unixTimestamp') return date.getTime() / 1000
  if (format === 'iso8601Milliseconds') return date.toISOString()
  if (format === 'rfc822') return date.toUTCString()
  return `${date.toISOString().slice(0, 19)}Z`
}
