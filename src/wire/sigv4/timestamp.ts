/** `YYYYMMDD'T'HHMMSS'Z'` to epoch milliseconds; undefined when it is not that. */
export function parseBasicTimestamp(text: string): number | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined
  const [year, month, day] = [+text.slice(0, 4), +text.slice(4, 6) - 1, +text.slice(6, 8)]
  const [hour, minute, second] = [+text.slice(9, 11), +text.slice(11, 13), +text.slice(13, 15)]
  const date = new Date(Date.UTC(year, month, day, hour, minute, second))
  // Date.UTC rolls over what a calendar refuses, such as the 31st of February, and takes years below 100 for those of 1900.
  const asWritten = date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day
  return asWritten && date.getUTCHours() === hour && minute < 60 && second < 60 ? date.getTime() : undefined
}

/** Epoch milliseconds to `YYYYMMDD'T'HHMMSS'Z'`. */
export const formatBasicTimestamp = (at: number): string => `${new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`
