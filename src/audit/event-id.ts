/**
 * An event id that begins with its time, so that the index of a hundred million records grows at one end instead of everywhere.
 * @param at      epoch milliseconds
 * @param random  a random UUID, version 4
 * @returns       a UUID of version 7
 * @see           RFC 9562, section 5.7
 */
export function eventIdAt(at: number, random: string): string {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}
