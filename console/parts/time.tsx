import Box from '@cloudscape-design/components/box'

const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })
const units = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** A time in the reader's zone; exact when pointed at. */
export function Time({ at, ago = false }: { readonly at: Date | number | undefined; readonly ago?: boolean }) {
  if (at === undefined) return <Box variant="span">-</Box>
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()}>
      {ago ? timeAgo(date) : full.format(date)}
    </time>
  )
}

export function timeAgo(date: Date, now = Date.now()): string {
  const seconds = (date.getTime() - now) / 1000
  const unit = units.find(([, length]) => Math.abs(seconds) >= length)
  return unit ? relative.format(Math.trunc(seconds / unit[1]), unit[0]) : 'just now'
}
